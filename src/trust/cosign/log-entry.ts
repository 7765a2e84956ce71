/**
 * Entries of transparency logs: what sigstore's library leaves open when it verifies them.
 * https://github.com/sigstore/architecture-docs/blob/main/client-spec.md#44-transparency-log-entry
 */
import { verify, type KeyObject } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { isSameBytes } from '../../core/bytes.ts';
import { parseCheckpoint } from '../../formats/records/log-checkpoint.ts';
import { parseRekorEntry, type RekorEntry } from '../../formats/records/rekor-entry.ts';
import type { LogEntry } from '../../formats/records/sigstore-bundle.ts';
import { hashOf, pemMaterial, type Evidence } from './evidence.ts';
import { Refusal, toRefusal } from './refusal.ts';
import { keyDer } from './signature-key.ts';
import type { TrustRoot } from './trust-root.ts';

/** What the library reads. Its types are those of the protocol buffers. */
export const toLibraryEntry = (entry: LogEntry): TransparencyLogEntry => ({
  logIndex: entry.index,
  logId: { keyId: Buffer.from(entry.logId) },
  kindVersion: { kind: entry.kind, version: entry.version },
  integratedTime: entry.integratedTime,
  inclusionPromise: entry.promise === undefined ? undefined : { signedEntryTimestamp: Buffer.from(entry.promise) },
  inclusionProof:
    entry.proof === undefined
      ? undefined
      : {
          logIndex: entry.proof.index,
          treeSize: entry.proof.treeSize,
          rootHash: Buffer.from(entry.proof.rootHash),
          hashes: entry.proof.hashes.map((hash) => Buffer.from(hash)),
          checkpoint: { envelope: entry.proof.checkpoint },
        },
  canonicalizedBody: Buffer.from(entry.body),
});

/** The time by the log's own signature; undefined where it signed none (Rekor 2, and entries without a promise). */
export const integratedTime = ({ promise, integratedTime: seconds }: LogEntry): Date | undefined =>
  promise === undefined || seconds === '0' ? undefined : new Date(Number(seconds) * 1000);

const refuse = (reason: string): never => {
  throw new Refusal('unproven-time', `the entry in the transparency log ${reason}`);
};

const readBody = (entry: LogEntry): RekorEntry => {
  let body: RekorEntry | undefined;
  try {
    body = parseRekorEntry(entry.body, entry.body.length, 'log entry');
  } catch (thrown) {
    return refuse(`cannot be read: ${toRefusal(thrown).message}`);
  }
  if (body === undefined)
    throw new Refusal(
      'unsupported',
      `the log entry is of the kind ${entry.kind} ${entry.version}, which is not read here`,
    );
  return body.kind === entry.kind && body.version === entry.version
    ? body
    : refuse('is not of the kind that it states');
};

/** Client specification, 4.4: signature, key or certificate, and digest of the entry are those of the evidence. */
const checkBinding = (body: RekorEntry, evidence: Evidence, key: KeyObject | undefined): void => {
  if (!isSameBytes(body.signature, evidence.signature)) refuse('is about another signature');
  const content = body.digestOf === 'payload' ? evidence.payload : evidence.signed;
  if (!isSameBytes(hashOf(body.hash, content), body.digest)) refuse('is about another content');
  const { form, bytes } = body.verifier;
  const material = form === 'pem' ? pemMaterial(Buffer.from(bytes).toString('latin1')) : { form, der: bytes };
  const [certificate] = evidence.certificates;
  // A second key that fits the same signature can be made; the entry is about the one that it names.
  const expected = key === undefined ? { form: 'certificate', der: certificate } : { form: 'key', der: keyDer(key) };
  const isBound =
    material !== undefined &&
    ((expected.form === material.form && expected.der !== undefined && isSameBytes(material.der, expected.der)) ||
      // Signed by a key that a certificate holds, and logged with the certificate.
      (key !== undefined && certificate !== undefined && isSameBytes(material.der, certificate)));
  if (!isBound) refuse('names another key or certificate');
};

/**
 * tlog-checkpoint.md: the log itself signed, by its name and its key; lines of witnesses and of unknown keys are passed over, and
 * none of them counts for the log. The library takes any part of the log's address for its name, and does not compare size and root.
 */
const checkCheckpoint = (entry: LogEntry, root: TrustRoot): void => {
  const { proof } = entry;
  if (proof === undefined) return;
  let checkpoint: ReturnType<typeof parseCheckpoint>;
  try {
    checkpoint = parseCheckpoint(proof.checkpoint, 'checkpoint');
  } catch (thrown) {
    return refuse(`has an unreadable checkpoint: ${toRefusal(thrown).message}`);
  }
  // Without a promise nobody signed the index of the entry itself: it is that of the proof, or made up.
  if (entry.promise === undefined && entry.index !== proof.index) refuse('states another index than its proof');
  if (checkpoint.size !== proof.treeSize || !isSameBytes(checkpoint.rootHash, proof.rootHash))
    refuse('has a proof for another tree than its checkpoint');
  if ([...proof.hashes, proof.rootHash].some((hash) => hash.length !== 32))
    refuse('has hashes that are none of SHA-256');
  const name = root.logNames.get(Buffer.from(entry.logId).toString('base64'));
  if (checkpoint.origin !== name && !checkpoint.origin.startsWith(`${name} - `))
    refuse('has a checkpoint of another log');
  const note = Buffer.from(proof.checkpoint.slice(0, proof.checkpoint.indexOf('\n\n') + 1));
  const isSigned = checkpoint.signatures.some(
    (line) =>
      line.name === name &&
      isSameBytes(line.keyHint, entry.logId.subarray(0, 4)) &&
      root.material.tlogs.some(
        ({ logID, publicKey }) => isSameBytes(logID, entry.logId) && isLogSignature(publicKey, note, line.signature),
      ),
  );
  if (!isSigned) refuse('has a checkpoint that the log did not sign');
};

const isLogSignature = (key: KeyObject, note: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', note, key, signature);
  } catch {
    // Node throws for signatures of a length that cannot be.
    return false;
  }
};

/** The key of the log was valid at every proven time; where none is proven, it had begun to be. Both ends belong to the window. */
const checkWindow = (entry: LogEntry, root: TrustRoot, times: readonly Date[], now: Date): void => {
  const own = integratedTime(entry);
  const isValid = root.material.tlogs.some(({ logID, validFor: { start, end } }) => {
    if (!isSameBytes(logID, entry.logId)) return false;
    if (own !== undefined) return start <= own && own <= end;
    return times.length === 0 ? start <= now : times.every((time) => start <= time && time <= end);
  });
  if (!isValid) refuse('is by a key of the log that was not valid then');
};

/** Everything about one entry that the library does not hold. `key`: the one that signed; undefined for a certificate. @throws {Refusal} */
export const checkLogEntry = (
  entry: LogEntry,
  evidence: Evidence,
  key: KeyObject | undefined,
  root: TrustRoot,
  times: readonly Date[],
  now: Date,
): void => {
  checkBinding(readBody(entry), evidence, key);
  checkCheckpoint(entry, root);
  checkWindow(entry, root, times, now);
};

export const isLogKnown = (entry: LogEntry, root: TrustRoot): boolean =>
  root.material.tlogs.some(({ logID }) => isSameBytes(logID, entry.logId));
