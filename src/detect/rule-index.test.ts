/** The index against asking every rule: on random rules of every kind and random events, no match may be lost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventOf, ruleOf, selectionOf } from '../../test/builders/detecting.ts';
import { openRandom, type Random } from '../../test/builders/random.ts';
import { anchorsOf } from './anchors.ts';
import { compileRules } from './compile-rules.ts';
import { openDetector } from './detector.ts';
import { EndIndex } from './end-index.ts';
import { EventView, FieldTable } from './event-view.ts';
import { GramIndex } from './gram-index.ts';
import { toMatcher } from './matcher.ts';
import type { DetectionRule } from './rule.ts';

const letters = ['a', 'b', 'A', 'ß', '-', '/', ' ', 'Σ'];
const text = (random: Random, longest: number): string =>
  Array.from({ length: random.below(longest + 1) }, () => random.pick(letters)).join('');

const fields = ['f', 'g', 'h.i'];
const words = [
  '',
  '|contains',
  '|startswith',
  '|endswith',
  '|cased',
  '|contains|cased',
  '|windash',
  '|contains|windash',
  '|neq',
  '|re',
  '|fieldref',
  '|base64',
  '|wide|contains',
  '|exists',
];

const value = (random: Random, word: string): string => {
  if (word === '|exists') return random.pick(['true', 'false']);
  if (word === '|fieldref') return random.pick(fields);
  if (word === '|re') return `'${random.pick(['a+b', '^a', '[ab]{2}$', 'a.b', 'ab', 'Aß?', '(?i)ba', 'ab|ba'])}'`;
  if (word === '' && random.below(8) === 0) return 'null';
  const parts = [text(random, 4), text(random, 3)];
  return `'${parts.join(word === '|base64' || word === '|wide|contains' ? '' : random.pick(['', '', '*', '?']))}'`;
};

const item = (random: Random): string => {
  const word = random.pick(words);
  const key = `${random.pick(fields)}${word}`;
  if (word === '|exists' || word === '|fieldref' || random.below(2) === 0) return `${key}: ${value(random, word)}`;
  return `${key}:\n${[1, 2, 3].map(() => `    - ${value(random, word).replace('null', "'a'")}`).join('\n')}`;
};

const search = (random: Random, name: string): string =>
  random.below(5) === 0
    ? `${name}:\n  - '${text(random, 3)}b'\n  - f: 'a*'`
    : `${name}:\n  ${[item(random), item(random)].filter((line, place, lines) => place === 0 || line.split(':')[0] !== lines[0]?.split(':')[0]).join('\n  ')}`;

const conditions = [
  's',
  's and t',
  's or t',
  's and not t',
  'not s',
  '1 of them',
  '(s or u) and not t',
  'not (s and t) and u',
];

const rule = (random: Random, number: number): string =>
  ruleOf(
    `${['s', 't', 'u'].map((name) => search(random, name)).join('\n')}\ncondition: ${random.pick(conditions)}`,
    `title: R${number}`,
  );

test('every rule that matches is asked', () => {
  const random = openRandom(3);
  const { rules, refused } = compileRules(
    Array.from({ length: 400 }, (_, number) => ({ file: `${number}`, text: rule(random, number) })),
  );
  assert.deepEqual(
    refused.map(({ reason }) => reason),
    [],
  );
  const detector = openDetector(rules);
  const table = new FieldTable();
  const view = new EventView(table);
  const matchers = rules.rules.map((rule) => toMatcher((rule as DetectionRule).test, table));
  let hits = 0;
  for (let round = 0; round < 500; round++) {
    const field = (): unknown =>
      random.pick([
        text(random, 6),
        text(random, 9),
        [text(random, 3), text(random, 3)],
        null,
        Buffer.from(text(random, 3)).toString('base64'),
      ]);
    const record = {
      ...(random.below(4) > 0 && { f: field() }),
      g: field(),
      ...(random.below(3) > 0 && { h: { i: field() } }),
    };
    view.load({ fields: record });
    const expected = matchers.flatMap((matches, position) => (matches(view) ? [`R${position}`] : []));
    assert.deepEqual(
      detector.push(eventOf(record)).map(({ rule }) => rule.title),
      expected,
      JSON.stringify(record),
    );
    hits += expected.length;
  }
  assert.ok(hits > 5000);
});

describe('what a rule is found by', () => {
  const anchors = (selection: string): readonly string[] | undefined => {
    const [rule] = compileRules([{ file: 'r', text: selectionOf(selection) }]).rules.rules;
    assert.ok(rule?.kind === 'detection');
    return anchorsOf(rule.test, () => 1)?.map(({ place, text }) => `${place} ${text}`);
  };
  const rows: readonly (readonly [selection: string, anchors: readonly string[] | undefined])[] = [
    ["f: 'Ab'", ['exact ab']],
    ['f: [x, y]', ['exact x', 'exact y']],
    ["f|contains: 'Ab'", ['part ab']],
    ["f|startswith: 'Ab'", ['start ab']],
    ["f|endswith: 'Ab'", ['end ab']],
    ["f: 'a*bcd?e'", ['part bcd']],
    ["f|contains|windash: 'ab -cdef'", ['part cdef']],
    ["f|contains|windash: '--'", undefined],
    ['f|contains|all: [a, bb]', ['part a']],
    ["f: '*'", undefined],
    ['f|neq: x', undefined],
    ['f|gt: 5', undefined],
    ['f: null', undefined],
    ['f: x\ng|gt: 5', ['exact x']],
    ["- f: x\n- g: '*'", undefined],
    ['- word', ['part word']],
    ["f|re: '^a+Bcd'", ['part bcd']],
    ["f|re: 'a|bcd'", undefined],
  ];
  for (const [selection, expected] of rows)
    test(selection.replaceAll('\n', ' '), () => assert.deepEqual(anchors(selection), expected));
});

test('an event meets few of many rules', () => {
  const { rules } = compileRules(
    Array.from({ length: 1000 }, (_, number) => ({
      file: `${number}`,
      text: ruleOf(`s:\n  f|endswith: '\\cmd.exe'\n  g|contains: 'word${number}.'\ncondition: s`, `title: R${number}`),
    })),
  );
  const detector = openDetector(rules);
  assert.equal(detector.push(eventOf({ f: 'c:\\cmd.exe', g: 'a word77. b' })).length, 1);
  assert.equal(detector.figures().asked, 1);
});

test('literals of all lengths are found, wherever they stand', () => {
  const random = openRandom(5);
  const literals = [...new Set(Array.from({ length: 1000 }, () => `${text(random, 12)}b`))];
  const grams = new GramIndex(literals.map((text, rule) => ({ text, rules: [rule] })));
  const [starts, ends] = [new EndIndex(false), new EndIndex(true)];
  for (const [rule, literal] of literals.entries()) for (const index of [starts, ends]) index.add(literal, [rule]);
  for (let round = 0; round < 150; round++) {
    const given = text(random, 40);
    const found = (index: {
      find(text: string, found: (rules: readonly number[]) => void): void;
    }): readonly string[] => {
      const rules = new Set<number>();
      index.find(given, (some) => some.forEach((rule) => rules.add(rule)));
      return [...rules].map((rule) => literals[rule] ?? '').toSorted();
    };
    const expected = (holds: (literal: string) => boolean): readonly string[] => literals.filter(holds).toSorted();
    assert.deepEqual(
      found(grams),
      expected((literal) => given.includes(literal)),
    );
    assert.deepEqual(
      found(starts),
      expected((literal) => given.startsWith(literal)),
    );
    assert.deepEqual(
      found(ends),
      expected((literal) => given.endsWith(literal)),
    );
  }
});

test('a rule is found by what is rare in it, and by the event’s deed only when it asks for nothing else', () => {
  const programs = Array.from({ length: 40 }, (_, number) => `/program-${number}`).join(', ');
  const { rules } = compileRules([
    {
      file: 'rules.yml',
      text: [
        selectionOf(`tidewaiter.action: exec\ntidewaiter.process.executable|endswith: [${programs}]`),
        ruleOf('s:\n  tidewaiter.action: exec\ncondition: s', 'title: Every command'),
      ].join('---\n'),
    },
  ]);
  const askedBy = (executable: string): number => {
    const detector = openDetector(rules);
    detector.push({ ...eventOf({}), action: 'exec', process: { executable } });
    return detector.figures().asked;
  };
  assert.deepEqual([askedBy('/bin/program-7'), askedBy('/bin/other')], [2, 1]);
});
