import type { Requirement } from '../../config/schema.ts';
import type { Evidence, EvidenceKind } from '../../evidence/types.ts';
import type { Judgement } from '../types.ts';
import type { VexReading } from '../vex/read.ts';

/** What a judgement depends on besides the demand and its evidence. */
export interface JudgementContext {
  /** When it is judged: exceptions come to an end. */
  now: Date;
  /** Evidence of the release that is live. */
  baseline?: Evidence | undefined;
  /** What the VEX files say that the demand names, and the name by which they may call the project. */
  vex?: (VexReading & { project: string }) | undefined;
}

/** A kind of requirement that is judged on the report of a configured check. One file per kind. Pure. */
export interface EvidenceCheck<Demand extends Requirement = Requirement> {
  kind: EvidenceKind;
  /** Whether the demand, as written in the gate, is one of this kind. */
  matches(demand: Requirement): demand is Demand;
  /** The demand for people. */
  describe(demand: Demand): string;
  /** Judges evidence that is conclusive and of this kind. */
  judge(demand: Demand, evidence: Evidence, context: JudgementContext): Judgement;
}
