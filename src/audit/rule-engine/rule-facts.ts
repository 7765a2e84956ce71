/** Hits of rules in one content → the facts that are remembered and reported: rule, offsets, excerpts that are safe to keep. */
import { toPlainText } from '../../core/plain-text.ts';
import type { Hit } from './rule-runner.ts';
import type { PackedRule } from './rule-pack.ts';

/** `[offset, length, text]` of one match. */
export type MatchFact = readonly [number, number, string];
/** `[rule, matches]`; the rule by its key, since positions change with the pack. */
export type RuleFact = readonly [string, readonly MatchFact[]];

const matchesShown = 4;
const surroundings = 24;
const excerptBytes = 160;
/** Of a secret no more than this is kept: enough to find it, not enough to use it. */
const secretShown = 6;

export const ruleKey = ({ namespace, name }: Pick<PackedRule, 'namespace' | 'name'>): string => `${namespace}/${name}`;

/** UTF-8 where it is, else one character a byte. Copies: shared memory cannot be decoded in place. */
const decode = (bytes: Uint8Array): string => {
  const copy = Uint8Array.from(bytes);
  let start = 0;
  while (start < 3 && ((copy[start] ?? 0) & 0xc0) === 0x80) start += 1;
  let end = copy.length;
  for (let back = 1; back <= 3 && back <= copy.length; back += 1) {
    const code = copy[copy.length - back] ?? 0;
    if ((code & 0xc0) === 0x80) continue;
    if (code >= 0xc2 && back < (code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : 2)) end = copy.length - back;
    break;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(copy.subarray(start, end));
  } catch {
    return Buffer.from(copy).toString('latin1');
  }
};

/** The match with a little of what stands around it; of a secret its beginning only. */
const excerpt = (content: Uint8Array, offset: number, length: number, isSecret: boolean): string => {
  if (isSecret) return `${toPlainText(decode(content.subarray(offset, offset + Math.min(secretShown, length))))}…`;
  const start = Math.max(0, offset - surroundings);
  const end = Math.min(content.length, offset + Math.min(length, excerptBytes) + surroundings);
  return toPlainText(decode(content.subarray(start, end)), 2 * (excerptBytes + 2 * surroundings));
};

export const toRuleFacts = (
  hits: readonly Hit[],
  rules: readonly PackedRule[],
  content: Uint8Array,
  toFileOffset: (offset: number) => number,
): readonly RuleFact[] => {
  const facts = new Map<string, RuleFact>();
  for (const { rule, matches } of hits) {
    const packed = rules[rule];
    if (packed === undefined) continue;
    const first = firstOfEach(matches);
    facts.set(ruleKey(packed), [
      ruleKey(packed),
      first.map(({ offset, length }) => [
        toFileOffset(offset),
        length,
        excerpt(content, offset, length, packed.intent === 'exposure'),
      ]),
    ]);
  }
  return [...facts.values()].sort(([one], [other]) => (one < other ? -1 : 1));
};

/** A few matches that show most: the first of each pattern before the second of any, then in file order, none inside another. */
const firstOfEach = (matches: Hit['matches']): Hit['matches'] => {
  const seen = new Map<string, number>();
  const ranked = matches
    .toSorted((one, other) => one.offset - other.offset || other.length - one.length)
    .map((match) => {
      const rank = seen.get(match.pattern) ?? 0;
      seen.set(match.pattern, rank + 1);
      return { match, rank };
    })
    .toSorted((one, other) => one.rank - other.rank);
  const chosen: Hit['matches'][number][] = [];
  for (const { match } of ranked) {
    if (chosen.length === matchesShown) break;
    const isInside = chosen.some(
      ({ offset, length }) => offset <= match.offset && match.offset + match.length <= offset + length,
    );
    if (!isInside) chosen.push(match);
  }
  return chosen.sort((one, other) => one.offset - other.offset);
};
