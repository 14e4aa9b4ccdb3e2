import { asDevopsError, DevopsError } from '../errors.ts';

/** How the command line speaks: facts to standard output, trouble to standard error. */

/** A reader such as `head` that has seen enough is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function printError(error: DevopsError, json: boolean): void {
  const { code, message, remedy, retryable } = error;
  if (json) printJson({ error: { code, message, remedy, retryable } });
  else process.stderr.write(`${code}: ${message}\nRemedy: ${remedy}\n`);
}

/** Runs a command and turns what it throws into words and an exit code. */
export async function withExitCode(json: boolean, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (thrown) {
    const { redactionFor } = await import('../operations/redaction/index.ts');
    const redact = redactionFor(process.env); // of a detached run it goes into a log
    const { code, message, remedy, exitCode } = asDevopsError(thrown);
    printError(new DevopsError(code, redact(message), { remedy: redact(remedy) }), json);
    if (code === 'INTERNAL' && thrown instanceof Error)
      process.stderr.write(`${redact(thrown.stack ?? '')}\n`);
    return exitCode;
  }
}
