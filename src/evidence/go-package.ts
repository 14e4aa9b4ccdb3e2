import type { TestTally } from './tests.ts';
import { maxMessageLength } from './types.ts';

interface Running {
  output: string;
  /** A test inside of it failed. */
  failedInside: boolean;
  /** How many tests inside of it run. */
  inside: number;
}

/** What `go test` itself says around each test. */
const chatter = /^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\b|--- (?:PASS|FAIL|SKIP|BENCH): )/;

/** One package under test, from its first event to its last. */
export class GoPackage {
  /** Of the package itself. */
  output = '';
  /** How many of its tests failed or did not end. */
  failing = 0;
  readonly #name: string;
  readonly #tally: TestTally;
  readonly #running = new Map<string, Running>();

  constructor(name: string, tally: TestTally) {
    this.#name = name;
    this.#tally = tally;
  }

  /** How much is remembered of it. */
  get size(): number {
    return 1 + this.#running.size;
  }

  /** Takes note of what the package prints. */
  note(output: string): void {
    this.output = kept(this.output, output);
  }

  /** Takes in an event of a test; those of benchmarks, which prove nothing, only end them. */
  takeTest(name: string, action: string, output: string): void {
    const test = this.#running.get(name);
    if (action === 'run') this.#run(name);
    else if (action === 'output') {
      if (test && !chatter.test(output)) test.output = kept(test.output, output);
    } else if (action === 'fail') this.#fail(name, 'failed');
    else if (action === 'pass') this.#pass(name);
    else if (action === 'skip') this.#tally.add({ outcome: 'skipped', name });
    if (/^(?:pass|fail|skip|bench)$/.test(action)) this.#remove(name);
  }

  /** Judges the tests that have no end of their own. */
  end(): void {
    const insideFirst = [...this.#running.keys()].sort((one, other) => other.length - one.length);
    for (const name of insideFirst) if (!name.startsWith('Benchmark')) this.#fail(name, 'errored');
    this.#running.clear();
  }

  #run(name: string): void {
    if (this.#running.has(name)) this.#remove(name);
    this.#running.set(name, { output: '', failedInside: false, inside: 0 });
    for (const outer of this.#runningAround(name)) outer.inside++;
  }

  #pass(name: string): void {
    this.#tally.add({ outcome: 'passed', name });
    if (!this.#running.get(name)?.inside) return;
    // A last line without an end swallows the end of a subtest (golang/go#40771); it passed if those around did.
    for (const inside of this.#running.keys()) {
      if (!inside.startsWith(`${name}/`)) continue;
      this.#tally.add({ outcome: 'passed', name: inside });
      this.#remove(inside);
    }
  }

  #remove(name: string): void {
    if (this.#running.delete(name)) for (const outer of this.#runningAround(name)) outer.inside--;
  }

  #runningAround(name: string): Running[] {
    return testsAround(name).flatMap((outer) => this.#running.get(outer) ?? []);
  }

  #fail(name: string, outcome: 'failed' | 'errored'): void {
    this.failing++;
    for (const outer of this.#runningAround(name)) outer.failedInside = true;
    const { output = '', failedInside } = this.#running.get(name) ?? {};
    this.#tally.add({
      outcome,
      name: this.#name === '' ? name : `${this.#name} > ${name}`,
      message: outcome === 'failed' ? output : `did not end\n${output || this.output}`,
      repeated: failedInside,
    });
  }
}

/** More levels of subtests than these are not looked at. */
const maxLevels = 32;

/** `A/b/c` stands in `A/b` and `A`. */
function testsAround(name: string): string[] {
  const around: string[] = [];
  for (let at = name.indexOf('/'); at !== -1 && around.length < maxLevels; at = name.indexOf('/', at + 1)) {
    around.push(name.slice(0, at));
  }
  return around;
}

/** Failures stand at the end of what a test prints, but a panic at the beginning of all that follows it. */
function kept(before: string, output: string): string {
  if (before.startsWith('panic: ')) return before.length < maxMessageLength ? before + output : before;
  return output.startsWith('panic: ') ? output : (before + output).slice(-maxMessageLength);
}
