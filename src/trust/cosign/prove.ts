/**
 * One signature → who signed it and when, or why it is not believed.
 *
 * The steps, after https://github.com/sigstore/architecture-docs/blob/main/client-spec.md#4-verification:
 *  1. The key: one of those that are trusted, else the certificate beside the signature (4.5).
 *  2. Times: every RFC 3161 response over the signature (4.2.1), every promise of a Rekor 1 log (4.2.2).
 *  3. The certificate: for signing code, issued by a trusted authority, for an identity and by an issuer that are wanted; then its
 *     path to a trusted root at each of these times, and its own entry in a log (SCT) (4.3).
 *  4. The log: inclusion, by promise or by proof under a signed checkpoint, of this signature, key and content (4.4).
 *  5. The signature over the content (4.5).
 */
import { X509Certificate as NodeCertificate, type KeyObject } from 'node:crypto';
import { X509Certificate, type RFC3161Timestamp } from '@sigstore/core';
import { VerificationError, Verifier, type SignedEntity } from '@sigstore/verify';
import type { AttestationFacts } from '../../core/attestation.ts';
import { isSameBytes } from '../../core/bytes.ts';
import { parseCertificate, type Certificate } from '../../formats/records/x509-certificate.ts';
import type { LogEntry } from '../../formats/records/sigstore-bundle.ts';
import { readCertificateNames } from './certificate-names.ts';
import { hashOf, type Evidence } from './evidence.ts';
import type { WantedIdentity } from './identity.ts';
import { checkLogEntry, integratedTime, isLogKnown, toLibraryEntry } from './log-entry.ts';
import { clip, guarded, Refusal } from './refusal.ts';
import { isStampOf, parseSignedTime } from './signed-time.ts';
import { isSignedWith, keyFingerprint } from './signature-key.ts';
import type { TrustRoot } from './trust-root.ts';

/** What is asked of a signature. */
export interface Terms {
  readonly keys: readonly KeyObject[];
  readonly identities: readonly WantedIdentity[];
  /** Whether an entry in a transparency log is asked for, of keys and of certificates. */
  readonly isLogRequired: { readonly key: boolean; readonly certificate: boolean };
  /** Throws a Refusal where there is none. Not called where nothing needs it. */
  readonly root: () => TrustRoot;
  /** Whether a root is at hand for what is not required. */
  readonly hasRoot: boolean;
  readonly now: Date;
}

export interface Proof {
  /** `sha256:…` of the key, or the subject of the certificate. */
  readonly identity: string;
  /** Earliest proven time. */
  readonly signedAt?: Date;
  readonly expires?: Date;
  readonly facts: AttestationFacts;
}

const codeSigning = '1.3.6.1.5.5.7.3.3';

const toLibrarySignature = (evidence: Evidence, timestamped: Uint8Array): SignedEntity['signature'] => ({
  // The library gives this to the time-stamping authorities, and compares signatures by the functions below.
  signature: Buffer.from(timestamped),
  compareSignature: (signature) => isSameBytes(signature, evidence.signature),
  compareDigest: (digest) => isSameBytes(digest, hashOf('sha256', evidence.payload)),
  compareSignedDigest: (digest) =>
    (['sha256', 'sha384', 'sha512'] as const).some((hash) => isSameBytes(digest, hashOf(hash, evidence.signed))),
  verifySignature: (key) => isSignedWith(key, evidence.signed, evidence.signature),
});

interface Times {
  readonly timestamps: readonly RFC3161Timestamp[];
  /** Of responses and promises; unproven until the library has verified them. */
  readonly all: readonly Date[];
  /** What every response is over; the signature where that is nothing, which the library then refuses. */
  readonly stamped: Uint8Array;
}

/** An authority signs by a certificate of the root: what others say of the time proves nothing, and hides nothing. */
const isAuthorityKnown = ({ signerSerialNumber, signerIssuer }: RFC3161Timestamp, root: TrustRoot): boolean =>
  root.material.timestampAuthorities.some(
    ({ certChain: [leaf] }) =>
      leaf !== undefined && leaf.serialNumber.equals(signerSerialNumber) && leaf.issuer.equals(signerIssuer),
  );

const readTimes = (evidence: Evidence, entries: readonly LogEntry[], root: TrustRoot): Times =>
  guarded('unproven-time', 'a signed time cannot be read', () => {
    const timestamps = evidence.timestamps.map(parseSignedTime).filter((time) => isAuthorityKnown(time, root));
    const promised = entries.map(integratedTime).filter((time) => time !== undefined);
    const stamped = evidence.timestamped.find((bytes) => timestamps.every((time) => isStampOf(time, bytes)));
    return {
      timestamps,
      stamped: stamped ?? evidence.signature,
      all: [...timestamps.map(({ signingTime }) => signingTime), ...promised],
    };
  });

/** Step 3, what the library does not look at: the purpose of the certificate, and that the evidence brings no root of its own. */
const checkCertificates = ({ certificates, layout }: Evidence, root: TrustRoot): void => {
  guarded('malformed', 'the certificate cannot be read', () => {
    const [leaf, ...others] = certificates.map((der) => new NodeCertificate(der));
    if (leaf === undefined) return;
    const refuse = (reason: string): never => {
      throw new Refusal('untrusted-root', `the certificate ${reason}`);
    };
    if (leaf.ca) refuse('is that of an authority');
    if (!(leaf.keyUsage ?? []).includes(codeSigning)) refuse('is not for signing code');
    // sigstore_bundle.proto: whoever verifies has the root; one inside the evidence is there to be believed by mistake.
    const isRoot = ({ raw, subject, issuer }: NodeCertificate): boolean =>
      subject === issuer || root.roots.has(raw.toString('base64'));
    if (layout === 'bundle' && [leaf, ...others].some(isRoot)) refuse('comes with a root certificate in the bundle');
  });
};

/** The library says which part failed, and seldom why: the window of the certificate is looked at again. */
const toCertificateRefusal = (leaf: X509Certificate, times: readonly Date[], reason: string): Refusal => {
  if (/SCT/.test(reason))
    return new Refusal('unproven-time', `the certificate is not proven to be in a certificate log: ${reason}`);
  const after = times.find((time) => time > leaf.notAfter);
  if (after !== undefined)
    return new Refusal(
      'expired',
      `the certificate was valid until ${leaf.notAfter.toISOString()}, and it is signed at ${after.toISOString()}`,
    );
  const before = times.find((time) => time < leaf.notBefore);
  if (before !== undefined)
    return new Refusal(
      'not-yet-valid',
      `the certificate is valid from ${leaf.notBefore.toISOString()}, and it is signed at ${before.toISOString()}`,
    );
  return new Refusal('untrusted-root', 'the certificate leads to no trusted root');
};

const runLibrary = (
  verifier: Verifier,
  entity: SignedEntity,
  leaf: X509Certificate | undefined,
  times: readonly Date[],
): void => {
  try {
    verifier.verify(entity);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'unknown';
    if (!(thrown instanceof VerificationError))
      throw new Refusal('malformed', `the signature or what is beside it cannot be read: ${reason}`);
    if (thrown.code.startsWith('CERTIFICATE') && leaf !== undefined) throw toCertificateRefusal(leaf, times, reason);
    if (thrown.code.startsWith('SIGNATURE'))
      throw new Refusal('malformed', 'the signature was not made by the key of its certificate over this content');
    if (reason.startsWith('unsupported')) throw new Refusal('unsupported', `the log entry is ${reason}`);
    throw new Refusal('unproven-time', `the transparency log or signed time: ${reason}`);
  }
};

interface Verified {
  readonly times: readonly Date[];
  readonly entries: readonly LogEntry[];
}

/**
 * Steps 2 to 5. Entries of logs and times of authorities that the root does not know are left out, as if they were not there; whatever
 * is by known ones must hold, all of it.
 */
const verifyMaterial = (
  evidence: Evidence,
  key: KeyObject | undefined,
  leaf: X509Certificate | undefined,
  isLogRequired: boolean,
  terms: Terms,
): Verified => {
  const root = terms.root();
  const entries = evidence.entries.filter((entry) => isLogKnown(entry, root));
  if (isLogRequired && entries.length === 0)
    throw new Refusal('unproven-time', 'there is no entry of a transparency log that is trusted');
  const { timestamps, all, stamped } = readTimes(evidence, entries, root);
  const libraryEntries = entries.map(toLibraryEntry);
  const times: SignedEntity['timestamps'] = [
    ...timestamps.map((timestamp) => ({ $case: 'timestamp-authority' as const, timestamp })),
    ...libraryEntries
      .filter((_, position) => integratedTime(entries[position] as LogEntry) !== undefined)
      .map((tlogEntry) => ({ $case: 'transparency-log' as const, tlogEntry })),
  ];
  const isUntimed = leaf !== undefined && all.length === 0;
  if (isUntimed && isLogRequired)
    throw new Refusal(
      'unproven-time',
      'no signed time that is trusted says when it was signed, and its certificate is short-lived',
    );
  if (isUntimed) {
    // No authority says when: then the certificate must be valid now. The library asks for a time, and believes this one as it is.
    const seconds = String(Math.floor(terms.now.getTime() / 1000));
    times.push({
      $case: 'transparency-log',
      tlogEntry: {
        ...toLibraryEntry({
          index: '0',
          logId: new Uint8Array(),
          kind: 'now',
          version: '0',
          integratedTime: seconds,
          body: new Uint8Array(),
        }),
        inclusionPromise: { signedEntryTimestamp: Buffer.alloc(0) },
      },
    });
  }
  const verifier = new Verifier(
    {
      ...root.material,
      publicKey: () => {
        if (key === undefined) throw new Refusal('other-signer', 'there is no key');
        return { publicKey: key, validFor: () => true };
      },
    },
    {
      tlogThreshold: isLogRequired ? 1 : 0,
      // A private instance without a certificate log has none in its root.
      ctlogThreshold: root.material.ctlogs.length > 0 ? 1 : 0,
      timestampThreshold: leaf === undefined ? 0 : 1,
    },
  );
  runLibrary(
    verifier,
    {
      signature: toLibrarySignature(evidence, stamped),
      key: leaf === undefined ? { $case: 'public-key', hint: '' } : { $case: 'certificate', certificate: leaf },
      tlogEntries: libraryEntries,
      timestamps: times,
    },
    leaf,
    isUntimed ? [terms.now] : all,
  );
  for (const entry of entries) checkLogEntry(entry, evidence, key, root, all, terms.now);
  return { times: all, entries };
};

const earliest = (times: readonly Date[]): Date | undefined =>
  times.length === 0 ? undefined : new Date(Math.min(...times.map((time) => time.getTime())));

const logFacts = (entries: readonly LogEntry[]): AttestationFacts => ({
  logged: entries.length > 0,
  ...(entries[0] === undefined ? {} : { logIndex: entries[0].index }),
});

const proveKey = (evidence: Evidence, key: KeyObject, terms: Terms): Proof => {
  const identity = keyFingerprint(key);
  const isLogRequired = terms.isLogRequired.key;
  let verified: Verified = { times: [], entries: [] };
  if (isLogRequired) verified = verifyMaterial(evidence, key, undefined, true, terms);
  else if (terms.hasRoot && evidence.entries.length + evidence.timestamps.length > 0)
    try {
      verified = verifyMaterial(evidence, key, undefined, false, terms);
    } catch (thrown) {
      // Nobody asked for a log or a time: what is wrong with them leaves the signature without a time, and the key's all the same.
      if (!(thrown instanceof Refusal)) throw thrown;
    }
  const signedAt = earliest(verified.times);
  return { identity, facts: logFacts(verified.entries), ...(signedAt === undefined ? {} : { signedAt }) };
};

/**
 * Said first, because an instance that is not trusted has other logs and clocks too. The library looks for the whole path, with times,
 * among the authorities of the root alone: client specification, 4.6, "Out-of-band intermediate CAs".
 */
const checkIssuer = (leaf: X509Certificate, { issuer }: Certificate, evidence: Evidence, root: TrustRoot): void => {
  const authorities = root.material.certificateAuthorities.flatMap(({ certChain }) => certChain);
  const isIssued = guarded('malformed', 'the certificate cannot be read', () =>
    authorities.some((authority) => leaf.verify(authority)),
  );
  if (isIssued) return;
  // By its name: keys that nobody trusts verify nothing.
  const cameAlong = evidence.certificates
    .slice(1)
    .some((der) => isSameBytes(parseCertificate(der, 'the certificate').subject, issuer));
  throw new Refusal(
    'untrusted-root',
    cameAlong
      ? 'the certificate is issued by an authority that came with the signature only: the trusted root does not name it'
      : 'the certificate leads to no trusted root',
  );
};

const proveCertificate = (evidence: Evidence, terms: Terms): Proof => {
  const root = terms.root();
  const isLogRequired = terms.isLogRequired.certificate;
  const der = evidence.certificates[0] ?? new Uint8Array();
  // One reading only: bytes behind the certificate, or an extension twice, are passed over by the library.
  const fields = parseCertificate(der, 'the certificate');
  const leaf = guarded('malformed', 'the certificate cannot be read', () => X509Certificate.parse(Buffer.from(der)));
  checkIssuer(leaf, fields, evidence, root);
  checkCertificates(evidence, root);
  const names = readCertificateNames(fields);
  // Before the proofs: a stranger whose proofs are of an unknown kind is a stranger, and leaves nothing open.
  const identity = names.subjects.find((subject) =>
    terms.identities.some((wanted) => wanted.subject(subject) && wanted.issuer(names.issuer ?? '')),
  );
  if (names.issuer === undefined || identity === undefined)
    throw new Refusal(
      'other-signer',
      `by a certificate of ${names.subjects[0]}, whom ${names.issuer ?? 'no issuer'} confirmed: nobody who is trusted`,
    );
  const { times, entries } = guarded('malformed', 'the certificate cannot be read', () =>
    verifyMaterial(evidence, undefined, leaf, isLogRequired, terms),
  );
  const signedAt = earliest(times);
  return {
    identity: clip(identity),
    facts: { ...names.facts, ...logFacts(entries) },
    ...(signedAt === undefined ? { expires: leaf.notAfter } : { signedAt }),
  };
};

/** @throws {Refusal}; {Fault} misuse where the trusted root cannot be used */
export const prove = (evidence: Evidence, terms: Terms): Proof => {
  const key = terms.keys.find((candidate) => isSignedWith(candidate, evidence.signed, evidence.signature));
  if (key !== undefined) return proveKey(evidence, key, terms);
  if (evidence.certificates.length > 0 && terms.identities.length > 0) return proveCertificate(evidence, terms);
  throw new Refusal(
    'other-signer',
    terms.keys.length > 0
      ? 'signed by a key that is not trusted'
      : 'signed by a key without a certificate, and identities are asked for',
  );
};
