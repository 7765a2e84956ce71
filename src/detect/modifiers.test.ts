/** Every modifier and every kind of value, each with an event that matches and the nearest that does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isMatch, refusalOf, selectionOf } from '../../test/builders/detecting.ts';
import { modifierWords } from './modifiers.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Row {
  readonly selection: string;
  readonly yes: readonly Fields[];
  readonly no: readonly Fields[];
}

const encoded = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  Buffer.from(text, encoding).toString('base64');
const f = (...values: readonly unknown[]): readonly Fields[] => values.map((value) => ({ f: value }));
const nowhere: readonly Fields[] = [{}, { g: 'x' }];

const rows: readonly Row[] = [
  // Values without a modifier: rules specification, “General”, “String Wildcard”, “Escape Character”.
  {
    selection: `f: 'Value'`,
    yes: f('value', 'VALUE', ['a', 'value']),
    no: [...f('values', ' value', ['a']), ...nowhere],
  },
  { selection: `f: 'ΑΣ'`, yes: f('ας', 'ασ', 'ΑΣ'), no: f('α') },
  { selection: `f: 'a*c'`, yes: f('ac', 'abc', 'aXYc', 'a*c'), no: f('abcd', 'ab', 'xac') },
  { selection: `f: 'prog?.exe'`, yes: f('progA.exe', 'prog1.exe', 'prog😀.exe'), no: f('prog.exe', 'progAB.exe') },
  { selection: `f: '*b?d*f'`, yes: f('abcdef', 'bxdf', 'bbbcdef'), no: f('abdef', 'abcdefg') },
  { selection: String.raw`f: 'a\*c'`, yes: f('a*c'), no: f('abc', String.raw`a\*c`) },
  { selection: String.raw`f: 'a\?'`, yes: f('a?'), no: f('ab') },
  { selection: String.raw`f: 'a\\*'`, yes: f('a\\', 'a\\b'), no: f('a*', 'ab') },
  { selection: String.raw`f: 'a\\\*'`, yes: f(String.raw`a\*`), no: f('a\\', 'a\\b') },
  { selection: String.raw`f: 'C:\Windows'`, yes: f('c:\\windows'), no: f('c:windows') },
  { selection: String.raw`f: 'C:\\Windows'`, yes: f('c:\\windows'), no: f('c:\\\\windows') },
  { selection: String.raw`f: '\\\\host'`, yes: f('\\\\host'), no: f('\\host') },
  { selection: `f: '*'`, yes: f('', 'x', 0), no: [...f(null), ...nowhere] },
  { selection: `f: ''`, yes: f(''), no: [...f(' ', null), ...nowhere] },
  { selection: `f: null`, yes: [...f(null, [], [null]), ...nowhere], no: f('', 0, false) },
  { selection: `f: 4625`, yes: f(4625, '4625'), no: f(46250, '04625') },
  { selection: `f: 0x10`, yes: f(16, '16', '0x10'), no: f(10, '10') },
  { selection: `f: 12345678901234567890`, yes: f('12345678901234567890'), no: f('12345678901234567891') },
  { selection: `f: 1.5`, yes: f(1.5, '1.5'), no: f(1, '15') },
  { selection: `f: true`, yes: f(true, 'true', 'True'), no: f(false, 1) },
  { selection: `f:\n  - a\n  - 2`, yes: f('a', 2), no: f('b', 3) },
  { selection: `f: a\ng: b`, yes: [{ f: 'a', g: 'b' }], no: [{ f: 'a' }, { g: 'b' }, { f: 'b', g: 'a' }] },
  { selection: `- f: a\n- g: b`, yes: [{ f: 'a' }, { g: 'b' }], no: [{ f: 'b' }, {}] },
  // Fields: names with dots, lists on the way, maps as values.
  {
    selection: `a.b: x`,
    yes: [{ a: { b: 'x' } }, { 'a.b': 'x' }, { a: [{ b: 'y' }, { b: 'x' }] }],
    no: [{ a: { b: 'y' } }, { b: 'x' }, { a: 'x' }],
  },
  { selection: `a.b.c: x`, yes: [{ a: { 'b.c': 'x' } }], no: [{ 'a.b': { c: 'y' } }] },
  { selection: `a|contains: '"k":"v"'`, yes: [{ a: { k: 'v' } }], no: [{ a: { k: 'w' } }] },
  { selection: `constructor.name: '*'`, yes: [{ constructor: { name: 'x' } }], no: [{}] },
  { selection: `__proto__: '*'`, yes: [JSON.parse('{"__proto__":"x"}') as Fields], no: [{}] },
  // Keywords: “strings that are applied to the full log message”.
  {
    selection: `- EvilService\n- 'svchost.exe -n evil'`,
    yes: [{ a: { b: ['the evilservice runs'] } }, { x: 'SVCHOST.EXE -N EVIL' }],
    no: [{ EvilService: 1 }, { a: 'svchost.exe' }],
  },
  { selection: `'|all':\n  - one\n  - two`, yes: [{ a: 'one', b: 'two' }, { a: 'two one' }], no: [{ a: 'one' }] },
  { selection: `- 'a*z'\n- 17`, yes: [{ f: 'xabzx' }, { f: 17 }], no: [{ f: 'a', g: 'z' }, { f: 1 }] },
  { selection: `- word\n- f: a`, yes: [{ g: 'a word' }, { f: 'a' }], no: [{ g: 'a' }] },
  { selection: `'|re': 'b+c$'`, yes: [{ x: 'abbc' }], no: [{ x: 'abcd' }] },
  // Generic modifiers.
  { selection: `f|contains: 'mid?le'`, yes: f('a middle b', 'MIDXLE'), no: [...f('midle'), ...nowhere] },
  { selection: `f|contains: 5`, yes: f('a5b', 151), no: f('4') },
  { selection: `f|startswith: 'ab'`, yes: f('ab', 'ABc'), no: [...f('xab', 'a'), ...nowhere] },
  { selection: `f|endswith: '\\cmd.exe'`, yes: f('C:\\CMD.exe'), no: [...f('cmd.exe', 'C:\\cmd.exe2'), ...nowhere] },
  { selection: `f|contains|all:\n  - one\n  - two`, yes: f('two, one'), no: f('one', 'two') },
  { selection: `f|all|contains:\n  - one\n  - two`, yes: f('two, one'), no: f('one', 'two') },
  { selection: `f|exists: true`, yes: f('', null, 0, []), no: nowhere },
  { selection: `f|exists: false`, yes: nowhere, no: f('', null) },
  { selection: `a.b|exists: true`, yes: [{ a: { b: null } }], no: [{ a: {} }, { a: null }] },
  { selection: `f|cased: 'Ab'`, yes: f('Ab'), no: f('ab', 'AB') },
  { selection: `f|contains|cased: 'Ab'`, yes: f('xAbx'), no: f('xabx') },
  { selection: `f|cased|endswith: 'Ab'`, yes: f('xAb'), no: f('xab') },
  { selection: `f|neq: 'a'`, yes: [...f('b', null), ...nowhere], no: f('a', 'A', ['b', 'a']) },
  { selection: `f|neq:\n  - a\n  - b`, yes: f('c'), no: f('a', 'b') },
  { selection: `f|contains|neq: 'a'`, yes: f('b'), no: f('bab') },
  { selection: `f|neq: 5`, yes: f(6), no: f(5, '5') },
  // Windash.
  {
    selection: `f|windash|contains: ' -s '`,
    yes: f('x -s y', 'x /S y', 'x \u2013s y', 'x \u2014s y', 'x \u2015s y'),
    no: f('x _s y', 'x s y'),
  },
  { selection: `f|contains|windash: 'a-b/c'`, yes: f('a/b-c', 'a-b/c'), no: f('a+b-c') },
  { selection: `f|windash: '-x'`, yes: f('/x'), no: f('/xy') },
  { selection: `f|contains|windash|cased: '-X'`, yes: f('a/X'), no: f('a/x') },
  { selection: `f|windash|contains: '--'`, yes: f('a /- b'), no: f('a - b') },
  {
    selection: `f|windash|base64offset|contains: ' -e'`,
    yes: f(encoded('x /e'), encoded('xy -e')),
    no: f(encoded('x +e')),
  },
  // Regular expressions.
  { selection: `f|re: 'a.c'`, yes: f('xabcx'), no: [...f('ABC', 'a\nc'), ...nowhere] },
  { selection: `f|re: '^a{2,3}$'`, yes: f('aa', 'aaa'), no: f('a', 'aaaa', 'xaa') },
  { selection: `f|re|i: 'a[b-d]'`, yes: f('xAC'), no: f('ae') },
  { selection: `f|re|m: '^b$'`, yes: f('a\nb\nc'), no: f('a b') },
  { selection: `f|re|s: 'a.c'`, yes: f('a\nc'), no: f('ac') },
  { selection: `f|re|i|s: 'a.c'`, yes: f('A\nC'), no: f('AC') },
  { selection: `f|re: '^b$'`, yes: f('b'), no: f('a\nb\nc') },
  { selection: `f|re: '(?i)abc'`, yes: f('ABC'), no: f('ab') },
  { selection: `f|re|all:\n  - 'a\\d'\n  - 'b\\d'`, yes: f('b1 a2'), no: f('a1') },
  { selection: `f|re|neq: 'a'`, yes: f('b'), no: f('xax') },
  { selection: `f|re|contains: 'a.c'`, yes: f('xabcx'), no: f('xabx') },
  { selection: `f|re|startswith: 'a|bc'`, yes: f('ax', 'bcx'), no: f('xa', 'xbc', 'x\nbc') },
  { selection: `f|endswith|re: 'a|bc'`, yes: f('xa', 'xbc'), no: f('ax', 'bcx', 'bc\n') },
  { selection: `f|re|m|startswith: 'b$'`, yes: f('b\nc'), no: f('a\nb') },
  { selection: `f|re|cased: 'aB'`, yes: f('xaB'), no: f('xab') },
  // Encodings.
  { selection: `f|base64: 'cmd'`, yes: f(encoded('cmd')), no: f('cmd', encoded('cme')) },
  { selection: `f|base64|contains: 'foobar'`, yes: f(`x ${encoded('foobar')} y`), no: f(encoded('xfoobar')) },
  {
    selection: `f|base64offset|contains: 'secret word'`,
    yes: f(...['', 'a', 'ab', 'abc'].map((before) => encoded(`${before}secret word and more`))),
    no: f(encoded('secret-word'), 'secret word'),
  },
  {
    selection: `f|utf16le|base64offset|contains: 'http'`,
    yes: f(encoded('x http', 'utf16le')),
    no: f(encoded('x http')),
  },
  { selection: `f|wide|base64: 'cmd'`, yes: f(encoded('cmd', 'utf16le')), no: f(encoded('cmd')) },
  {
    selection: `f|utf16be|base64: 'cm'`,
    yes: f(Buffer.from([0, 0x63, 0, 0x6d]).toString('base64')),
    no: f(encoded('cm', 'utf16le')),
  },
  {
    selection: `f|utf16|base64: 'cm'`,
    yes: f(Buffer.from([0xff, 0xfe, 0x63, 0, 0x6d, 0]).toString('base64')),
    no: f(encoded('cm', 'utf16le')),
  },
  { selection: `f|wide|contains: 'cm'`, yes: f('xc\0m\0x'), no: f('cm') },
  { selection: `f|base64|base64: 'a'`, yes: f(encoded(encoded('a'))), no: f(encoded('a')) },
  // Numbers.
  { selection: `f|gt: 5`, yes: f(6, '6', ' 5.5 '), no: [...f(5, 'six', '6x', '', true), ...nowhere] },
  { selection: `f|gte: 5`, yes: f(5, 6), no: f(4) },
  { selection: `f|lt: 5`, yes: f(4, -1, '-1e3'), no: f(5) },
  { selection: `f|lte: 5.5`, yes: f(5.5), no: f(5.6) },
  { selection: `f|gt|all:\n  - 5\n  - 7`, yes: f(8), no: f(6) },
  // Dates.
  { selection: `f|minute: 7`, yes: f('2026-03-01T10:07:30Z'), no: f('2026-03-01T07:10:30Z', '2026-03-01') },
  { selection: `f|hour|gte: 20`, yes: f('2026-03-01 20:00:00'), no: f('2026-03-01 19:59:59', '20') },
  { selection: `f|day: 31`, yes: f('2026-01-31'), no: f('2026-02-31', '2026-01-30') },
  { selection: `f|week: 1`, yes: f('2025-12-29T00:00', '2026-01-04'), no: f('2025-12-28', '2026-01-05') },
  { selection: `f|week: 53`, yes: f('2027-01-03'), no: f('2027-01-04') },
  { selection: `f|month:\n  - 6\n  - 7`, yes: f('2026-07-01'), no: f('2026-08-01', '2026-13-01') },
  { selection: `f|lt|year: 2020`, yes: f('2019-12-31'), no: f('2020-01-01') },
  { selection: `f|year|neq: 2020`, yes: f('2019-12-31', 'no date'), no: f('2020-01-01') },
  // Networks.
  {
    selection: `f|cidr: '192.0.2.0/24'`,
    yes: f('192.0.2.0', '192.0.2.255', '::ffff:192.0.2.7'),
    no: [...f('192.0.3.0', '192.0.2.256', '192.0.2', '0192.0.2.1'), ...nowhere],
  },
  {
    selection: `f|cidr:\n  - '10.0.0.0/8'\n  - '2001:db8::/32'`,
    yes: f('10.9.8.7', '2001:DB8:1::1', '2001:db8::192.0.2.1'),
    no: f('11.0.0.0', '2001:db9::1', ':::'),
  },
  { selection: `f|cidr: '::/0'`, yes: f('::1', 'fe80::1%eth0'), no: f('192.0.2.1') },
  { selection: `f|cidr: '192.0.2.7'`, yes: f('192.0.2.7'), no: f('192.0.2.8') },
  { selection: `f|cidr|neq: '10.0.0.0/8'`, yes: f('192.0.2.1'), no: f('10.0.0.1') },
  // Other fields.
  {
    selection: `f|fieldref: g`,
    yes: [
      { f: 'a', g: 'A' },
      { f: ['x', 'y'], g: 'y' },
      { f: 1, g: '1' },
    ],
    no: [{ f: 'a', g: 'b' }, { f: 'g' }, {}],
  },
  { selection: `f|fieldref|startswith: g`, yes: [{ f: 'abc', g: 'ab' }], no: [{ f: 'abc', g: 'bc' }] },
  { selection: `f|fieldref|endswith: g`, yes: [{ f: 'abc', g: 'bc' }], no: [{ f: 'abc', g: 'ab' }] },
  { selection: `f|contains|fieldref: g`, yes: [{ f: 'abcd', g: 'BC' }], no: [{ f: 'abcd', g: 'bd' }] },
  { selection: `f|fieldref|cased: g`, yes: [{ f: 'a', g: 'a' }], no: [{ f: 'a', g: 'A' }] },
  { selection: `f|fieldref|neq: g`, yes: [{ f: 'a', g: 'b' }], no: [{ f: 'a', g: 'a' }] },
  { selection: `f|fieldref:\n  - g\n  - a.b`, yes: [{ f: 'x', a: { b: 'x' } }], no: [{ f: 'x', g: 'y' }] },
  // Placeholders.
  { selection: `f|expand: '%servers%'`, yes: f('srv1', 'gate'), no: f('%servers%', 'xsrv1') },
  { selection: `f|expand|endswith: '\\%servers%'`, yes: f('a%servers%'), no: f('srv1') },
  { selection: `f|contains|expand: '%servers%-%zone%'`, yes: f('x srv9-b y', 'gate-a'), no: f('gate-c') },
  { selection: `f|expand: '\\%plain%zone%'`, yes: f('%plaina', '%plainb'), no: f('a', '%plain%zone%') },
  { selection: `f: '%servers%'`, yes: f('%servers%'), no: f('srv1') },
  { selection: `f|re|expand: '^%zone%$'`, yes: f('b'), no: f('c') },
];

const placeholders = { servers: ['srv*', 'gate'], zone: ['a', 'b'] };

describe('modifiers and values', () => {
  for (const { selection, yes, no } of rows)
    test(selection.replaceAll('\n', ' '), () => {
      const rule = selectionOf(selection);
      for (const fields of yes) assert.ok(isMatch(rule, fields, { placeholders }), `matches ${JSON.stringify(fields)}`);
      for (const fields of no) assert.ok(!isMatch(rule, fields, { placeholders }), `not ${JSON.stringify(fields)}`);
    });

  test('every modifier stands in the table', () => {
    const shown = new Set(rows.flatMap(({ selection }) => [...selection.matchAll(/\|(\w+)/g)].map(([, word]) => word)));
    assert.deepEqual(
      modifierWords.filter((word) => !shown.has(word)),
      [],
    );
  });
});

/** By selection: why the rule is refused, after its line. */
const refusals: readonly (readonly [selection: string, reason: RegExp])[] = [
  ['f|like: a', /“like” is not known/],
  ['f|Contains: a', /“Contains” is not known/],
  ['f|contains|contains: a', /stands twice/],
  ['f|contains|startswith: a', /do not go together/],
  ['f|windash|re: a', /“re” and “windash” do not go together/],
  ["f|re|startswith: 'a)|(b'", /or is none/],
  ['f|re|i|cased: a', /do not go together/],
  ['f|cidr|cased: 10.0.0.0/8', /do not go together/],
  ['f|i: a', /belongs directly behind “re”/],
  ['f|re|all|i: [a, b]', /belongs directly behind “re”/],
  ['f|gt|lt: 3', /do not go together/],
  ['f|exists|neq: true', /do not go together/],
  ['f|all|neq: [a, b]', /do not go together/],
  ['f|all: a', /more than one value/],
  ['f|contains|all: [a]', /more than one value/],
  ['f|exists: yes', /needs true or false/],
  ['f|gt: five', /needs a number, not “five”/],
  ['f|hour: ten', /needs a number/],
  ['f|cidr: 192.0.2.1/24', /is no network/],
  ['f|cidr: 192.0.2.0/33', /is no network/],
  ['f|cidr: example', /is no network/],
  ['f|contains:', /needs a value/],
  ['f|re:', /needs a value/],
  ["f|re: 'a(?=b)'", /cannot be run in linear time/],
  ["f|re: '(?<!a)b'", /cannot be run in linear time/],
  [String.raw`f|re: '(a)\1'`, /cannot be run in linear time/],
  ["f|re: '('", /or is none/],
  [`f|re: '${'a'.repeat(4097)}'`, /longer than 4096/],
  [`f|re: '${'(a{900})'.repeat(12)}'`, /is too large/],
  ["f|base64: 'a*'", /wildcards cannot be encoded/],
  ['f|contains|base64: a', /“contains” adds cannot be encoded/],
  ['f|base64offset: a', /at least two bytes/],
  ["f|windash|base64: '------'", /more dashes than can be permuted/],
  ["f|expand: '%unknown%'", /“%unknown%” has no values/],
  ["f|expand: '%constructor%'", /“%constructor%” has no values/],
  ['f: [a, null]', /null cannot be part of a list/],
  ['f: []', /list of values is empty/],
  ['f: [[a]]', /must be a text, a number/],
  ['f: {a: b}', /must be a text, a number/],
  ['{}', /selection is empty/],
  ['[]', /selection is empty/],
  ['word', /must be a map or a list/],
  ['[[a]]', /holds maps or keywords, not lists/],
  ['[null]', /keyword must be a text or a number/],
  ["'|exists': true", /need a field/],
  ["'|gt': 3", /need a field/],
  ["'': a", /A field has no name/],
];

describe('what is not understood is refused', () => {
  for (const [selection, reason] of refusals)
    test(selection.slice(0, 60), () => {
      const refusal = refusalOf([selectionOf(selection)]);
      assert.match(refusal, reason);
      assert.match(refusal, /^6: /);
    });
});
