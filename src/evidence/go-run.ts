import { GoPackage } from './go-package.ts';
import { TestTally } from './tests.ts';
import { Unreadable } from './unreadable.ts';

/** An event of `go doc test2json`; Go 1.24 added those of builds. */
export interface GoEvent {
  Action: string;
  Package?: string | undefined;
  Test?: string | undefined;
  Output?: string | undefined;
  /** Of builds: the package as the compiler calls it, `shop` or `shop [shop.test]`. */
  ImportPath?: string | undefined;
  /** Of a package that fails: the import path of the build that failed. */
  FailedBuild?: string | undefined;
}

/** A report that begins more packages, builds and tests than these without ending them is none of a run. */
const maxOpen = 100_000;

/** Follows a run through its events. It remembers what is not at its end, and the failures. */
export class GoRun {
  readonly tally = new TestTally();
  readonly #packages = new Map<string, GoPackage>();
  /** Output of builds by import path. */
  readonly #builds = new Map<string, string>();
  readonly #failedBuilds = new Set<string>();
  #events = 0;

  /** @throws Unreadable for more than can be remembered */
  take({ Action, Package = '', Test, Output = '', ImportPath = '', FailedBuild }: GoEvent): void {
    if (Action === 'build-output') {
      const before = this.#builds.get(ImportPath) ?? '';
      if (before.length < 2_000) this.#builds.set(ImportPath, before + Output.slice(0, 2_000));
    } else if (Action === 'build-fail') this.#failedBuilds.add(ImportPath);
    else if (Test !== undefined) this.#package(Package).takeTest(Test, Action, Output);
    else if (Action === 'fail') this.#fail(Package, FailedBuild);
    else if (Action === 'pass' || Action === 'skip') this.#end(Package);
    else this.#package(Package).note(Output);
    this.#events++;
    if (this.#events % 1_000 === 0) this.#guard();
  }

  /** Takes note of a package that was not tested at all. */
  fail(name: string, message: string): void {
    this.tally.add({ outcome: 'errored', name: name || 'the package', message });
  }

  /** Ends the run. Returns why it is not whole. */
  end(): string[] {
    const unended = [...this.#packages.keys()];
    for (const name of unended) this.#end(name);
    for (const build of this.#failedBuilds) this.fail(build, this.#builds.get(build) ?? 'the build failed');
    return unended.map((name) => `breaks off: ${name || 'the package'} did not come to an end`);
  }

  #guard(): void {
    const open = [...this.#packages.values()].reduce((sum, { size }) => sum + size, 0);
    if (open + this.#builds.size + this.#failedBuilds.size > maxOpen) {
      throw new Unreadable(`more than ${maxOpen} tests and builds that do not end`);
    }
  }

  #package(name: string): GoPackage {
    let found = this.#packages.get(name);
    if (!found) {
      found = new GoPackage(name, this.tally);
      this.#packages.set(name, found);
    }
    return found;
  }

  #fail(name: string, failedBuild: string | undefined): void {
    const { failing, output } = this.#end(name);
    const builds = [...this.#failedBuilds].filter(
      (build) => build === failedBuild || build.split(' ')[0] === name,
    );
    for (const build of builds) this.#failedBuilds.delete(build);
    const words = builds.map((build) => this.#builds.get(build) ?? '').join('');
    if (failing === 0) this.fail(name, words || this.#builds.get(failedBuild ?? '') || output);
  }

  #end(name: string): GoPackage {
    const ended = this.#package(name);
    ended.end();
    this.#packages.delete(name);
    return ended;
  }
}
