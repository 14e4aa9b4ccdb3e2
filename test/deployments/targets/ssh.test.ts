import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { environment } from '../../../src/config/schema.ts';
import { openTarget } from '../../../src/deployments/targets/index.ts';
import type { HostsFailed } from '../../../src/deployments/targets/ssh/failure.ts';
import type { Release, Target } from '../../../src/deployments/targets/types.ts';
import { type SshHost, type SshTestbed, startSshHosts } from '../../testbed/ssh-hosts.ts';
import { callOf, createRelease, temporaryFolder } from './releases.ts';

let testbed: SshTestbed;
let dir: string;
let first: SshHost;
let second: SshHost;
let third: SshHost;
let one: Release;
let two: Release;
let root: (host: SshHost, ...names: string[]) => string;
let count = 0;
let folder: string;

beforeAll(async () => {
  testbed = await startSshHosts(3);
  [first, second, third] = testbed.hosts as [SshHost, SshHost, SshHost];
  dir = await temporaryFolder();
  one = await createRelease(dir, 'one', 'small-release');
  two = await createRelease(dir, 'two', 'small-release');
});
afterAll(async () => {
  await testbed.destroy();
  await fs.rm(dir, { recursive: true, force: true });
});

/** Every test has hosts on which nothing was ever deployed. */
beforeEach(async () => {
  count += 1;
  folder = `srv/the shop's ${count}`;
  root = (host, ...names) => path.join(host.dir, folder, ...names);
});
afterEach(async () => {
  for (const host of testbed.hosts) {
    host.reconnect();
    await fs.rm(path.join(host.dir, 'restart.sh'), { force: true });
  }
  await open().stop(callOf(1_000_000));
  for (const host of testbed.hosts) await fs.rm(path.join(host.dir, 'calls'), { force: true });
});

function open(config: Record<string, unknown> = {}, server: Record<string, string> = {}): Target {
  const { target } = environment.parse({ target: { ...testbed.config, path: folder, ...config } });
  return openTarget({
    environment: 'staging',
    project: 'shop',
    projectDir: dir,
    stateDir: path.join(dir, 'state'),
    config: target,
    serverEnvironment: { PATH: process.env.PATH, HOME: dir, ...server },
  });
}

const served = () => Promise.all(testbed.hosts.map((host) => host.serves()));
const link = (host: SshHost) => fs.readlink(root(host, 'current')).catch(() => undefined);
/** What the next restarts on a host do first. */
const beforeRestart = (host: SshHost, script: string) =>
  fs.writeFile(path.join(host.dir, 'restart.sh'), script);
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error as HostsFailed,
  );

test('deploys to every host, repeats without an effect, switches, and brings the release before back', async () => {
  const target = open();
  expect(await target.live()).toBeUndefined();
  const call = callOf(1);
  await target.activate(one, call);
  expect(await served()).toEqual(['one', 'one', 'one']);
  expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
  expect(await link(second)).toBe(`releases/${one.id}`);
  expect(call.lines).toContain(`${third.address}: serves one`);
  // The mark is what a supervisor reads: variables for sh and for systemd.
  expect(await fs.readFile(root(first, 'current', '.devops-release'), 'utf8')).toBe(
    `DEVOPS_ENVIRONMENT=staging\nDEVOPS_COMMIT=${one.commit}\nDEVOPS_VERSION=one\nDEVOPS_ARTIFACT_DIGEST=${one.artifact.digest}\n`,
  );

  await target.activate(one, callOf(1));
  await open().activate(one, callOf(2));
  expect(await first.calls()).toEqual(['restart']);

  await target.activate(two, callOf(3, one));
  expect(await served()).toEqual(['two', 'two', 'two']);
  expect(await target.live()).toEqual({ releaseId: two.id, version: 'two' });
  const back = callOf(4, two);
  await target.restore(one, back);
  expect(await served()).toEqual(['one', 'one', 'one']);
  expect(back.lines.join('\n')).not.toContain('copies');
  expect(await first.calls()).toEqual(['restart', 'restart', 'restart']);
});

test('commands get the facts, the configured values and what is handed through, whatever is in them', async () => {
  const odd = `a'b"c\\d $(touch hacked) \`touch hacked\` \${HOME}; touch hacked\nsecond line `;
  const report = 'env -0 > "$HOST_DIR/seen"; "$HOST_DIR/supervise" restart';
  const target = open(
    {
      hosts: [first.address],
      restart: report,
      environment: { ODD: odd, DEVOPS_VERSION: 'forged', root: '/', timeout: 'x', command: 'y' },
      passEnvironment: ['TOKEN'],
    },
    { TOKEN: `secret ${odd}`, OTHER: 'other' },
  );
  await target.activate(two, callOf(7, one));
  const seen = Object.fromEntries(
    (await fs.readFile(path.join(first.dir, 'seen'), 'utf8'))
      .split('\0')
      .map((entry) => entry.split(/=(.*)/s)),
  );
  expect(seen).toMatchObject({
    ODD: odd,
    TOKEN: `secret ${odd}`,
    root: '/',
    DEVOPS_ENVIRONMENT: 'staging',
    DEVOPS_COMMIT: two.commit,
    DEVOPS_VERSION: 'two',
    DEVOPS_ARTIFACT_DIGEST: two.artifact.digest,
    DEVOPS_DEPLOYMENT_ID: 'deployment-7',
    DEVOPS_RELEASE: '7',
    DEVOPS_PREVIOUS_VERSION: 'one',
    DEVOPS_HOST: first.address,
    DEVOPS_SHARED_DIR: root(first, 'shared'),
    TARGET_URL: target.url,
  });
  for (const name of ['OTHER', 'DEVOPS_ARTIFACT', 'mark', 'exports', 'SSH_AUTH_SOCK']) {
    expect(seen).not.toHaveProperty(name);
  }
  const everywhere = [first.dir, root(first), root(first, 'current')];
  expect(everywhere.filter((place) => existsSync(path.join(place, 'hacked')))).toEqual([]);
});

test('an overtaken deployment is refused by every host, before anything is touched', async () => {
  const target = open();
  await target.activate(two, callOf(5));
  for (const effect of [
    (it: Target) => it.activate(one, callOf(4)),
    (it: Target) => it.restore(one, callOf(4)),
    (it: Target) => it.stop(callOf(4)),
  ]) {
    expect(await failureOf(effect(open({ hosts: [third.address] })))).toMatchObject({
      code: 'TARGET_FAILED',
      message: expect.stringContaining(
        'number 4 of deployment-4 is lower than 5: a later deployment has taken over',
      ),
    });
  }
  await open().prune({ releases: [], inUse: [] }, callOf(4));
  expect(await served()).toEqual(['two', 'two', 'two']);
  expect(await third.calls()).toEqual(['restart']);
  await fs.writeFile(root(third, '.devops', 'fence'), 'unreadable');
  const unreadable = await failureOf(target.activate(two, callOf(9)));
  expect(unreadable?.message).toContain(`${third.address}: its fencing number cannot be read`);
  await fs.writeFile(root(third, '.devops', 'fence'), '9');
});

test('a host that fails ends the rollout: those after it keep their release, and the way back brings all to one', async () => {
  const target = open();
  await target.activate(one, callOf(1));
  await beforeRestart(second, 'echo no database; exit 3');
  const failure = await failureOf(target.activate(two, callOf(2, one)));
  expect(failure).toMatchObject({ code: 'TARGET_FAILED' });
  expect(failure?.message).toContain('switching to two failed, 1 of 3 hosts were not touched');
  expect(failure?.message).toContain(
    `${second.address}: switch to two: the restart command failed (exit code 3): no database`,
  );
  expect(failure?.message).toContain(
    `${first.address} serves two; ${second.address} was interrupted in its switch to two; ${third.address} serves one`,
  );
  expect(failure?.remedy).toContain(`Make target.restart succeed on ${second.address}`);
  expect(failure?.hosts.map(({ known, version }) => [known, version])).toEqual([
    [true, 'two'],
    [true, undefined],
    [true, 'one'],
  ]);
  expect(await target.live()).toEqual({
    version: `mixed: ${first.address} serves two; ${second.address} was interrupted in its switch to two; ${third.address} serves one`,
  });

  await fs.rm(path.join(second.dir, 'restart.sh'));
  await target.restore(one, callOf(2, one));
  expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
  expect(await third.calls()).toEqual(['restart']); // it served that release all the time
});

test('batches: so many hosts at the same time, and a release that does not come up is no success', async () => {
  await open().activate(one, callOf(1));
  const target = open({ readyWithin: '1s' });
  // Serves the old release, whatever it is told: the command ends with 0 all the same.
  await beforeRestart(first, 'exit 0');
  const failure = await failureOf(target.activate(two, { ...callOf(2, one), atOnce: 2 }));
  expect(failure?.message).toContain('1 of 3 hosts were not touched');
  expect(failure?.message).toContain(
    `${first.address}: switch to two: not ready in time: its version command says "one"`,
  );
  expect(await served()).toEqual(['one', 'two', 'one']);
});

test('advance brings it to so many hosts, and the others go on with the release before', async () => {
  const target = open();
  await target.activate(one, callOf(1));
  await target.advance?.(two, 2, callOf(2, one)).then(
    () => expect.unreachable('nothing was placed yet'),
    (error: Error) => expect(error.message).toContain('the release is not complete there'),
  );
  await target.stage(two, callOf(2, one));
  await target.advance?.(two, 2, callOf(2, one));
  await target.advance?.(two, 2, callOf(2, one)); // told twice is once
  expect(await served()).toEqual(['two', 'two', 'one']);
  expect([await target.serving?.(two), await target.serving?.(one)]).toEqual([2, 1]);
  expect((await target.live())?.version).toMatch(/^mixed: /);
  expect(await first.calls()).toEqual(['restart', 'restart']);
  await target.restore(one, callOf(2, one));
  expect(await served()).toEqual(['one', 'one', 'one']);
});

// Silence takes its time to be noticed: test/e2e/ssh-target.test.ts waits for it in every run.
test.runIf(process.env.FAULTS === 'full')(
  'a host that is cut off in the middle: it is named with its state unknown, and the others come back',
  async () => {
    const target = open();
    await target.activate(one, callOf(1));
    await beforeRestart(second, 'echo "$$" > "$HOST_DIR/stuck"; sleep 30');
    const rolling = failureOf(target.activate(two, callOf(2, one)));
    await vi.waitFor(() => expect(existsSync(path.join(second.dir, 'stuck'))).toBe(true), {
      timeout: 15_000,
    });
    second.cutOff();
    const began = performance.now();
    const failure = await rolling;
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(failure).toMatchObject({ code: 'TARGET_FAILED' });
    expect(failure?.message).toContain('1 of 3 hosts were not touched');
    expect(failure?.remedy).toContain(`Bring ${second.address} back into the network`);
    const [here, lost, there] = failure?.hosts ?? [];
    expect([here?.version, lost?.known, there?.version]).toEqual(['two', false, 'one']);
    expect(lost?.text).toContain('cannot be reached');

    const way = await failureOf(target.restore(one, callOf(2, one)));
    expect(way?.hosts.map(({ version }) => version)).toEqual(['one', undefined, 'one']);
    expect((await target.live())?.version).toMatch(
      new RegExp(`mixed: .*${second.address} cannot be reached`),
    );
    expect(await target.notRestorable(one)).toBeUndefined(); // the release itself is well

    await fs.rm(path.join(second.dir, 'restart.sh'));
    second.reconnect();
    await target.restore(one, callOf(3, one));
    expect(await served()).toEqual(['one', 'one', 'one']);
    expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
  },
);

test('a host that is down when the deployment begins: no host is switched', async () => {
  const target = open();
  await target.activate(one, callOf(1));
  await third.shutDown();
  try {
    const failure = await failureOf(target.activate(two, callOf(2, one)));
    expect(failure?.message).toContain('placing two failed');
    expect(failure?.message).toContain(`${third.address}: look for the release: cannot be reached`);
    expect(await served()).toEqual(['one', 'one', 'one']);
    expect(await link(first)).toBe(`releases/${one.id}`);
    expect(await open({ hosts: [third.address] }).notRestorable(one)).toBe('no host can be reached');
    expect(await open({ hosts: [third.address] }).live()).toBeUndefined();
    expect(await open().problems()).toEqual([
      {
        what: expect.stringContaining(`${third.address} cannot be reached`),
        remedy: expect.stringContaining('take it out of target.hosts'),
      },
    ]);
  } finally {
    await third.boot();
  }
});

test('a host whose key is another one, or not known, is never talked to', async () => {
  const stranger = path.join(dir, 'stranger-hosts');
  const known = await fs.readFile(testbed.knownHostsFile, 'utf8');
  const lines = known.trim().split('\n');
  const keyOf = (line = '') => line.split(' ').slice(1).join(' ');
  // The second host shows the key that belongs to the third.
  await fs.writeFile(stranger, known.replace(keyOf(lines[1]), keyOf(lines[2])));
  const changed = await failureOf(
    open({ hosts: [second.address], knownHosts: stranger }).activate(one, callOf(1)),
  );
  expect(changed?.message).toContain('is not proven to be the host that it was');
  expect(changed?.remedy).toContain(`put it into ${stranger}`);
  await fs.writeFile(stranger, '');
  const unknown = await failureOf(
    open({ hosts: [second.address], knownHosts: stranger }).activate(one, callOf(1)),
  );
  expect(unknown?.message).toContain('is not proven to be the host that it was');
  expect(await fs.readFile(stranger, 'utf8')).toBe(''); // and nobody learnt it on the way
  expect(existsSync(root(second))).toBe(false);
});

test('what arrives is held against the digest, and what was changed here is not sent', async () => {
  const target = open({ hosts: [first.address] });
  const file = path.join(dir, 'changed.tar');
  await fs.copyFile(one.artifact.path, file);
  await fs.appendFile(file, 'x');
  const changed = { ...one, artifact: { ...one.artifact, path: file } };
  expect(await failureOf(target.activate(changed, callOf(1)))).toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining('its artifact was changed'),
  });
  // Changed after we looked: the host looks too. Whoever reads a pipe a second time gets what comes second.
  const pipe = path.join(dir, 'pipe.tar');
  await execa('mkfifo', [pipe]);
  const writer = execa('sh', [
    '-c',
    'cat "$0" > "$2"; sleep 0.3; cat "$1" > "$2"',
    one.artifact.path,
    file,
    pipe,
  ]);
  const swapped = { ...one, artifact: { ...one.artifact, path: pipe } };
  expect((await failureOf(target.restore(swapped, callOf(1))))?.message).toContain('what arrived is sha256:');
  await writer;
  expect(await fs.readdir(root(first, 'releases'))).toEqual([]);
  expect(await target.notRestorable(changed)).toMatch(/was changed.*no longer has its release folder/);
  await target.activate(one, callOf(1));
  expect(await target.notRestorable(changed)).toBeUndefined(); // the host has it, complete
});

test('a run that died between switch and restart is taken up: the link alone counts for nothing', async () => {
  const target = open({ version: undefined });
  await target.activate(one, callOf(1));
  await target.activate(two, callOf(2, one));
  await target.restore(one, callOf(3, two));
  // As a runner leaves it that dies right after the rename.
  await fs.rm(root(second, '.devops', 'serving'));
  await fs.rm(root(second, 'current'));
  await fs.symlink(`releases/${two.id}`, root(second, 'current'));
  expect((await target.live())?.version).toContain(`${second.address} was interrupted in its switch to two`);
  await target.activate(two, callOf(4, one));
  await expect.poll(served, { timeout: 10_000 }).toEqual(['two', 'two', 'two']); // it is up before it answers
  expect(await target.live()).toEqual({ releaseId: two.id, version: 'two' });
});

test('a copy that was interrupted leaves no release, and the next one completes it', async () => {
  const target = open({ hosts: [first.address], prepare: 'test -e "$HOST_DIR/prepared"' });
  const failure = await failureOf(target.activate(one, callOf(1)));
  expect(failure?.message).toContain('the prepare command failed (exit code 1)');
  expect(await target.notRestorable({ ...one, artifact: { ...one.artifact, path: '/nowhere' } })).toMatch(
    /no longer kept/,
  );
  expect(await link(first)).toBeUndefined();
  await fs.writeFile(path.join(first.dir, 'prepared'), '');
  await target.activate(one, callOf(1));
  expect(await first.serves()).toBe('one');
});

test('effects of two runners on one host happen one after the other', async () => {
  const target = open({ hosts: [first.address] });
  await target.activate(one, callOf(1));
  await beforeRestart(first, 'echo begin >> "$HOST_DIR/calls"; sleep 0.5; echo end >> "$HOST_DIR/calls"');
  const outcomes = await Promise.all([
    failureOf(open({ hosts: [first.address] }).activate(two, callOf(2, one))),
    failureOf(target.activate(two, callOf(2, one))),
  ]);
  expect(outcomes).toEqual([undefined, undefined]);
  expect(await first.calls()).toEqual(['restart', 'restart', 'begin', 'end']); // the second found it done
});

test('a command that hangs is ended on the host, and a service that keeps its output open holds nobody up', async () => {
  const hanging = open({ hosts: [first.address], restart: 'sleep 60', timeout: '1s' });
  expect((await failureOf(hanging.activate(one, callOf(1))))?.message).toContain(
    'the restart command failed (took too long)',
  );
  const holding = open({
    hosts: [first.address],
    restart: 'sleep 20 & "$HOST_DIR/supervise" restart; echo without an end of line | tr -d "\\n"',
  });
  const began = performance.now();
  const call = callOf(2);
  await holding.activate(one, call);
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(call.lines).toContain(`${first.address}: without an end of line`);
});

test('a host leaves the load balancer before its restart and comes back once it serves, whoever has to see to that', async () => {
  const note = (word: string) => `printf '%s\\n' ${word} >>"$HOST_DIR/calls"`;
  const balanced = { drain: `test -e service.pl && ${note('drain')}`, undrain: note('undrain') };
  const target = open(balanced);
  await target.activate(one, callOf(1));
  expect(await first.calls()).toEqual(['restart', 'undrain']); // nothing was live that could be drained
  await target.activate(two, callOf(2, one));
  expect((await first.calls()).slice(2)).toEqual(['drain', 'restart', 'undrain']);
  await target.activate(two, callOf(2, one)); // as after a runner that died before it was through
  expect((await first.calls()).slice(5)).toEqual(['undrain']);

  const stuck = await failureOf(
    open({ ...balanced, drain: 'echo no balancer; exit 7' }).activate(one, callOf(3, two)),
  );
  expect(stuck?.message).toContain('the drain command failed (exit code 7): no balancer');
  expect(stuck?.remedy).toContain('Make target.drain succeed');
  expect(await served()).toEqual(['two', 'two', 'two']);
  const lost = await failureOf(open({ ...balanced, undrain: 'exit 8' }).restore(two, callOf(3, one)));
  expect(lost?.message).toContain('the undrain command failed (exit code 8)');
  await target.restore(two, callOf(3, one));
  expect((await first.calls()).at(-1)).toBe('undrain');
  expect(() => open({ drain: 'true' })).toThrow('must be given where drain is');
});

test('shared paths outlive releases; a file that has to be there is asked for', async () => {
  const target = open({ hosts: [first.address], shared: ['uploads/', 'config/.env'] });
  expect((await failureOf(target.activate(one, callOf(1))))?.message).toMatch(
    /shared path is not there.*config\/\.env/,
  );
  await fs.mkdir(root(first, 'shared', 'config'), { recursive: true });
  await fs.writeFile(root(first, 'shared', 'config', '.env'), 'KEY=value');
  await target.activate(one, callOf(1));
  await fs.writeFile(root(first, 'current', 'uploads', 'cat.jpg'), 'cat');
  await target.activate(two, callOf(2, one));
  expect(await fs.readFile(root(first, 'current', 'uploads', 'cat.jpg'), 'utf8')).toBe('cat');
  expect(await fs.readFile(root(first, 'current', 'config', '.env'), 'utf8')).toBe('KEY=value');
});

test('out of service: every host is stopped and proven to be, twice is once', async () => {
  const target = open();
  await target.activate(one, callOf(1));
  await target.stop(callOf(2));
  expect(await served()).toEqual([undefined, undefined, undefined]);
  expect(await target.live()).toBeUndefined();
  await target.stop(callOf(2));
  expect(await first.calls()).toEqual(['restart', 'stop']);
  await target.activate(one, callOf(3)); // its folder is still there
  const pretending = open({ stop: 'true' });
  const failure = await failureOf(pretending.stop(callOf(4)));
  expect(failure?.message).toContain('the status command still says that it is up');
});

test('start is used where nothing was live', async () => {
  const target = open({ hosts: [first.address], start: '"$HOST_DIR/supervise" start' });
  await target.activate(one, callOf(1));
  await target.activate(two, callOf(2));
  expect(await first.calls()).toEqual(['start', 'restart']);
});

test('the live release is not retired; one that is not live is ended already', async () => {
  const target = open();
  await target.activate(one, callOf(1));
  await target.activate(two, callOf(2, one));
  await target.retire(one, callOf(2));
  await expect(target.retire(two, callOf(2))).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining(`two is live on ${first.address}, ${second.address}, ${third.address}`),
  });
});

test('prunes what nobody needs, and never the live one', async () => {
  const target = open({ hosts: [first.address], keep: 2 });
  const releases: Release[] = [];
  for (const version of ['one', 'two', 'three', 'four']) {
    releases.unshift({ ...one, id: `deployment-${version}`, version, commit: version.repeat(8) });
    await target.activate(releases[0] as Release, callOf(releases.length));
  }
  await target.restore(releases[3] as Release, callOf(5));
  await fs.mkdir(root(first, 'releases', '.deployment-dead.draft'));
  await target.prune({ releases, inUse: [] }, callOf(5));
  expect((await fs.readdir(root(first, 'releases'))).sort()).toEqual([
    'deployment-four',
    'deployment-one',
    'deployment-three',
  ]);
  await third.shutDown();
  const call = callOf(6);
  await open({ hosts: [third.address] }).prune({ releases, inUse: [] }, call); // no reason to fail
  expect(call.lines.join('\n')).toContain(`not pruned: ${third.address}`);
  await third.boot();
});

test('shows what the service wrote, by host', async () => {
  const target = open();
  await target.activate(one, callOf(1));
  const lines = await target.releaseLog(one, 1);
  expect(lines).toEqual(testbed.hosts.map(({ address }) => `${address}: one begins`));
  expect(await open({ log: undefined }).releaseLog(one, 1)).toEqual([]);
});

test('a folder of another environment is left alone', async () => {
  await open({ hosts: [first.address] }).activate(one, callOf(1));
  await fs.writeFile(root(first, '.devops', 'owner'), 'production');
  const failure = await failureOf(open({ hosts: [first.address] }).activate(two, callOf(2)));
  expect(failure?.message).toContain('its folder belongs to environment production');
  expect(await first.serves()).toBe('one');
  await fs.writeFile(root(first, '.devops', 'owner'), 'staging');
});

test('says before anything runs what is missing', async () => {
  expect(await open().problems()).toEqual([]);
  expect(await open({ knownHosts: 'nowhere', identity: '~/key' }).problems()).toEqual([
    {
      what: `there is no ${path.join(dir, 'nowhere')}`,
      remedy: expect.stringContaining('target.knownHosts'),
    },
    { what: `there is no ${path.join(dir, 'key')}`, remedy: expect.stringContaining('target.identity') },
  ]);
  expect(await open({}, { PATH: '/nowhere' }).problems()).toEqual([
    { what: 'there is no program "ssh"', remedy: 'Install the OpenSSH client on this machine.' },
  ]);
  const stranger = path.join(dir, 'stranger');
  await fs.copyFile(testbed.identityFile, stranger);
  const { execa } = await import('execa');
  await fs.rm(stranger);
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]);
  expect(await open({ hosts: [first.address], identity: stranger }).problems()).toEqual([
    {
      what: expect.stringMatching(/cannot be reached: .*Permission denied/),
      remedy: expect.stringContaining('authorized_keys'),
    },
  ]);
});

test('no agent is forwarded, and nothing of a program stands on a command line', async () => {
  const secret = randomBytes(8).toString('hex');
  const target = open(
    {
      hosts: [first.address],
      restart:
        'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " > "$HOST_DIR/lines"; env > "$HOST_DIR/env"; "$HOST_DIR/supervise" restart',
      passEnvironment: ['TOKEN'],
    },
    { TOKEN: secret, SSH_AUTH_SOCK: path.join(dir, 'agent.sock') },
  );
  await target.activate(one, callOf(1));
  expect(await fs.readFile(path.join(first.dir, 'lines'), 'utf8')).not.toContain(secret);
  const env = await fs.readFile(path.join(first.dir, 'env'), 'utf8');
  expect(env).toContain(secret);
  expect(env).not.toContain('SSH_AUTH_SOCK');
});

test('a full disk on a host: named, nothing switched, and room is all it takes', async (context) => {
  const { execa } = await import('execa');
  const disk = root(first, 'releases');
  await fs.mkdir(disk, { recursive: true });
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk], { reject: false });
  if (mounted.exitCode !== 0) return context.skip('nobody here may mount a small disk');
  try {
    await fs.writeFile(path.join(disk, 'ballast'), 'x'.repeat(4096)).catch(() => undefined);
    const failure = await failureOf(open().activate(one, callOf(1)));
    expect(failure?.message).toMatch(/could not be written: .*No space left on device/);
    expect(failure?.remedy).toContain(`Make room on ${first.address}`);
    expect(await link(second)).toBeUndefined();
  } finally {
    await execa('umount', [disk]);
  }
  await open().activate(one, callOf(2));
  expect(await served()).toEqual(['one', 'one', 'one']);
});
