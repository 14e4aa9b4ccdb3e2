import { once } from 'node:events';
import { asDevopsError, DevopsError } from '../errors.ts';

/** How the command line speaks: facts to standard output, trouble to standard error. */

/** A reader such as `head` that has seen enough is no error, and changes nothing about how the command ends. */
let isReaderGone = false;
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  isReaderGone = true;
  if (code === 'EPIPE' || code === 'ECONNRESET') return;
  process.stderr.write(`FILE_FAILED: cannot write to standard output: ${message}\n`);
  process.exit(5);
});

export function print(text: string): void {
  if (!isReaderGone) process.stdout.write(`${text}\n`);
}

/**
 * The same for very much: waits until a slow reader has taken what was written before.
 * @returns whether anybody still reads
 */
export async function printPatiently(text: string): Promise<boolean> {
  if (!isReaderGone && !process.stdout.write(`${text}\n`))
    await once(process.stdout, 'drain').catch(() => undefined); // or the error above
  return !isReaderGone;
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function printError(error: DevopsError, json: boolean): void {
  const { code, message, remedy, retryable } = error;
  if (json) printJson({ error: { code, message, remedy, retryable } });
  else process.stderr.write(`${code}: ${message}\nRemedy: ${remedy}\n`);
}

/** What is piped in. @throws INVALID_ARGUMENTS for more than `maxBytes` */
export async function readStandardInput(maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new DevopsError('INVALID_ARGUMENTS', `the standard input has more than ${maxBytes} bytes`, {
        remedy: 'Pipe in what was asked for, and nothing else.',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
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
