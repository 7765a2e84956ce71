/**
 * Two versions → which is newer, as each package manager decides it: deb-version(7), rpm-version(7) with `~` and `^`, and
 * the version specification of apk-package(5). Total: any two texts have an order. Negative when the first is older.
 */

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const sign = (value: number): number => (value > 0 ? 1 : value < 0 ? -1 : 0);
const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Digits as numbers of any length. */
const compareNumbers = (one: string, other: string): number => {
  const first = one.replace(/^0+/, '');
  const second = other.replace(/^0+/, '');
  return sign(first.length - second.length) || compareText(first, second);
};

const run = (text: string, start: number, belongs: (code: number) => boolean): number => {
  let end = start;
  while (end < text.length && belongs(text.charCodeAt(end))) end += 1;
  return end;
};

/** deb-version(7): `~` sorts before the end, the end before letters, letters before everything else. */
const debWeight = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  if (Number.isNaN(code) || isDigit(code)) return 0;
  if (code === 126) return -1;
  return isLetter(code) ? code : code + 256;
};

const compareDebPart = (one: string, other: string): number => {
  let first = 0;
  let second = 0;
  while (first < one.length || second < other.length) {
    while (
      (first < one.length && !isDigit(one.charCodeAt(first))) ||
      (second < other.length && !isDigit(other.charCodeAt(second)))
    ) {
      const difference = debWeight(one, first) - debWeight(other, second);
      if (difference !== 0) return sign(difference);
      first += 1;
      second += 1;
    }
    const firstEnd = run(one, first, isDigit);
    const secondEnd = run(other, second, isDigit);
    const difference = compareNumbers(one.slice(first, firstEnd), other.slice(second, secondEnd));
    if (difference !== 0) return difference;
    first = firstEnd;
    second = secondEnd;
  }
  return 0;
};

export interface DebVersion {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/** `[epoch:]upstream[-revision]`: the first colon and the last hyphen divide. */
export const splitDebVersion = (version: string): DebVersion => {
  const text = version.trim();
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? '' : text.slice(0, colon),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
};

export const compareDebVersions = (one: string, other: string): number => {
  const first = splitDebVersion(one);
  const second = splitDebVersion(other);
  return (
    compareDebPart(first.epoch, second.epoch) ||
    compareDebPart(first.upstream, second.upstream) ||
    compareDebPart(first.revision, second.revision)
  );
};

const isRpmPart = (code: number): boolean => isDigit(code) || isLetter(code) || code === 126 || code === 94;

/** One version or one release. `~` sorts before the end; `^` after the end and before anything else. */
export const compareRpmParts = (one: string, other: string): number => {
  let first = 0;
  let second = 0;
  for (;;) {
    first = run(one, first, (code) => !isRpmPart(code));
    second = run(other, second, (code) => !isRpmPart(code));
    const [firstMark, secondMark] = [one[first], other[second]];
    if (firstMark === '~' || secondMark === '~') {
      if (firstMark !== '~') return 1;
      if (secondMark !== '~') return -1;
      first += 1;
      second += 1;
      continue;
    }
    if (firstMark === '^' || secondMark === '^') {
      if (firstMark === undefined) return -1;
      if (secondMark === undefined) return 1;
      if (firstMark !== '^') return 1;
      if (secondMark !== '^') return -1;
      first += 1;
      second += 1;
      continue;
    }
    if (firstMark === undefined || secondMark === undefined)
      return firstMark === secondMark ? 0 : firstMark === undefined ? -1 : 1;
    const isNumber = isDigit(one.charCodeAt(first));
    const belongs = isNumber ? isDigit : isLetter;
    const firstEnd = run(one, first, belongs);
    const secondEnd = run(other, second, belongs);
    // A number is newer than letters.
    if (secondEnd === second) return isNumber ? 1 : -1;
    const parts = [one.slice(first, firstEnd), other.slice(second, secondEnd)] as const;
    const difference = isNumber ? compareNumbers(...parts) : compareText(...parts);
    if (difference !== 0) return difference;
    first = firstEnd;
    second = secondEnd;
  }
};

export interface RpmVersion {
  readonly epoch: string;
  readonly version: string;
  /** Absent where the text has none, which sorts before any. */
  readonly release?: string;
}

/** `[epoch:]version[-release]`. Without an epoch it is 0. */
export const splitRpmVersion = (text: string): RpmVersion => {
  const epoch = /^([0-9]*):/.exec(text);
  const rest = text.slice(epoch?.[0].length ?? 0);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: epoch?.[1] === undefined || epoch[1] === '' ? '0' : epoch[1],
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    ...(hyphen < 0 ? {} : { release: rest.slice(hyphen + 1) }),
  };
};

export const compareRpmVersions = (one: string, other: string): number => {
  const first = splitRpmVersion(one);
  const second = splitRpmVersion(other);
  return (
    compareRpmParts(first.epoch, second.epoch) ||
    compareRpmParts(first.version, second.version) ||
    sign(Number(first.release !== undefined) - Number(second.release !== undefined)) ||
    compareRpmParts(first.release ?? '', second.release ?? '')
  );
};

/** In the order of apk-package(5); those before 'none' come before the release. */
const apkSuffixes = ['alpha', 'beta', 'pre', 'rc', 'none', 'cvs', 'svn', 'git', 'hg', 'p'] as const;
const noSuffix = apkSuffixes.indexOf('none');

/** What may follow, in the order in which it may follow; when all else is equal the version that ends later kinds first is older. */
const apkKinds = [
  'first',
  'number',
  'letter',
  'suffix',
  'suffix-number',
  'hash',
  'revision',
  'end',
  'invalid',
] as const;
type ApkKind = (typeof apkKinds)[number];

interface ApkToken {
  readonly kind: ApkKind;
  readonly text: string;
  readonly end: number;
}

const apkPatterns: readonly {
  readonly kind: ApkKind;
  readonly pattern: RegExp;
  readonly after: readonly ApkKind[];
}[] = [
  { kind: 'number', pattern: /\.?([0-9]+)/y, after: ['first', 'number'] },
  { kind: 'suffix-number', pattern: /([0-9]+)/y, after: ['suffix'] },
  { kind: 'letter', pattern: /([a-z])/y, after: ['first', 'number'] },
  {
    kind: 'suffix',
    pattern: /_(alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])/y,
    after: ['first', 'number', 'letter', 'suffix', 'suffix-number'],
  },
  {
    kind: 'hash',
    pattern: /~([0-9a-f]+)/y,
    after: ['first', 'number', 'letter', 'suffix', 'suffix-number'],
  },
  {
    kind: 'revision',
    pattern: /-r([0-9]+)/y,
    after: ['first', 'number', 'letter', 'suffix', 'suffix-number', 'hash'],
  },
];

const nextApkToken = (version: string, previous: ApkToken | undefined): ApkToken => {
  const start = previous?.end ?? 0;
  if (previous !== undefined && start === version.length) return { kind: 'end', text: '', end: start };
  if (previous === undefined) {
    const end = run(version, 0, isDigit);
    return { kind: end === 0 ? 'invalid' : 'first', text: version.slice(0, end), end };
  }
  for (const { kind, pattern, after } of apkPatterns) {
    if (!after.includes(previous.kind)) continue;
    pattern.lastIndex = start;
    const match = pattern.exec(version);
    if (match !== null) return { kind, text: match[1] ?? '', end: pattern.lastIndex };
  }
  return { kind: 'invalid', text: '', end: start };
};

const suffixRank = ({ text }: ApkToken): number => apkSuffixes.indexOf(text as (typeof apkSuffixes)[number]);

const compareApkTokens = (one: ApkToken, other: ApkToken): number => {
  if (one.kind === 'suffix') return sign(suffixRank(one) - suffixRank(other));
  // Fractions with a leading zero are compared as text: 1.01 is older than 1.1.
  const isText =
    one.kind === 'letter' ||
    one.kind === 'hash' ||
    (one.kind === 'number' && (one.text.startsWith('0') || other.text.startsWith('0')));
  return isText ? compareText(one.text, other.text) : compareNumbers(one.text, other.text);
};

const isBeforeRelease = (token: ApkToken): boolean => token.kind === 'suffix' && suffixRank(token) < noSuffix;

export const compareApkVersions = (one: string, other: string): number => {
  let first = nextApkToken(one, undefined);
  let second = nextApkToken(other, undefined);
  while (first.kind === second.kind && first.kind !== 'end' && first.kind !== 'invalid') {
    const difference = compareApkTokens(first, second);
    if (difference !== 0) return difference;
    first = nextApkToken(one, first);
    second = nextApkToken(other, second);
  }
  if (first.kind === second.kind) return 0;
  if (isBeforeRelease(first)) return -1;
  if (isBeforeRelease(second)) return 1;
  return sign(apkKinds.indexOf(second.kind) - apkKinds.indexOf(first.kind));
};

/** True for what apk accepts as a version. */
export const isApkVersion = (version: string): boolean => {
  let token = nextApkToken(version, undefined);
  while (token.kind !== 'end' && token.kind !== 'invalid') token = nextApkToken(version, token);
  return token.kind === 'end';
};
