import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openState } from '../../src/platform/database.ts';
import { newFolder } from '../new-folder.ts';

/** Two processes at one database, as two connections. */
async function two() {
  const file = path.join(await newFolder('state-'), '.devops', 'state.db');
  const [one, other] = [await openState(file, (text) => text), await openState(file, (text) => text)];
  onTestFinished(async () => {
    await one.close();
    await other.close();
  });
  const names = (reader: typeof one.read) =>
    reader
      .selectFrom('environments')
      .select('name')
      .execute()
      .then((rows) => rows.map(({ name }) => name));
  const add = (state: typeof one, name: string) =>
    state.change((writer) =>
      writer.insertInto('environments').values({ name, fence: 0, holder_id: null, live_id: null }).execute(),
    );
  return { one, other, names, add };
}

test('a snapshot is of one moment, and keeps nobody from writing', async () => {
  const { one, other, names, add } = await two();
  await add(one, 'staging');
  await one.snapshot(async (reader) => {
    expect(await names(reader)).toEqual(['staging']);
    await add(other, 'production');
    expect(await names(reader)).toEqual(['staging']);
  });
  expect((await names(one.read)).sort()).toEqual(['production', 'staging']);
});

test('a snapshot waits for nobody who writes', async () => {
  const { one, other, names, add } = await two();
  await add(one, 'staging');
  await other.change(async (writer) => {
    await writer.updateTable('environments').set({ fence: 7 }).execute();
    expect(await one.snapshot(names)).toEqual(['staging']);
  });
});

test('of a change that fails nothing stays', async () => {
  const { one, other, names, add } = await two();
  const failing = one.change(async (writer) => {
    await writer
      .insertInto('environments')
      .values({ name: 'half', fence: 0, holder_id: null, live_id: null })
      .execute();
    throw new Error('in the middle');
  });
  await expect(failing).rejects.toThrow('in the middle');
  await add(other, 'whole');
  expect(await names(one.read)).toEqual(['whole']);
});
