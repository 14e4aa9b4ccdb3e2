import { listFolder, path } from '../../platform/files.ts';
import { type KeptFile, keptFiles } from '../../platform/kept-files.ts';

/** What releases that run on this machine write, and what is said beside it. */
export interface ReleaseLogs {
  /** As the trail names it: `targets/production/logs`. */
  object: string;
  files: KeptFile[];
}

/** Of every environment that ever had some, configured or not. */
export async function releaseLogs(stateDir: string): Promise<ReleaseLogs[]> {
  const environments = await listFolder(path.join(stateDir, 'targets'));
  return Promise.all(
    environments.map(async (name) => {
      const files = await keptFiles(path.join(stateDir, 'targets', name, 'logs'));
      return {
        object: `targets/${name}/logs`,
        files: files.filter((one) => /\.log(\.1)?$/.test(one.name)),
      };
    }),
  );
}
