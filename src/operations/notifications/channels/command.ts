import { minimalEnvironment, runCommand } from '../../../platform/processes.ts';
import type { ChannelKind } from './channel.ts';

export const command: ChannelKind<'command'> = {
  kind: 'command',
  timeoutMs: 5_000,
  async send({ run }, notice, { projectDir, serverEnvironment }) {
    const { exitCode, ended } = await runCommand({
      command: run,
      workDir: projectDir,
      environment: minimalEnvironment(serverEnvironment),
      timeoutMs: this.timeoutMs,
      input: JSON.stringify(notice),
    });
    if (exitCode !== 0) throw new Error(`the command ended with ${ended ?? exitCode ?? 'a signal'}`);
  },
};
