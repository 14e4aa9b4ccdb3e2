import type { NodeFacts, ProjectFacts } from './project-facts.ts';
import { exitCodeOnly, reportingOf } from './test-runners.ts';

/** Which checks a project seems to have. Pure. */

export interface CheckProposal {
  name: string;
  /** Where it was found, and what to know about it. */
  notes: string[];
  /** As written in the file. */
  definition: Record<string, unknown>;
  /** The demand that a gate makes of it, as written in the file. */
  demand: string | { maxSeverity: string };
  /** The gate where it is usually demanded. */
  gate: 'staging' | 'production';
}

/** The first script that is there counts. */
const scriptNames: [check: string, scripts: string[]][] = [
  ['unit', ['test:unit', 'unit', 'test']],
  ['smoke', ['smoke', 'test:smoke']],
  ['sanity', ['sanity', 'test:sanity']],
  ['regression', ['regression', 'test:regression', 'test:e2e', 'e2e']],
  ['lint', ['lint']],
];

/** What `npm init` writes where there are no tests. */
const noTests = /no test specified/;

export function proposeChecks(facts: ProjectFacts): CheckProposal[] {
  const found = [
    ...(facts.node ? [...scriptChecks(facts.node), ...auditChecks(facts.node)] : []),
    ...pythonChecks(facts),
    ...goChecks(facts),
    ...makeChecks(facts),
  ];
  // A project of several languages has one check of a name; the more telling one was found first.
  return found.filter((one, index) => found.findIndex(({ name }) => name === one.name) === index);
}

function scriptChecks(node: NodeFacts): CheckProposal[] {
  return scriptNames.flatMap(([name, scripts]): CheckProposal[] => {
    const script = scripts.find((one) => one in node.scripts && !noTests.test(node.scripts[one] ?? ''));
    if (script === undefined) return [];
    const reporting = name === 'lint' ? exitCodeOnly : reportingOf(node.scripts[script] ?? '', name);
    const { runner, flags, report, environment, makesFolder } = reporting;
    return [
      {
        name,
        notes: [
          `Script "${script}" of package.json${runner === undefined ? '' : ` (${runner})`}.`,
          ...(report === undefined && name !== 'lint'
            ? [
                'Its exit code is the proof; with a report (junit, tap, …) the gate could count and name tests.',
              ]
            : []),
          ...(talksToService.includes(name) ? [serviceNote] : []),
        ],
        definition: {
          ...(node.install !== undefined && { prepare: node.install }),
          run: `${makesFolder ? 'mkdir -p reports && ' : ''}${scriptCommand(node, script, flags)}`,
          ...(environment && { environment }),
          ...(report && { report }),
        },
        demand: name === 'regression' ? '>= 95%' : '100%',
        gate: name === 'regression' ? 'production' : 'staging',
      },
    ];
  });
}

const talksToService = ['smoke', 'sanity'];
const serviceNote =
  'Does it talk to a running service? Then add "against: staging"; it finds the service at $TARGET_URL.';

/** npm wants `--` before what is meant for the script; pnpm and yarn hand it on as it is. */
function scriptCommand({ packageManager }: NodeFacts, script: string, flags: string): string {
  const run = `${packageManager} ${script === 'test' ? 'test' : `run ${script}`}`;
  if (flags === '') return run;
  return packageManager === 'npm' ? `${run} -- ${flags}` : `${run} ${flags}`;
}

function auditChecks({ packageManager, hasLock }: NodeFacts): CheckProposal[] {
  if (!hasLock || packageManager === 'yarn') return []; // yarn's audit has a format of its own
  return [
    {
      name: 'dependencies',
      notes: ['Known vulnerabilities in what the lock file names; asks the package registry.'],
      definition: { run: `${packageManager} audit --json`, report: { format: 'npm-audit' } },
      demand: { maxSeverity: 'moderate' },
      gate: 'staging',
    },
  ];
}

function pythonChecks({ python }: ProjectFacts): CheckProposal[] {
  if (!python) return [];
  return [
    {
      name: 'unit',
      notes: ['A Python project; pytest is taken for granted.'],
      definition: {
        prepare: python.install,
        run: `${python.prefix}pytest --junitxml=reports/unit.xml`,
        report: { format: 'junit', path: 'reports/unit.xml' },
      },
      demand: '100%',
      gate: 'staging',
    },
  ];
}

function goChecks({ goModule }: ProjectFacts): CheckProposal[] {
  if (goModule === undefined) return [];
  const plain = (name: string, run: string): CheckProposal => ({
    name,
    notes: [`Go module ${goModule}. Its exit code is the proof.`],
    definition: { run },
    demand: '100%',
    gate: 'staging',
  });
  return [plain('unit', 'go test ./...'), plain('lint', 'go vet ./...')];
}

function makeChecks({ makeTargets }: ProjectFacts): CheckProposal[] {
  return [
    ['unit', 'test'],
    ['lint', 'lint'],
    ['smoke', 'smoke'],
  ].flatMap(([name = '', target = '']): CheckProposal[] => {
    if (!makeTargets.includes(target)) return [];
    return [
      {
        name,
        notes: [`Target "${target}" of the Makefile. Its exit code is the proof.`],
        definition: { run: `make ${target}` },
        demand: '100%',
        gate: 'staging',
      },
    ];
  });
}
