import { DevopsError } from '../errors.ts';
import { cleanLine } from '../evidence/untrusted.ts';
import { readBoundedFile } from '../platform/bounded-file.ts';
import { sha256 } from '../platform/digest.ts';
import { documentNames, isDocumentName, prepareDocumentFolder } from '../platform/document-files.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { exists, path, replaceFile } from '../platform/files.ts';
import type { Caller, Project } from '../project.ts';
import { type DocumentSection, outlineOf, withNewSection, withSectionText } from './document-sections.ts';
import { record } from './trail.ts';

/** Changing the `deployment*.md` files of a project, one section at a time. */

export interface DocumentChange {
  /** Relative to the project. */
  file: string;
  /** Its heading; one that is not there is added at the end. */
  section: string;
  text: string;
  /** What the section's own text must still be: the digest that an answer gave. */
  expectDigest?: string;
}

export interface ChangedDocument {
  file: string;
  section: string;
  created: boolean;
  changed: boolean;
  /** Of the section's own text as it is now. */
  digest: string;
  sections: string[];
}

const maxBytes = 1024 ** 2;
/** This one is written by the server alone: what stands there happened. */
const ours = 'deployment-log.md';

/** @throws INVALID_ARGUMENTS, UNKNOWN_RESOURCE, DOCUMENT_CHANGED, FILE_FAILED */
export async function editDocument(
  project: Project,
  caller: Caller,
  { file, section, text, expectDigest }: DocumentChange,
): Promise<ChangedDocument> {
  const heading = cleanLine(section).replace(/^#+ */, '');
  if (heading === '')
    throw wrong('the section has no heading', 'Name the section by its heading, without #.');
  await assertEditable(project, file);
  const place = path.join(project.dir, file);
  const done = await withFileLock(place, async () => {
    const before = (await exists(place)) ? byteText((await readBoundedFile(place, maxBytes)).bytes) : '';
    const after = changed(before, { heading, text: project.redact(text), expectDigest });
    if (after !== before) await replaceFile(place, Buffer.from(after, 'latin1'));
    return { before, after };
  });
  const found = sectionsNamed(done.after, heading)[0];
  const digest = found ? digestOfSection(done.after, found) : '';
  const created = sectionsNamed(done.before, heading).length === 0;
  const isChanged = done.after !== done.before;
  if (isChanged) {
    await project.state.change((writer) =>
      record(writer, {
        caller,
        action: 'document.update',
        subject: file,
        decision: 'done',
        detail: { section: heading, created, digest },
      }),
    );
  }
  const sections = outlineOf(done.after).sections.map((one) => readable(one.heading));
  return { file, section: heading, created, changed: isChanged, digest, sections };
}

async function assertEditable({ dir }: Project, file: string): Promise<void> {
  const known = await documentNames(dir);
  const offered = known.filter((name) => path.basename(name).toLowerCase() !== ours);
  if (path.basename(file).toLowerCase() === ours)
    throw wrong(`${file} is written by the server alone`, `Write to ${offered[0] ?? 'deployment-notes.md'}.`);
  const isOne = known.includes(file) || (isDocumentName(file) && !(await exists(path.join(dir, file))));
  if (!isOne || !(await prepareDocumentFolder(dir, file))) {
    throw new DevopsError('UNKNOWN_RESOURCE', `${file} is no deployment document of this project`, {
      remedy: `Use ${offered.join(', ') || 'a new name'}, or a name such as deployment-notes.md or docs/deployment-runbook.md.`,
    });
  }
}

function changed(
  before: string,
  { heading, text, expectDigest }: { heading: string; text: string; expectDigest: string | undefined },
): string {
  const own = byteText(new TextEncoder().encode(text.toWellFormed()));
  const given = outlineOf(own);
  if (given.isOpen || own.trim() === '')
    throw wrong('the text is empty, or a code block or comment in it does not end', 'Write it whole.');
  const { sections } = outlineOf(before);
  const [section, ...others] = sectionsNamed(before, heading);
  if (others.length > 0)
    throw wrong(
      `${others.length + 1} sections are called "${heading}"`,
      'A person gives them names of their own.',
    );
  if (!section) {
    if (expectDigest !== undefined) throw another(heading);
    const after = withNewSection(before, byteText(new TextEncoder().encode(heading)), own);
    return assertShape(
      after,
      [...sections.map(named), `2 ${heading}`, ...given.sections.map(named)],
      2,
      given.sections,
    );
  }
  if (expectDigest !== undefined && expectDigest !== digestOfSection(before, section)) throw another(heading);
  return assertShape(
    withSectionText(before, section, own),
    sections.map(named),
    section.level,
    given.sections,
  );
}

/** Whatever the text does: no section comes, goes or changes its place but those that were asked for. */
function assertShape(
  after: string,
  expected: readonly string[],
  level: number,
  inside: readonly DocumentSection[],
): string {
  const shape = outlineOf(after);
  const same = shape.sections.map(named).join('\n') === expected.join('\n') && !shape.isOpen;
  if (same && inside.every((one) => one.level > level)) return after;
  throw wrong(
    'the text has headings that would change other sections',
    'Leave headings out; a new section may have headings from ### on. Change sections in it by their own names.',
  );
}

function sectionsNamed(text: string, heading: string): DocumentSection[] {
  return outlineOf(text).sections.filter((one) => readable(one.heading) === heading);
}

function digestOfSection(text: string, { start, end }: DocumentSection): string {
  return sha256(Buffer.from(text.slice(start, end).trim(), 'latin1')).slice(0, 16);
}

function named({ level, heading }: DocumentSection): string {
  return `${level} ${readable(heading)}`;
}

function byteText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function readable(text: string): string {
  return cleanLine(Buffer.from(text, 'latin1').toString('utf8'));
}

function another(heading: string): DevopsError {
  return new DevopsError('DOCUMENT_CHANGED', `section "${heading}" is not what you saw`, {
    remedy: 'Read the document again and call with what it says now.',
  });
}

function wrong(message: string, remedy: string): DevopsError {
  return new DevopsError('INVALID_ARGUMENTS', message, { remedy });
}
