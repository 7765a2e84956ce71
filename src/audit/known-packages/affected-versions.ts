/** A version → whether a record's list of versions or its ranges hold it: the Open Source Vulnerability format, "affected[].versions" and "affected[].ranges". */
import type { Ecosystem } from '../../core/package-record.ts';
import { compareVersions } from '../../core/package-version.ts';
import { compareSemver } from '../../formats/semver-order.ts';

/** One thing that happened at a version: `introduced`, `fixed`, `last_affected` or `limit`. `0` stands before all versions. */
export type RangeEvent = readonly [kind: 'introduced' | 'fixed' | 'last_affected' | 'limit', version: string];

export interface Affected {
  readonly versions: readonly string[];
  readonly ranges: readonly (readonly RangeEvent[])[];
}

const compare = (ecosystem: Ecosystem, one: string, other: string): number => {
  switch (ecosystem) {
    case 'npm':
    case 'cargo':
    case 'go':
      return compareSemver(one, other);
    default:
      return compareVersions(ecosystem, one, other);
  }
};

/** As the format's own algorithm: events in order of version, each of which turns the range on or off; limits bound it. */
const isInRange = (ecosystem: Ecosystem, version: string, events: readonly RangeEvent[]): boolean => {
  const order = (one: string, other: string): number =>
    one === '0' || other === '0' ? Number(other === '0') - Number(one === '0') : compare(ecosystem, one, other);
  const limits = events.filter(([kind]) => kind === 'limit');
  if (limits.length > 0 && !limits.some(([, limit]) => limit === '*' || order(version, limit) < 0)) return false;
  let isAffected = false;
  for (const [kind, at] of events
    .filter(([one]) => one !== 'limit')
    .toSorted((one, other) => order(one[1], other[1]))) {
    const difference = order(version, at);
    if (kind === 'introduced' && difference >= 0) isAffected = true;
    if (kind === 'fixed' && difference >= 0) isAffected = false;
    if (kind === 'last_affected' && difference > 0) isAffected = false;
  }
  return isAffected;
};

/** A record that names neither versions nor ranges is about all of them. */
export const isAffected = (ecosystem: Ecosystem, version: string, { versions, ranges }: Affected): boolean =>
  (versions.length === 0 && ranges.length === 0) ||
  versions.includes(version) ||
  (version !== '' && ranges.some((events) => isInRange(ecosystem, version, events)));
