/**
 * JSON bytes → what an entry of a Rekor log binds together: the digest of what was signed, the signature, and the key or certificate.
 * https://github.com/sigstore/rekor/tree/main/pkg/types and https://github.com/sigstore/architecture-docs/blob/main/rekor-v2-spec.md
 */
import { parseStrictJson, type JsonObject } from '../strict-json.ts';
import { jsonFields, type JsonFields } from './json-fields.ts';
import type { BundleHash } from './sigstore-bundle.ts';

/** A key (SubjectPublicKeyInfo) or a certificate: PEM text, or DER. */
export interface EntryVerifier {
  readonly form: 'pem' | 'key' | 'certificate';
  readonly bytes: Uint8Array;
}

export interface RekorEntry {
  readonly kind: string;
  readonly version: string;
  readonly hash: BundleHash;
  readonly digest: Uint8Array;
  /** `payload`: of the envelope's payload. `signed`: of the bytes that were signed. */
  readonly digestOf: 'payload' | 'signed';
  readonly signature: Uint8Array;
  readonly verifier: EntryVerifier;
}

const hashNames: Readonly<Record<string, BundleHash>> = {
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  SHA2_256: 'sha256',
  SHA2_384: 'sha384',
  SHA2_512: 'sha512',
};

const maximumText = 256 * 1024;

/** Reads the members of one body by their names. */
class BodyReader {
  readonly fields: JsonFields;

  constructor(fields: JsonFields) {
    this.fields = fields;
  }

  object(parent: JsonObject, name: string): JsonObject {
    return this.fields.object(this.fields.optional(parent, name), name);
  }

  bytes(parent: JsonObject, name: string): Uint8Array {
    return this.fields.bytes(this.fields.optional(parent, name), name, maximumText);
  }

  hash(parent: JsonObject): BundleHash {
    const name = String(this.fields.optional(parent, 'algorithm'));
    const hash = Object.hasOwn(hashNames, name) ? hashNames[name] : undefined;
    if (hash === undefined) throw this.fields.invalid('its hash is no SHA-2 of 256, 384 or 512 bits');
    return hash;
  }

  /** Rekor 1: `{ algorithm, value }` in hex. */
  hexDigest(parent: JsonObject): Pick<RekorEntry, 'hash' | 'digest'> {
    return { hash: this.hash(parent), digest: this.fields.hex(this.fields.optional(parent, 'value'), 'value', 64) };
  }

  /** Rekor 2: `{ algorithm, digest }` in base64. */
  digest(parent: JsonObject): Pick<RekorEntry, 'hash' | 'digest'> {
    return { hash: this.hash(parent), digest: this.bytes(parent, 'digest') };
  }

  /** Rekor 2. */
  verifier(parent: JsonObject): EntryVerifier {
    const verifier = this.object(parent, 'verifier');
    const certificate = this.fields.optional(verifier, 'x509Certificate');
    return certificate === undefined
      ? { form: 'key', bytes: this.bytes(this.object(verifier, 'publicKey'), 'rawBytes') }
      : { form: 'certificate', bytes: this.bytes(this.object(verifier, 'x509Certificate'), 'rawBytes') };
  }

  /** The log binds one signature: an entry of several says too little about each. */
  only(parent: JsonObject, name: string): JsonObject {
    const [first, ...others] = this.fields.list(this.fields.optional(parent, name), name, 16);
    if (others.length > 0) throw this.fields.invalid('it has more than one signature');
    return this.fields.object(first, name);
  }
}

type Binding = Omit<RekorEntry, 'kind' | 'version'>;

const kinds: Readonly<Record<string, (spec: JsonObject, reader: BodyReader) => Binding>> = {
  'hashedrekord 0.0.1': (spec, reader) => {
    const signature = reader.object(spec, 'signature');
    return {
      ...reader.hexDigest(reader.object(reader.object(spec, 'data'), 'hash')),
      digestOf: 'signed',
      signature: reader.bytes(signature, 'content'),
      verifier: { form: 'pem', bytes: reader.bytes(reader.object(signature, 'publicKey'), 'content') },
    };
  },
  'hashedrekord 0.0.2': (spec, reader) => {
    const body = reader.object(spec, 'hashedRekordV002');
    const signature = reader.object(body, 'signature');
    return {
      ...reader.digest(reader.object(body, 'data')),
      digestOf: 'signed',
      signature: reader.bytes(signature, 'content'),
      verifier: reader.verifier(signature),
    };
  },
  'dsse 0.0.1': (spec, reader) => {
    const signature = reader.only(spec, 'signatures');
    return {
      ...reader.hexDigest(reader.object(spec, 'payloadHash')),
      digestOf: 'payload',
      signature: reader.bytes(signature, 'signature'),
      verifier: { form: 'pem', bytes: reader.bytes(signature, 'verifier') },
    };
  },
  'dsse 0.0.2': (spec, reader) => {
    const body = reader.object(spec, 'dsseV002');
    const signature = reader.only(body, 'signatures');
    return {
      ...reader.digest(reader.object(body, 'payloadHash')),
      digestOf: 'payload',
      signature: reader.bytes(signature, 'content'),
      verifier: reader.verifier(signature),
    };
  },
  'intoto 0.0.2': (spec, reader) => {
    const content = reader.object(spec, 'content');
    const signature = reader.only(reader.object(content, 'envelope'), 'signatures');
    return {
      ...reader.hexDigest(reader.object(content, 'payloadHash')),
      digestOf: 'payload',
      // Rekor writes the base64 text of the envelope as base64 once more.
      signature: reader.fields.bytes(
        Buffer.from(reader.bytes(signature, 'sig')).toString('latin1'),
        'sig',
        maximumText,
      ),
      verifier: { form: 'pem', bytes: reader.bytes(signature, 'publicKey') },
    };
  },
};

/**
 * undefined: an entry of a kind that is not read here.
 * @throws {Fault} malformed `REKOR_ENTRY_INVALID` or `REKOR_ENTRY_AMBIGUOUS`, limit `REKOR_ENTRY_TOO_LARGE`
 */
export const parseRekorEntry = (bytes: Uint8Array, maximumBytes: number, where: string): RekorEntry | undefined => {
  const document = { subject: 'REKOR_ENTRY', where, maximumBytes };
  const fields = jsonFields(document);
  const body = fields.object(parseStrictJson(bytes, document), 'the entry');
  const kind = fields.text(fields.optional(body, 'kind'), 'kind', 64);
  const version = fields.text(fields.optional(body, 'apiVersion'), 'apiVersion', 64);
  const name = `${kind} ${version}`;
  const read = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (read === undefined) return undefined;
  const spec = fields.object(fields.optional(body, 'spec'), 'spec');
  return { kind, version, ...read(spec, new BodyReader(fields)) };
};
