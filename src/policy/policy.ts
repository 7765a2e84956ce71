/** What a policy file says, ready to judge with: plain data, but for the compiled conditions. */
import type { Dossier } from '../core/dossier.ts';
import type { Confidence, Intent, Severity } from '../core/finding.ts';
import type { Assessment, Decision, PolicyUsed } from '../core/verdict.ts';

/** What one finding makes of an image. `clean`: it is reported and changes nothing. */
export type FindingGrade = 'malicious' | 'suspicious' | 'clean';

/** Where the proofs of a finding lie. See finding-context.ts. */
export const findingContexts = ['launched', 'unowned', 'owned', 'hidden', 'nested', 'example'] as const;
export type FindingContext = (typeof findingContexts)[number];

/** The first line that fits decides about a finding; a finding that no line fits is suspicious. */
export interface FindingLine {
  /** Glob over rule ids. Absent: every rule. */
  readonly rule?: string;
  readonly intent?: readonly Intent[];
  /** At least this severe. */
  readonly severity?: Severity;
  /** At least this sure. */
  readonly confidence?: Confidence;
  /** All of these hold of the finding. */
  readonly context?: readonly FindingContext[];
  /** None of these holds. */
  readonly unless?: readonly FindingContext[];
  /** At least so many different rules say something of the same thing that fits this line; this finding's is one of them. */
  readonly together?: number;
  /** Intents that the others of them may have besides the line's own. */
  readonly with?: readonly Intent[];
  readonly assess: FindingGrade;
}

export type GapKind = 'malformed' | 'limit' | 'unavailable';

/** `accept`: the image can be clean all the same. `warn`: it is not, but it may run. `deny`: it may not. */
export type GapAction = 'accept' | 'warn' | 'deny';

/** The first line that fits decides about a gap; a gap that no line fits is denied. */
export interface GapLine {
  /** Glob over gap codes. Absent: every code. */
  readonly code?: string;
  readonly kind?: GapKind;
  /** Only gaps inside archives: the archive's own bytes were examined. */
  readonly nested?: boolean;
  /** Says that the line is meant for gaps in programs and start-up content too; only together with a code without wildcards. */
  readonly executable?: boolean;
  readonly action: GapAction;
}

/** What a condition sees. Findings and gaps that an exception covers are not in the dossier here. */
export interface RuleSubject {
  readonly dossier: Dossier;
  readonly assessment: Assessment;
  readonly at: string;
}

export interface Condition {
  readonly text: string;
  /** Deterministic. Throws an Error when the condition cannot be decided: a key that is not there, a budget used up. */
  evaluate(subject: RuleSubject): boolean;
}

export interface PolicyRule {
  readonly id: string;
  readonly when: Condition;
  readonly decision: Decision;
  readonly because: string;
}

/** Takes away the effect of findings, gaps or one of this policy's rules, for some images, until a day. */
export interface Exception {
  /** Glob over rule ids of findings, or the id of a rule of this policy. */
  readonly rule?: string;
  /** Glob over gap codes. */
  readonly gap?: string;
  /** As in a GapLine. */
  readonly executable?: boolean;
  /** Patterns of references. */
  readonly match: readonly string[];
  /** Glob that the paths of all proofs of a finding, or the path of a gap, must fit. */
  readonly path?: string;
  /** Digest of the file content that all proofs of a finding must have. */
  readonly sha256?: string;
  /** Digest of the image: its index, manifest or config. */
  readonly digest?: string;
  readonly reason: string;
  /** `YYYY-MM-DD`: holds until the end of that day, UTC; or an instant. */
  readonly expires: string;
}

/** What a policy decides about: an assessment, or that signatures which were demanded are not there. */
export type Decided = Assessment | 'untrusted';

interface PolicyBody {
  readonly decisions: Readonly<Partial<Record<Decided, Decision>>>;
  readonly findings: readonly FindingLine[];
  readonly gaps: readonly GapLine[];
  readonly rules: readonly PolicyRule[];
}

/** What holds for some images besides. */
export interface Scope extends PolicyBody {
  /** Patterns of references, one of which must fit. */
  readonly match: readonly string[];
}

export interface Policy extends PolicyUsed, PolicyBody {
  readonly decisions: Readonly<Record<Decided, Decision>>;
  readonly scopes: readonly Scope[];
  readonly exceptions: readonly Exception[];
}
