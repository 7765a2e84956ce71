/** What follows from Events: what one rule says of them (a Detection), and everything that belongs to one subject (an Incident). */
import type { Digest } from './digest.ts';
import type { Finding, Severity } from './finding.ts';
import type { Gap } from './gap.ts';
import type { Identity } from './identity.ts';
import type { Assessment, Decision } from './verdict.ts';

/**
 * - `digest`: an image, and every container made of it; `image`: one of which only the name or the machine image's id is known
 * - `container`: one of which nobody tells the image; by its id, or as `namespace/pod/name`
 * - `instance`: a machine, by its id, its host name or its address
 * - `principal`: whoever acted, when nothing else is named
 */
export const subjectKinds = ['digest', 'image', 'container', 'instance', 'principal'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

/** What something is about, by the strongest name that is known. Hostile. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** What a rule says of one or several events. */
export interface Detection extends Finding {
  /** Of the rule, its group and the event that completed it: the same events give the same ids. */
  readonly id: string;
  /** The rule's own UUID, where it has one. */
  readonly sigma?: string;
  /** Ids of its events, oldest first: at most a hundred, the last ones. */
  readonly events: readonly string[];
  /** Events that are not named. Absent: none. */
  readonly moreEvents?: number;
  /** When its first and its last event happened, in milliseconds since 1970. */
  readonly from: number;
  readonly at: number;
  /** Absent: its events name nothing that an incident could be about. */
  readonly subject?: Subject;
}

/** What can happen between a pull and a connection, in the order in which an attack goes through it. */
export const chainStepKinds = [
  'search',
  'build',
  'push',
  'pull',
  'verdict',
  'create',
  'launch',
  'user-data',
  'start',
  'command',
  'drift',
  'change',
  'egress',
] as const;
export type ChainStepKind = (typeof chainStepKinds)[number];

export interface ChainStep {
  readonly step: ChainStepKind;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** Id of the event. */
  readonly event: string;
  /** One sentence: who did what, where. It holds names that others chose. */
  readonly what: string;
  /** How many more of the same kind followed and are not listed. Absent: none. */
  readonly more?: number;
}

/** What was said of the image when somebody judged it. */
export interface IncidentVerdict {
  readonly assessment: Assessment;
  readonly decision: Decision;
  /** Empty where only the judgement was kept. */
  readonly because: readonly string[];
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly digest: Digest;
}

/** Somebody said that this is nothing: why, and until when. */
export interface Suppression {
  readonly reason: string;
  /** In milliseconds since 1970: from then on it no longer holds. */
  readonly until: number;
}

/** Linked names of what the incident is about, as events and verdicts gave them: at most 64 of a kind. */
export interface IncidentIdentity extends Partial<Identity> {
  /** Every digest by which the image was named: manifests, indexes, configs. */
  readonly digests: readonly Digest[];
  readonly references: readonly string[];
  readonly containers: readonly string[];
  readonly pods: readonly string[];
  readonly instances: readonly string[];
  readonly addresses: readonly string[];
}

/** One subject, everything that was found about it, and how it came to it. Equal events give equal incidents. */
export interface Incident {
  /** The same whenever the same events are read again. */
  readonly id: string;
  readonly title: string;
  /** The worst of its findings, and more where the chain shows that it went on. */
  readonly severity: Severity;
  readonly subject: Subject;
  readonly identity?: IncidentIdentity;
  /** Worst first; the same rule once, with its latest events. */
  readonly findings: readonly Detection[];
  /** Ids of all events named by findings and chain, oldest first: at most five hundred. */
  readonly events: readonly string[];
  /** In the order of time; but a container's start stands before what was done in it, although engines tell it a moment later. */
  readonly chain: readonly ChainStep[];
  /** In milliseconds since 1970: its first and its last event. */
  readonly opened: number;
  readonly updated: number;
  readonly state: 'open' | 'suppressed';
  readonly suppression?: Suppression;
  /** When it was suppressed or quiet, and something new happened. In milliseconds since 1970. */
  readonly reopened?: number;
  readonly verdict?: IncidentVerdict;
  /** What could not be found out about the subject, each with the next step. Absent: nothing is known to be missing. */
  readonly gaps?: readonly Gap[];
}
