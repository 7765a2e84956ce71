/** Annotations of a classic cosign layer → the signature and what is beside it. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#properties */
import { parseStrictJson } from '../strict-json.ts';
import { jsonFields, type JsonFields } from './json-fields.ts';
import { memberOf } from './record-json.ts';
import type { LogEntry } from './sigstore-bundle.ts';

export interface CosignAnnotations {
  /** Absent beside attestations, whose envelope holds it. */
  readonly signature?: Uint8Array;
  /** PEM. */
  readonly certificate?: string;
  readonly chain?: string;
  readonly entry?: LogEntry;
  /** RFC 3161 response, DER. */
  readonly timestamp?: Uint8Array;
}

const maximum = { signature: 16 * 1024, pem: 256 * 1024, bundle: 8 * 2 ** 20, timestamp: 256 * 1024 } as const;

const readEntry = (text: string, fields: JsonFields, where: string): LogEntry => {
  const document = { subject: 'COSIGN_ANNOTATION', where, maximumBytes: maximum.bundle };
  const bundle = fields.object(parseStrictJson(Buffer.from(text), document), 'the log entry');
  const payload = fields.object(fields.optional(bundle, 'Payload'), 'Payload');
  const body = fields.bytes(fields.optional(payload, 'body'), 'Payload.body', maximum.bundle);
  const stated = fields.object(parseStrictJson(body, document), 'Payload.body');
  return {
    index: fields.count(fields.optional(payload, 'logIndex') ?? 0, 'Payload.logIndex'),
    logId: fields.hex(fields.optional(payload, 'logID'), 'Payload.logID', 64),
    kind: fields.text(fields.optional(stated, 'kind'), 'kind', 64),
    version: fields.text(fields.optional(stated, 'apiVersion'), 'apiVersion', 64),
    integratedTime: fields.count(fields.optional(payload, 'integratedTime'), 'Payload.integratedTime'),
    promise: fields.bytes(fields.optional(bundle, 'SignedEntryTimestamp'), 'SignedEntryTimestamp', maximum.signature),
    body,
  };
};

const readTimestamp = (text: string, fields: JsonFields, where: string): Uint8Array => {
  const document = { subject: 'COSIGN_ANNOTATION', where, maximumBytes: maximum.timestamp * 2 };
  const body = fields.object(parseStrictJson(Buffer.from(text), document), 'the timestamp');
  return fields.bytes(fields.optional(body, 'SignedRFC3161Timestamp'), 'SignedRFC3161Timestamp', maximum.timestamp);
};

/** @throws {Fault} malformed `COSIGN_ANNOTATION_INVALID` or `COSIGN_ANNOTATION_AMBIGUOUS`, limit `COSIGN_ANNOTATION_TOO_LARGE` */
export const parseCosignAnnotations = (
  annotations: Readonly<Record<string, string>>,
  where: string,
): CosignAnnotations => {
  const fields = jsonFields({ subject: 'COSIGN_ANNOTATION', where });
  /** Empty is what cosign writes for absent. */
  const given = (name: string): string | undefined => {
    const value = memberOf(annotations, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const signature = given('dev.cosignproject.cosign/signature');
  const certificate = given('dev.sigstore.cosign/certificate');
  const chain = given('dev.sigstore.cosign/chain');
  const bundle = given('dev.sigstore.cosign/bundle');
  const timestamp = given('dev.sigstore.cosign/rfc3161timestamp');
  return {
    ...(signature === undefined ? {} : { signature: fields.bytes(signature, 'signature', maximum.signature) }),
    ...(certificate === undefined ? {} : { certificate: fields.text(certificate, 'certificate', maximum.pem) }),
    ...(chain === undefined ? {} : { chain: fields.text(chain, 'chain', maximum.pem) }),
    ...(bundle === undefined ? {} : { entry: readEntry(bundle, fields, where) }),
    ...(timestamp === undefined ? {} : { timestamp: readTimestamp(timestamp, fields, where) }),
  };
};
