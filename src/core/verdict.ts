/** A judgement of one Dossier. */
import type { Dossier } from './dossier.ts';

export type Assessment = 'malicious' | 'suspicious' | 'clean' | 'incomplete';
export type Decision = 'allow' | 'warn' | 'deny';

export interface PolicyUsed {
  readonly name: string;
  /** Digest of the policy's text. */
  readonly version: string;
}

export interface Verdict {
  readonly assessment: Assessment;
  readonly decision: Decision;
  /** Plain sentences: the facts that decided, most decisive first. Never empty. */
  readonly because: readonly [string, ...string[]];
  readonly dossier: Dossier;
  readonly policy: PolicyUsed;
  /** ISO 8601, UTC. */
  readonly at: string;
}
