/** Hash feeds on disk → the sets that inspection and conclusion search, with what was not accepted. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { isFault } from '../../core/fault.ts';
import { feedExtensions, listRuleFiles, readRuleFile } from '../rule-engine/rule-files.ts';
import { hashAlgorithms, parseFeed, type FeedEntry } from './feed.ts';
import { toHashSet, type HashSet } from './hash-set.ts';

/** Structured-clone data. */
export interface KnownHashes {
  readonly sets: readonly HashSet[];
  /** `file: note`, numbered by the sets. */
  readonly notes: readonly string[];
}

export interface LoadedHashes {
  readonly known: KnownHashes;
  readonly counts: Readonly<Record<string, number>>;
  readonly rejected: readonly RejectedRule[];
  readonly digest: string;
}

/** So many bad lines of one feed are told one by one. */
const maximumRejected = 100;

const rejectedOf = (
  file: string,
  rejected: readonly { readonly line: number; readonly reason: string }[],
): readonly RejectedRule[] => [
  ...rejected.slice(0, maximumRejected).map(({ line, reason }) => ({ file, line, reason })),
  ...(rejected.length > maximumRejected
    ? [{ file, line: 0, reason: `${rejected.length - maximumRejected} more lines hold no hash` }]
    : []),
];

/** @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` for a whole location */
export const loadHashes = (locations: RuleLocations): LoadedHashes => {
  const entries: FeedEntry[] = [];
  const rejected: RejectedRule[] = [];
  const positions = new Map<string, number>();
  const labels = new Map<FeedEntry, number>();
  const digest = createHash('sha256');
  for (const { path } of listRuleFiles(locations, 'known', feedExtensions)) {
    try {
      const feed = parseFeed(readRuleFile(path));
      rejected.push(...rejectedOf(path, feed.rejected));
      for (const entry of feed.entries) {
        const label = entry.note === '' ? basename(path) : `${basename(path)}: ${entry.note}`;
        const position = positions.get(label) ?? positions.size;
        positions.set(label, position);
        labels.set(entry, position);
        entries.push(entry);
      }
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      rejected.push({ file: path, line: 0, reason: thrown.message });
    }
  }
  const sets = hashAlgorithms
    .map((algorithm) => toHashSet(algorithm, entries, (entry) => labels.get(entry) ?? 0))
    .filter(({ notes }) => notes.length > 0);
  for (const { algorithm, hashes } of sets) digest.update(`${algorithm} ${hashes.length}\n`).update(hashes);
  return {
    known: { sets, notes: [...positions.keys()] },
    counts: { hash: sets.reduce((sum, { notes }) => sum + notes.length, 0) },
    rejected,
    digest: digest.digest('hex'),
  };
};
