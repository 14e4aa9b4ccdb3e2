import type { Finding, FindingCause } from '../../evidence/types.ts';
import { cleanLine } from '../../evidence/untrusted.ts';
import { type Answer, longestExceptionMs, type Source } from '../exceptions.ts';
import { concerns, type VexProduct } from './product.ts';

/** What a VEX file says of one vulnerability in some products, whatever the format of the file. */
export interface VexStatement {
  /** The file that says so. */
  file: string;
  /** The names of the vulnerability. */
  ids: string[];
  products: VexProduct[];
  /** In the words of the format: `not_affected`, `fixed`, `affected`, `resolved`, … */
  status: string;
  /** Whether the status, with its justification, takes the vulnerability back. */
  excuses: boolean;
  why: string;
  /** When it was said, missing where the file does not tell. */
  at?: Date;
}

/**
 * The statements of the commit's own VEX files. The newest one about a vulnerability in a package is the one that
 * holds, so that "affected" takes back an older "not affected".
 * @param project name that statements about the product as a whole may use
 */
export function vexStatements(
  statements: readonly VexStatement[],
  { now, project }: { now: Date; project: string },
): Source {
  const byId = new Map<string, VexStatement[]>();
  for (const statement of statements) {
    for (const id of new Set(statement.ids.map((one) => one.toLowerCase()))) {
      const known = byId.get(id);
      if (known) known.push(statement);
      else byId.set(id, [statement]);
    }
  }
  return (cause, finding) => {
    const named = new Set(cause.ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []));
    const affected = packageOf(cause, finding);
    const about = [...named].filter(({ products }) =>
      products.some((product) => concerns(product, affected, project)),
    );
    const newest = about.reduce<VexStatement | undefined>(
      (one, other) => (isNewer(other, one) ? other : one),
      undefined,
    );
    return newest && judgeStatement(newest, cause, finding, now);
  };
}

/** The finding's own version and package URL belong to the package of the cause only where it is the same one. */
function packageOf(cause: FindingCause, { package: name, version, purl }: Finding) {
  if (cause.package !== undefined && cause.package !== name) return { name: cause.package };
  return { name, version, purl };
}

/** Of two at the same time, and where one tells no time, the one that excuses nothing holds. */
function isNewer(one: VexStatement, other: VexStatement | undefined): boolean {
  if (!other) return true;
  const timeOf = ({ at, excuses }: VexStatement) =>
    at?.getTime() ?? (excuses ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  const [own, others] = [timeOf(one), timeOf(other)];
  return own > others || (own === others && !one.excuses);
}

function judgeStatement(
  { file, status, excuses, why, at }: VexStatement,
  { ids, package: own }: FindingCause,
  { package: name }: Finding,
  now: Date,
): Answer {
  const place = own ?? name;
  const label = [nameOf(ids[0] ?? ''), ...(place === undefined ? [] : ['in', nameOf(place)])].join(' ');
  const refuse = (reason: string): Answer => ({ refusal: `${file} does not excuse ${label}: ${reason}` });
  if (!excuses) {
    return refuse(
      status === 'not_affected'
        ? 'not_affected without a justification'
        : `its status is ${cleanLine(status)}`,
    );
  }
  if (!at) return refuse('the statement has no timestamp');
  const until = new Date(at.getTime() + longestExceptionMs);
  if (at > now) return refuse(`the statement is of ${dayOf(at)}, which is still to come`);
  if (until < now) return refuse(`the statement is of ${dayOf(at)}, more than 366 days ago`);
  return { excuse: { label, until, why: cleanLine([status, why].filter(Boolean).join(', ')), source: file } };
}

/** Names come from the report and are shown beside our own words: as names, that can hold no sentence. */
function nameOf(text: string): string {
  return text.slice(0, 80).replace(/[^\w.:@/+-]+/g, '_');
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
