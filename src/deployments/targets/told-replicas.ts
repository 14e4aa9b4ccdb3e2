import { path, readTextIfExists, removeFile, replaceFile } from '../../platform/files.ts';

/** How many instances each service was told to have: the next release would go back to its file. */
export interface Scale {
  read(): Promise<Record<string, number>>;
  set(service: string, replicas: number): Promise<void>;
  /** Back to what the file says. */
  forget(): Promise<void>;
}

export function openScale(stateDir: string): Scale {
  const file = path.join(stateDir, 'scale.json');
  const read = async () => JSON.parse((await readTextIfExists(file)) ?? '{}') as Record<string, number>;
  return {
    read,
    set: async (service, replicas) => {
      await replaceFile(file, JSON.stringify({ ...(await read()), [service]: replicas }));
    },
    forget: () => removeFile(file),
  };
}
