/** What each finding of the persistence analyzer states → findings, and the words of the catalogue. */
import type { Observation } from '../../core/analyzer.ts';
import type { Confidence, Evidence, Finding, Severity } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { arrangementStatements } from './statements-of-arrangements.ts';
import { libraryStatements } from './statements-of-libraries.ts';
import { loginStatements } from './statements-of-logins.ts';
import type { Statement } from './statement-words.ts';
import { programStatements } from './statements-of-programs.ts';

export type StatementId =
  | keyof typeof arrangementStatements
  | keyof typeof loginStatements
  | keyof typeof libraryStatements
  | keyof typeof programStatements;

const statements: Readonly<Record<StatementId, Statement>> = {
  ...arrangementStatements,
  ...loginStatements,
  ...libraryStatements,
  ...programStatements,
};

export const statementIds = Object.keys(statements) as readonly StatementId[];

/** What the catalogue says of each. */
export const explainStatement = (id: StatementId): { readonly means: string; readonly advice: string } => {
  const [, , , , title, advice] = statements[id];
  const means = /^[A-Z]/.test(title)
    ? title
    : `A cron line, service, profile, hook or other arrangement that runs by itself ${title}`;
  return { means: `${means}.`, advice };
};

export interface Change {
  /** Before the title of a deed: what does it. */
  readonly who?: string;
  readonly confidence?: Confidence;
  readonly severity?: Severity;
}

export const stateFinding = (
  id: StatementId,
  evidence: readonly [Evidence, ...Evidence[]],
  change: Change = {},
): Finding => {
  const [severity, confidence, intent, techniques, title, advice] = statements[id];
  return {
    rule: `persistence/${id}`,
    title: change.who === undefined ? title : `A ${change.who} ${title}`,
    severity: change.severity ?? severity,
    confidence: change.confidence ?? confidence,
    intent,
    techniques: techniques === '' ? [] : techniques.split(' '),
    advice,
    evidence,
  };
};

/** What an observation's proofs share. */
export type Seen = Pick<Observation, 'path' | 'sha256' | 'layerIndex' | 'hidden'>;

export const excerptOf = ({ path, sha256, layerIndex, hidden }: Seen, offset: number, text: string): Evidence => ({
  kind: 'excerpt',
  path,
  offset,
  length: Buffer.byteLength(text, 'latin1'),
  text: toPlainText(text, 300),
  ...(sha256 === '' ? {} : { sha256 }),
  layerIndex,
  hidden,
});

export const fileOf = ({ path, sha256, layerIndex, hidden }: Partial<Seen> & { readonly path: string }): Evidence => ({
  kind: 'file',
  path,
  ...(sha256 === undefined || sha256 === '' ? {} : { sha256 }),
  ...(layerIndex === undefined ? {} : { layerIndex }),
  ...(hidden === undefined ? {} : { hidden }),
});
