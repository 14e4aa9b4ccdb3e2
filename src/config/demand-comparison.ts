import { convert, meets } from '../gates/threshold.ts';
import {
  atLeast,
  type Change,
  demanded,
  describeChange,
  eachOf,
  fields,
  isEqual,
  isMapping,
  own,
  type Rule,
  ranked,
  showValue,
} from './comparison.ts';
import type { Exception } from './exceptions.ts';
import { formatThreshold, type Threshold } from './values.ts';

/** Whether one demand of a gate, as it is kept, asks for at least as much as another. Pure. */

/** `unit: 100%`, `scan: { maxSeverity: low }`, `load: { p99: "<= 250 ms" }`. */
export const demand: Rule = (before, after, place) => {
  const kind = kindOf(before);
  if (kind === undefined || kind !== kindOf(after)) {
    if (isEqual(before, after)) return [];
    return [describeChange({ before, after, place }, { weaker: true, format: showDemand })];
  }
  return demandRules[kind](before, after, place);
};

type Kind = 'threshold' | 'findings' | 'limits';

function kindOf(value: unknown): Kind | undefined {
  if (!isMapping(value)) return undefined;
  if ('comparison' in value) return 'threshold';
  return 'maxSeverity' in value ? 'findings' : 'limits';
}

/** A bound: whatever satisfies the later one must satisfy the earlier one. */
export const threshold: Rule = (before, after, place) => {
  if (isEqual(before, after)) return [];
  const weaker = !isThreshold(before) || !isThreshold(after) || !isAtLeastAsStrict(after, before);
  return [describeChange({ before, after, place }, { weaker, format: showDemand })];
};

function isAtLeastAsStrict(after: Threshold, before: Threshold): boolean {
  if (after.relative !== before.relative) return false;
  if ((after.unit === undefined) !== (before.unit === undefined)) return false;
  const value = convert(after.value, after.unit, before.unit);
  if (value === undefined) return false;
  if (after.comparison === '==') return meets(value, before);
  if (before.comparison === '==' || after.comparison[0] !== before.comparison[0]) return false;
  // "> 5" lies within ">= 5", but not the other way round.
  const includesMore = after.comparison.endsWith('=') && !before.comparison.endsWith('=');
  if (value === before.value) return !includesMore;
  return after.comparison.startsWith('<') ? value < before.value : value > before.value;
}

const knownComparisons: readonly unknown[] = ['<=', '<', '>=', '>', '=='];
const knownParts = ['comparison', 'value', 'unit', 'relative'];

function isThreshold(value: unknown): value is Threshold {
  return (
    isMapping(value) &&
    knownComparisons.includes(value.comparison) &&
    typeof value.value === 'number' &&
    (value.unit === undefined || typeof value.unit === 'string') &&
    typeof value.relative === 'boolean' &&
    Object.keys(value).every((part) => knownParts.includes(part))
  );
}

/** Written as in the file: `100%`, `<= 250 ms`. */
export function showDemand(value: unknown): string {
  if (isThreshold(value)) {
    const text = formatThreshold(value);
    return value.unit === '%' && !value.relative ? text.replace(/^>= (?=100%)/, '') : text;
  }
  if (!isMapping(value)) return showValue(value);
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${name}: ${showDemand(part)}`)
    .join(', ')} }`;
}

const severityRanks = [['none'], ['low'], ['moderate', 'medium'], ['high'], ['critical']];

/** One that ends earlier, or is for one package only, excuses nothing that was not excused. */
const exceptions = eachOf(
  {
    added: (one, approved) => !(isException(one) && approved.some((other) => covers(other, one))),
    removed: false,
  },
  showException,
);

/** Whether what an exception excuses was excused by an approved one as long as that. */
function covers(approved: unknown, { id, package: name, until }: Exception): boolean {
  return (
    isException(approved) &&
    approved.id.toLowerCase() === id.toLowerCase() &&
    (approved.package === undefined || approved.package.toLowerCase() === name?.toLowerCase()) &&
    until <= approved.until
  );
}

const exceptionParts = ['id', 'package', 'reason', 'until', 'approvedBy'];

function isException(value: unknown): value is Exception {
  return (
    isMapping(value) &&
    typeof value.id === 'string' &&
    typeof value.until === 'string' &&
    (value.package === undefined || typeof value.package === 'string') &&
    Object.keys(value).every((part) => exceptionParts.includes(part))
  );
}

function showException(value: unknown): string {
  if (!isException(value)) return showValue(value);
  const { id, package: name, until, reason } = value;
  return `${id}${name === undefined ? '' : ` in ${name}`} until ${until} (${reason})`;
}

/** What a comparison with the live release rests on where the demand does not say. */
const samplesWithout = 30;

/** Naming a number of samples asks for more, unless the comparison with the live release asked for more without. */
function minSamples(hadComparison: boolean): Rule {
  return (before, after, place) => {
    if (before === undefined && hadComparison) {
      return atLeast()(samplesWithout, after, place).map(
        (change): Change => ({
          ...change,
          what: `${showValue(after)} was added`,
        }),
      );
    }
    return demanded(atLeast())(before, after, place);
  };
}

const limits: Rule = (before, after, place) => {
  const hadComparison = isMapping(before) && own(before, 'comparedToBaseline') !== undefined;
  return fields({ minSamples: minSamples(hadComparison) }, demanded(threshold, showDemand))(
    before,
    after,
    place,
  );
};

const demandRules: Readonly<Record<Kind, Rule>> = {
  threshold,
  findings: fields({
    maxSeverity: ranked(severityRanks),
    exceptions,
    vex: eachOf({ added: true, removed: false }),
  }),
  limits,
};
