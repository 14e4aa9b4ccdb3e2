import { runProgram } from '../../src/cli/program.ts';

export interface Said {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * The command line in this process: for what people do on the way to that which a test is about, since a start of the
 * built one costs a second. It finds what a start would find: this folder, this environment, these arguments.
 */
export async function runInProcess(
  args: string[],
  { dir, environment }: { dir: string; environment: Record<string, string> },
): Promise<Said> {
  const before = { folder: process.cwd(), environment: process.env };
  const said = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const writes = streams.map((stream) => process[stream].write);
  for (const stream of streams) {
    process[stream].write = (chunk: unknown) => {
      said[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString('utf8');
      return true;
    };
  }
  process.chdir(dir);
  process.env = { ...environment };
  try {
    const exitCode = await runProgram([process.execPath, 'devops-engineer', '--project', dir, ...args]);
    return { exitCode, stdout: said.stdout.replace(/\n$/, ''), stderr: said.stderr.replace(/\n$/, '') };
  } finally {
    process.env = before.environment;
    process.chdir(before.folder);
    for (const [index, stream] of streams.entries()) Object.assign(process[stream], { write: writes[index] });
  }
}
