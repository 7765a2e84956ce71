/** JSON bytes → an in-toto Statement, v0.1 or v1: what is said about which artifacts. https://github.com/in-toto/attestation/tree/main/spec */
import { isDigest, type Digest } from '../../core/digest.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../strict-json.ts';
import { jsonFields, readAnnotations, type Annotations } from './json-fields.ts';

export interface StatementSubject {
  readonly name?: string;
  /** Only sha256 and sha512: others are forged, or name no content. */
  readonly digests: readonly Digest[];
  /** What cosign 3 is given with `-a`. */
  readonly annotations: Annotations;
}

export interface InTotoStatement {
  readonly subjects: readonly StatementSubject[];
  readonly predicateType: string;
  /** Empty where there is none. */
  readonly predicate: JsonObject;
}

const types = new Set(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']);
const maximumSubjects = 4096;

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
