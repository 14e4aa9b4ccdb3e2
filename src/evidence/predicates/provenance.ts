import * as z from 'zod';
import { type Descriptor, descriptor } from '../in-toto.ts';
import { firstIssue } from '../json-report.ts';
import { TestTally } from '../tests.ts';
import { Unreadable } from '../unreadable.ts';
import { Misaddressed, type PredicateKind } from './types.ts';

const time = z.string().nullish();
const builder = z.object({ id: z.string() });

const version1 = z
  .object({
    buildDefinition: z.object({ resolvedDependencies: z.array(descriptor).nullish() }),
    runDetails: z.object({
      builder,
      metadata: z.object({ startedOn: time, finishedOn: time }).nullish(),
    }),
  })
  .transform(({ buildDefinition, runDetails: { builder: by, metadata } }) => ({
    builder: by.id,
    sources: buildDefinition.resolvedDependencies ?? [],
    startedAt: metadata?.startedOn,
    finishedAt: metadata?.finishedOn,
  }));

const version02 = z
  .object({
    builder,
    materials: z.array(descriptor).nullish(),
    invocation: z.object({ configSource: descriptor.nullish() }).nullish(),
    metadata: z.object({ buildStartedOn: time, buildFinishedOn: time }).nullish(),
  })
  .transform(({ builder: by, materials, invocation, metadata }) => ({
    builder: by.id,
    sources: [...(materials ?? []), ...(invocation?.configSource ? [invocation.configSource] : [])],
    startedAt: metadata?.buildStartedOn,
    finishedAt: metadata?.buildFinishedOn,
  }));

interface Build {
  builder: string;
  sources: Descriptor[];
  startedAt?: string | null | undefined;
  finishedAt?: string | null | undefined;
}
const schema: z.ZodType<Build> = z.union([version1, version02]);

/**
 * SLSA provenance, v1 and v0.2: who built the subjects, and of what. It proves one thing, which counts like one
 * passed test: a builder that the definition lists built the artifact, and had the commit for a source.
 */
export const provenance: PredicateKind = {
  kind: 'provenance',
  types: ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'],
  read(predicate, { statement }) {
    if (statement.kind !== 'provenance') throw new Misaddressed('is of a build');
    const parsed = schema.safeParse(predicate);
    if (!parsed.success) throw new Unreadable(`no provenance: ${firstIssue(parsed.error)}`);
    const { builder: by, sources, startedAt, finishedAt } = parsed.data;
    if (!statement.builders.includes(by))
      throw new Misaddressed(`built by ${by}, which the check does not list`);
    const tally = new TestTally();
    tally.add({ outcome: 'passed', name: `built by ${by}` });
    return {
      startedAt: startedAt ?? undefined,
      finishedAt: finishedAt ?? undefined,
      tool: by,
      sources,
      proof: { evidence: tally.evidence('provenance') },
    };
  },
};
