/**
 * Which of two versions of one package is newer, by the rules of its ecosystem: deb-version(7), rpm-version(7), apk-package(5), and
 * for languages their common ground of numbers, pre-releases and releases (semver.org, PEP 440, Maven's ComparableVersion).
 */
import type { Ecosystem } from './package-record.ts';

const sign = (difference: number): number => Math.sign(difference);

/** Runs of digits of any length as numbers, without rounding. */
const compareDigits = (one: string, other: string): number => {
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : sign(a.length - b.length);
};

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

/** deb-version(7): `~` before the end, the end before letters, letters before the rest. */
const debOrder = (character: string): number => {
  if (character === '~') return -1;
  if (character === '' || isDigit(character)) return 0;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
};

const digitsAt = (text: string, start: number): string => {
  let end = start;
  while (isDigit(text[end] ?? '')) end += 1;
  return text.slice(start, end);
};

const compareDebPart = (one: string, other: string): number => {
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    while ((i < one.length && !isDigit(one[i] ?? '')) || (j < other.length && !isDigit(other[j] ?? ''))) {
      const difference = debOrder(one[i] ?? '') - debOrder(other[j] ?? '');
      if (difference !== 0) return sign(difference);
      i += 1;
      j += 1;
    }
    const [a, b] = [digitsAt(one, i), digitsAt(other, j)];
    const difference = compareDigits(a, b);
    if (difference !== 0) return difference;
    i += a.length;
    j += b.length;
  }
  return 0;
};

const epochOf = (version: string): readonly [epoch: string, rest: string] => {
  const [, epoch, rest] = /^(\d+):(.*)$/s.exec(version) ?? [];
  return epoch === undefined || rest === undefined ? ['0', version] : [epoch, rest];
};

/** `[epoch:]version[-release]`, with one comparison for the two parts. A version without a release is compared without. */
const compareDistribution = (one: string, other: string, compare: typeof compareDebPart): number => {
  const [[epoch, first], [otherEpoch, second]] = [epochOf(one), epochOf(other)];
  const split = (text: string): readonly [string, string] => {
    const at = text.lastIndexOf('-');
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  };
  const [[version, release], [otherVersion, otherRelease]] = [split(first), split(second)];
  return compareDigits(epoch, otherEpoch) || compare(version, otherVersion) || compare(release, otherRelease);
};

/** rpm-version(7): `~` before everything, `^` after the end and before the rest, numbers after letters. */
const compareRpmPart = (one: string, other: string): number => {
  const tokens = (text: string): readonly string[] => text.match(/\d+|[A-Za-z]+|[~^]/g) ?? [];
  const [a, b] = [tokens(one), tokens(other)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [x, y] = [a[index] ?? '', b[index] ?? ''];
    if (x === y) continue;
    if (x === '~' || y === '~') return x === '~' ? -1 : 1;
    if (x === '^') return y === '' ? 1 : -1;
    if (y === '^') return x === '' ? -1 : 1;
    if (x === '' || y === '') return x === '' ? -1 : 1;
    const [xIsNumber, yIsNumber] = [isDigit(x[0] ?? ''), isDigit(y[0] ?? '')];
    if (xIsNumber !== yIsNumber) return xIsNumber ? 1 : -1;
    const difference = xIsNumber ? compareDigits(x, y) : x < y ? -1 : 1;
    if (difference !== 0) return difference;
  }
  return 0;
};

const apkSuffixes = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];

/** apk-package(5): numbers, one letter, suffixes before and after a release, `-r` and the build. */
const compareApk = (one: string, other: string): number => {
  const read = (text: string) => {
    const [, numbers = '', letter = '', suffixes = '', build = ''] =
      /^([\d.]*)([a-z]?)((?:_[a-z]+\d*)*)(?:-r(\d+))?$/.exec(text) ?? [];
    const isRead = numbers !== '';
    return { isRead, numbers: numbers.split('.'), letter, suffixes: suffixes.split('_').slice(1), build };
  };
  const [a, b] = [read(one), read(other)];
  if (!a.isRead || !b.isRead) return compareDebPart(one, other);
  for (let index = 0; index < Math.max(a.numbers.length, b.numbers.length); index += 1) {
    const [x, y] = [a.numbers[index], b.numbers[index]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const difference = compareDigits(x, y);
    if (difference !== 0) return difference;
  }
  if (a.letter !== b.letter) return a.letter < b.letter ? -1 : 1;
  for (let index = 0; index < Math.max(a.suffixes.length, b.suffixes.length); index += 1) {
    const parts = (text: string): readonly [number, string] => {
      const [, word = '', number = ''] = /^([a-z]*)(\d*)$/.exec(text) ?? [];
      return [apkSuffixes.indexOf(word), number];
    };
    const [[x, xNumber], [y, yNumber]] = [parts(a.suffixes[index] ?? ''), parts(b.suffixes[index] ?? '')];
    const difference = sign(x - y) || compareDigits(xNumber, yNumber);
    if (difference !== 0) return difference;
  }
  return compareDigits(a.build, b.build);
};

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
      return compareDistribution(one, other, compareDebPart);
    case 'rpm':
      return compareDistribution(one, other, compareRpmPart);
    case 'apk':
      return compareApk(one, other);
    default:
      return compareLanguage(ecosystem, one, other);
  }
};
