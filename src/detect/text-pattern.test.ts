/** Wildcards against the runtime's own regular expressions; steps against hostile texts; dates, networks and encodings at their edges. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRandom } from '../../test/builders/random.ts';
import { datePartOf } from './date-part.ts';
import { toBase64Offsets } from './encodings.ts';
import { fold, levelDashes } from './fold.ts';
import { isInside, parseAddress, parseNetwork } from './network.ts';
import { openPattern, parsePattern, patternKey, plainTextOf } from './text-pattern.ts';

const random = openRandom(1);
const textOf = (alphabet: readonly string[], length: number): string =>
  Array.from({ length: random.below(length + 1) }, () => random.pick(alphabet)).join('');

test('patterns match what a regular expression of the same meaning matches', () => {
  let matched = 0;
  for (let round = 0; round < 20_000; round++) {
    const pattern = textOf(['a', 'b', '*', '?', '😀'], 7);
    const text = textOf(['a', 'b', '😀'], 8);
    const source = [...new Intl.Segmenter().segment(pattern)]
      .map(({ segment }) => (segment === '*' ? '.*' : segment === '?' ? '.' : segment))
      .join('');
    const expected = new RegExp(`^${source}$`, 'su').test(text);
    assert.equal(openPattern(parsePattern(pattern))(text), expected, `${pattern} on ${text}`);
    if (expected) matched++;
  }
  assert.ok(matched > 1000);
});

/** A text that counts how often it is looked at. */
const counting = (text: string): { readonly text: string; looks: number } => {
  const counted = { text, looks: 0 };
  const looked = new Proxy(Object(text) as object, {
    get: (_, name) => {
      const own: unknown = Reflect.get(String.prototype, name);
      if (typeof own !== 'function') return text.length;
      return (...words: readonly unknown[]): unknown => {
        counted.looks += 1;
        return Reflect.apply(own, text, words);
      };
    },
  });
  counted.text = looked as unknown as string;
  return counted;
};

test('many wildcards on a long text need no more steps than the product of their lengths, and most few', () => {
  const stepsOf = (pattern: string, text: string): number => {
    const counted = counting(text);
    assert.equal(openPattern(parsePattern(pattern))(counted.text), false, pattern);
    return counted.looks;
  };
  for (const length of [2000, 4000]) {
    // Trying again what follows each star would be more steps than there are atoms.
    assert.ok(stepsOf(`${'*a?'.repeat(300)}*b`, 'a'.repeat(length)) < 2000);
    assert.ok(stepsOf(`*${'a?'.repeat(20)}b*c`, 'a'.repeat(length)) < 60 * length);
  }
});

test('escapes give one plain text, whatever way it is written', () => {
  for (const [written, plain] of [
    [String.raw`\\`, '\\'],
    ['\\', '\\'],
    [String.raw`\a`, String.raw`\a`],
    [String.raw`\\\\`, String.raw`\\`],
    [String.raw`\\\a`, String.raw`\\a`],
    [String.raw`\*\?`, '*?'],
    ['', ''],
  ] as const)
    assert.equal(plainTextOf(parsePattern(written)), plain);
  assert.equal(plainTextOf(parsePattern('a*')), undefined);
  assert.notEqual(patternKey(parsePattern('*')), patternKey(parsePattern(String.raw`\*`)));
  assert.deepEqual(parsePattern('a**b').length, 3);
});

test('folding: a part folds as it does inside a whole', () => {
  for (let round = 0; round < 5000; round++) {
    const [before, part, after] = ['ΣσςABßẞİıǅK'.split(''), 'Σab'.split(''), 'ςΣ z'.split('')].map((letters) =>
      textOf(letters, 3),
    );
    assert.ok(fold(`${before}${part}${after}`).includes(fold(part ?? '')), `${before}|${part}|${after}`);
  }
  assert.equal(levelDashes('/-–—―_'), '-----_');
});

test('base64offset finds the bytes wherever they stand', () => {
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(textOf(['a', 'ö', '€', '\0'], 12) + 'xy');
    const offsets = toBase64Offsets(bytes);
    for (let before = 0; before < 6; before++) {
      const whole = Buffer.concat([Buffer.alloc(before, 0xa5), bytes, Buffer.alloc(round % 4, 0x5a)]).toString(
        'base64',
      );
      assert.ok(whole.includes(offsets[before % 3] ?? '?'));
    }
  }
});

test('weeks and days of a date', () => {
  for (const [text, week] of [
    ['2020-12-31', 53],
    ['2021-01-03', 53],
    ['2021-01-04', 1],
    ['2024-12-30', 1],
    ['2026-11-22', 47],
  ] as const)
    assert.equal(datePartOf(text, 'week'), week, text);
  assert.equal(datePartOf('2024-02-29T23:59', 'day'), 29);
  assert.equal(datePartOf('2023-02-29', 'day'), undefined);
  assert.equal(datePartOf('2023-02-28T24:00', 'hour'), undefined);
  assert.equal(datePartOf('1700000000', 'hour'), undefined);
});

test('addresses and networks', () => {
  for (const text of [
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1::2::3',
    '1:2:3:4:5:6:7',
    ':1::',
    'g::',
    '1.2.3.4:80',
    '::1.2.3',
    '',
  ])
    assert.equal(parseAddress(text), undefined, text);
  for (const text of ['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/', '::1/64', '::/129', '/8'])
    assert.equal(parseNetwork(text), undefined, text);
  const within = (network: string, address: string): boolean => {
    const [one, other] = [parseNetwork(network), parseAddress(address)];
    assert.ok(one !== undefined && other !== undefined);
    return isInside(one, other);
  };
  assert.ok(within('0.0.0.0/0', '255.255.255.255'));
  assert.ok(within('::ffff:10.0.0.0/104', '10.1.2.3'));
  assert.ok(within('fe80::/10', 'FEBF::1%eth0'));
  assert.ok(!within('fe80::/10', 'fec0::1'));
  assert.ok(!within('::/0', '10.0.0.1'));
});
