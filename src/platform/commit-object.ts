import { createHash } from 'node:crypto';

/**
 * A commit as its own bytes say it (gitformat-signature(5), git-commit-tree(1)). Settings of a repository reach what
 * `git show` prints (`log.showSignature` puts the words of a program in front); they do not reach these bytes.
 */
export interface CommitObject {
  tree: string;
  authorName: string;
  authorEmail: string;
  /** ISO 8601. */
  committedAt: string;
  subject: string;
  message: string;
  /** The signature over all the rest, where there is exactly one. */
  signature?: { armored: string; payload: Uint8Array };
  /** How many signatures it carries: more than one is nobody's. */
  signatureCount: number;
}

/** The id that git gives to a commit of these bytes: SHA-1, or SHA-256 for ids of 64 digits. */
export function commitIdOf(bytes: Uint8Array, digits: number): string {
  return createHash(digits === 64 ? 'sha256' : 'sha1')
    .update(`commit ${bytes.byteLength}\0`)
    .update(bytes)
    .digest('hex');
}

/** @throws Error for bytes that are no commit */
export function parseCommitObject(bytes: Uint8Array): CommitObject {
  // One character a byte: a signature covers bytes, whatever they mean.
  const raw = Buffer.from(bytes).toString('latin1');
  const end = raw.indexOf('\n\n');
  const head = end === -1 ? raw : raw.slice(0, end + 1);
  const headers = headersOf(head);
  const decode = decoderFor(headers.find(({ name }) => name === 'encoding')?.value);
  const header = (name: string) => headers.find((one) => one.name === name)?.value ?? '';
  const author = identityOf(header('author'));
  const tree = header('tree');
  if (!/^[0-9a-f]{40,64}$/.test(tree) || !author) throw new Error('it is no commit');
  const message = end === -1 ? '' : decode(raw.slice(end + 2));
  const signatures = headers.filter(({ name }) => name === 'gpgsig' || name === 'gpgsig-sha256');
  const [signature] = signatures;
  return {
    tree,
    authorName: decode(author.name),
    authorEmail: decode(author.email),
    committedAt: timeOf(header('committer')),
    subject: (message.trimStart().split(/\n\s*\n/)[0] ?? '').trim().replace(/\s*\n\s*/g, ' '),
    message,
    signatureCount: signatures.length,
    ...(signature &&
      signatures.length === 1 && {
        signature: {
          armored: `${signature.value}\n`,
          payload: Buffer.from(raw.slice(0, signature.from) + raw.slice(signature.to), 'latin1'),
        },
      }),
  };
}

interface Header {
  name: string;
  value: string;
  /** Where it stands, with the line break behind it. */
  from: number;
  to: number;
}

/** A line that begins with a space goes on with the header before it. */
function headersOf(head: string): Header[] {
  const headers: Header[] = [];
  let at = 0;
  for (const line of head.split(/(?<=\n)/)) {
    const text = line.replace(/\n$/, '');
    const last = headers.at(-1);
    if (text.startsWith(' ') && last) {
      last.value += `\n${text.slice(1)}`;
      last.to = at + line.length;
    } else {
      const space = text.indexOf(' ');
      const name = space === -1 ? text : text.slice(0, space);
      headers.push({
        name,
        value: space === -1 ? '' : text.slice(space + 1),
        from: at,
        to: at + line.length,
      });
    }
    at += line.length;
  }
  return headers;
}

function identityOf(line: string): { name: string; email: string } | undefined {
  const [, name, email] = /^([^<]*)<([^>]*)>/.exec(line) ?? [];
  return name === undefined || email === undefined ? undefined : { name: name.trim(), email: email.trim() };
}

const longestTimeMs = 8_640_000_000_000_000; // what a Date can hold

function timeOf(line: string): string {
  const seconds = Number(/> (-?\d+) [+-]\d{4}$/.exec(line)?.[1] ?? 0);
  return new Date(Math.abs(seconds * 1_000) <= longestTimeMs ? seconds * 1_000 : 0).toISOString();
}

function decoderFor(encoding = 'utf-8'): (raw: string) => string {
  let decoder = new TextDecoder();
  try {
    decoder = new TextDecoder(encoding);
  } catch {
    // an encoding that nobody knows is read as git reads it then: as it is
  }
  return (raw) => decoder.decode(Buffer.from(raw, 'latin1'));
}
