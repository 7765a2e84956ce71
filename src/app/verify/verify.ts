/** References → who signed them: the tag is resolved once, everybody who is demanded is asked, and what else lies beside the image is shown. */
import type { Context } from '../../core/context.ts';
import { isFault, type Fault } from '../../core/fault.ts';
import type { Image } from '../../core/image.ts';
import { formatPlatform, type PlatformChoice } from '../../core/platform.ts';
import { formatReference, parseReference, type Reference } from '../../core/reference.ts';
import type { TrustSummary } from '../../core/trust-summary.ts';
import type { Discovery, Verification } from '../../core/verification.ts';
import { worstStatus, type ExitStatus } from '../../policy/exit-status.ts';
import { discover } from '../../trust/discover.ts';
import type { TrustConfiguration } from '../../trust/demand.ts';
import { sourceOf } from '../image-sources.ts';
import { askedName, toSignatureSubject } from './signature-subject.ts';
import type { TrustDesk } from './trust-desk.ts';

export interface VerifyQuestion {
  readonly asked: string;
  readonly choice: PlatformChoice;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** 0 trusted, 1 untrusted, 3 inconclusive; nobody asked is no trust. */
export const verifyStatus = (verifications: readonly Verification[]): ExitStatus =>
  worstStatus(
    verifications.map(({ trust }) => (trust.outcome === 'trusted' ? 0 : trust.outcome === 'untrusted' ? 1 : 3)),
  );

const withImages = async <Result>(
  { asked, choice }: Pick<VerifyQuestion, 'asked' | 'choice'>,
  context: Context,
  work: (image: Image, reference: Reference) => Promise<Result>,
): Promise<readonly Result[]> => {
  const reference = parseReference(asked);
  const source = await sourceOf(reference);
  const images = await source.resolve(reference, choice, context);
  try {
    const results: Result[] = [];
    for (const image of images) results.push(await work(image, reference));
    return results;
  } finally {
    for (const image of images) await image[Symbol.asyncDispose]();
  }
};

const discoverOf = async (image: Image, reference: Reference, context: Context): Promise<Discovery> => {
  const subject = toSignatureSubject(image, reference);
  return subject === undefined ? { companions: [], trace: [] } : discover(subject, context);
};

/** An image that could not be had: nothing was found out, and why. */
const unreached = (
  { asked, at }: VerifyQuestion,
  reference: Reference,
  fault: Fault,
  configuration: TrustConfiguration,
): Verification => {
  const { rule } = configuration.demandFor(askedName(reference));
  const trust: TrustSummary = {
    asked: true,
    outcome: 'inconclusive',
    code: fault.kind === 'unavailable' ? 'unreachable' : fault.kind,
    rule,
    by: [],
    reason: `the image could not be had: ${fault.message} (${fault.code})`,
    signers: [],
    configuration: { name: configuration.file, version: configuration.version },
  };
  const lookedFor = `the manifest of ${formatReference(reference)}`;
  return {
    reference: formatReference(reference),
    asked,
    digest: null,
    identity: { diffIds: [] },
    kind: 'container',
    platform: '',
    trust,
    attestations: [],
    discovery: { companions: [], trace: [{ lookedFor, result: 'unreachable', detail: fault.message }] },
    at,
  };
};

/**
 * One Verification, or one for each platform where all were asked for. What cannot be reached is `inconclusive`, never an exception.
 * @throws {Fault} misuse only
 */
export const verifyReference = async (
  question: VerifyQuestion,
  configuration: TrustConfiguration,
  desk: TrustDesk,
  context: Context,
): Promise<readonly Verification[]> => {
  const { asked, at } = question;
  try {
    return await withImages(question, context, async (image, reference): Promise<Verification> => {
      const { trust, attestations, history, historyProblem } = await desk.examine(image, reference, context);
      if (trust === undefined) throw new Error('a desk without a configuration cannot verify');
      return {
        reference: image.reference,
        asked,
        digest: image.identity.manifest ?? image.digest,
        identity: image.identity,
        kind: image.kind,
        platform: image.platform === undefined ? '' : formatPlatform(image.platform),
        trust,
        attestations,
        ...(trust.outcome === 'trusted' ? {} : { discovery: await discoverOf(image, reference, context) }),
        ...(history === undefined ? {} : { history }),
        ...(historyProblem === undefined ? {} : { historyProblem }),
        at,
      };
    });
  } catch (thrown) {
    const fault = context.signal.aborted && isFault(context.signal.reason) ? context.signal.reason : thrown;
    if (!isFault(fault) || fault.kind === 'misuse') throw thrown;
    return [unreached(question, parseReference(asked), fault, configuration)];
  }
};

/** What lies beside an image, where nobody was named who must have signed it. */
export interface Discovered {
  readonly reference: string;
  readonly discovery: Discovery;
}

/** @throws {Fault} also where the image cannot be had */
export const discoverReference = (
  question: Pick<VerifyQuestion, 'asked' | 'choice'>,
  context: Context,
): Promise<readonly Discovered[]> =>
  withImages(question, context, async (image, reference) => ({
    reference: image.reference,
    discovery: await discoverOf(image, reference, context),
  }));
