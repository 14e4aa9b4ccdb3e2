import type { KubernetesFacts, ProjectFacts } from './project-facts.ts';

/** Where a project could be deployed to, judged by its own files. Pure. */

export interface TargetProposal {
  /** Where it was found, and what to know about it. */
  notes: string[];
  /** What a person must decide first; empty when the proposal stands on its own. */
  decisions: string[];
  /** Whether deploying builds from the sources, so that the artifact is the checkout as it is. */
  buildsItself: boolean;
  /** `target` and `health`, as written in the file. */
  target: Record<string, unknown>;
  health: Record<string, unknown>;
}

/** Places on one machine must not meet on one port. */
export interface Place {
  environment: string;
  /** 0 for the first environment. */
  index: number;
}

type Propose = (facts: ProjectFacts, place: Place) => TargetProposal | undefined;

/** From the most to the least telling trace of how the project is deployed. */
const proposers: Propose[] = [
  fromKubernetes,
  fromChart,
  fromCompose,
  fromDockerfile,
  fromMakefile,
  fromProcfile,
  fromStartScript,
];

export interface TargetProposals {
  staging: TargetProposal;
  production: TargetProposal;
}

/** By the first trace that leaves nothing to decide for staging, else by the first at all. */
export function proposeTargets(facts: ProjectFacts): TargetProposals | undefined {
  const found = proposers.flatMap((propose) => {
    const staging = propose(facts, { environment: 'staging', index: 0 });
    const production = propose(facts, { environment: 'production', index: 1 });
    return staging && production ? [{ staging, production }] : [];
  });
  return found.find(({ staging }) => staging.decisions.length === 0) ?? found[0];
}

const firstPort = 8080;
const portDistance = 10;
const portOf = ({ index }: Place, base = firstPort) => base + index * portDistance;
/** For names of containers, releases and clusters, and safe in shell text. */
const slugOf = (name: string) =>
  name
    .toLowerCase()
    .replace(/^@/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'app';
const lines = (...commands: string[]) => `${['set -eu', ...commands].join('\n')}\n`;
const placeholderUrl = ({ environment }: Place) => `https://${environment}.example.com`;
const urlDecision = 'the address at which the service answers (url)';

function fromKubernetes(
  { kubernetes, dockerfile, name }: ProjectFacts,
  place: Place,
): TargetProposal | undefined {
  if (!kubernetes) return undefined;
  const { deployment, url, found } = kubernetes;
  const app = deployment ?? {
    name: slugOf(name),
    container: slugOf(name),
    image: `registry.example.com/${slugOf(name)}`,
  };
  const image = `${app.image}:$DEVOPS_VERSION`;
  const kubectl = kubectlFor(deployment);
  const rollOut = [
    `${kubectl} set image deployment/${app.name} ${app.container}=${image}`,
    `${kubectl} rollout status deployment/${app.name} --timeout=5m`,
  ];
  const build = dockerfile
    ? [`docker build --tag ${image} - < "$DEVOPS_ARTIFACT"`, `docker push ${image}`]
    : [];
  return {
    notes: [
      `Kubernetes manifests in ${found}. KUBE_CONTEXT names the cluster, so that no other one is ever reached.`,
      'A rollback sets the exact version again: "kubectl rollout undo" would go to whatever came before.',
      ...(dockerfile
        ? []
        : ['The image of a commit must have been pushed before, tagged with DEVOPS_VERSION.']),
    ],
    decisions: [
      ...(deployment ? [] : ['the names of deployment, container and image']),
      ...(url === undefined || place.index > 0 ? [urlDecision] : []),
    ],
    buildsItself: true,
    target: {
      kind: 'command',
      url: (place.index === 0 ? url : undefined) ?? placeholderUrl(place),
      deploy: lines(...build, ...rollOut),
      rollback: lines(...rollOut),
      status: `${kubectl} rollout status deployment/${app.name} --timeout=10s`,
      version: `${kubectl} get deployment/${app.name} -o jsonpath='{.spec.template.spec.containers[?(@.name=="${app.container}")].image}' | sed 's/.*://'`,
      environment: { KUBE_CONTEXT: place.environment },
      passEnvironment: ['KUBECONFIG'],
    },
    health: { path: '/healthz' },
  };
}

function kubectlFor(deployment: KubernetesFacts['deployment']): string {
  const namespace = deployment?.namespace;
  return `kubectl --context "$KUBE_CONTEXT"${namespace === undefined ? '' : ` --namespace ${namespace}`}`;
}

function fromChart({ chart, name }: ProjectFacts, place: Place): TargetProposal | undefined {
  if (chart === undefined) return undefined;
  const release = slugOf(name);
  const helm = 'helm --kube-context "$KUBE_CONTEXT"';
  const upgrade = `${helm} upgrade --install ${release} ./${chart === '.' ? '' : chart} --set image.tag="$DEVOPS_VERSION" --wait --timeout 5m`;
  return {
    notes: [
      `Helm chart in ${chart === '.' ? 'this folder' : chart}. KUBE_CONTEXT names the cluster, so that no other one is ever reached.`,
      'The image of a commit must have been pushed before, tagged with DEVOPS_VERSION, and the chart must take image.tag.',
    ],
    decisions: [urlDecision],
    buildsItself: true,
    target: {
      kind: 'command',
      url: placeholderUrl(place),
      deploy: upgrade,
      rollback: upgrade,
      status: `${helm} status ${release}`,
      version: `${helm} get values ${release} --output json | sed -n 's/.*"tag":"\\([^"]*\\)".*/\\1/p'`,
      environment: { KUBE_CONTEXT: place.environment },
      passEnvironment: ['KUBECONFIG'],
    },
    health: { path: '/healthz' },
  };
}

function fromCompose({ compose, name }: ProjectFacts, place: Place): TargetProposal | undefined {
  if (!compose) return undefined;
  const project = `${slugOf(name)}-${place.environment}`;
  const releases = `.devops/compose/${place.environment}`;
  const up = `docker compose --project-name ${project} --file "${releases}/$DEVOPS_VERSION/${compose.file}" up --detach --build --wait`;
  return {
    notes: [
      `${compose.file}: every release is unpacked into a folder of its own and started from there.`,
      ...(compose.bindMounts
        ? [
            'It mounts folders of the project: what a container writes there stays with its release. Use named volumes for data.',
          ]
        : []),
    ],
    decisions: [
      ...(compose.port === undefined ? [`${urlDecision}: no fixed port is published`] : []),
      ...(place.index > 0 ? ['another machine or other published ports'] : []),
    ],
    buildsItself: true,
    target: {
      kind: 'command',
      url:
        compose.port === undefined
          ? placeholderUrl(place)
          : `http://127.0.0.1:${portOf(place, compose.port)}`,
      deploy: lines(
        `mkdir -p "${releases}/$DEVOPS_VERSION"`,
        `tar -xf "$DEVOPS_ARTIFACT" -C "${releases}/$DEVOPS_VERSION"`,
        up,
      ),
      rollback: up,
      restorable: `test -f "${releases}/$DEVOPS_VERSION/${compose.file}"`,
      version: `docker ps --filter label=com.docker.compose.project=${project} --format '{{.Label "com.docker.compose.project.working_dir"}}' | sed 's:.*/::' | sort -u`,
      passEnvironment: ['DOCKER_HOST'],
    },
    health: { path: '/healthz' },
  };
}

function fromDockerfile({ dockerfile, name }: ProjectFacts, place: Place): TargetProposal | undefined {
  if (!dockerfile) return undefined;
  const container = `${slugOf(name)}-${place.environment}`;
  const image = `${slugOf(name)}:$DEVOPS_VERSION`;
  const inside = dockerfile.port ?? 3000;
  const outside = portOf(place);
  const start = [
    `docker rm --force ${container} || true`,
    `docker run --detach --name ${container} --restart unless-stopped --label devops.version=$DEVOPS_VERSION --env DEVOPS_VERSION --publish 127.0.0.1:${outside}:${inside} ${image}`,
  ];
  return {
    notes: [
      'Dockerfile: the image is built from the artifact, and one container of it runs on this machine.',
    ],
    decisions:
      dockerfile.port === undefined ? ['the port in the container: the Dockerfile exposes none'] : [],
    buildsItself: true,
    target: {
      kind: 'command',
      url: `http://127.0.0.1:${outside}`,
      deploy: lines(`docker build --tag ${image} - < "$DEVOPS_ARTIFACT"`, ...start),
      rollback: lines(...start),
      restorable: `docker image inspect ${image}`,
      version: `docker inspect --format '{{index .Config.Labels "devops.version"}}' ${container}`,
      passEnvironment: ['DOCKER_HOST'],
    },
    health: { path: '/healthz' },
  };
}

function fromMakefile({ makeTargets }: ProjectFacts, place: Place): TargetProposal | undefined {
  if (!makeTargets.includes('deploy')) return undefined;
  const canRollBack = makeTargets.includes('rollback');
  return {
    notes: [`Target "deploy"${canRollBack ? ' and target "rollback"' : ''} of the Makefile.`],
    decisions: [urlDecision, ...(canRollBack ? [] : ['how DEVOPS_VERSION is brought back (rollback)'])],
    buildsItself: true,
    target: {
      kind: 'command',
      url: placeholderUrl(place),
      deploy: 'make deploy',
      rollback: 'make rollback',
    },
    health: servedVersion,
  };
}

/** Where the target itself cannot tell what is served, the service must. */
const servedVersion = { path: '/healthz', version: '$.version' };
const serviceNotes = [
  'The service must listen on $PORT and answer at health.path with JSON that has DEVOPS_VERSION as its "version".',
];

function fromProcfile({ procfileWeb, python }: ProjectFacts, place: Place): TargetProposal | undefined {
  if (procfileWeb === undefined) return undefined;
  return {
    notes: ['Line "web" of the Procfile, as supervised processes on this machine.', ...serviceNotes],
    // The artifact is unpacked elsewhere than it was built, and a virtual environment cannot be moved.
    decisions: python ? ['how the service finds its Python packages'] : [],
    buildsItself: false,
    target: { kind: 'process', run: procfileWeb, port: portOf(place) },
    health: servedVersion,
  };
}

function fromStartScript({ node }: ProjectFacts, place: Place): TargetProposal | undefined {
  const script = node?.scripts.start;
  if (!node || script === undefined) return undefined;
  // Without a package manager in between, the service itself gets the signal to end.
  const direct = /^node\s[^;&|<>`]*$/.test(script.trim());
  return {
    notes: ['Script "start" of package.json, as supervised processes on this machine.', ...serviceNotes],
    decisions: [],
    buildsItself: false,
    target: {
      kind: 'process',
      run: direct ? script.trim() : `${node.packageManager} start`,
      port: portOf(place),
    },
    health: servedVersion,
  };
}
