import * as z from 'zod';
import { DevopsError } from '../../errors.ts';
import { path, readTextIfExists, removeFile, replaceFile } from '../../platform/files.ts';

/** How many instances each service was told to have: the next release would go back to its file. */
export interface Scale {
  /** @throws TARGET_FAILED for a file that somebody else wrote */
  read(): Promise<Record<string, number>>;
  set(service: string, replicas: number): Promise<void>;
  /** Back to what the file says. */
  forget(): Promise<void>;
}

const shape = z.record(z.string(), z.int().min(1));

export function openScale(stateDir: string): Scale {
  const file = path.join(stateDir, 'scale.json');
  const read = async () => {
    try {
      return shape.parse(JSON.parse((await readTextIfExists(file)) ?? '{}'));
    } catch (error) {
      throw new DevopsError('TARGET_FAILED', `${file} says no numbers of instances`, {
        remedy:
          'Remove that file: the next release has as many instances as its own file says, until it is scaled anew.',
        cause: error,
      });
    }
  };
  return {
    read,
    set: async (service, replicas) => {
      await replaceFile(file, JSON.stringify({ ...(await read()), [service]: replicas }));
    },
    forget: () => removeFile(file),
  };
}
