import { type Random, seededRandom } from './random.ts';

/**
 * A board as task-master keeps its own: lists under tags, ids that are numbers in one tag and strings in another,
 * subtasks, and fields that only some entries have.
 */

interface Tag {
  name: string;
  firstId: number;
  tasks: number;
  idsAre: 'numbers' | 'strings';
  /** Sentences in the long texts of a task. */
  length: number;
}

const tags: Tag[] = [
  { name: 'master', firstId: 1, tasks: 93, idsAre: 'numbers', length: 22 },
  { name: 'kiro-hooks', firstId: 1, tasks: 10, idsAre: 'numbers', length: 6 },
  { name: 'core-phase-1', firstId: 115, tasks: 11, idsAre: 'numbers', length: 6 },
  { name: 'git-workflow', firstId: 31, tasks: 23, idsAre: 'numbers', length: 6 },
  { name: 'phase-0', firstId: 1, tasks: 10, idsAre: 'numbers', length: 6 },
  { name: 'phase-1', firstId: 1, tasks: 10, idsAre: 'numbers', length: 6 },
  { name: 'autopilot', firstId: 60, tasks: 30, idsAre: 'numbers', length: 6 },
  { name: 'loop', firstId: 1, tasks: 18, idsAre: 'strings', length: 22 },
];

const titles = [
  'Implement the task data structure',
  'Add a command that expands tasks',
  'Refactor "parse-prd" for streaming',
  'Support several AI providers',
  'Validate dependencies & fix cycles',
  'Document the MCP tools',
] as const;
const sentences = [
  'Extend the command (commands.js) so that it accepts comma-separated ids and validates each of them.',
  '\n1. Read tasks.json.\n2. Find the task by its id.\n3. Write the file back with two spaces of indentation.',
  'Errors such as "task not found" are reported with the id and the tag in which it was looked for.',
  '\n```typescript\nconst tiers = { core: [...base, "loop_start"], all: [...everything] };\n```\n',
  'Keep backward compatibility with files that have no tags; they are migrated when they are first written.',
  'Run the complete test suite with coverage and verify that edge cases behave as they are documented.',
] as const;
const statuses = ['done', 'done', 'done', 'pending', 'pending', 'in-progress', 'deferred'] as const;
const priorities = ['high', 'medium', 'medium', 'low'] as const;

/** The text of the file, about 1.5 MB, indented as task-master does, without a line break at the end. */
export function taggedBoard(): string {
  const random = seededRandom(43);
  const board = Object.fromEntries(
    tags.map((tag) => [
      tag.name,
      {
        tasks: Array.from({ length: tag.tasks }, (_, index) => task(tag, index, random)),
        metadata: {
          created: '2025-06-13T23:52:56.848Z',
          updated: '2025-08-02T14:13:14.826Z',
          description: `Tasks of ${tag.name}`,
        },
      },
    ]),
  );
  return JSON.stringify(board, null, 2);
}

function task({ firstId, idsAre, length }: Tag, index: number, random: Random) {
  const id = (number: number) => (idsAre === 'strings' ? String(number) : number);
  const subtasks =
    index % 6 === 5 ? undefined : Array.from({ length: 6 }, (_, at) => subtask(at, index, random));
  return {
    id: id(firstId + index),
    title: `${random.pick(titles)} (part ${index + 1})`,
    description: text(2, random),
    // The first one is open, so that its status can be changed.
    status: index === 0 ? 'pending' : random.pick(statuses),
    dependencies: index === 0 ? [] : [id(firstId + random.below(index))],
    priority: random.pick(priorities),
    details: text(length, random),
    testStrategy: text(3, random),
    ...(subtasks && { subtasks }),
    ...(idsAre === 'strings' && { complexity: 1 + random.below(9), updatedAt: '2026-01-08T23:51:39.160Z' }),
  };
}

/** In the wild hardly two kinds of subtasks have the same fields, and dependencies are `1` or `"12.3"`. */
function subtask(at: number, index: number, random: Random) {
  return {
    id: at + 1,
    title: random.pick(titles),
    description: text(1, random),
    ...(index % 2 === 0 && { details: text(9, random) }),
    status: random.pick(statuses),
    dependencies: at === 0 ? [] : [index % 3 === 0 ? `${index + 1}.${at}` : at],
    ...(index % 4 === 0 && { parentTaskId: index + 1 }),
    ...(index % 5 === 0 && { testStrategy: text(1, random) }),
  };
}

function text(length: number, random: Random): string {
  return Array.from({ length }, () => random.pick(sentences)).join(' ');
}
