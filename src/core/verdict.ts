/** A judgement of one Dossier. */
import type { Dossier } from './dossier.ts';
import type { Use } from './use.ts';

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

/** What was said of the same image at an earlier time. */
export interface EarlierVerdict {
  readonly assessment: Assessment;
  readonly decision: Decision;
  /** Version of the rules, and of the policy, that it went by. */
  readonly rules: string;
  readonly policy: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface Verdict {
  readonly assessment: Assessment;
  readonly decision: Decision;
  /** Plain sentences: the facts that decided, most decisive first. Never empty. */
  readonly because: readonly [string, ...string[]];
  readonly dossier: Dossier;
  readonly policy: PolicyUsed;
  /** What the policy makes of signatures that were demanded and are not there; absent where none are missing. */
  readonly untrusted?: Decision;
  /** Absent when nothing was excepted. */
  readonly excepted?: readonly Excepted[];
  /** Where the image is stored and run, when that was asked. Never empty. */
  readonly uses?: readonly Use[];
  /** The image turned bad: it is malicious or denied now, and this is the last verdict that let it run. */
  readonly turnedFrom?: EarlierVerdict;
  /** ISO 8601, UTC. */
  readonly at: string;
}
