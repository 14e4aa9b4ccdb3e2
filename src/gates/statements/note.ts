import { asDevopsError, DevopsError } from '../../errors.ts';
import { maxReportBytes } from '../../evidence/predicates/report.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import { path } from '../../platform/files.ts';
import type { Project } from '../../project.ts';

/** Statements travel with the repository, one envelope a line, in the git note of their commit under this name. */
export const statementNotes = 'devops-evidence';

/** Room for two reports of the largest size, or for very many of the usual ones. */
const maxNoteBytes = 4 * maxReportBytes;
/** Every one costs a verification each time a gate is asked. */
const maxStatements = 100;

export interface StatementNote {
  lines: { label: string; text: string }[];
  /** Why there are fewer than there might be. */
  problems: string[];
}

/** The statements about a commit, as they were signed, or not. */
export async function readStatementNote(project: Project, sha: string): Promise<StatementNote> {
  let text: string | undefined;
  try {
    text = await (await project.repository()).readNote(statementNotes, sha, maxNoteBytes);
  } catch (error) {
    const { code, message, remedy } = asDevopsError(error);
    if (code !== 'FILE_FAILED') throw error;
    return { lines: [], problems: [`${message}, which is too much to be looked at. ${remedy}`] };
  }
  const all = linesOf(text ?? '').map((line, index) => ({ label: `statement ${index + 1}`, text: line }));
  if (all.length <= maxStatements) return { lines: all, problems: [] };
  return {
    lines: all.slice(-maxStatements),
    problems: [
      `the note has ${all.length} statements, of which only the last ${maxStatements} are looked at`,
    ],
  };
}

/** Adds a statement to the note of a commit. @throws FILE_FAILED where there is no room, GIT_FAILED */
export async function appendStatement(project: Project, sha: string, envelope: string): Promise<void> {
  const repository = await project.repository();
  // Two jobs that attest in one clone at once would lose one of the two statements.
  await withFileLock(path.join(project.stateDir, 'statements'), async () => {
    const lines = linesOf((await repository.readNote(statementNotes, sha, maxNoteBytes)) ?? '');
    const text = [...lines.filter((line) => line !== envelope), envelope].map((line) => `${line}\n`).join('');
    if (text.length > maxNoteBytes || lines.length >= maxStatements) {
      throw new DevopsError('FILE_FAILED', `the note of ${sha} has no room for another statement`, {
        remedy: `Take old statements out with "git notes --ref=${statementNotes} edit ${sha}", or remove the note.`,
      });
    }
    await repository.writeNote(statementNotes, sha, text);
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
