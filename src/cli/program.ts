import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { packageVersion } from '../platform/self.ts';
import type { AttestOptions } from './attest.ts';
import { type CallOptions, parseCallArguments } from './call.ts';
import { callFromCommandLine } from './named-call.ts';
import { withExitCode } from './output.ts';

/** The command line for people. Each command loads what it needs when it runs. */

type Options = CallOptions & Record<string, unknown>;

/** @returns the exit code, as the contract lists them */
export async function runProgram(argv: string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('devops-engineer')
    .description('Lets an AI agent run deployments without being able to hurt production.')
    .version(packageVersion)
    .option('--project <dir>', 'project folder; default: the nearest with a devops.yaml or .git')
    .option('--json', 'print structured results')
    .exitOverride();

  const on = (command: Command, run: (options: Options, ...args: string[]) => Promise<number>) =>
    command.action(async (...given: unknown[]) => {
      const options = command.optsWithGlobals<Options>();
      const args = given.slice(0, command.registeredArguments.length) as string[];
      exitCode = await withExitCode(options.json ?? false, () => run(options, ...args));
    });
  const tool = (
    command: Command,
    name: string,
    toArguments: (options: Options, ...args: string[]) => object,
  ) => on(command, (options, ...args) => callFromCommandLine(name, toArguments(options, ...args), options));

  program.command('stdio', { isDefault: true }).description('serve MCP over stdio (also without a command)');

  on(
    program.command('init').description('look at the project and write a devops.yaml that fits'),
    async (options) => (await import('./init.ts')).init(options),
  );
  on(
    program.command('check').description('validate devops.yaml and what the environments need'),
    async (options) => (await import('./check.ts')).check(options),
  );
  on(
    program
      .command('demo')
      .description('the whole mission on a sample service, for real, in a temporary folder')
      .option('--keep', 'leave the folder and the services for a look around'),
    async (options) => (await import('./demo/demo.ts')).demo({ keep: options.keep === true }),
  );
  on(
    program
      .command('call <tool> [json]')
      .description('call any tool once, as MCP would')
      .option('--exit-code', 'exit 4 when a gate does not pass or a deployment is refused, 5 when it failed'),
    (options, name, text) => callFromCommandLine(name ?? '', parseCallArguments(text ?? '{}'), options),
  );
  on(
    program
      .command('evidence <file>')
      .description('what the gate sees in a report')
      .option('--format <name>', 'report format; detected when missing'),
    async (options, file) => (await import('./evidence.ts')).showEvidence(file ?? '', options),
  );
  on(
    program
      .command('approve <request>')
      .description('a person answers an approval request, or lets the changed "policy" count')
      .option('--key <file>', 'SSH private key to sign with')
      .option('--reject', 'reject instead')
      .option('--reason <text>', 'why')
      .option('--statement', 'print what is to be signed, for a key that is on another machine')
      .option(
        '--signature <file>',
        'what ssh-keygen signed there, for a policy under its statement; - for the standard input',
      ),
    async (options, request) => (await import('./approve.ts')).approve(request ?? '', options),
  );
  on(
    program
      .command('override <environment> <requirement>')
      .description('a person decides that a requirement does not count for one commit, for a while')
      .option('--reason <text>', 'why')
      .option('--until <time>', 'a duration such as 2h, or a time; at most 7 days ahead')
      .option('--key <file>', 'SSH private key to sign with')
      .option('--ref <ref>', 'the commit; HEAD when missing')
      .option('--statement', 'print what is to be signed, for a key that is on another machine')
      .option('--signature <file>', 'the statement and under it its signature; - for the standard input'),
    async (options, environment, requirement) =>
      (await import('./override.ts')).override(environment ?? '', requirement ?? '', options),
  );
  on(
    program
      .command('review <ref>')
      .description('a reviewer approves a commit with a signature')
      .requiredOption('--key <file>', 'SSH private key to sign with'),
    async (options, ref) => (await import('./approve.ts')).review(ref ?? '', options),
  );
  on(
    program
      .command('attest <check>')
      .description('sign what a check came to, in CI, for a gate elsewhere')
      .requiredOption('--key <file>', 'SSH private key, or private key in PEM, of a producer')
      .option('--report <file>', 'report that the check wrote in this checkout')
      .option('--exit-code <n>', 'exit code of the command that wrote it; 0 when missing')
      .option('--run', 'run the configured command itself in a clean checkout instead')
      .option('--ref <ref>', 'the commit; default: HEAD')
      .option('--artifact <digest>', 'sha256:… of the artifact that was tested')
      .option('--out <file>', 'write the envelope there instead of into refs/notes/devops-evidence'),
    async (options, check) => (await import('./attest.ts')).attest(check ?? '', options as AttestOptions),
  );
  on(
    program.command('down <environment>').description('a person takes an environment out of service'),
    async (options, environment) => (await import('./down.ts')).down(environment ?? '', options),
  );
  const audit = program.command('audit').description('the audit trail');
  on(
    audit
      .command('verify [bundle]')
      .description(
        'check the chain from first to last entry and against its checkpoints, or a bundle, offline',
      )
      .option('--anchors <ref>', 'checkpoints of other notes than refs/notes/devops-audit')
      .option('--signers <file>', 'whom you believe to have signed a bundle, in allowed_signers format'),
    async (options, bundle) => (await import('./audit.ts')).verify(bundle, options),
  );
  on(
    audit
      .command('checkpoint')
      .description('anchor how far the trail goes now in git notes, signed where audit.key is configured')
      .option('--replaces <chain>', 'a trail of this place that is lost for good')
      .option('--reason <text>', 'what became of it'),
    async (options) => (await import('./audit.ts')).checkpoint(options),
  );
  on(
    audit
      .command('prune')
      .description('remove logs, reports and artifacts that are older than retention keeps them')
      .option('--dry-run', 'only tell what would be removed'),
    async (options) => (await import('./retention.ts')).prune(options),
  );
  on(
    audit
      .command('erase <text>')
      .description('take words about a person out of logs, reports and what was read out of them')
      .requiredOption('--reason <text>', 'why; it stands in the trail, the words do not'),
    async (options, text) => (await import('./retention.ts')).erase(text ?? '', options),
  );
  on(
    audit
      .command('report')
      .description('what the record shows for SOC 2 CC8.1, ISO 27001 A.8.32 and SLSA, and what it does not')
      .option('--since <time>', 'a duration back from now, or a time; 90d when missing'),
    async (options) => (await import('./audit-report.ts')).auditReport(options),
  );
  on(
    audit
      .command('export')
      .description('print every entry as JSON Lines, or write all evidence of one deployment')
      .option('--deployment <id>', 'the deployment')
      .option('--out <path>', 'a folder, or a file ending in .tar, that does not exist yet'),
    async (options) => (await import('./audit.ts')).exportRecord(options),
  );

  tool(
    program
      .command('tasks')
      .description('filterTasks')
      .option('--agent <glob>')
      .option('--type <glob>')
      .option('--status <glob>')
      .option('--priority <glob>')
      .option('--text <words>')
      .option('--limit <n>', 'at most so many', number)
      .option('--cursor <cursor>'),
    'filterTasks',
    ({ agent, type, status, priority, text, limit, cursor }) => ({
      agent,
      type,
      status,
      priority,
      text,
      limit,
      cursor,
    }),
  );
  tool(
    program
      .command('gate <environment> [ref]')
      .description('evaluateGate')
      .option('--run <what>', 'missing, all or none')
      .option('--wait <seconds>', 'how long to wait', number)
      .option('--exit-code', 'exit 4 unless it passes'),
    'evaluateGate',
    ({ run, wait }, environment, ref) => ({ environment, ref, run, waitSeconds: wait }),
  );
  tool(
    program
      .command('deploy <environment> [ref]')
      .description('deploy')
      .option('--task <id>', 'task this is for')
      .option('--dry-run', 'show the plan, change nothing')
      .option('--wait <seconds>', 'how long to follow it', number)
      .option('--exit-code', 'exit 4 when refused, 5 when it failed or was taken back'),
    'deploy',
    ({ task, dryRun, wait }, environment, ref) => ({
      environment,
      ref,
      taskId: task,
      dryRun,
      waitSeconds: wait,
    }),
  );
  tool(
    program
      .command('rollback <environment>')
      .description('rollback')
      .requiredOption('--reason <text>', 'why')
      .option('--to <release>', 'version, commit or deployment id')
      .option('--wait <seconds>', 'how long to follow it', number),
    'rollback',
    ({ reason, to, wait }, environment) => ({ environment, reason, to, waitSeconds: wait }),
  );
  on(
    program
      .command('status [environment]')
      .description('checkHealth of one or all environments, or getDeployment')
      .option('--deployment <id>', 'this deployment instead'),
    async (options, environment) => (await import('./status.ts')).status(environment, options),
  );
  tool(
    program
      .command('metrics')
      .description('reportMetrics')
      .option('--window <duration>')
      .option('--environment <name>'),
    'reportMetrics',
    ({ window, environment }) => ({ window, environment }),
  );

  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // its words are printed already
    throw error;
  }
  return exitCode;
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('must be a number');
  return value;
}
