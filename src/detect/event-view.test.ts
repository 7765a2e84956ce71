/** Hostile records: deep, wide, with the language's own names; nothing of one event reaches the next. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRandom } from '../../test/builders/random.ts';
import { detectorOf, eventOf, isMatch, selectionOf } from '../../test/builders/detecting.ts';

const nested = (depth: number, inside: unknown): unknown => {
  let value = inside;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

test('what lies deeper than the limit is not looked at, counted, and no stack overflows', () => {
  for (const selection of ["f|contains: 'x'", '- x', 'f.a.a: x', 'f: null']) {
    const detector = detectorOf([selectionOf(selection)]);
    detector.push(eventOf({ f: nested(100_000, 'x') }));
    assert.ok(detector.figures().tooDeep > 0, selection);
  }
  const shallow = detectorOf([selectionOf('- x')]);
  assert.equal(shallow.push(eventOf({ f: nested(60, 'x') })).length, 1);
  assert.equal(shallow.figures().tooDeep, 0);
});

test('the language’s own names are fields like any other', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'length', 'constructor.prototype'])
    for (const selection of [`${name}|exists: true`, `${name}: '*'`, `f.${name}: '*'`])
      assert.ok(!isMatch(selectionOf(selection), { f: ['a'], g: {} }), selection);
});

test('the values of an event are not those of the next', () => {
  const detector = detectorOf([
    selectionOf('f: x'),
    selectionOf('f: null').replace('title: T', 'title: U'),
    selectionOf('- y').replace('title: T', 'title: V'),
  ]);
  const titles = (fields: Readonly<Record<string, unknown>>): readonly string[] =>
    detector.push(eventOf(fields)).map(({ rule }) => rule.title);
  assert.deepEqual(titles({ f: 'x', g: 'y' }), ['T', 'V']);
  assert.deepEqual(titles({ g: 'z' }), ['U']);
  assert.deepEqual(titles({ f: 'y' }), ['V']);
  assert.deepEqual(titles({ f: ['y', 'X'] }), ['T', 'V']);
});

test('a record of very many values is read in one go', () => {
  const values = Array.from({ length: 200_000 }, (_, number) => `v${number}`);
  assert.ok(isMatch(selectionOf('f: v199999'), { f: values }));
  assert.ok(isMatch(selectionOf('- v199999'), { f: values }));
});

test('no record makes the engine throw, whatever stands where', () => {
  const random = openRandom(21);
  const names = ['f', 'g', 'a.b', 'constructor', '__proto__', ''];
  const odd: readonly (() => unknown)[] = [
    () => null,
    () => undefined,
    () => Number.NaN,
    () => -0,
    () => 12n,
    () => random.word(3),
    () => '\ud800',
    () => [],
    () => ({}),
    () => [random.word(1), [null, { f: random.below(9) }]],
    () => Object.fromEntries([[random.pick(names), random.word(1)]]),
    () => ({ a: { b: 12n, c: undefined, d: Symbol.iterator } }),
  ];
  const words = ['', '|contains', '|endswith', '|re', '|cidr', '|gt', '|hour', '|exists', '|fieldref', '|windash'];
  const values = ["'a*'", "'a'", "'a'", "'a.c'", '10.0.0.0/8', '5', '6', 'true', 'g', "'-a'"];
  const detector = detectorOf([
    ...names
      .slice(0, 5)
      .flatMap((name) =>
        words.map((word, place) =>
          selectionOf(`"${name}${word}": ${values[place]}`).replace('title: T', `title: ${name}${word} ${place}`),
        ),
      ),
    selectionOf('- word').replace('title: T', 'title: K'),
  ]);
  for (let round = 0; round < 3000; round++)
    detector.push(eventOf(Object.fromEntries(names.map((name) => [name, random.pick(odd)()])), round, `${round}`));
  assert.equal(detector.figures().events, 3000);
  assert.ok(detector.figures().matches > 100);
  assert.ok(isMatch(selectionOf('f: 12'), { f: 12n }));
  assert.ok(isMatch(selectionOf("f|contains: '12'"), { f: { a: 12n } }));
});
