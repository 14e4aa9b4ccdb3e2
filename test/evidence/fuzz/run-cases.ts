import { writeSync } from 'node:fs';
import { mutate } from './mutations.ts';
import { complaintsOn } from './oracle.ts';
import { Random } from './random.ts';
import { seeds } from './seeds.ts';

/**
 * Runs cases in a process of its own, so that one that never ends can be ended. Says on standard output which case it
 * is at (`= 17`) and what is wrong (`! {…}`), line by line and at once.
 */

const [first = '0', count = '1'] = process.argv.slice(2);

for (let number = Number(first); number < Number(first) + Number(count); number++) {
  say(`= ${number}`);
  const random = new Random(number);
  const seed = seeds[number % seeds.length];
  if (!seed) break;
  const mutated = mutate(seed.report, random);
  const complaints = await complaintsOn(seed, mutated, random).catch((error: Error) => [
    `threw ${error.stack}`,
  ]);
  if (complaints.length === 0) continue;
  const shown = {
    case: number,
    report: `${seed.isRed ? 'red' : 'green'} ${seed.file}`,
    done: mutated.done.map(({ name }) => name),
    complaints,
    mutated: mutated.report.toString().slice(0, process.env.FUZZ_SHOW ? undefined : 1_500),
  };
  say(`! ${JSON.stringify(shown)}`);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
