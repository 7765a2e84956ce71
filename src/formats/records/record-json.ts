/** A JSON record that a package manager wrote → a value. Package managers take what RFC 8259 leaves open; so does this, and says so. */
import type { Budget } from '../../core/budget.ts';
import { isFault, malformed } from '../../core/fault.ts';
import { nameFromBytes } from '../name-bytes.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../strict-json.ts';
import type { OnRemark } from '../wrapper.ts';

const utf8Mark = [0xef, 0xbb, 0xbf] as const;

/**
 * The last of two members with one name counts, as in every JavaScript, Python and PHP reader, and is remarked on as `RECORD_AMBIGUOUS`.
 * @throws {Fault} malformed `RECORD_INVALID`; limit `RECORD_TOO_LARGE`
 */
export const parseRecordJson = (bytes: Uint8Array, budget: Budget, remark: OnRemark): unknown => {
  const body = utf8Mark.every((byte, position) => bytes[position] === byte) ? bytes.subarray(3) : bytes;
  const { where } = budget;
  try {
    // Locks of npm 5 and 6 nest as deep as their dependencies.
    return parseStrictJson(body, { where, subject: 'RECORD', maximumBytes: budget.limits.record, maximumDepth: 256 });
  } catch (thrown) {
    if (!isFault(thrown) || thrown.code !== 'RECORD_AMBIGUOUS') throw thrown;
    remark({ kind: 'ambiguity', code: thrown.code, where: '', reason: thrown.message, bytes: 0 });
  }
  try {
    return JSON.parse(nameFromBytes(body)) as unknown;
  } catch {
    throw malformed('RECORD_INVALID', 'not JSON', where);
  }
};

/** As `parseRecordJson`, for records that must be an object. */
export const parseRecordObject = (bytes: Uint8Array, budget: Budget, remark: OnRemark): JsonObject => {
  const value = parseRecordJson(bytes, budget, remark);
  if (isJsonObject(value)) return value;
  throw malformed('RECORD_INVALID', 'the record is not an object', budget.where);
};

/** The member when it is a string that is not empty. Never inherited: `constructor` is no member of `{}`. */
export const textIn = (object: JsonObject, name: string): string | undefined => {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const memberOf = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;
