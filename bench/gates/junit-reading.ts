import { type Installed, installPeer } from '../peers/install.ts';
import type { Bundles } from '../processes/bundle.ts';
import { type Command, runOnce } from '../processes/run-once.ts';
import { ourCli } from '../tasks/bench-project.ts';
import { type JUnitFile, junitFile } from './junit-file.ts';
import { type Measured, type Row, rowsOf } from './row.ts';

/** Counting a large JUnit report: each contender in a process of its own, Node's start included. */

interface Contender {
  name: string;
  command: Command;
  /** Cases and failures; who does not count is a limit, and no peer. */
  counts?: (stdout: string) => [cases: number, failures: number];
}

const fastXmlParser = { name: 'fast-xml-parser', version: '5.12.1' };
const junit2json = { name: 'junit2json', version: '4.0.0' };

/** `BENCH_CASES` asks for fewer cases, in thousands. */
const suites = Number(process.env.BENCH_CASES ?? 1_000);
const runs = 3;

export async function junitReading(bundles: Bundles): Promise<Row[]> {
  const peers = [
    { ...fastXmlParser, installed: await installPeer(fastXmlParser.name, fastXmlParser.version) },
    { ...junit2json, installed: await installPeer(junit2json.name, junit2json.version) },
  ];
  const report = await junitFile(suites);
  try {
    const contenders = [...ours(report, bundles), ...peers.flatMap((peer) => theirs(peer, report, bundles))];
    const measured: Measured[] = contenders.map(({ name, counts }) => ({
      contender: name,
      samples: [],
      ...(!counts && { note: 'a limit, counts nothing' }),
    }));
    for (let run = 0; run < runs; run++) {
      for (const [at, contender] of contenders.entries()) {
        const samples = measured[at]?.samples ?? [];
        if (samples.some(({ failure }) => failure !== undefined)) continue; // it would fail again
        samples.push(await measure(contender, report, bundles));
      }
    }
    const missing = peers.flatMap(({ name, installed }): Measured[] =>
      'missing' in installed ? [{ contender: name, samples: [], note: installed.missing }] : [],
    );
    const megabytes = report.bytes / 1e6;
    const what = `JUnit, ${report.cases.toLocaleString('en')} cases, ${Math.round(megabytes)} MB`;
    return rowsOf(what, [...measured, ...missing], megabytes);
  } finally {
    await report.remove();
  }
}

async function measure({ name, command, counts }: Contender, report: JUnitFile, bundles: Bundles) {
  const done = await runOnce(command, bundles.of('processes/report-peak'));
  process.stderr.write(
    `  ${name}: ${Math.round(done.ms)} ms, ${Math.round(done.peakMb)} MB ${done.failure ?? ''}\n`,
  );
  if (counts && done.failure === undefined) {
    const counted = counts(done.stdout).join(' and ');
    const expected = `${report.cases} and ${report.failures}`;
    // A contender that answers another question has no time to compare.
    if (counted !== expected)
      throw new Error(`${name} counted ${counted} cases and failures, not ${expected}`);
  }
  return done;
}

function ours({ file }: JUnitFile, bundles: Bundles): Contender[] {
  return [
    {
      name: 'devops-engineer evidence',
      command: { program: 'node', args: [ourCli, 'evidence', file, '--json'] },
      counts(stdout) {
        const { passed, failed, errored, skipped } = JSON.parse(stdout).tests;
        return [passed + failed + errored + skipped, failed];
      },
    },
    { name: 'read loop', command: { program: 'node', args: [bundles.of('peers/raw-read'), file] } },
  ];
}

function theirs(
  { name, version, installed }: { name: string; version: string; installed: Installed },
  { file }: JUnitFile,
  bundles: Bundles,
): Contender[] {
  if ('missing' in installed) return [];
  return [
    {
      name: `${name} ${version}`,
      command: { program: 'node', args: [bundles.of(`peers/${name}-count`), installed.folder, file] },
      counts(stdout) {
        const { cases, failures } = JSON.parse(stdout);
        return [cases, failures];
      },
    },
  ];
}
