/** Record bytes → text, lines and paths, within the budget. */
import type { Budget } from '../../core/budget.ts';
import { overLimit } from '../../core/fault.ts';
import { normalisePath } from '../../core/path.ts';
import { nameFromBytes } from '../name-bytes.ts';

/**
 * The whole record as text, each byte that is no UTF-8 kept apart as `nameFromBytes` does.
 * @throws {Fault} limit `RECORD_TOO_LARGE` above `limits.record` bytes
 */
export const parseRecordText = (bytes: Uint8Array, budget: Budget): string => {
  if (bytes.length > budget.limits.record)
    throw overLimit(
      'RECORD_TOO_LARGE',
      `a record of ${bytes.length} bytes, more than ${budget.limits.record}`,
      budget.where,
    );
  return nameFromBytes(bytes);
};

/** Every line without its end. A last line without an end is a line too; the empty text has none. */
export function* linesOf(text: string): Generator<string, void, undefined> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    yield text.slice(start, stop);
    start = stop + 1;
  }
}

/** A path of a record, absolute or not, as the tree has it. */
export const toTreePath = (path: string): string =>
  normalisePath(path.charCodeAt(0) === 47 ? path.slice(1) : path).path;

/** Path → value for records with one line a file. */
export type ByPath<Value> = ReadonlyMap<string, Value>;
