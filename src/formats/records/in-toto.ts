/** JSON bytes → an in-toto Statement, v0.1 or v1: what is said about which artifacts. https://github.com/in-toto/attestation/tree/main/spec */
import { isDigest, type Digest } from '../../core/digest.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../strict-json.ts';
import { jsonFields } from './json-fields.ts';

export interface StatementSubject {
  readonly name?: string;
  /** Only sha256 and sha512: others are forged, or name no content. */
  readonly digests: readonly Digest[];
  /** Texts, numbers and truth values: what cosign 3 is given with `-a`. At most 32. */
  readonly annotations: Readonly<Record<string, string | number | boolean>>;
}

export interface InTotoStatement {
  readonly subjects: readonly StatementSubject[];
  readonly predicateType: string;
  /** Empty where there is none. */
  readonly predicate: JsonObject;
}

const types = new Set(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']);
const maximumSubjects = 4096;
const maximumAnnotations = 32;

const readAnnotations = (value: unknown): StatementSubject['annotations'] => {
  const plain = Object.entries(isJsonObject(value) ? value : {}).filter(
    (entry): entry is [string, string | number | boolean] => ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return Object.fromEntries(plain.slice(0, maximumAnnotations));
};

/** @throws {Fault} malformed `STATEMENT_INVALID` or `STATEMENT_AMBIGUOUS`, limit `STATEMENT_TOO_LARGE` */
export const parseStatement = (bytes: Uint8Array, maximumBytes: number, where: string): InTotoStatement => {
  const document = { subject: 'STATEMENT', where, maximumBytes, maximumDepth: 128 };
  const fields = jsonFields(document);
  const body = fields.object(parseStrictJson(bytes, document), 'the statement');
  const type = fields.optional(body, '_type');
  if (typeof type !== 'string' || !types.has(type)) throw fields.invalid('_type is none of in-toto’s statements');
  const subjects = fields.list(fields.optional(body, 'subject'), 'subject', maximumSubjects).map((item, position) => {
    const subject = fields.object(item, `subject[${position}]`);
    const name = fields.optional(subject, 'name');
    const digest = fields.object(fields.optional(subject, 'digest') ?? {}, `subject[${position}].digest`);
    return {
      ...(typeof name === 'string' && name !== ''
        ? { name: fields.text(name, `subject[${position}].name`, 4096) }
        : {}),
      digests: Object.entries(digest)
        .map(([algorithm, hex]) => `${algorithm}:${String(hex)}`)
        .filter(isDigest),
      annotations: readAnnotations(fields.optional(subject, 'annotations')),
    };
  });
  const predicate = fields.optional(body, 'predicate');
  return {
    subjects,
    predicateType: fields.text(fields.optional(body, 'predicateType'), 'predicateType', 1024),
    predicate: isJsonObject(predicate) ? predicate : {},
  };
};
