import type { Project } from '../../project.ts';
import type { GateSubject } from '../subject.ts';
import type { Judgement } from '../types.ts';

/**
 * A kind of requirement that is proven by asking the world (repository, target, records) instead of by a report.
 * One file per kind. Asked anew at every evaluation: such facts do not keep.
 */
export interface StandingCheck {
  /** The key in the gate, or `after`. */
  name: string;
  /** The demand for people, or undefined when the policy of the subject's environment does not make it. */
  required(subject: GateSubject): string | undefined;
  prove(project: Project, subject: GateSubject): Promise<Judgement>;
  /** Who mends it: whoever asked, by the calls that the remedy names; a reviewer; else a person, in the policy. */
  mendedBy?: 'caller' | 'reviewer';
}
