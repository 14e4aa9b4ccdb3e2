/**
 * The base score of a CVSS v3.0 or v3.1 vector (first.org/cvss/v3.1/specification-document, 7.1), for reports that
 * carry the vector alone. Undefined for other versions and for vectors that are not complete.
 */
export function scoreOfVector(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const metrics = new Map(vector.split('/').map((part) => part.split(':') as [string, string]));
  const weight = (metric: keyof typeof weights) => weights[metric][metrics.get(metric) ?? ''] ?? Number.NaN;
  const scope = metrics.get('S');
  const changed = scope === 'C';
  if (!changed && scope !== 'U') return undefined;
  const privileges = (changed ? weights.PRchanged : weights.PR)[metrics.get('PR') ?? ''] ?? Number.NaN;

  const unaffected = (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A'));
  const base = 1 - unaffected;
  const impact = changed ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  const exploitability = 8.22 * weight('AV') * weight('AC') * privileges * weight('UI');
  if (!Number.isFinite(impact) || !Number.isFinite(exploitability)) return undefined;
  if (impact <= 0) return 0;
  return roundUp(Math.min(10, (changed ? 1.08 : 1) * (impact + exploitability)));
}

type Weights = Readonly<Record<string, number | undefined>>;

const weights = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 } as Weights,
  AC: { L: 0.77, H: 0.44 } as Weights,
  PR: { N: 0.85, L: 0.62, H: 0.27 } as Weights,
  PRchanged: { N: 0.85, L: 0.68, H: 0.5 } as Weights,
  UI: { N: 0.85, R: 0.62 } as Weights,
  C: { H: 0.56, L: 0.22, N: 0 } as Weights,
  I: { H: 0.56, L: 0.22, N: 0 } as Weights,
  A: { H: 0.56, L: 0.22, N: 0 } as Weights,
};

/** Appendix A: to the next tenth, in whole numbers, so that 4.02 does not depend on how a machine counts. */
function roundUp(score: number): number {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}
