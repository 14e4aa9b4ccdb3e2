import { readFileSync } from 'node:fs';
import { barelyRed } from './barely-red.ts';
import type { Facts } from './facts.ts';
import { judged } from './judged.ts';
import { measured } from './measured.ts';
import { everyTest, type Kind, type Seed } from './seed.ts';

const fixtures = new URL('../../fixtures/', import.meta.url);
const none: Facts = () => [];

function judgedSeeds(): Seed[] {
  return Object.entries(judged).flatMap(([file, [format, kind]]) => {
    const { plain = (text: string) => text, demand = everyTest, ...others }: Kind = kind;
    const red = plain(readFileSync(new URL(`reports/${file}`, fixtures), 'utf8'));
    const green = readFileSync(new URL(`green-reports/${file}`, fixtures));
    const shared = { file, format, hasNoEnd: false, ...others, demand };
    return [
      { ...shared, isRed: true, report: Buffer.from(red) },
      { ...shared, isRed: false, report: green, facts: none },
    ];
  });
}

function measuredSeeds(): Seed[] {
  return measured.flatMap(([file, format, { demand = {}, ...kind }, enough]) => {
    const report = readFileSync(new URL(`reports/${file}`, fixtures), 'utf8');
    const shared = { file, format, hasNoEnd: false, ...kind };
    return [
      { ...shared, isRed: true, demand, report: Buffer.from(report) },
      // A k6 run that missed a threshold of its own passes no gate.
      {
        ...shared,
        isRed: false,
        demand: enough,
        report: Buffer.from(report.replace('"ok": false', '"ok": true').replace('p(99)<50', 'p(99)<90')),
        facts: none,
      },
    ];
  });
}

/** What a command prints is not read: its exit code is all there is, and no mutation changes that. */
function exitCodes(): Seed[] {
  const shared = { format: 'exitCode', report: Buffer.from('ok\n'), demand: everyTest, hasNoEnd: true };
  return [
    { ...shared, file: 'exit code 1', exitCode: 1, isRed: true, facts: () => ['exit code 1'] },
    { ...shared, file: 'exit code 0', exitCode: 0, isRed: false, facts: none },
  ];
}

/** Reports with one single failure or finding, and as little else as a tool writes: nothing covers for it. */
function barelyRedSeeds(): Seed[] {
  return barelyRed.map(([file, report]) => {
    const [format, { demand = everyTest, ...kind }] = judged[file] ?? ['', { facts: none }];
    return {
      file: `barely ${file}`,
      format,
      hasNoEnd: false,
      ...kind,
      demand,
      isRed: true,
      report: Buffer.from(report),
    };
  });
}

export const seeds: readonly Seed[] = [
  ...judgedSeeds(),
  ...measuredSeeds(),
  ...barelyRedSeeds(),
  ...exitCodes(),
];
