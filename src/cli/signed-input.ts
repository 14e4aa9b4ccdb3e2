import { DevopsError } from '../errors.ts';
import { readBoundedFile } from '../platform/bounded-file.ts';
import { readStandardInput } from './output.ts';

/** What people sign where their key is, and bring along. */

/** A statement about a policy names everything that it demands less. */
const maxBytes = 1024 ** 2;

/** @param file a path, or `-` for the standard input. @throws INVALID_ARGUMENTS, FILE_FAILED */
export async function readGiven(file: string): Promise<string> {
  if (file === '-') return readStandardInput(maxBytes);
  return new TextDecoder().decode((await readBoundedFile(file, maxBytes)).bytes);
}

/** Shows a person what they would sign: the text itself to the byte, and whatever else is said beside it. */
export function printToSign(description: string, statement: string): void {
  process.stderr.write(`${description}\n`);
  process.stdout.write(statement);
}

export function signedInOneWay(): DevopsError {
  return new DevopsError('INVALID_ARGUMENTS', 'an answer is signed in one way', {
    remedy: 'Give --key where the key is; elsewhere --statement first, and --signature afterwards.',
  });
}

export function standsInWhatWasSigned(): DevopsError {
  return new DevopsError('INVALID_ARGUMENTS', 'what was decided stands in what was signed', {
    remedy: 'Give --signature alone. To decide otherwise, print another statement with --statement.',
  });
}
