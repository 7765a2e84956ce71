/**
 * Which of two versions of one package is newer, by the rules of its ecosystem: those of the package managers, and
 * for languages their common ground of numbers, pre-releases and releases (semver.org, PEP 440, Maven's ComparableVersion).
 */
import type { Ecosystem } from './package-record.ts';
import { compareApkVersions, compareDebVersions, compareRpmVersions } from './version-order.ts';

const sign = (difference: number): number => Math.sign(difference);

/** Runs of digits of any length as numbers, without rounding. */
const compareDigits = (one: string, other: string): number => {
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : sign(a.length - b.length);
};

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

/** Words that stand before a release, in order; a word that is none of these and none after is a pre-release of its own name. */
const before = ['dev', 'snapshot', 'a', 'alpha', 'b', 'beta', 'm', 'milestone', 'c', 'pre', 'preview', 'cr', 'rc'];
const equal = ['final', 'ga', 'release'];
const after = ['sp', 'post', 'rev', 'r', 'patch', 'p', 'pl'];

/** Where a token stands relative to the end of a version, which is 0. `unknown`: where words stand that no list has. */
const rankOf = (token: string, unknown: number): number => {
  if (token === '' || equal.includes(token)) return 0;
  if (isDigit(token[0] ?? '')) return /^0+$/.test(token) ? 0 : after.length + 2;
  if (after.includes(token)) return 1 + after.indexOf(token);
  const place = before.indexOf(token);
  if (place >= 0) return place - before.length - 1;
  return unknown;
};

/** A word that no list has is a pre-release, but for Maven's qualifiers and the local versions of PEP 440. */
const unknownWords: Readonly<Partial<Record<Ecosystem, number>>> = { maven: after.length + 1, pypi: 0.5 };

/** Of semver and Go: build marks after `+` have no order. PEP 440 has one for them. */
const compareLanguage = (ecosystem: Ecosystem, one: string, other: string): number => {
  const unknown = unknownWords[ecosystem] ?? -1;
  const tokens = (text: string): readonly string[] => {
    const [, epoch = '0', rest = text] = /^v?(\d+)!(.*)$/s.exec(text) ?? [];
    const plain = (unknown > 0 ? rest : (rest.split('+')[0] ?? '')).toLowerCase().replace(/^v(?=\d)/, '');
    return [epoch, ...(plain.match(/\d+|[a-z]+/g) ?? [])];
  };
  const [a, b] = [tokens(one), tokens(other)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [x, y] = [a[index] ?? '', b[index] ?? ''];
    const areNumbers = isDigit(x[0] ?? '') && isDigit(y[0] ?? '');
    const byRank = sign(rankOf(x, unknown) - rankOf(y, unknown));
    const difference = areNumbers
      ? compareDigits(x, y)
      : byRank || (x === '' || y === '' || x === y ? 0 : x < y ? -1 : 1);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Negative when `one` is the older, positive when it is the newer, 0 when neither. Total: any text has a place. */
export const compareVersions = (ecosystem: Ecosystem, one: string, other: string): number => {
  if (one === other) return 0;
  switch (ecosystem) {
    case 'deb':
      return compareDebVersions(one, other);
    case 'rpm':
      return compareRpmVersions(one, other);
    case 'apk':
      return compareApkVersions(one, other);
    default:
      return compareLanguage(ecosystem, one, other);
  }
};
