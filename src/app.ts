import type { Config } from './config/schema.ts';
import { DevopsError } from './errors.ts';
import { declaredSecrets, type Redact, redactionFor } from './operations/redaction/index.ts';
import { now } from './platform/clock.ts';
import { loadDatabase, openState, type State } from './platform/database.ts';
import { sha256 } from './platform/digest.ts';
import { exists, path, readTextIfExists } from './platform/files.ts';
import type { Repository } from './platform/git.ts';
import { runnerCommand } from './platform/self.ts';
import { runThread, searchThread } from './platform/threads.ts';
import { trustedPath } from './platform/trusted-path.ts';
import { environmentOf, type Project, type RecordedBoard } from './project.ts';
import type { HelperJob } from './tasks/search.ts';
import type { StretchFound } from './tasks/shared-search.ts';
import type { TaskBoard } from './tasks/types.ts';

/** The composition root: reads the configuration, picks the adapters, and hands the services one `Project`. */
export interface App {
  readonly projectDir: string;
  readonly serverEnvironment: Readonly<Record<string, string | undefined>>;
  /** Takes secrets out of text, those among them that the configuration declared when it was last read. */
  readonly redact: Redact;
  /** The project as it is configured now; a changed devops.yaml counts from the next call on. @throws CONFIG_INVALID */
  project(): Promise<Project>;
  /** The task board and our records, without what deployments need. */
  board(): Promise<RecordedBoard>;
  tasks(): Promise<TaskBoard>;
  /**
   * What is due though nobody asks: runs that lost their runner, answers that people typed, messages. Nothing where
   * there are no records yet. @throws CONFIG_INVALID
   */
  catchUp(): Promise<void>;
  /** Ends after what is being sent at this moment. */
  close(): Promise<void>;
}

export interface AppSettings {
  /** Absolute. */
  projectDir: string;
  serverEnvironment: Readonly<Record<string, string | undefined>>;
  /** Whether more than one call is to be expected: then what was read of the task board is kept for the next. */
  isLongLived?: boolean;
}

export function openApp({ projectDir, serverEnvironment: given, isLongLived = false }: AppSettings): App {
  const serverEnvironment = { ...given, PATH: trustedPath(given.PATH, projectDir) };
  process.env.PATH = serverEnvironment.PATH; // for programs that we call ourselves, git above all
  const stateDir = path.join(projectDir, '.devops');
  let state: Promise<State> | undefined;
  let repository: Promise<Repository> | undefined;
  let board: { file: string; tasks: TaskBoard } | undefined;

  let declared = '';
  let redactAsDeclared = redactionFor(serverEnvironment);
  const redact: Redact = Object.assign((text: string) => redactAsDeclared(text), {
    lines: () => redactAsDeclared.lines(),
    bytes: () => redactAsDeclared.bytes(),
  });

  const stateFile = path.join(stateDir, 'state.db');
  const sending = new Set<Promise<void>>();
  const send = (project: Project): Promise<void> => {
    const sent = deliver(project).finally(() => sending.delete(sent));
    sending.add(sent);
    return sent;
  };

  const sendWhatIsLeft = async () => {
    if (tellsPeople((await loaded()).config)) await send(await app.project());
  };

  const openedState = () => {
    state ??= openState(stateFile, redact);
    return state;
  };
  const loaded = async () => {
    const policy = await loadPolicy(projectDir);
    const names = declaredSecrets(policy.config);
    if (names.join() !== declared) {
      declared = names.join();
      redactAsDeclared = redactionFor(serverEnvironment, names);
    }
    return policy;
  };
  const openedRepository = () => {
    repository ??= import('./platform/git.ts').then(({ openRepository }) => openRepository(projectDir));
    repository.catch(() => {
      repository = undefined; // "git init" may follow; do not remember that there was none
    });
    return repository;
  };
  const boardOf = async (config: Config) => {
    const { findTasksFile, openTaskBoard } = await loadBoard();
    const file = await findTasksFile(projectDir, config.tasks);
    if (board?.file !== file) {
      board = { file, tasks: openTaskBoard({ file, now, keepsIndex: isLongLived, runHelper, whileWriting }) };
    }
    return board.tasks;
  };

  const app: App = {
    projectDir,
    serverEnvironment,
    redact,
    async board() {
      const { config } = await loaded();
      const change: State['change'] = async (work) => (await openedState()).change(work);
      return { tasks: await boardOf(config), state: { change }, redact };
    },
    async tasks() {
      return boardOf((await loaded()).config);
    },
    async project() {
      const { openTarget, policyInForce, signerFileNames, startDetached } = await loadServices();
      const { config, file } = await loaded();
      const policy = policyInForce(config, await readSigners(projectDir, signerFileNames(config)), sha256);
      const project: Project = {
        dir: projectDir,
        stateDir,
        config,
        configFile: file,
        policyDigest: policy.digest,
        policy,
        state: await openedState(),
        tasks: openedWhenAsked(() => boardOf(config)),
        serverEnvironment,
        redact,
        repository: openedRepository,
        target: (environment) => {
          const { target } = environmentOf(project, environment);
          return openTarget({
            environment,
            project: config.project,
            projectDir,
            stateDir: path.join(stateDir, 'targets', environment),
            config: target,
            serverEnvironment,
          });
        },
        startRun: (kind, id) => {
          startDetached([...runnerCommand, 'internal', 'run', kind, id, '--project', projectDir], {
            workDir: projectDir,
            environment: serverEnvironment,
            logFile: path.join(stateDir, 'logs', 'runner.log'),
          });
        },
        deliverSoon: () => send(project),
      };
      return project;
    },
    async catchUp() {
      if (!(await exists(stateFile))) return;
      const project = await app.project();
      const { adoptOrphans } = await import('./deployments/adoption.ts');
      const { collectAnswers } = await import('./approvals/human-answers.ts');
      await adoptOrphans(project).catch(() => undefined);
      await collectAnswers(project).catch(() => undefined);
      await send(project);
    },
    async close() {
      // A command leaves nothing unsent that it could send; what does not succeed is left to the next one.
      if (state && !isLongLived && (await exists(stateFile))) await sendWhatIsLeft().catch(() => undefined);
      while (sending.size > 0) await Promise.all(sending);
      await (await state)?.close();
    },
  };
  return app;
}

function tellsPeople({ notify, escalation }: Config): boolean {
  return notify.length > 0 || escalation.length > 0;
}

/** Never throws: a message that could not be sent stays in the outbox, with the reason. */
async function deliver(project: Project): Promise<void> {
  if (!tellsPeople(project.config)) return;
  const { deliverOutbox, escalateDue } = await import('./operations/notifications/index.ts');
  await escalateDue(project).catch(() => undefined);
  await deliverOutbox(project).catch(() => undefined);
}

/** What a call needs and a start does not: a client that connects waits for none of it. */
async function loadServices() {
  const [policy, targets, processes] = await Promise.all([
    import('./config/policy.ts'),
    import('./deployments/targets/index.ts'),
    import('./platform/processes.ts'),
  ]);
  return { ...policy, ...targets, startDetached: processes.startDetached };
}

/** Most calls and runs ask the board nothing, and its code is a tenth of all that a start loads. */
function openedWhenAsked(open: () => Promise<TaskBoard>): TaskBoard {
  return {
    filter: async (filter) => (await open()).filter(filter),
    get: async (id) => (await open()).get(id),
    update: async (id, change) => (await open()).update(id, change),
    create: async (task) => (await open()).create(task),
  };
}

/** What was written to the task board is recorded next: while the disk is busy, the database's code is loaded. */
function whileWriting(): void {
  loadDatabase().catch(() => undefined); // whoever needs it hears of it
}

/** A large task file is searched by two threads. */
function runHelper(job: HelperJob): Promise<StretchFound[] | undefined> | undefined {
  return runThread(searchThread, job);
}

async function loadBoard() {
  const [find, store] = await Promise.all([import('./tasks/find-file.ts'), import('./tasks/open.ts')]);
  return { ...find, ...store };
}

/** Without a devops.yaml there are no environments: everything that needs one says so. */
async function loadPolicy(projectDir: string): Promise<{ config: Config; file?: string }> {
  try {
    const { loadConfig } = await import('./config/load.ts');
    return await loadConfig(projectDir);
  } catch (error) {
    if (!(error instanceof DevopsError) || error.code !== 'CONFIG_MISSING') throw error;
    return { config: emptyConfig(path.basename(projectDir)) };
  }
}

function emptyConfig(project: string): Config {
  return {
    project,
    humanRequests: 'human-requests.md',
    checks: {},
    artifact: { path: '.', timeout: 600_000 },
    environments: {},
    approvers: {},
    reviews: { from: ['signature', 'trailer'] },
    producers: {},
    runbooks: {},
    notify: [],
    escalation: [],
  };
}

/** Who may approve is part of the policy: the content of the signer files, not only their names. */
async function readSigners(projectDir: string, names: string[]): Promise<Record<string, string | null>> {
  const files = names.map(
    async (name) => [name, (await readTextIfExists(path.resolve(projectDir, name))) ?? null] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}
