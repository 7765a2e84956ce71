/** Two versions → which is newer by Semantic Versioning 2.0.0, section 11, as npm, Cargo and Go order them. Total: any two texts have an order. */

interface Parts {
  readonly numbers: readonly string[];
  readonly before: readonly string[];
}

/** A `v` in front and numbers left out are what registries take too. Build marks have no order. */
const split = (version: string): Parts => {
  const [plain = ''] = version
    .trim()
    .replace(/^[v=]+/, '')
    .split('+', 1);
  const hyphen = plain.indexOf('-');
  const numbers = (hyphen < 0 ? plain : plain.slice(0, hyphen)).split('.');
  return { numbers, before: hyphen < 0 ? [] : plain.slice(hyphen + 1).split('.') };
};

const isNumber = (text: string): boolean => /^[0-9]+$/.test(text);

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** "Identifiers consisting of only digits are compared numerically", and come before others. */
const compareIdentifiers = (one: string, other: string): number => {
  const [first, second] = [isNumber(one), isNumber(other)];
  if (first !== second) return first ? -1 : 1;
  if (!first) return compareText(one, other);
  const [short, long] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return Math.sign(short.length - long.length) || compareText(short, long);
};

export const compareSemver = (one: string, other: string): number => {
  const [first, second] = [split(one), split(other)];
  for (let at = 0; at < Math.max(first.numbers.length, second.numbers.length); at += 1) {
    const difference = compareIdentifiers(first.numbers[at] ?? '0', second.numbers[at] ?? '0');
    if (difference !== 0) return difference;
  }
  // "A pre-release version has lower precedence than the associated normal version."
  if (first.before.length === 0 || second.before.length === 0)
    return Math.sign(second.before.length - first.before.length);
  for (let at = 0; at < Math.min(first.before.length, second.before.length); at += 1) {
    const difference = compareIdentifiers(first.before[at] ?? '', second.before[at] ?? '');
    if (difference !== 0) return difference;
  }
  // "A larger set of pre-release fields has a higher precedence than a smaller set."
  return Math.sign(first.before.length - second.before.length);
};
