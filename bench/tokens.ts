import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { homeTask } from './boards/home-board.ts';
import { taggedBoard } from './boards/tagged-board.ts';
import { openSession } from './processes/mcp-session.ts';
import type { Suite } from './report.ts';
import { ourCli } from './tasks/bench-project.ts';
import { forms, type TaskRow } from './tokens/forms.ts';

/** What the same filtered rows cost a model in the forms in which a tool could write them. */

const counts = [20, 200];
const homeEntries = 400;

export const tokens: Suite = {
  name: 'tokens',
  title: 'Tokens of filtered tasks (o200k_base)',
  async run() {
    const home = JSON.stringify(Array.from({ length: homeEntries }, (_, index) => homeTask(index)));
    return [...(await tableOf('mission', home)), ...(await tableOf('task-master', taggedBoard()))];
  },
};

async function tableOf(board: string, content: string) {
  const dir = await mkdtemp(path.join(tmpdir(), 'bench-tokens-'));
  try {
    await writeFile(path.join(dir, 'tasks.json'), content);
    const session = await openSession(ourCli, ['--project', dir], { cwd: dir });
    try {
      const result = [];
      for (const limit of counts) {
        const { text, structured, failure } = await session.call('filterTasks', { agent: '*', limit });
        if (failure !== undefined) throw new Error(failure);
        const rows = (structured?.tasks ?? []) as TaskRow[];
        result.push(...compared(board, rows, text));
      }
      return result;
    } finally {
      await session.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function compared(board: string, rows: TaskRow[], ourText: string) {
  const ours = countTokens(ourText);
  const texts: [form: string, text: string][] = [
    ['ours, as filterTasks answers', ourText],
    ...Object.entries(forms).map(([form, write]): [string, string] => [form, write(rows)]),
  ];
  return texts.map(([form, text]) => {
    const tokenCount = countTokens(text);
    return {
      board,
      rows: rows.length,
      form,
      tokens: tokenCount,
      'tokens per row': (tokenCount / rows.length).toFixed(1),
      'theirs / ours': (tokenCount / ours).toFixed(2),
    };
  });
}
