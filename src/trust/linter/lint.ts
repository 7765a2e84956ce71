/** What a lint is: one question to a trust configuration, with what to write instead. */
import type { DocumentPath } from '../../formats/written-document.ts';
import type { TrustFindingSeverity } from '../demand.ts';
import type { TrustDraft, TrustSurroundings } from '../trust-file/trust-draft.ts';

export interface LintHit {
  readonly path: DocumentPath;
  /** What is wrong here, and what to write instead. */
  readonly message: string;
}

export interface TrustLint {
  /** Also what a file allows it by. */
  readonly code: string;
  readonly severity: TrustFindingSeverity;
  /** What it looks for. */
  readonly about: string;
  readonly find: (draft: TrustDraft, surroundings: TrustSurroundings) => readonly LintHit[];
}
