/** What a person sees while the demo runs: chapters, steps with their time, and the facts that came back. */
export interface Narrator {
  chapter(title: string): void;
  /** Runs a step, showing that it runs and how long it took. */
  step<T>(title: string, run: () => Promise<T>): Promise<T>;
  /** A fact that was really observed, under the step. */
  fact(text: string): void;
}

const colours = { dim: 2, bold: 1, green: 32, red: 31, cyan: 36 } as const;

export function createNarrator(stream: NodeJS.WriteStream): Narrator {
  const paint = (text: string, colour: keyof typeof colours) =>
    stream.isTTY ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
  const line = (text: string) => stream.write(`${text}\n`);
  return {
    chapter(title) {
      line(`\n${paint(title, 'bold')}`);
    },
    async step(title, run) {
      const startedAt = performance.now();
      if (stream.isTTY) stream.write(`  ${paint('…', 'cyan')} ${title}`);
      const done = (mark: string) => {
        const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
        if (stream.isTTY) stream.write('\r\u001b[2K');
        line(`  ${mark} ${title} ${paint(`${seconds} s`, 'dim')}`);
      };
      try {
        const result = await run();
        done(paint('✓', 'green'));
        return result;
      } catch (error) {
        done(paint('✗', 'red'));
        throw error;
      }
    },
    fact(text) {
      for (const part of text.split('\n')) line(`      ${paint(part, 'dim')}`);
    },
  };
}

/** The story did not go as told: the demo says so and exits non-zero. */
export class StoryBroken extends Error {
  override readonly name = 'StoryBroken';
}

/** @throws StoryBroken */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new StoryBroken(what);
}
