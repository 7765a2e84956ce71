/** A judgement of one Dossier. */
import type { Dossier } from './dossier.ts';

export type Assessment = 'malicious' | 'suspicious' | 'clean' | 'incomplete';
export type Decision = 'allow' | 'warn' | 'deny';

export interface PolicyUsed {
  readonly name: string;
  /** Digest of the policy's text. */
  readonly version: string;
}

/** A finding or gap that the policy excepts: it stays in the dossier and in every report, and did not count. */
export interface Excepted {
  readonly kind: 'finding' | 'gap';
  /** Its position in the dossier's `findings` or `gaps`. */
  readonly position: number;
  readonly reason: string;
  /** As the policy states it: the last day, or the instant from which on the exception no longer holds. */
  readonly expires: string;
}

export interface Verdict {
  readonly assessment: Assessment;
  readonly decision: Decision;
  /** Plain sentences: the facts that decided, most decisive first. Never empty. */
  readonly because: readonly [string, ...string[]];
  readonly dossier: Dossier;
  readonly policy: PolicyUsed;
  /** Absent when nothing was excepted. */
  readonly excepted?: readonly Excepted[];
  /** ISO 8601, UTC. */
  readonly at: string;
}
