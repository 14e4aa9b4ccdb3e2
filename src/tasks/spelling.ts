import { priorityRank } from './dialects.ts';
import { fold } from './words.ts';

/**
 * A status as this file spells it. A word that the file already uses is taken over as it stands there
 * (`in-progress` for `in_progress`); for a new one the separator that the file's other words have is used.
 */
export function spellStatus(status: string, known: readonly string[]): string {
  if (known.includes(status)) return status;
  const same = known.find((word) => fold(word) === fold(status));
  if (same !== undefined) return same;
  const hasHyphens = known.some((word) => word.includes('-'));
  const hasUnderscores = known.some((word) => word.includes('_'));
  if (hasHyphens && !hasUnderscores) return status.replaceAll('_', '-');
  if (hasUnderscores && !hasHyphens) return status.replaceAll('-', '_');
  return status;
}

/** A word as this file already spells it, else as it came. */
export function spellWord(word: string, known: readonly string[]): string {
  if (known.includes(word)) return word;
  return known.find((other) => fold(other) === fold(word)) ?? word;
}

/** The word for a priority that this file uses, on whichever of the known scales (`urgent`, `critical`, `P0`). */
export function spellPriority(word: string, known: readonly string[]): string {
  const spelled = spellWord(word, known);
  const rank = priorityRank(word);
  if (known.includes(spelled) || rank === undefined) return spelled;
  const sameRank = known.find((other) => priorityRank(other) === rank);
  const letter = known.find((other) => /^p\d$/i.test(other))?.[0];
  return sameRank ?? (letter === undefined ? spelled : `${letter}${rank}`);
}

const pendingWords = ['pending', 'todo', 'to_do', 'open'];

/** The file's own word for work that nobody has begun. */
export function pendingStatus(known: readonly string[]): string {
  const word = pendingWords.find((pending) => known.some((other) => fold(other) === pending)) ?? 'pending';
  return spellWord(word, known);
}
