/** One signature with all that was found beside it, in one shape for every layout. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { isSameBytes } from '../../core/bytes.ts';
import type { CosignAnnotations } from '../../formats/records/cosign-annotations.ts';
import { dsseSignedBytes, type DsseEnvelope } from '../../formats/records/dsse.ts';
import type { BundleHash, LogEntry, SigstoreBundle } from '../../formats/records/sigstore-bundle.ts';
import { pemBlocks } from '../../formats/records/pem.ts';
import { Refusal } from './refusal.ts';

export interface Evidence {
  readonly layout: 'classic' | 'bundle';
  /** DER, the signer's first; none where a key signed. Those after the first are never believed (client specification, 4.6). */
  readonly certificates: readonly Uint8Array[];
  readonly signature: Uint8Array;
  /** What the signature is over. */
  readonly signed: Uint8Array;
  /** What an envelope holds; `signed` where there is no envelope. */
  readonly payload: Uint8Array;
  /**
   * What a time may be signed over, one of these: the signature (client specification, 4.2.1); beside classic attestations cosign 1
   * and 2 had the envelope stamped, which holds the signature.
   */
  readonly timestamped: readonly Uint8Array[];
  readonly entries: readonly LogEntry[];
  /** RFC 3161 responses, DER. */
  readonly timestamps: readonly Uint8Array[];
}

export const hashOf = (hash: BundleHash, bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest();

/** DSSE, protocol.md: only the first signature is looked at, and no more than one is taken. @throws {Refusal} malformed */
const fromEnvelope = (envelope: DsseEnvelope): Pick<Evidence, 'signature' | 'signed' | 'payload'> => {
  const [first, ...others] = envelope.signatures;
  if (first === undefined || others.length > 0)
    throw new Refusal('malformed', `the envelope has ${envelope.signatures.length} signatures, not one`);
  return { signature: first.signature, signed: dsseSignedBytes(envelope), payload: envelope.payload };
};

/** `artifact`: what a signature of a message is over; an envelope brings its own. @throws {Refusal} */
export const fromBundle = (bundle: SigstoreBundle, artifact: Uint8Array | undefined): Evidence => {
  const { certificates, entries, timestamps, content } = bundle;
  const beside = { layout: 'bundle', certificates, entries, timestamps } as const;
  if (content.kind === 'envelope') {
    const read = fromEnvelope(content.envelope);
    return { ...beside, ...read, timestamped: [read.signature] };
  }
  if (artifact === undefined)
    throw new Refusal('unsupported', 'a signature over the content itself cannot be checked by a digest alone');
  // The stated digest is unsigned; it is compared so that no other reader takes the bundle for one of another content.
  if (!isSameBytes(hashOf(content.hash, artifact), content.digest))
    throw new Refusal('other-digest', 'the bundle states another digest than that of the content');
  const { signature } = content;
  return { ...beside, signature, signed: artifact, payload: artifact, timestamped: [signature] };
};

/** `blob`: the payload that is signed, or an envelope with its own signature. @throws {Refusal}; {Fault} malformed, limit */
export const fromClassic = (
  annotations: CosignAnnotations,
  blob: Uint8Array,
  envelope: DsseEnvelope | undefined,
  maximumCertificates: number,
): Evidence => {
  const { signature, certificate, chain, entry, timestamp } = annotations;
  const certificates = certificate === undefined ? [] : pemCertificates(certificate, maximumCertificates);
  const others = chain === undefined ? [] : pemCertificates(chain, maximumCertificates);
  const beside = {
    layout: 'classic',
    // The chain is written with its root, and is not believed: the trusted root has every certificate above the signer's.
    certificates: [...certificates.slice(0, 1), ...(certificates.length === 0 ? [] : others)],
    entries: entry === undefined ? [] : [entry],
    timestamps: timestamp === undefined ? [] : [timestamp],
  } as const;
  if (envelope !== undefined) {
    const read = fromEnvelope(envelope);
    return { ...beside, ...read, timestamped: [read.signature, blob] };
  }
  if (signature === undefined) throw new Refusal('malformed', 'the layer has no signature among its annotations');
  return { ...beside, signature, signed: blob, payload: blob, timestamped: [signature] };
};

/** Certificates of a PEM text, DER, at most `maximum`. @throws {Refusal} */
const pemCertificates = (text: string, maximum: number): readonly Uint8Array[] => {
  const blocks = pemBlocks(text).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length === 0) throw new Refusal('malformed', 'there is no certificate in its PEM text');
  if (blocks.length > maximum) throw new Refusal('limit', `more than ${maximum} certificates`);
  return blocks.map(({ der }) => der);
};

/** DER of the first certificate or key of a PEM text; undefined where there is none. */
export const pemMaterial = (
  text: string,
): { readonly form: 'certificate' | 'key'; readonly der: Uint8Array } | undefined => {
  const [block] = pemBlocks(text);
  if (block === undefined) return undefined;
  if (block.label === 'CERTIFICATE') return { form: 'certificate', der: block.der };
  let key: KeyObject;
  try {
    key = createPublicKey(block.pem);
  } catch {
    return undefined;
  }
  return { form: 'key', der: key.export({ type: 'spki', format: 'der' }) };
};
