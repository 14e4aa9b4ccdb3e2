import { openApp } from '../../app.ts';
import { print } from '../output.ts';
import { type Agent, connectAgent } from './agent.ts';
import { createNarrator, StoryBroken } from './narrator.ts';
import { type Scene, setScene } from './scene.ts';
import { tell } from './story.ts';

/** The mission from beginning to end, for real: what is printed is what the server answered and the service did. */

/** @returns 0 when everything went as told, 5 when any step did not */
export async function demo({ keep }: { keep: boolean }): Promise<number> {
  const startedAt = performance.now();
  const narrator = createNarrator(process.stdout);
  const scene = await setScene();
  let agent: Agent | undefined;
  let keepFiles = false;
  try {
    agent = await connectAgent(scene.projectDir, scene.environment);
    const summary = await tell({ narrator, scene, agent });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    narrator.chapter(`Summary (${seconds} s)`);
    for (const fact of summary) narrator.fact(fact);
    return 0;
  } catch (error) {
    keepFiles = true;
    if (!(error instanceof StoryBroken)) throw error;
    print(`\nThe demo did not go as told: ${error.message}`);
    print(`Its files are in ${scene.projectDir}`);
    return 5;
  } finally {
    await agent?.close();
    if (keep) {
      print(`\nEverything still runs: ${scene.urls.production}, files in ${scene.projectDir}`);
      await scene.strike({ keepFiles: true });
    } else {
      await endScene(scene, { keepFiles });
    }
  }
}

/** Takes every environment of the demo out of service and, unless something is to be looked into, deletes its folder. */
async function endScene(scene: Scene, { keepFiles }: { keepFiles: boolean }): Promise<void> {
  const app = openApp({ projectDir: scene.projectDir, serverEnvironment: scene.environment });
  const project = await app.project();
  for (const name of Object.keys(project.config.environments)) {
    await project.target(name).stop({
      fence: { deploymentId: 'end-of-demo', number: Number.MAX_SAFE_INTEGER },
      log: () => undefined,
      signal: new AbortController().signal,
    });
  }
  await app.close();
  await scene.strike({ keepFiles });
}
