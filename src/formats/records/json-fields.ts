/** Members of a JSON object → bytes, texts, numbers and lists of a known form, as the documents of signatures need them. */
import { malformed, overLimit, type Fault } from '../../core/fault.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';
import { memberOf } from './record-json.ts';

/** Readers of one document. Each names the member in what it throws: malformed `…_INVALID`, limit `…_TOO_LARGE`. */
export interface JsonFields {
  /** undefined where it is absent or null, as in the JSON form of Protocol Buffers. */
  optional(object: JsonObject, name: string): unknown;
  object(value: unknown, field: string): JsonObject;
  list(value: unknown, field: string, maximum: number): readonly unknown[];
  text(value: unknown, field: string, maximum: number): string;
  /** Standard base64, padded, in its one canonical form: bytes that can be written in two ways can be signed in two ways. */
  bytes(value: unknown, field: string, maximum: number): Uint8Array;
  hex(value: unknown, field: string, maximum: number): Uint8Array;
  /** An int64 that is not negative, as a decimal string or a number; given without leading zeros. */
  count(value: unknown, field: string): string;
  invalid(reason: string): Fault;
}

/** What signers add by hand: texts, numbers and truth values, at most 32. */
export type Annotations = Readonly<Record<string, string | number | boolean>>;

const maximumAnnotations = 32;

/** Of an object; whatever else it is, or holds, says nothing. */
export const readAnnotations = (value: unknown): Annotations => {
  const plain = Object.entries(isJsonObject(value) ? value : {}).filter(
    (entry): entry is [string, string | number | boolean] => ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return Object.fromEntries(plain.slice(0, maximumAnnotations));
};

const maximumCount = 2n ** 63n - 1n;

/** `subject` is the first part of the codes, as for `parseStrictJson`. */
export const jsonFields = ({ subject, where }: { readonly subject: string; readonly where: string }): JsonFields => {
  const invalid = (reason: string): Fault => malformed(`${subject}_INVALID`, reason, where);
  const tooLarge = (field: string, maximum: number): Fault =>
    overLimit(`${subject}_TOO_LARGE`, `${field} is longer than ${maximum}`, where);

  const fields: JsonFields = {
    invalid,
    optional: (object, name) => memberOf(object, name) ?? undefined,
    object: (value, field) => {
      if (isJsonObject(value)) return value;
      throw invalid(`${field} is no object`);
    },
    list: (value, field, maximum) => {
      if (!Array.isArray(value)) throw invalid(`${field} is no list`);
      if (value.length > maximum) throw tooLarge(field, maximum);
      return value;
    },
    text: (value, field, maximum) => {
      if (typeof value !== 'string' || value === '') throw invalid(`${field} is no text`);
      if (value.length > maximum) throw tooLarge(field, maximum);
      return value;
    },
    bytes: (value, field, maximum) => {
      if (typeof value !== 'string' || value === '') throw invalid(`${field} is no base64`);
      if (value.length > Math.ceil(maximum / 3) * 4) throw tooLarge(field, maximum);
      const bytes = Buffer.from(value, 'base64');
      if (bytes.toString('base64') !== value) throw invalid(`${field} is no canonical base64`);
      return bytes;
    },
    hex: (value, field, maximum) => {
      if (typeof value !== 'string') throw invalid(`${field} is no hex`);
      if (value.length > maximum * 2) throw tooLarge(field, maximum);
      if (!/^(?:[0-9a-f]{2})+$/.test(value)) throw invalid(`${field} is no hex`);
      return Buffer.from(value, 'hex');
    },
    count: (value, field) => {
      const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
      if (typeof text !== 'string' || !/^\d{1,19}$/.test(text) || BigInt(text) > maximumCount)
        throw invalid(`${field} is no count`);
      return BigInt(text).toString();
    },
  };
  return fields;
};
