/** A trust configuration as read, with the places of everything: what the linter judges, and what demands are made from. */
import { createHash } from 'node:crypto';
import { isReferenceMatch } from '../../core/reference-pattern.ts';
import type { DocumentPath } from '../../formats/written-document.ts';
import type { AskedReference, TrustConfiguration, TrustDemand, TrustSigner } from '../demand.ts';
import type { Keyring } from './keyring.ts';
import type { KeyMaterial } from './public-keys.ts';
import type { TrustFile } from './trust-files.ts';

export interface DraftKey extends KeyMaterial {
  readonly path: DocumentPath;
}

export interface DraftKeyring extends Keyring {
  readonly path: DocumentPath;
}

/** What was read for one signer. */
export interface SignerMaterial {
  readonly keys: readonly DraftKey[];
  readonly keyrings: readonly DraftKeyring[];
}

export interface DraftSigner extends SignerMaterial {
  readonly path: DocumentPath;
  readonly signer: TrustSigner;
}

export interface DraftRule {
  readonly path: DocumentPath;
  readonly name: string;
  /** Patterns over canonical references; of foreign files none: they have a language of their own. */
  readonly match: readonly string[];
  readonly ask: TrustDemand['ask'];
  readonly signers: readonly DraftSigner[];
  readonly require: number;
}

export interface DraftFile extends TrustFile {
  readonly path: DocumentPath;
}

export interface DraftAllowance {
  /** Of the block for which it holds. */
  readonly block: DocumentPath;
  readonly path: DocumentPath;
  readonly code: string;
  readonly reason: string;
}

export interface TrustDraft {
  readonly file: string;
  readonly kind: TrustConfiguration['kind'];
  readonly version: string;
  readonly rules: readonly DraftRule[];
  /** Signers at the top of the file that no rule names. */
  readonly unused: readonly DraftSigner[];
  readonly otherwise: 'unverified' | 'refuse';
  readonly files: readonly DraftFile[];
  readonly allowances: readonly DraftAllowance[];
  /** Of a foreign file: its own text. */
  readonly text: string;
  /** undefined: it has no lines. */
  readonly lineOf: (path: DocumentPath) => number | undefined;
  readonly demandFor: TrustConfiguration['demandFor'];
}

/** What reading depends on besides the file. */
export interface TrustSurroundings {
  readonly now: Date;
  /** Whether what is pinned at first use is still known the next time: false without a folder to keep it in. Asked only where a signer needs it. */
  readonly remembers: boolean;
  /** HOME and XDG_CONFIG_HOME. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** undefined: the system has no such ids. */
export const ownUser = (): number | undefined => process.getuid?.();

export const versionOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A reference as patterns are compared with it: canonical. '': an image without a name, which only `**` fits. */
const nameOf = (reference: AskedReference | undefined): string => {
  if (reference === undefined) return '';
  return `docker://${reference.repository}${reference.tag === undefined ? '' : `:${reference.tag}`}`;
};

export const toDemand = ({ name, ask, signers, require }: DraftRule): TrustDemand => ({
  rule: name,
  ask,
  signers: signers.map(({ signer }) => signer),
  require,
});

/** The first rule that matches decides. */
export const firstDemand = (
  rules: readonly DraftRule[],
  otherwise: TrustDraft['otherwise'],
): TrustDraft['demandFor'] => {
  const demands = rules.map((rule) => ({ match: rule.match, demand: toDemand(rule) }));
  const last: TrustDemand = {
    rule: 'default',
    ask: otherwise === 'refuse' ? 'refuse' : 'nothing',
    signers: [],
    require: 0,
  };
  return (reference) => {
    const name = nameOf(reference);
    return demands.find(({ match }) => isReferenceMatch(match, name))?.demand ?? last;
  };
};
