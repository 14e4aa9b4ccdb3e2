import type { Mutation } from './mutations.ts';
import type { Random } from './random.ts';

/** What happens to reports that are made of lines. */

type Change = (lines: string[], random: Random) => void;

function ofLines(change: Change): Mutation['apply'] {
  return (report, random) => {
    const lines = report.toString().split('\n');
    if (lines.length < 3) return undefined;
    change(lines, random);
    return Buffer.from(lines.join('\n'));
  };
}

const strays = [
  '',
  '    ',
  '---',
  '...',
  'ok',
  'not',
  '{}',
  '[]',
  'null',
  '{"',
  'Bail out!',
  '1..0',
  '# a comment',
  '\u001B[2J',
];

export const lineMutations: readonly Mutation[] = [
  {
    name: 'a line is lost',
    apply: ofLines((lines, random) => void lines.splice(random.below(lines.length), 1)),
  },
  {
    name: 'lines are lost',
    apply: ofLines(
      (lines, random) => void lines.splice(random.below(lines.length), 1 + random.below(lines.length)),
    ),
  },
  {
    name: 'a line comes twice',
    apply: ofLines((lines, random) => {
      const at = random.below(lines.length);
      lines.splice(at, 0, lines[at] ?? '');
    }),
  },
  {
    name: 'a line a thousand times',
    apply: ofLines((lines, random) => {
      const at = random.below(lines.length);
      const times = Math.min(1_000, Math.floor(100_000 / (1 + (lines[at]?.length ?? 0))));
      lines.splice(at, 0, ...Array<string>(times).fill(lines[at] ?? ''));
    }),
  },
  {
    name: 'a line elsewhere',
    apply: ofLines((lines, random) => {
      const [moved = ''] = lines.splice(random.below(lines.length), 1);
      lines.splice(random.below(lines.length), 0, moved);
    }),
  },
  {
    name: 'lines in any order',
    apply: ofLines((lines, random) => {
      const from = random.below(lines.length);
      const some = lines.splice(from, 2 + random.below(6));
      lines.splice(from, 0, ...random.shuffled(some));
    }),
  },
  {
    name: 'half a line',
    apply: ofLines((lines, random) => {
      const at = random.below(lines.length);
      lines[at] = (lines[at] ?? '').slice(0, random.below(lines[at]?.length ?? 0));
    }),
  },
  {
    name: 'two lines in one',
    apply: ofLines((lines, random) => {
      const at = random.below(lines.length - 1);
      lines.splice(at, 2, `${lines[at]}${lines[at + 1]}`);
    }),
  },
  {
    name: 'indented otherwise',
    apply: ofLines((lines, random) => {
      const at = random.below(lines.length);
      const by = random.pick([' ', '  ', '    ', '\t', '        ']);
      lines[at] = random.chance(0.5) ? by + (lines[at] ?? '') : (lines[at] ?? '').replace(/^\s+/, '');
    }),
  },
  {
    name: 'a stray line',
    apply: ofLines((lines, random) => void lines.splice(random.below(lines.length), 0, random.pick(strays))),
  },
];
