/** A true envelope → whether it was made while its certificates were valid (trust-store-trust-policy, "Validate Authentic Timestamp"). */
import type { TraceStep } from '../../core/attestation.ts';
import type { Certificate } from '../../formats/records/x509-certificate.ts';
import { notValidBetween, subjectText } from '../certificates/chain.ts';
import { checkRevocation } from '../certificates/revocation.ts';
import type { RevocationFetcher } from '../certificates/revocation-fetcher.ts';
import { verifyTimestamp } from '../certificates/timestamp.ts';
import type { SignatureEnvelope } from './envelope.ts';
import { refusal } from './refusal.ts';
import type { TrustStatement } from './trust-policy.ts';

export interface TimeQuestion {
  readonly envelope: SignatureEnvelope;
  readonly statement: TrustStatement;
  /** Of the stores `tsa:`; read only when a time stamp is verified. */
  readonly authorities: () => readonly Certificate[];
  readonly maximumCertificates: number;
  readonly now: Date;
  readonly fetcher: RevocationFetcher;
  readonly trace: (step: TraceStep) => void;
}

/** @throws {Refusal} expired, not-yet-valid */
const holdsBetween = (chain: readonly Certificate[], from: Date, to: Date, at: string): void => {
  const found = notValidBetween(chain, from, to);
  if (found === undefined) return;
  const { certificate, when } = found;
  throw refusal(
    when,
    when === 'expired'
      ? `the certificate of ${subjectText(certificate)} had ended on ${certificate.notAfter.toISOString()} ${at}`
      : `the certificate of ${subjectText(certificate)} was not valid before ${certificate.notBefore.toISOString()} ${at}`,
  );
};

/** "Timestamp Countersignature Verification details": the conditions that trigger it. */
const wantsTimestamp = ({ statement, envelope, now }: TimeQuestion): boolean =>
  statement.stores.some((store) => store.startsWith('tsa:')) &&
  (statement.timestamps === 'always' || envelope.chain.some(({ notAfter }) => now > notAfter));

const checkTimestamp = async (question: TimeQuestion): Promise<Date> => {
  const { envelope, authorities, maximumCertificates, now, fetcher, trace } = question;
  const lookedFor = 'time stamp of the signature';
  // i.a: it is there.
  if (envelope.timestamp === undefined) {
    trace({ lookedFor, result: 'absent' });
    throw refusal('unproven-time', 'the trust policy asks for a time stamp, and the signature has none');
  }
  // i.b to g, j and k: it is a true one of this signature, by a trusted authority.
  const verified = verifyTimestamp(envelope.timestamp, envelope.signature, authorities(), maximumCertificates);
  if (typeof verified === 'string') {
    trace({ lookedFor, result: 'refused', detail: verified });
    throw refusal('unproven-time', verified);
  }
  trace({ lookedFor, result: 'verified', detail: verified.latest.toISOString() });
  // l: the signer's certificates were valid during the whole of the stamped time.
  holdsBetween(envelope.chain, verified.earliest, verified.latest, 'when it was stamped');
  // h: the authority's own certificates, always enforced.
  const answer = await checkRevocation(verified.chain, { now, trace }, fetcher);
  if (answer.status === 'revoked') throw refusal('revoked', `the time-stamping authority: ${answer.reason}`);
  if (answer.status === 'unknown') throw refusal('unreachable', `the time-stamping authority: ${answer.reason}`);
  return verified.latest;
};

/**
 * The time at which the signature existed, by a clock that is not the signer's; undefined where nobody proves one.
 * @throws {Refusal}
 */
export const checkTime = async (question: TimeQuestion): Promise<Date | undefined> => {
  const { envelope, now } = question;
  // ii: the signing authority's clock.
  if (envelope.scheme === 'notary.x509.signingAuthority') {
    holdsBetween(envelope.chain, envelope.signingTime, envelope.signingTime, 'when it signed');
    return envelope.signingTime;
  }
  // i.a: a time stamp, where the policy asks for one.
  if (wantsTimestamp(question)) return await checkTimestamp(question);
  // i.b: else everything must be valid now.
  holdsBetween(envelope.chain, now, now, 'now');
  return undefined;
};
