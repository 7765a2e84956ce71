/**
 * JSON bytes → a sigstore bundle, v0.1 to v0.3, read strictly: exact media types, canonical base64, counts that are not negative,
 * and what each version must carry. https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
 */
import { parseStrictJson, type JsonObject } from '../strict-json.ts';
import { readDsse, type DsseEnvelope } from './dsse.ts';
import { jsonFields, type JsonFields } from './json-fields.ts';

/** One entry of a transparency log, with what shows that it is there. */
export interface LogEntry {
  readonly index: string;
  readonly logId: Uint8Array;
  readonly kind: string;
  readonly version: string;
  /** Seconds since 1970; `0` where the log states no time. Proven only by `promise`. */
  readonly integratedTime: string;
  /** The log's signature that it took the entry at that time (signed entry timestamp). */
  readonly promise?: Uint8Array;
  readonly proof?: {
    readonly index: string;
    readonly treeSize: string;
    readonly rootHash: Uint8Array;
    readonly hashes: readonly Uint8Array[];
    readonly checkpoint: string;
  };
  readonly body: Uint8Array;
}

export type BundleHash = 'sha256' | 'sha384' | 'sha512';

export interface SigstoreBundle {
  readonly version: '0.1' | '0.2' | '0.3';
  /** DER, the signer's first; none where a key signed. */
  readonly certificates: readonly Uint8Array[];
  readonly entries: readonly LogEntry[];
  /** RFC 3161 responses, DER. */
  readonly timestamps: readonly Uint8Array[];
  readonly content:
    | {
        readonly kind: 'message';
        readonly hash: BundleHash;
        readonly digest: Uint8Array;
        readonly signature: Uint8Array;
      }
    | { readonly kind: 'envelope'; readonly envelope: DsseEnvelope };
}

/** As in a descriptor: without parameters. */
export const bundleTypes: ReadonlySet<string> = new Set([
  'application/vnd.dev.sigstore.bundle+json',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
]);

const versions: Readonly<Record<string, SigstoreBundle['version']>> = {
  'application/vnd.dev.sigstore.bundle+json;version=0.1': '0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2': '0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3': '0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json': '0.3',
};

const hashes: Readonly<Record<string, BundleHash>> = { SHA2_256: 'sha256', SHA2_384: 'sha384', SHA2_512: 'sha512' };

const maximum = {
  certificates: 16,
  certificateBytes: 64 * 1024,
  entries: 16,
  timestamps: 16,
  timestampBytes: 256 * 1024,
  signatureBytes: 16 * 1024,
  /** A tree of 2^63 leaves. */
  hashes: 64,
  checkpoint: 64 * 1024,
} as const;

const readEntry = (value: unknown, field: string, bytes: number, fields: JsonFields): LogEntry => {
  const entry = fields.object(value, field);
  const kind = fields.object(fields.optional(entry, 'kindVersion'), `${field}.kindVersion`);
  const promise = fields.optional(entry, 'inclusionPromise');
  const proof = fields.optional(entry, 'inclusionProof');
  return {
    index: fields.count(fields.optional(entry, 'logIndex') ?? '0', `${field}.logIndex`),
    logId: fields.bytes(
      fields.optional(fields.object(fields.optional(entry, 'logId'), `${field}.logId`), 'keyId'),
      `${field}.logId.keyId`,
      64,
    ),
    kind: fields.text(fields.optional(kind, 'kind'), `${field}.kindVersion.kind`, 64),
    version: fields.text(fields.optional(kind, 'version'), `${field}.kindVersion.version`, 64),
    integratedTime: fields.count(fields.optional(entry, 'integratedTime') ?? '0', `${field}.integratedTime`),
    ...(promise === undefined
      ? {}
      : {
          promise: fields.bytes(
            fields.optional(fields.object(promise, `${field}.inclusionPromise`), 'signedEntryTimestamp'),
            `${field}.inclusionPromise.signedEntryTimestamp`,
            maximum.signatureBytes,
          ),
        }),
    ...readProof(proof, `${field}.inclusionProof`, fields),
    body: fields.bytes(fields.optional(entry, 'canonicalizedBody'), `${field}.canonicalizedBody`, bytes),
  };
};

/** A proof without a checkpoint proves nothing, and is left out. */
const readProof = (value: unknown, field: string, fields: JsonFields): Pick<LogEntry, 'proof'> => {
  if (value === undefined) return {};
  const proof = fields.object(value, field);
  const index = fields.count(fields.optional(proof, 'logIndex') ?? '0', `${field}.logIndex`);
  const treeSize = fields.count(fields.optional(proof, 'treeSize') ?? '0', `${field}.treeSize`);
  const rootHash = fields.bytes(fields.optional(proof, 'rootHash'), `${field}.rootHash`, 64);
  const path = fields
    .list(fields.optional(proof, 'hashes') ?? [], `${field}.hashes`, maximum.hashes)
    .map((hash, position) => fields.bytes(hash, `${field}.hashes[${position}]`, 64));
  const checkpoint = fields.optional(proof, 'checkpoint');
  if (checkpoint === undefined) return {};
  const envelope = fields.optional(fields.object(checkpoint, `${field}.checkpoint`), 'envelope');
  return {
    proof: {
      index,
      treeSize,
      rootHash,
      hashes: path,
      checkpoint: fields.text(envelope, `${field}.checkpoint.envelope`, maximum.checkpoint),
    },
  };
};

const readCertificates = (
  material: JsonObject,
  version: SigstoreBundle['version'],
  fields: JsonFields,
): readonly Uint8Array[] => {
  const kinds = ['publicKey', 'x509CertificateChain', 'certificate'].filter(
    (name) => fields.optional(material, name) !== undefined,
  );
  if (kinds.length !== 1) throw fields.invalid(`it names ${kinds.length} kinds of keys, not one`);
  const [kind = ''] = kinds;
  const holder = fields.object(material[kind], kind);
  if (kind === 'publicKey') return [];
  if (kind === 'x509CertificateChain' && version === '0.3')
    throw fields.invalid('a bundle of version 0.3 holds one certificate, not a chain');
  const list =
    kind === 'certificate'
      ? [holder]
      : fields.list(fields.optional(holder, 'certificates'), 'certificates', maximum.certificates);
  if (list.length === 0) throw fields.invalid('the chain of certificates is empty');
  return list.map((item, position) => {
    const field = `certificates[${position}]`;
    const raw = fields.optional(fields.object(item, field), 'rawBytes');
    return fields.bytes(raw, `${field}.rawBytes`, maximum.certificateBytes);
  });
};

const readContent = (body: JsonObject, bytes: number, fields: JsonFields): SigstoreBundle['content'] => {
  const message = fields.optional(body, 'messageSignature');
  const envelope = fields.optional(body, 'dsseEnvelope');
  if ((message === undefined) === (envelope === undefined))
    throw fields.invalid('it must hold either a signature of a message or an envelope');
  if (message === undefined) {
    const read = readDsse(envelope, fields, bytes);
    // Only one signature is committed to the log: further ones would go unseen.
    if (read.signatures.length !== 1) throw fields.invalid('its envelope has more than one signature');
    return { kind: 'envelope', envelope: read };
  }
  const signature = fields.object(message, 'messageSignature');
  const stated = fields.object(fields.optional(signature, 'messageDigest'), 'messageSignature.messageDigest');
  const algorithm = String(fields.optional(stated, 'algorithm'));
  const hash = Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined;
  if (hash === undefined) throw fields.invalid('messageDigest.algorithm is no SHA-2 of 256, 384 or 512 bits');
  return {
    kind: 'message',
    hash,
    digest: fields.bytes(fields.optional(stated, 'digest'), 'messageDigest.digest', 64),
    signature: fields.bytes(fields.optional(signature, 'signature'), 'signature', maximum.signatureBytes),
  };
};

/** @throws {Fault} malformed `SIGSTORE_BUNDLE_INVALID` or `SIGSTORE_BUNDLE_AMBIGUOUS`, limit `SIGSTORE_BUNDLE_TOO_LARGE` */
export const parseSigstoreBundle = (bytes: Uint8Array, maximumBytes: number, where: string): SigstoreBundle => {
  const document = { subject: 'SIGSTORE_BUNDLE', where, maximumBytes };
  const fields = jsonFields(document);
  const body = fields.object(parseStrictJson(bytes, document), 'the bundle');
  const mediaType = fields.text(fields.optional(body, 'mediaType'), 'mediaType', 256);
  const version = Object.hasOwn(versions, mediaType) ? versions[mediaType] : undefined;
  if (version === undefined) throw fields.invalid('its mediaType is none of the versions 0.1 to 0.3');
  const material = fields.object(fields.optional(body, 'verificationMaterial'), 'verificationMaterial');
  const entries = fields
    .list(fields.optional(material, 'tlogEntries') ?? [], 'tlogEntries', maximum.entries)
    .map((entry, position) => readEntry(entry, `tlogEntries[${position}]`, maximumBytes, fields));
  for (const entry of entries) {
    // sigstore_bundle.proto: 0.1 has a promise for each entry, later versions a proof with a checkpoint.
    if (version === '0.1' && entry.promise === undefined) throw fields.invalid('a log entry has no inclusion promise');
    if (version !== '0.1' && entry.proof === undefined) throw fields.invalid('a log entry has no inclusion proof');
  }
  const times = fields.object(
    fields.optional(material, 'timestampVerificationData') ?? {},
    'timestampVerificationData',
  );
  const timestamps = fields
    .list(fields.optional(times, 'rfc3161Timestamps') ?? [], 'rfc3161Timestamps', maximum.timestamps)
    .map((item, position) => {
      const field = `rfc3161Timestamps[${position}]`;
      const signed = fields.optional(fields.object(item, field), 'signedTimestamp');
      return fields.bytes(signed, `${field}.signedTimestamp`, maximum.timestampBytes);
    });
  return {
    version,
    certificates: readCertificates(material, version, fields),
    entries,
    timestamps,
    content: readContent(body, maximumBytes, fields),
  };
};
