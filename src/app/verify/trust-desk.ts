/** Where images are asked who signed them, and what was seen of them before: configuration, verifiers and memories in one place. */
import type { Attestation } from '../../core/attestation.ts';
import type { Context } from '../../core/context.ts';
import { isFault } from '../../core/fault.ts';
import type { Image } from '../../core/image.ts';
import type { HistoryMemory, ProvenSignature } from '../../core/image-history.ts';
import type { Reference } from '../../core/reference.ts';
import { trustLimits, type TrustContext, type TrustVerifier } from '../../core/trust.ts';
import type { TrustSummary } from '../../core/trust-summary.ts';
import { openSignatureHistory } from '../../store/backends/signature-history.ts';
import { openTrustMemory } from '../../store/backends/trust-memory.ts';
import { stateFolderOf } from '../../store/state-file.ts';
import { answerDemand, type TrustAnswer } from '../../trust/answer.ts';
import { attest } from '../../trust/attest.ts';
import type { TrustConfiguration } from '../../trust/demand.ts';
import { askedName, toSignatureSubject } from './signature-subject.ts';
import type { TrustExamined } from './trust-examined.ts';
import { withHome } from '../user-folders.ts';

export interface TrustDesk {
  /** @throws {Fault} misuse: the trust cannot work */
  examine(image: Image, reference: Reference, context: Context): Promise<TrustExamined>;
  toTrustContext(context: Context): TrustContext;
  close(): void;
}

export interface TrustDeskOptions {
  /** Absent: nobody's signature is demanded; only the history is kept. */
  readonly configuration?: TrustConfiguration;
  readonly verifiers: readonly TrustVerifier[];
  /** Default: two minutes for one image. */
  readonly timeoutMs?: number;
}

const toSummary = (configuration: TrustConfiguration, answer: TrustAnswer): TrustSummary => ({
  asked: answer.asked,
  outcome: answer.outcome,
  code: answer.code,
  rule: answer.rule,
  by: answer.by,
  reason: answer.reason,
  signers: answer.signers,
  configuration: { name: configuration.file, version: configuration.version },
});

const noManifest =
  'signatures are about the digest of a manifest, and there is none here: verify the image in its registry, or in an OCI layout';

/** Decided without asking anybody. */
const decided = (
  configuration: TrustConfiguration,
  rule: string,
  outcome: 'untrusted' | 'inconclusive',
  code: 'other-digest' | 'unsupported',
  reason: string,
): TrustSummary => ({
  asked: true,
  outcome,
  code,
  rule,
  by: [],
  reason,
  signers: [],
  configuration: { name: configuration.file, version: configuration.version },
});

/**
 * A source that gives other bytes than the digest it was asked for: a signature of what it gave says nothing about what was asked.
 * Empty when all is well.
 */
const swappedBytes = ({ findings }: Image): string =>
  findings
    .filter(({ rule }) => rule === 'image/manifest-digest-mismatch' || rule === 'image/index-digest-mismatch')
    .map(({ title }) => title)
    .join('; ');

const isSignature = ({ kind }: Attestation): boolean => kind === 'signature';

const provenBy = (attestations: readonly Attestation[]): readonly ProvenSignature[] =>
  attestations.flatMap(({ kind, outcome, verifier, identity, signedAt }) =>
    kind === 'signature' && outcome === 'trusted' && identity !== undefined
      ? [{ verifier, identity, ...(signedAt === undefined ? {} : { signedAt }) }]
      : [],
  );

/** Missing is only what was looked for and found nowhere, with nothing left that did not answer. */
const missingOf = (attestations: readonly Attestation[]): readonly string[] => {
  const signatures = attestations.filter(isSignature);
  return signatures.every(({ outcome }) => outcome === 'untrusted')
    ? [...new Set(signatures.map(({ verifier }) => verifier))]
    : [];
};

export const openTrustDesk = (
  environment: Context['environment'],
  { configuration, verifiers, timeoutMs }: TrustDeskOptions,
): TrustDesk => {
  const folder = stateFolderOf(withHome(environment), '/');
  const trustMemory = openTrustMemory(folder);
  const histories: HistoryMemory = openSignatureHistory(folder);

  const toTrustContext = (context: Context): TrustContext => ({ ...context, trustLimits, trustMemory });

  const askSigners = async (
    image: Image,
    reference: Reference,
    context: Context,
  ): Promise<Pick<TrustExamined, 'attestations' | 'trust'>> => {
    if (configuration === undefined) return { attestations: [] };
    const demand = configuration.demandFor(askedName(reference));
    const subject = toSignatureSubject(image, reference);
    const swapped = swappedBytes(image);
    if (swapped !== '' && demand.ask === 'signatures')
      return { attestations: [], trust: decided(configuration, demand.rule, 'untrusted', 'other-digest', swapped) };
    if (subject === undefined && demand.ask === 'signatures')
      return {
        attestations: [],
        trust: decided(configuration, demand.rule, 'inconclusive', 'unsupported', noManifest),
      };
    const options = { verifiers, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const attestations = subject === undefined ? [] : await attest(subject, demand, toTrustContext(context), options);
    return { attestations, trust: toSummary(configuration, answerDemand(demand, attestations)) };
  };

  /** By our clock, not by the time of the judgement: whoever judges again for an earlier day has not seen the image then. */
  const remember = (
    image: Image,
    reference: Reference,
    attestations: readonly Attestation[],
    context: Context,
  ): Pick<TrustExamined, 'history' | 'historyProblem'> => {
    const digest = image.identity.manifest ?? image.digest;
    if (digest === null) return { historyProblem: 'it has no digest by which it could be known again' };
    const { repository, tag } = askedName(reference) ?? {};
    const sighting = {
      ...(repository === undefined ? {} : { repository }),
      ...(tag === undefined ? {} : { tag }),
      digest,
      ...(image.identity.index === undefined ? {} : { index: image.identity.index }),
      at: context.now(),
    };
    try {
      return { history: histories.observe(sighting, missingOf(attestations), provenBy(attestations)) };
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      context.log.warn(thrown.message);
      return { historyProblem: thrown.message };
    }
  };

  return {
    toTrustContext,
    async examine(image, reference, context) {
      const asked = await askSigners(image, reference, context);
      return { ...asked, ...remember(image, reference, asked.attestations, context) };
    },
    close() {
      trustMemory.close();
      histories.close();
    },
  };
};
