/** RFC 3161 responses, DER → times for sigstore's library, which verifies them; it reads no fraction of a second but of three digits. */
import { createHash } from 'node:crypto';
import { ASN1Obj, RFC3161Timestamp } from '@sigstore/core';
import { Refusal } from './refusal.ts';

/** GeneralizedTime as RFC 3161, 2.4.2 has it: in UTC, with any fraction. */
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/;

/** `genTime` is the fifth member of TSTInfo, whatever stands behind it. */
class SignedTime extends RFC3161Timestamp {
  override get signingTime(): Date {
    const text = this.tstInfo.root.subs[4]?.value.toString('latin1') ?? '';
    const [, year, month, day, hour, minute, second, fraction = ''] = generalizedTime.exec(text) ?? [];
    const time = new Date(
      `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`,
    );
    if (Number.isNaN(time.getTime())) throw new Refusal('unproven-time', 'a signed time is none');
    return time;
  }
}

/** PKIStatus of RFC 3161, 2.4.2: granted, or granted with changes. @throws {Refusal}, and what the library throws for bytes that are no DER */
export const parseSignedTime = (der: Uint8Array): RFC3161Timestamp => {
  const time = new SignedTime(ASN1Obj.parseBuffer(Buffer.from(der)));
  if (time.status !== 0n && time.status !== 1n)
    throw new Refusal('unproven-time', 'a time-stamping authority refused the request');
  return time;
};

const hashes: ReadonlySet<string | undefined> = new Set(['sha256', 'sha384', 'sha512']);

/** Whether the response is over these bytes; whose it is, is not said. */
export const isStampOf = ({ tstInfo }: RFC3161Timestamp, bytes: Uint8Array): boolean => {
  const { messageImprintHashAlgorithm: hash, messageImprintHashedMessage: imprint } = tstInfo;
  return hashes.has(hash) && createHash(hash).update(bytes).digest().equals(imprint);
};
