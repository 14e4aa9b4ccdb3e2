import { takeOutOfService } from '../deployments/out-of-service.ts';
import { userName } from '../platform/self.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';

export async function down(environment: string, options: GlobalOptions): Promise<number> {
  const app = await openLocalApp(options);
  try {
    await takeOutOfService(await app.project(), { kind: 'cli', user: userName }, environment);
    if (options.json) printJson({ environment, state: 'outOfService' });
    else print(`${environment} is out of service.`);
    return 0;
  } finally {
    await app.close();
  }
}
