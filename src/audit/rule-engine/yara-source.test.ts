import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isFault } from '../../core/fault.ts';
import { parseYaraSource, unquote } from './yara-source.ts';

const one = (text: string) => {
  const [rule] = parseYaraSource(text).rules;
  assert.ok(rule);
  return rule;
};

test('a rule gives its name, tags, meta, patterns and the words of its condition', () => {
  const rule = one(`private rule a : t1 t2 {
  meta: name = "x \\"y\\"" score = -5 flag = true
  strings:
    $a = "text" wide ascii
    $b = /re[\\/]x/is fullword
    $c = { 01 ?? [2-4] (02 | 03) // a comment with }
      04 }
    $ = "anonymous" xor(1-255) private
  condition: any of ($a*) and filesize < 5MB
}`);
  assert.deepEqual([rule.name, rule.isPrivate, rule.isGlobal, rule.tags], ['a', true, false, ['t1', 't2']]);
  assert.deepEqual(
    [...rule.meta],
    [
      ['name', 'x "y"'],
      ['score', -5],
      ['flag', true],
    ],
  );
  assert.deepEqual(
    rule.patterns.map(({ id, kind, modifiers }) => [id, kind, modifiers]),
    [
      ['$a', 'text', ['wide', 'ascii']],
      ['$b', 'regex', ['nocase', 'dotall', 'fullword']],
      ['$c', 'hex', []],
      ['$', 'text', ['xor', 'private']],
    ],
  );
  assert.deepEqual(
    rule.condition.map(({ text }) => text),
    ['any', 'of', '(', '$a*', ')', 'and', 'filesize', '<', '5MB'],
  );
  assert.deepEqual([rule.line, rule.endLine], [1, 10]);
});

test('what looks like a rule inside a comment or a text is none', () => {
  const { rules, imports, includes } = parseYaraSource(`import "pe" // rule no1 { condition: true }
include "./other.yar" /* rule no2 { */
rule yes { strings: $a = "} rule no3 {" $b = /} rule no4 \\{/ condition: $a or $b }`);
  assert.deepEqual(
    [rules.map(({ name }) => name), imports, includes.map(({ path }) => path)],
    [['yes'], ['pe'], ['./other.yar']],
  );
});

test('escapes of texts', () => {
  assert.equal(unquote('"a\\x41\\n\\t\\\\\\""'), 'aA\n\t\\"');
});

for (const [what, text, line] of [
  ['a text without its end', 'rule a { strings: $a = "x\ncondition: $a }', '1'],
  ['a pattern that is none', 'rule a {\nstrings: $a = 5 condition: $a }', '2'],
  ['a rule without a condition', 'rule a {\n}', '2'],
  ['a comment without its end', 'rule a { condition: true }\n/* x', '2'],
  ['something else', 'rule a { condition: true }\nhello', '2'],
] as const)
  test(`${what} is refused with its line`, () => {
    assert.throws(
      () => parseYaraSource(text),
      (thrown) => isFault(thrown) && thrown.code === 'YARA_SOURCE_UNREADABLE' && thrown.where === line,
    );
  });

test('any text ends in rules or in a Fault', () => {
  const piece = fc.constantFrom(
    'rule a {',
    '}',
    'strings:',
    'condition:',
    '$a = "x"',
    '/x/',
    '{ 01 }',
    '//',
    '/*',
    '"',
    '\n',
    'meta: a = 1',
    'import "x"',
    '$',
    '=',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 }), (pieces) => {
      try {
        parseYaraSource(pieces.join(' '));
      } catch (thrown) {
        assert.ok(isFault(thrown), String(thrown));
      }
    }),
    { numRuns: 500 },
  );
});
