/** What is asked about one certificate's revocation, and what comes back. */
import type { TraceStep } from '../../core/attestation.ts';
import type { Certificate } from '../../formats/records/x509-certificate.ts';

export interface RevocationQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly now: Date;
  /** When the signature was made, by a clock that is believed: a certificate that was given up later was good then. */
  readonly signedAt?: Date;
  readonly trace: (step: TraceStep) => void;
}

export interface RevocationAnswer {
  /** `none`: the certificate says of no place where it could be asked, which counts as good. */
  readonly status: 'good' | 'revoked' | 'unknown' | 'none';
  readonly reason: string;
}

/** Clocks of authorities are not ours: what is of the next five minutes is of now. */
export const isOfTheFuture = (date: Date, now: Date): boolean => date.getTime() > now.getTime() + 5 * 60_000;
