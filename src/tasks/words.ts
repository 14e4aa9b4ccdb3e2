/** How the words of a board are compared: the same word is written in many ways by many programs. */

/** `In-Progress`, `in progress` and `in_progress` are one word. */
export function fold(word: string): string {
  return word
    .trim()
    .toLowerCase()
    .replaceAll(/[-\s]+/g, '_');
}

/**
 * Whether a word matches a pattern in which `*` stands for any characters and `?` for one. Both are compared
 * folded. Runs in the product of both lengths at worst, whatever the pattern.
 */
export function matchesGlob(pattern: string, word: string): boolean {
  const glob = fold(pattern);
  const text = fold(word);
  let g = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g;
      retry = t;
      g += 1;
    } else if (glob[g] === '?' || glob[g] === text[t]) {
      g += 1;
      t += 1;
    } else if (star !== -1) {
      retry += 1;
      t = retry;
      g = star + 1;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g += 1;
  return g === glob.length;
}

const doneStatuses = new Set(['done', 'completed', 'complete', 'closed', 'resolved', 'deployed', 'archived']);
const abandonedStatuses = new Set(['failed', 'timed_out', 'cancelled', 'canceled']);

/** Whether the work of a task of this status is there for others to build on. */
export function isDone(status: string | undefined): boolean {
  return status !== undefined && doneStatuses.has(fold(status));
}

/** Whether nobody works on a task of this status any more, well ended or not. */
export function isFinished(status: string | undefined): boolean {
  return isDone(status) || (status !== undefined && abandonedStatuses.has(fold(status)));
}
