import { type Policy, policyInForce, signerFileNames } from '../../src/config/policy.ts';
import { configSchema } from '../../src/config/schema.ts';
import { sha256 } from '../../src/platform/digest.ts';

/** A configuration in which every field of the schema stands at least once, and policies made of it. */

// biome-ignore lint/suspicious/noExplicitAny: tests reach into every part of it
export type Written = any;

export function fullConfiguration(): Written {
  return {
    project: 'shop',
    tasks: 'tasks.json',
    humanRequests: 'human-requests.md',
    checks: {
      unit: {
        run: 'npm test',
        report: { format: 'junit', path: 'reports/unit.xml' },
        prepare: 'npm ci',
        lockFiles: ['package-lock.json'],
        timeout: '10m',
        environment: { CI: 'true' },
        passEnvironment: ['NPM_TOKEN', 'CACHE'],
        validFor: '24h',
        attestedBy: ['ci'],
      },
      smoke: { run: 'npm run smoke', against: 'staging' },
      load: { run: 'npm run load' },
      scan: { run: 'npm audit --json' },
      tested: { attestedBy: ['ci'], statement: { kind: 'testResult', configuration: 'ci.yml' } },
      scanned: { attestedBy: ['ci'], statement: { kind: 'vulnerabilities', scanner: 'pkg:x/trivy' } },
      built: { attestedBy: ['ci'], statement: { kind: 'provenance', builders: ['https://ci.example'] } },
      unused: { run: 'true' },
    },
    artifact: { prepare: 'npm ci', build: 'npm run build', path: 'dist', timeout: '10m' },
    environments: {
      staging: {
        gate: {
          unit: '100%',
          smoke: '>= 95%',
          review: 'approved',
          tested: '100%',
          scanned: { maxSeverity: 'low' },
        },
        target: {
          kind: 'command',
          url: 'https://staging.shop.example',
          deploy: './deploy.sh',
          rollback: './rollback.sh',
          status: './status.sh',
          version: './version.sh',
          restorable: './restorable.sh',
          environment: { REGION: 'north' },
          passEnvironment: ['DEPLOY_TOKEN'],
          timeout: '10m',
        },
        strategy: { kind: 'allAtOnce', bake: '30s' },
        validate: ['smoke'],
      },
      edge: {
        gate: { unit: '100%' },
        target: { kind: 'process', run: 'node server.js', port: 8090 },
        strategy: {
          kind: 'canary',
          steps: ['10%', '50%'],
          watch: '5m',
          patience: '10m',
          bake: '2m',
          analysis: { errorRate: '<= 1%', comparedToLive: '<= +10%' },
        },
        health: { version: '$.version' },
      },
      preview: {
        target: {
          kind: 'container',
          port: 8070,
          host: '127.0.0.1',
          containerPort: 8080,
          dockerfile: 'Dockerfile',
          repository: 'registry.example/shop',
          docker: 'docker',
          haproxy: 'haproxy',
          passEnvironment: ['DOCKER_HOST'],
          environment: { MODE: 'preview' },
          passToService: ['DATABASE_URL'],
          options: ['--memory=512m'],
          keep: 3,
          drain: '5s',
          readyWithin: '30s',
          requestTimeout: '60s',
          timeout: '10m',
        },
        health: { version: '$.version' },
      },
      stack: {
        target: {
          kind: 'compose',
          url: 'https://stack.example',
          file: 'compose.yaml',
          service: 'web',
          project: 'stack',
          dockerfile: 'Dockerfile',
          repository: 'registry.example/shop',
          docker: 'docker',
          compose: 'docker-compose',
          version: 'curl -fs http://$DEVOPS_INSTANCE_ADDRESS:8080/version',
          passEnvironment: ['DOCKER_HOST'],
          environment: { MODE: 'stack' },
          passToService: ['DATABASE_URL'],
          scalable: { web: 4 },
          keep: 3,
          readyWithin: '60s',
          timeout: '10m',
        },
      },
      cluster: {
        target: {
          kind: 'kubernetes',
          url: 'https://cluster.example',
          deployment: 'shop',
          container: 'web',
          manifest: 'deploy/shop.yaml',
          namespace: 'shop',
          context: 'production',
          kubeconfig: '.kube/config',
          kubectl: 'kubectl',
          version: { port: 8080, path: '/version', json: '$.version' },
          scalable: { shop: 8 },
          passEnvironment: ['KUBECONFIG'],
          readyWithin: '5m',
          timeout: '1m',
        },
      },
      production: {
        after: 'staging',
        gate: {
          unit: '100%',
          scan: {
            maxSeverity: 'moderate',
            exceptions: [
              {
                id: 'CVE-2026-1234',
                package: 'lodash',
                reason: 'Only its template function is vulnerable.',
                until: '2026-12-31',
                approvedBy: 'Kim Doe',
              },
            ],
            vex: ['security/vex.json'],
          },
          load: {
            p99: '<= 250 ms',
            throughput: '>= 100 req/s',
            comparedToBaseline: '<= +10%',
            minSamples: 50,
          },
          built: '100%',
          review: 'approved',
          monitoring: 'configured',
          rollback: 'verified',
        },
        target: {
          kind: 'process',
          run: 'node server.js',
          port: 8080,
          host: '127.0.0.1',
          environment: { MODE: 'live' },
          passEnvironment: ['DATABASE_URL'],
          keep: 3,
          drain: '5s',
        },
        strategy: {
          kind: 'blueGreen',
          bake: '2m',
          analysis: {
            log: { errors: 'ERROR', most: 1 },
            errorRate: '<= 1%',
            p95: '<= 200 ms',
            p99: '<= 300 ms',
            minRequests: 100,
          },
        },
        health: {
          path: '/healthz',
          version: '$.version',
          interval: '1s',
          healthyAfter: 3,
          timeout: '60s',
        },
        metrics: { path: '/metrics' },
        alerts: { prometheus: 'http://prometheus.example:9090', rules: ['ErrorsHigh', 'ShopDown'] },
        validate: ['smoke'],
        approvals: { required: 2, from: ['stakeholder', 'owner'], level: 'signed', expires: '24h' },
        irreversibleMigrations: 'refuse',
        freeze: [{ from: 'Fri 16:00', to: 'Mon 08:00', timezone: 'Europe/Berlin' }],
      },
      fleet: {
        gate: { unit: '100%' },
        target: {
          kind: 'ssh',
          url: 'https://fleet.shop.example',
          hosts: ['deploy@web1.shop.example', 'deploy@web2.shop.example:2222'],
          path: '/srv/shop',
          prepare: 'npm ci --omit=dev',
          restart: 'sudo systemctl restart shop',
          start: 'sudo systemctl start shop',
          stop: 'sudo systemctl stop shop',
          status: 'systemctl is-active shop',
          version: 'curl -fs localhost:8080/version',
          log: 'journalctl -u shop -n $DEVOPS_LINES',
          shared: ['uploads/', '.env'],
          keep: 3,
          environment: { MODE: 'live' },
          passEnvironment: ['REGISTRY_TOKEN'],
          timeout: '10m',
          readyWithin: '60s',
          connectTimeout: '10s',
          knownHosts: '.fleet-hosts',
          identity: '~/.ssh/deploy',
        },
        strategy: {
          kind: 'rolling',
          maxUnavailable: '25%',
          watch: '30s',
          patience: '10m',
          bake: '30s',
          analysis: {
            probes: {
              failures: {
                prometheus: 'http://prometheus.example:9090',
                query: 'sum(rate(orders_failed_total{version="{{version}}"}[1m]))',
                limit: '<= 1',
                comparedToLive: '<= +10%',
                interval: '5s',
                minSamples: 3,
                failureLimit: 1,
              },
              depth: { url: '/stats', value: '$.queue.depth', limit: '<= 100' },
            },
          },
        },
      },
    },
    runbooks: {
      resize: {
        description: 'Resizes the cache.',
        environment: 'staging',
        parameters: {
          megabytes: { type: 'integer', minimum: 64, maximum: 4096, default: 64, description: 'Size.' },
          zone: { type: 'choice', of: ['north', 'south'] },
          host: { type: 'text', pattern: '[a-z]+' },
          now: { type: 'boolean' },
        },
        plan: './plan.sh',
        apply: './apply.sh',
        verify: './verify.sh',
        undo: './undo.sh',
        repeatable: true,
        passEnvironment: ['CLOUD_TOKEN'],
        timeout: '5m',
      },
    },
    approvers: {
      stakeholder: { allowedSigners: '.stakeholders', revokedKeys: '.revoked' },
      owner: { allowedSigners: '.owners' },
      reviewer: { allowedSigners: '.reviewers' },
    },
    retention: { logs: '180d', reports: '366d', artifacts: '90d' },
    reviews: { from: ['signature', 'github'], github: 'shop/shop', gitlab: 'shop/shop' },
    producers: { ci: { allowedSigners: '.ci' }, cosign: { publicKey: 'cosign.pub' } },
    notify: [
      { kind: 'webhook', url: '$HOOK', on: ['failed'] },
      { kind: 'command', run: './tell.sh', on: ['failed'] },
      {
        name: 'chat',
        kind: 'webhook',
        format: 'slack',
        url: '$CHAT',
        on: ['failed'],
        environments: ['production'],
      },
      {
        name: 'on-call',
        kind: 'smtp',
        host: 'mail.shop.example',
        port: 465,
        secure: true,
        user: 'shop',
        password: '$MAIL_PASSWORD',
        from: 'Shop <shop@shop.example>',
        to: ['ops@shop.example'],
      },
      { kind: 'smtp', url: '$SMTP_URL', from: 'shop@shop.example', to: ['dev@shop.example'], on: ['failed'] },
    ],
    escalation: [
      { after: '15m', agent: 'Product-Manager', on: ['gateFailed'], environments: ['production'] },
      { after: '1h', channels: ['on-call'] },
    ],
    audit: { key: '$AUDIT_KEY', allowedSigners: '.auditors' },
    secrets: ['LICENSE_BLOB', 'SIGNING_SEED'],
  };
}

export const fullSigners: Record<string, string> = {
  '.revoked': 'ssh-ed25519 AAAAlost\n',
  '.stakeholders': 'sam@shop.example ssh-ed25519 AAAAsam\nsue@shop.example ssh-ed25519 AAAAsue\n',
  '.owners': 'olga@shop.example ssh-ed25519 AAAAolga\n',
  '.reviewers': 'rita@shop.example ssh-ed25519 AAAArita\n',
  '.auditors': 'trail@shop.example ssh-ed25519 AAAAtrail\n',
  '.ci': 'ci@shop.example ssh-ed25519 AAAAci\n',
  '.fleet-hosts': 'web1.shop.example ssh-ed25519 AAAAweb1\n[web2.shop.example]:2222 ssh-ed25519 AAAAweb2\n',
  'cosign.pub': '-----BEGIN PUBLIC KEY-----\nAAAAcosign\n-----END PUBLIC KEY-----\n',
};

/** The full policy, or what `change` makes of it. */
export function policyWith(
  change: (config: Written, signers: Record<string, string>) => void = () => undefined,
): Policy {
  const [written, signers] = [fullConfiguration(), { ...fullSigners }];
  change(written, signers);
  const config = configSchema.parse(written);
  const files = Object.fromEntries(signerFileNames(config).map((name) => [name, signers[name] ?? null]));
  return policyInForce(config, files, sha256);
}
