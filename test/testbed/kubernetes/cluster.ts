import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { freePort } from '../../../src/platform/process-host/ports.ts';
import { nodeImage, type PrivateDocker, startDocker } from '../docker.ts';
import { type PrivateRegistry, startRegistry } from '../registry.ts';

/** A Kubernetes of one node on a Docker of our own, by programs that `build.sh` has built. Needs root and etcd-server. */
export interface Cluster {
  dir: string;
  docker: PrivateDocker;
  registry: PrivateRegistry;
  kubeconfig: string;
  /** The API server over a `kubectl proxy`: who calls it needs neither certificate nor token. */
  url: string;
  /** @returns standard output */
  kubectl(parameters: readonly string[], input?: string): Promise<string>;
  stop(): Promise<void>;
}

const token = 'of-the-testbed';
const upTimeoutMs = 120_000;

/** @param programs folder with kube-apiserver, kube-controller-manager, kube-scheduler and kubelet */
export async function startCluster(programs: string): Promise<Cluster> {
  const wrapper = path.join(import.meta.dirname, 'runc.sh');
  const docker = await startDocker(['--add-runtime', `wrapped=${wrapper}`, '--default-runtime', 'wrapped']);
  const dir = path.join(docker.dir, 'kubernetes');
  await fs.mkdir(dir);
  const started: ChildProcess[] = [];
  const registry = await startRegistry(docker.dir);
  const [etcd, peer, api, kubelet, healthz, manager, scheduler, proxy] = await Promise.all(
    Array.from({ length: 8 }, () => freePort()),
  );
  const kubeconfig = path.join(dir, 'kubeconfig');
  const kubectl: Cluster['kubectl'] = async (parameters, input) =>
    (await execa('kubectl', ['--kubeconfig', kubeconfig, ...parameters], { input: input ?? '' })).stdout;

  async function start(program: string, parameters: readonly string[]): Promise<void> {
    const log = await fs.open(path.join(dir, `${path.basename(program)}.log`), 'a');
    started.push(spawn(program, parameters, { stdio: ['ignore', log.fd, log.fd] }));
    await log.close();
  }
  async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + upTimeoutMs;
    while (!(await isSo().catch(() => false))) {
      if (Date.now() > deadline) throw new Error(`${what} in vain; see the logs in ${dir}`);
      await sleep(500);
    }
  }
  async function stop(): Promise<void> {
    for (const child of started.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await registry.stop();
    await docker.stop();
  }

  try {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const key = path.join(dir, 'service-accounts.pem');
    const tokens = path.join(dir, 'tokens.csv');
    await fs.writeFile(key, privateKey);
    await fs.writeFile(tokens, `${token},admin,admin,system:masters\n`);
    await fs.writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'testbed',
        clusters: [
          {
            name: 'testbed',
            cluster: { server: `https://127.0.0.1:${api}`, 'insecure-skip-tls-verify': true },
          },
        ],
        users: [{ name: 'admin', user: { token } }],
        contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: 'admin' } }],
      }),
    );
    await start('etcd', [
      ...['--data-dir', path.join(dir, 'etcd'), '--unsafe-no-fsync'],
      ...[
        '--listen-client-urls',
        `http://127.0.0.1:${etcd}`,
        '--advertise-client-urls',
        `http://127.0.0.1:${etcd}`,
      ],
      ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
    ]);
    await start(path.join(programs, 'kube-apiserver'), [
      `--etcd-servers=http://127.0.0.1:${etcd}`,
      ...[
        `--secure-port=${api}`,
        '--bind-address=127.0.0.1',
        '--insecure-port=0',
        `--cert-dir=${dir}/certificates`,
      ],
      ...[`--token-auth-file=${tokens}`, '--authorization-mode=RBAC', '--anonymous-auth=false'],
      ...['--service-account-issuer=https://testbed', `--service-account-key-file=${key}`],
      ...[
        `--service-account-signing-key-file=${key}`,
        '--service-cluster-ip-range=10.216.0.0/24',
        // Its name leads nowhere: nobody here answers for it.
        '--kubelet-preferred-address-types=InternalIP',
      ],
    ]);
    await until(
      'waited for the API server',
      async () => (await kubectl(['get', '--raw', '/readyz'])) === 'ok',
    );
    const client = ['--kubeconfig', kubeconfig];
    await start(path.join(programs, 'kube-controller-manager'), [
      ...client,
      ...['--leader-elect=false', `--service-account-private-key-file=${key}`, '--port=0'],
      ...[`--secure-port=${manager}`, '--bind-address=127.0.0.1', `--cert-dir=${dir}/manager`],
    ]);
    await start(path.join(programs, 'kube-scheduler'), [
      ...client,
      ...['--leader-elect=false', '--port=0', `--secure-port=${scheduler}`, '--bind-address=127.0.0.1'],
      `--cert-dir=${dir}/scheduler`,
    ]);
    await buildPauseImage(docker, dir);
    // A kubelet takes no loopback address; that of our bridge is reached from this machine alone, too.
    const address = await docker.docker(
      ...['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}'],
    );
    const configuration = path.join(dir, 'kubelet.json');
    await fs.writeFile(
      configuration,
      JSON.stringify({
        apiVersion: 'kubelet.config.k8s.io/v1beta1',
        kind: 'KubeletConfiguration',
        address,
        port: kubelet,
        healthzPort: healthz,
        authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
        authorization: { mode: 'AlwaysAllow' },
        cgroupDriver: 'cgroupfs',
        cgroupsPerQOS: false,
        enforceNodeAllocatable: [],
        failSwapOn: false,
        oomScoreAdj: 0,
        resolvConf: '',
        evictionHard: { 'memory.available': '1Mi' },
        imageGCHighThresholdPercent: 100,
      }),
    );
    await start(path.join(programs, 'kubelet'), [
      ...client,
      ...[
        '--config',
        configuration,
        '--root-dir',
        path.join(dir, 'kubelet'),
        '--cert-dir',
        `${dir}/kubelet-pki`,
      ],
      ...['--docker-endpoint', docker.environment.DOCKER_HOST ?? '', '--hostname-override=testbed'],
      ...[`--node-ip=${address}`, '--pod-infra-container-image=testbed/pause'],
    ]);
    const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
    await until('waited for the node', async () => {
      return (await kubectl(['get', 'nodes', '--output', `jsonpath=${ready}`])) === 'True';
    });
    await until('waited for the service account', async () => {
      await kubectl(['get', 'serviceaccount', 'default']);
      return true;
    });
    await start('kubectl', [...client, 'proxy', `--port=${proxy}`]);
    const url = `http://127.0.0.1:${proxy}`;
    await until('waited for the proxy', async () => (await fetch(`${url}/readyz`)).ok);
    return { dir, docker, registry, kubeconfig, url, kubectl, stop };
  } catch (error) {
    if (process.env.KEEP_CLUSTER === undefined) await stop();
    throw error;
  }
}

async function buildPauseImage(docker: PrivateDocker, dir: string): Promise<void> {
  const context = path.join(dir, 'pause');
  await fs.mkdir(context);
  const lines = [`FROM ${nodeImage}`, 'CMD ["/usr/bin/node", "-e", "setInterval(() => undefined, 1000000)"]'];
  await fs.writeFile(path.join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
  await docker.docker('build', '--quiet', '--tag', 'testbed/pause', context);
}
