import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBounded, patternPlace, type PatternPlace } from './pattern-place.ts';

const ofRegex = (text: string): PatternPlace | undefined => patternPlace({ kind: 'regex', text, modifiers: [] });
const ofHex = (text: string): PatternPlace | undefined => patternPlace({ kind: 'hex', text, modifiers: [] });

test('a text is its own place, unless its bytes are changed', () => {
  const ofText = (text: string, ...modifiers: readonly string[]): PatternPlace | undefined =>
    patternPlace({ kind: 'text', text, modifiers });
  assert.deepEqual(ofText('ht\\x74p'), { text: 'http', ignoresCase: false, isFullWord: false });
  assert.deepEqual(ofText('xmr', 'nocase', 'fullword'), { text: 'xmr', ignoresCase: true, isFullWord: true });
  assert.equal(ofText('ab'), undefined);
  for (const modifier of ['wide', 'xor', 'base64', 'base64wide']) assert.equal(ofText('stratum', modifier), undefined);
});

test('regular expressions: a literal of every match, and the length of the longest', () => {
  const cases: readonly (readonly [string, readonly string[], number])[] = [
    ['stratum\\+(tcp|ssl)', ['stratum+tcp', 'stratum+ssl'], 11],
    ['\\bgh[p]_[0-9A-Za-z]{36}\\b', ['ghp_'], 4 + 36 * 4],
    ['"us[e]r"\\s?:', ['"user"'], 11],
    ['\\b[kM]?H\\/s\\b', ['H/s'], 4],
    ['(tcp|udp)[_-]?flood', ['tcpflood', 'tcp_flood', 'tcp-flood', 'udpflood', 'udp_flood', 'udp-flood'], 9],
    ['(curl|wget) .{0,9} https?:', ['curl ', 'wget '], 5 + 36 + 7],
    ['token[0-9]{2,}', ['token'], Infinity],
    ['token.*', ['token'], Infinity],
    ['(token){0}marker', ['marker'], 6],
  ];
  for (const [text, literals, longest] of cases) assert.deepEqual(ofRegex(text), { literals, longest }, text);
  for (const text of ['[a-z]{8}', '(abcd)?', 'ab', '\\w+']) assert.equal(ofRegex(text), undefined, text);
});

test('where several literals are needed, those are chosen of which one is there in any case', () => {
  assert.deepEqual(ofRegex('(pastebin\\.com|rentry\\.co)\\/raw\\/[a-z]{4}[0-9]'), {
    literals: ['pastebin.com/raw/', 'rentry.co/raw/'],
    longest: 17 + 16 + 4,
  });
});

test('hexadecimal patterns: jumps and alternatives count in full', () => {
  assert.deepEqual(ofHex('58 99 6a 02 5f [2-4] 01 ?? (AA | BB CC)'), {
    literals: ['\x58\x99\x6a\x02\x5f'],
    longest: 5 + 4 + 2 + 3,
  });
  assert.deepEqual(ofHex('7f 45 4c 46 [8] /* [-] */ 02'), { literals: ['\x7fELF'], longest: 13 });
  for (const jump of ['[4-]', '[-]'])
    assert.deepEqual(ofHex(`7f 45 4c 46 ${jump} 02`), { literals: ['\x7fELF'], longest: Infinity });
  assert.equal(ofHex('7f 45 ?? 46'), undefined);
});

test('only short matches are near their literal', () => {
  const bounded = (text: string): boolean => isBounded(ofRegex(text) ?? { literals: [], longest: 0 });
  assert.equal(bounded('token[0-9]{2,200}'), true);
  assert.equal(bounded('token[0-9]{2,2000}'), false);
  assert.equal(bounded('token[0-9]+'), false);
});
