import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { sha256 } from './digest.ts';

/** Names this machine and folder without telling either: the same place, the same name. */
export async function placeOf(folder: string): Promise<string> {
  return sha256(`${hostname()}\0${await fs.realpath(folder)}`).slice(0, 16);
}
