/** The text of a trust file of our own (`schema: tidewaiter/trust/v1`), with the files that it names → a draft. */
import { misuse } from '../../core/fault.ts';
import { didYouMean } from '../../core/nearest.ts';
import {
  parseWrittenDocument,
  type DocumentForm,
  type DocumentPath,
  type WrittenDocument,
} from '../../formats/written-document.ts';
import type { TrustDemand, TrustSigner } from '../demand.ts';
import { readSignerTrust } from './signer-trust.ts';
import {
  firstDemand,
  versionOf,
  type DraftAllowance,
  type DraftFile,
  type DraftRule,
  type DraftSigner,
  type TrustDraft,
} from './trust-draft.ts';
import type { TrustFile, TrustFiles } from './trust-files.ts';
import {
  trustSchema,
  trustSchemaName,
  type RuleDocument,
  type SignerDocument,
  type TrustDocument,
} from './trust-schema.ts';

const form: DocumentForm = { code: 'TRUST_INVALID', noun: 'trust file', maximumCharacters: 512 * 1024 };

/** A day as written, or an instant → an instant; of a day its first or last moment. */
const toInstant = (date: string, moment: 'first' | 'last'): string =>
  new Date(
    date.includes('T') ? date : `${date}T${moment === 'first' ? '00:00:00.000' : '23:59:59.999'}Z`,
  ).toISOString();

/** Reads signers and remembers which files each of them named. */
class SignerReader {
  readonly #document: WrittenDocument;
  readonly #files: TrustFiles;
  readonly placed: DraftFile[] = [];

  constructor(document: WrittenDocument, files: TrustFiles) {
    this.#document = document;
    this.#files = files;
  }

  async read(given: SignerDocument, path: DocumentPath): Promise<DraftSigner> {
    const before = this.#files.read.length;
    const material = await readSignerTrust({ document: this.#document, files: this.#files }, given, path);
    this.placed.push(...this.#files.read.slice(before).map((file) => ({ ...file, path })));
    const since = given.since === undefined ? undefined : toInstant(given.since, 'first');
    const until = given.until === undefined ? undefined : toInstant(given.until, 'last');
    if (since !== undefined && until !== undefined && since > until)
      throw this.#document.fault([...path, 'until'], 'no time is both since and until: until lies before since');
    const signer: TrustSigner = {
      name: given.name,
      trust: material.trust,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      untimed: given.untimed ?? 'refuse',
    };
    return { path, signer, keys: material.keys, keyrings: material.keyrings };
  }
}

const countOf = (require: RuleDocument['require'], signers: number): number => {
  if (require === 'any') return 1;
  return require === undefined || require === 'all' ? signers : require;
};

const askOf = ({ then: instead }: RuleDocument): TrustDemand['ask'] => {
  if (instead === undefined) return 'signatures';
  return instead === 'refuse' ? 'refuse' : 'nothing';
};

interface Holder {
  readonly allow?: readonly { readonly code: string; readonly reason: string }[] | undefined;
}

/** The narrowest block comes first. */
const allowancesOf = (given: TrustDocument): readonly DraftAllowance[] => {
  const at = (holder: Holder, block: DocumentPath): readonly DraftAllowance[] =>
    (holder.allow ?? []).map(({ code, reason }, index) => ({ block, path: [...block, 'allow', index], code, reason }));
  const ofSigner = (signer: SignerDocument | string, path: DocumentPath): readonly DraftAllowance[] =>
    typeof signer === 'string' ? [] : at(signer, path);
  return [
    ...(given.signers ?? []).flatMap((signer, index) => ofSigner(signer, ['signers', index])),
    ...given.references.flatMap((rule, index) => [
      ...(rule.signers ?? []).flatMap((signer, place) => ofSigner(signer, ['references', index, 'signers', place])),
      ...at(rule, ['references', index]),
    ]),
    ...at(given, []),
  ];
};

const checkSchemaName = (document: WrittenDocument, file: string): void => {
  const { value } = document;
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'schema')) return;
  throw misuse(
    'TRUST_INVALID',
    `${file}:1: it does not say what it is: write "schema: ${trustSchemaName}" on the first line (a trustpolicy.json of Notation and a containers policy.json are read as they are)`,
  );
};

/** @throws {Fault} misuse `TRUST_INVALID` or `TRUST_PRIVATE_KEY`, with the line */
export const readOwnFile = async (own: TrustFile, text: string, files: TrustFiles): Promise<TrustDraft> => {
  const { file } = own;
  const document = parseWrittenDocument(text, file, form);
  checkSchemaName(document, file);
  const given = document.check(trustSchema);
  const reader = new SignerReader(document, files);
  const shared = new Map<string, DraftSigner>();
  for (const [index, signer] of (given.signers ?? []).entries()) {
    if (shared.has(signer.name))
      throw document.fault(
        ['signers', index, 'name'],
        `the name "${signer.name}" is used twice: give one of them another`,
      );
    shared.set(signer.name, await reader.read(signer, ['signers', index]));
  }
  const named = new Set<string>();
  const rules: DraftRule[] = [];
  for (const [index, rule] of given.references.entries()) {
    const path: DocumentPath = ['references', index];
    const signers: DraftSigner[] = [];
    for (const [place, signer] of (rule.signers ?? []).entries()) {
      const at = [...path, 'signers', place];
      if (typeof signer !== 'string') {
        signers.push(await reader.read(signer, at));
        continue;
      }
      const found = shared.get(signer);
      if (found === undefined)
        throw document.fault(
          at,
          `no signer at the top of the file is called "${signer}"${didYouMean(signer, shared.keys())}`,
        );
      named.add(signer);
      signers.push(found);
    }
    rules.push({
      path,
      name: rule.name,
      match: typeof rule.match === 'string' ? [rule.match] : rule.match,
      ask: askOf(rule),
      signers,
      require: countOf(rule.require, signers.length),
    });
  }
  const otherwise = given.default ?? 'unverified';
  return {
    file,
    kind: 'tidewaiter',
    version: versionOf(text),
    rules,
    unused: [...shared.values()].filter(({ signer }) => !named.has(signer.name)),
    otherwise,
    files: [{ ...own, path: [] }, ...reader.placed],
    allowances: allowancesOf(given),
    text,
    lineOf: (path) => document.lineOf(path),
    demandFor: firstDemand(rules, otherwise),
  };
};
