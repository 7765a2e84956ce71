/** Rules of every modifier, value and condition form, made at random: the compiled and indexed engine finds what the naive evaluator finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRules } from '../src/detect/compile-rules.ts';
import { openDetector } from '../src/detect/detector.ts';
import { modifierWords } from '../src/detect/modifiers.ts';
import { eventOf } from './builders/detecting.ts';
import { openRandom, type Random } from './builders/random.ts';
import { naivelyMatches, type NaiveRule } from './fakes/naive-sigma.ts';

type Value = null | boolean | number | string;
type Item = readonly [key: string, value: Value | readonly Value[]];

const fields = ['f', 'g', 'h.i', 'h.j.k'];
const letters = ['a', 'b', 'A', 'B', '-', '/', '\u2013', ' ', '.', 'Ä', 'ä', '😀', '1'];
const wild = [...letters, '*', '?', '\\', '\\*', '\\?', '\\\\'];
const text = (random: Random, alphabet: readonly string[], longest: number): string =>
  Array.from({ length: random.below(longest + 1) }, () => random.pick(alphabet)).join('');

const addresses = [
  '192.0.2.1',
  '192.0.2.129',
  '198.51.100.7',
  '::ffff:192.0.2.1',
  '2001:db8::1',
  '2001:db8:0:1::',
  'fe80::1%eth0',
  '192.0.2',
  '::',
  'x',
];
const networks = [
  '192.0.2.0/24',
  '192.0.2.128/25',
  '192.0.2.1',
  '0.0.0.0/0',
  '2001:db8::/32',
  '2001:db8::/48',
  '::/0',
  'fe80::/10',
  '2001:db8::1/128',
];
const times = [
  '2026-03-01T10:07:30Z',
  '2025-12-29 23:59',
  '2026-01-04',
  '2027-01-03T00:00',
  '2020-02-29T12:30:00',
  '2021-01-01',
];
const patterns = ['a+b', '^a', '[ab]{2}$', 'a.b', '^b$', 'Ä?', 'a|b1', '(a-)+', 'a b', '\\.', '^[^a]*$'];
const dates = ['minute', 'hour', 'day', 'week', 'month', 'year'];
const comparisons = ['lt', 'lte', 'gt', 'gte'];

/** A key's modifiers, whether it is negated or asks for all, and what a value of it may be. */
interface Form {
  readonly words: readonly string[];
  readonly value: (random: Random) => Value;
  readonly many: boolean;
  readonly negated?: boolean;
}

const plain = (random: Random): Value =>
  random.below(6) === 0 ? random.pick<Value>(['', 0, 1, 15, 1.5, true, false]) : text(random, wild, 5);
const literal = (random: Random): string => `${text(random, letters, 4)}ab`;

const forms: readonly Form[] = [
  ...[[], ['contains'], ['startswith'], ['endswith']].flatMap((place): readonly Form[] => [
    { words: place, value: plain, many: true, negated: true },
    { words: [...place, 'cased'], value: plain, many: true, negated: true },
    { words: [...place, 'windash'], value: plain, many: true, negated: true },
    { words: ['fieldref', ...place], value: (random) => random.pick(fields), many: true, negated: true },
    { words: ['fieldref', ...place, 'cased'], value: (random) => random.pick(fields), many: false, negated: true },
    ...[
      ['base64'],
      ['utf16le', 'base64'],
      ['wide'],
      ['utf16be'],
      ['utf16', 'base64'],
      ['base64offset'],
      ['wide', 'base64offset'],
    ].map((encoding): Form => ({ words: [...encoding, ...place], value: literal, many: true })),
  ]),
  ...[[], ['i'], ['m'], ['s'], ['i', 's']].map((flags): Form => ({
    words: ['re', ...flags],
    value: (random) => random.pick(patterns),
    many: true,
    negated: true,
  })),
  ...['contains', 'startswith', 'endswith'].map((place): Form => ({
    words: ['re', place],
    value: (random) => random.pick(patterns),
    many: true,
  })),
  { words: ['cidr'], value: (random) => random.pick(networks), many: true, negated: true },
  { words: ['exists'], value: (random) => random.below(2) === 0, many: false },
  ...comparisons.map((word): Form => ({
    words: [word],
    value: (random) => random.pick([0, 1, 1.5, 15, -1]),
    many: true,
  })),
  ...dates.map((word): Form => ({
    words: [word],
    value: (random) => random.pick([1, 3, 4, 7, 10, 12, 23, 53, 2026]),
    many: true,
    negated: true,
  })),
  { words: ['hour', 'gte'], value: (random) => random.below(24), many: false },
  { words: ['lt', 'year'], value: () => 2026, many: false },
];

const itemOf = (random: Random, field: string): Item => {
  if (field !== '' && random.below(20) === 0) return [field, null];
  const { words, value, many, negated } = random.pick(
    field === ''
      ? forms.filter(({ words }) =>
          words.every((word) => ['contains', 'cased', 'windash', 're', 'i', 'base64'].includes(word)),
        )
      : forms,
  );
  const values = Array.from({ length: many ? 1 + random.below(4) : 1 }, () => value(random));
  const all = many && values.length > 1 && random.below(3) === 0 ? ['all'] : [];
  const neq = negated === true && field !== '' && all.length === 0 && random.below(4) === 0 ? ['neq'] : [];
  const key = [field, ...words, ...all, ...neq].join('|');
  return [key, values.length === 1 && random.below(2) === 0 ? (values[0] ?? null) : values];
};

const mapOf = (random: Random): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Array.from({ length: 1 + random.below(2) }, () => itemOf(random, random.pick(fields))));

const searchOf = (random: Random): unknown => {
  switch (random.below(6)) {
    case 0:
      return [mapOf(random), mapOf(random)];
    case 1:
      return Array.from({ length: 1 + random.below(2) }, () => `${text(random, letters, 2)}a`);
    case 2: {
      const [key, value] = itemOf(random, '');
      return key === '' ? { f: value } : { [key]: value };
    }
    default:
      return mapOf(random);
  }
};

const names = ['sel_a', 'sel_b', 'other', '_hidden'];
const leaf = (random: Random): string =>
  random.pick([...names, '1 of them', 'all of them', '1 of sel_*', 'all of sel_*', '1 of *_a', 'all of *e*']);
const conditionOf = (random: Random, depth = 0): string => {
  const choice = random.below(depth > 2 ? 1 : 6);
  const part = (): string => conditionOf(random, depth + 1);
  if (choice < 2) return leaf(random);
  if (choice === 2) return `not ${random.below(2) === 0 ? leaf(random) : `(${part()})`}`;
  if (choice === 3) return `(${part()})`;
  return `${part()} ${choice === 4 ? 'and' : 'or'} ${part()}`;
};

const logsources = [{ product: 'test' }, { product: 'test', category: 'one' }, { service: 'other' }];

const ruleOf = (random: Random, number: number): Readonly<Record<string, unknown>> => ({
  title: `R${number}`,
  id: `R${number}`,
  logsource: random.pick(logsources),
  detection: {
    ...Object.fromEntries(names.map((name) => [name, searchOf(random)])),
    condition: conditionOf(random),
  },
});

const valueOf = (random: Random): unknown => {
  const encoded = (): string =>
    Buffer.from(`${text(random, ['x', 'yz'], 2)}${literal(random)}`, random.pick(['utf8', 'utf16le'])).toString(
      random.pick(['base64', 'latin1']),
    );
  return random.pick<() => unknown>([
    () => text(random, letters, 6),
    () => text(random, letters, 6),
    () => random.pick(addresses),
    () => random.pick(times),
    () => random.pick([0, 1, 15, 1.5, true, false, null, '1', '']),
    () => [text(random, letters, 3), text(random, letters, 3)],
    () => [],
    encoded,
  ])();
};

const recordOf = (random: Random): Readonly<Record<string, unknown>> => ({
  ...(random.below(5) > 0 && { f: valueOf(random) }),
  ...(random.below(5) > 0 && { g: valueOf(random) }),
  ...(random.below(4) > 0 && {
    h:
      random.below(3) === 0
        ? [{ i: valueOf(random) }, { j: { k: valueOf(random) } }]
        : { i: valueOf(random), 'j.k': valueOf(random) },
  }),
});

test('every modifier but the one for placeholders is among the forms', () => {
  const shown = new Set([...forms.flatMap(({ words }) => words), 'all', 'neq', 'expand']);
  assert.deepEqual(
    modifierWords.filter((word) => !shown.has(word)),
    [],
  );
});

for (const seed of [1, 2, 3])
  test(`rules and events of seed ${seed}`, (context) => {
    const random = openRandom(seed);
    const documents = Array.from({ length: 300 }, (_, number) => ruleOf(random, number));
    const { rules, refused } = compileRules(
      documents.map((document, number) => ({ file: `${number}`, text: JSON.stringify(document) })),
    );
    // The only thing that a rule of these forms may be refused for: what is not there cannot be meant.
    for (const { reason } of refused) assert.match(reason, /No search identifier is meant/);
    const used = new Set(rules.rules.map(({ head }) => head.id));
    const naive = documents.filter(({ id }) => used.has(String(id))) as unknown as readonly NaiveRule[];
    const detector = openDetector(rules);
    let hits = 0;
    const fired = new Set<string>();
    for (let number = 0; number < 150; number++) {
      const fields = recordOf(random);
      const logsource = random.pick([
        { product: 'test' },
        { product: 'test', category: 'one', service: 'other' },
        { service: 'other' },
      ]);
      const expected = naive.filter((rule) => naivelyMatches(rule, { logsource, fields })).map(({ id }) => id);
      const found = detector.push({ ...eventOf(fields, number), logsource }).map(({ rule }) => rule.id);
      for (const id of new Set([...expected, ...found]))
        if (expected.includes(id) !== found.includes(id))
          assert.fail(
            `${found.includes(id) ? 'found' : 'missed'}: ${JSON.stringify(documents[Number(id.slice(1))])} on ${JSON.stringify(fields)}`,
          );
      hits += expected.length;
      for (const id of expected) fired.add(id);
    }
    context.diagnostic(`${naive.length} rules, ${fired.size} fired, ${hits} hits, equal`);
    assert.ok(fired.size > naive.length / 2 && hits < naive.length * 150);
  });
