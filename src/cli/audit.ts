import { everyEntry, verifyTrail } from '../audit/trail.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';

/** @returns 0 for an intact chain, 5 for a broken one */
export async function verify(options: GlobalOptions): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const { state } = await app.project();
    const result = await verifyTrail(state.read);
    if (options.json) printJson(result);
    else if (result.chain === 'intact') print(`The chain is intact: ${result.entries} entries.`);
    else print(`The chain is BROKEN at entry ${result.chain.brokenAt}: ${result.chain.why}.`);
    return result.chain === 'intact' ? 0 : 5;
  } finally {
    await app.close();
  }
}

export async function exportEntries(options: GlobalOptions): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const { state } = await app.project();
    for await (const entry of everyEntry(state.read)) print(JSON.stringify(entry));
    return 0;
  } finally {
    await app.close();
  }
}
