/** JSON bytes → a DSSE envelope: a payload, its type, and signatures over both. https://github.com/secure-systems-lab/dsse/blob/master/envelope.md */
import { parseStrictJson } from '../strict-json.ts';
import { jsonFields, type JsonFields } from './json-fields.ts';

export interface DsseSignature {
  /** A hint, chosen by whoever wrote the envelope: never believed. */
  readonly keyId?: string;
  readonly signature: Uint8Array;
}

export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** At least one. */
  readonly signatures: readonly DsseSignature[];
}

export const dsseEnvelopeType = 'application/vnd.dsse.envelope.v1+json';
export const inTotoPayloadType = 'application/vnd.in-toto+json';

const maximumSignatures = 16;
const maximumSignatureBytes = 16 * 1024;

/** The same from a value that is parsed already, with the codes of the document around it. */
export const readDsse = (value: unknown, fields: JsonFields, maximumBytes: number): DsseEnvelope => {
  const object = fields.object(value, 'the envelope');
  const signatures = fields.list(object['signatures'], 'signatures', maximumSignatures).map((item, position) => {
    const field = `signatures[${position}]`;
    const entry = fields.object(item, field);
    const keyId = fields.optional(entry, 'keyid');
    return {
      ...(typeof keyId === 'string' && keyId !== '' ? { keyId: fields.text(keyId, `${field}.keyid`, 1024) } : {}),
      signature: fields.bytes(fields.optional(entry, 'sig'), `${field}.sig`, maximumSignatureBytes),
    };
  });
  if (signatures.length === 0) throw fields.invalid('the envelope has no signature');
  return {
    payloadType: fields.text(fields.optional(object, 'payloadType'), 'payloadType', 256),
    payload: fields.bytes(fields.optional(object, 'payload'), 'payload', maximumBytes),
    signatures,
  };
};

/** @throws {Fault} malformed `DSSE_INVALID` or `DSSE_AMBIGUOUS`, limit `DSSE_TOO_LARGE` */
export const parseDsse = (bytes: Uint8Array, maximumBytes: number, where: string): DsseEnvelope => {
  const document = { subject: 'DSSE', where, maximumBytes };
  return readDsse(parseStrictJson(bytes, document), jsonFields(document), maximumBytes);
};

/** What is signed: the pre-authentication encoding of protocol.md, so that a payload of one type is never taken for another. */
export const dsseSignedBytes = ({
  payloadType,
  payload,
}: Pick<DsseEnvelope, 'payloadType' | 'payload'>): Uint8Array => {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
};
