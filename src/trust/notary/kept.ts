/** What is remembered of one GUN on one server: the pinned root, the highest versions seen, and the files last verified. TUF 5.2, 5.3.8, 5.4.5, 5.5.7, 5.6.6. */
import { unavailable } from '../../core/fault.ts';
import type { TrustMemory } from '../../core/trust.ts';
import { wholeNumber } from '../../formats/records/notary-envelope.ts';
import { isJsonObject } from '../../formats/strict-json.ts';

export interface Kept {
  readonly root: Uint8Array;
  /** ISO 8601, UTC: when this root, or the one that it came from, was first believed. */
  readonly pinnedAt: string;
  /** Role → the highest version that was verified. */
  readonly versions: ReadonlyMap<string, number>;
  /** Role → its last verified file, so that what did not change is not fetched again, and nothing while offline. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** `ROLE KEY`: keys that a newer root took from a role. */
  readonly retired: readonly string[];
}

/** Files of a repository with very many tags are not kept; versions always are. */
const mostFileBytes = 4 * 2 ** 20;
const mostRetired = 128;

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  isJsonObject(value) ? Object.entries(value) : [];

const parseKept = (text: string, key: string): Kept => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Falls through to the same sentence.
    value = undefined;
  }
  const { root, pinnedAt, versions, files, retired } = isJsonObject(value) ? value : {};
  const seen = entriesOf(versions).map(([role, version]) => [role, wholeNumber(version, 1) ?? 0] as const);
  // What is damaged is no first use: somebody may want us to forget.
  if (
    typeof root !== 'string' ||
    typeof pinnedAt !== 'string' ||
    !isJsonObject(versions) ||
    seen.some(([, version]) => version === 0)
  )
    throw unavailable('NOTARY_RECORD_INVALID', `what is remembered of ${key} is damaged`, key);
  return {
    root: Buffer.from(root, 'base64'),
    pinnedAt,
    versions: new Map(seen),
    files: new Map(entriesOf(files).map(([role, file]) => [role, Buffer.from(String(file), 'base64')])),
    retired: Array.isArray(retired) ? retired.map(String) : [],
  };
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Equal states give equal text. */
const formatKept = ({ root, pinnedAt, versions, files, retired }: Kept): string => {
  const size = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const sorted = <Value>(map: ReadonlyMap<string, Value>): readonly [string, Value][] =>
    [...map].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const shelf = size > mostFileBytes ? [] : sorted(files).map(([role, file]) => [role, base64(file)] as const);
  return JSON.stringify({
    root: base64(root),
    pinnedAt,
    versions: Object.fromEntries(sorted(versions)),
    files: Object.fromEntries(shelf),
    retired: retired.slice(-mostRetired),
  });
};

export interface Recalled {
  readonly kept?: Kept;
  /**
   * False: another process wrote in between, so that what was decided rests on what is no longer so: recall and decide again.
   * @throws {Fault} unavailable
   */
  replace(after: Kept): boolean;
}

/** @throws {Fault} unavailable: it cannot be read, or is damaged (`NOTARY_RECORD_INVALID`): neither is a first use */
export const recallKept = (memory: TrustMemory, key: string): Recalled => {
  const before = memory.recall('notary', key);
  return {
    ...(before === undefined ? {} : { kept: parseKept(before, key) }),
    replace: (after) => {
      const text = formatKept(after);
      return text === before || memory.replace('notary', key, before, text);
    },
  };
};
