import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogJsonReader, type LogJsonLimits, type LogPiece } from './log-json.ts';
import { LineSplitter } from './log-lines.ts';

const read = (
  text: string | Uint8Array,
  limits: LogJsonLimits & { readonly line: number } = { line: 1000, value: 4000, depth: 8 },
  step = 7,
): readonly LogPiece[] => {
  const splitter = new LineSplitter(limits.line);
  const reader = new LogJsonReader(limits);
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const pieces: LogPiece[] = [];
  for (let at = 0; at < bytes.length; at += step)
    pieces.push(...reader.push(splitter.push(bytes.subarray(at, at + step))));
  pieces.push(...reader.push(splitter.finish()), ...reader.finish());
  return pieces;
};

const shown = (pieces: readonly LogPiece[]): readonly string[] =>
  pieces.map((piece) =>
    piece.kind === 'value'
      ? `${piece.line} ${JSON.stringify(piece.value)}`
      : piece.kind === 'line'
        ? `${piece.line} line ${piece.text}`
        : `${piece.line}-${piece.lastLine} ${piece.problem}`,
  );

test('one value to a line, whatever pieces the bytes come in', () => {
  for (const step of [1, 3, 1000])
    assert.deepEqual(shown(read('{"a":1}\r\n\n[2]\n{"b":"\\"}"}', undefined, step)), [
      '1 {"a":1}',
      '3 [2]',
      '4 {"b":"\\"}"}',
    ]);
});

test('several values in a row, and values over several lines', () => {
  assert.deepEqual(shown(read('{"a":1}{"a":2} {"a":3}\n{\n "b": [\n  {"c": 1}\n ]\n}\n{"d":4}')), [
    '1 {"a":1}',
    '1 {"a":2}',
    '1 {"a":3}',
    '2 {"b":[{"c":1}]}',
    '7 {"d":4}',
  ]);
});

test('lines that are no JSON stay lines', () => {
  assert.deepEqual(shown(read('hello\n{"a":1}\nworld')), ['1 line hello', '2 {"a":1}', '3 line world']);
});

test('a record that was cut off costs no other, wherever it was cut', () => {
  const record = '{"a":{"b":["x",{"c":"d"}],"e":1},"f":null}';
  for (let cut = 1; cut < record.length; cut += 1) {
    const pieces = read(`{"n":1}\n${record.slice(0, cut)}\n{"n":2}\n{"n":3}\n`);
    assert.deepEqual(shown(pieces), ['1 {"n":1}', '2-2 broken', '3 {"n":2}', '4 {"n":3}'], record.slice(0, cut));
  }
});

test('a list that was cut off gives its whole members, and says that it was cut', () => {
  assert.deepEqual(shown(read('{"Records":[{"a":"]"},{"b":2},{"c":')), ['1 {"a":"]"}', '1 {"b":2}', '1-1 broken']);
  assert.deepEqual(shown(read('[\n{"a":1},\n{"b":2},\n{"c"')), ['1-1 broken', '2 {"a":1}', '3 {"b":2}', '4-4 broken']);
});

test('too long, too deep and too much are told by line, and reading goes on', () => {
  const pieces = read(
    `{"n":1}\n{"x":"${'y'.repeat(2000)}"}\n${'['.repeat(9)}${']'.repeat(9)}\n${'['.repeat(8)}${']'.repeat(8)}\n`,
  );
  assert.deepEqual(shown(pieces), ['1 {"n":1}', '2-2 too-long', '3-3 too-deep', '4 [[[[[[[[]]]]]]]]']);
  assert.equal(pieces[1]?.kind === 'unreadable' ? pieces[1].bytes : 0, 2009);
  const much = read(`${'[\n'.repeat(3000)}{"n":1}\n`, { line: 100, value: 1000, depth: 8 });
  assert.deepEqual(shown(much).at(-1), '3001 {"n":1}');
});

test('bytes that are no UTF-8 are kept apart', () => {
  const pieces = read(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]));
  assert.deepEqual(shown(pieces), ['1 {"a":"\\udcff"}']);
});

test('a bracket of the wrong kind is no end', () => {
  assert.deepEqual(shown(read('{"a":[1}\n{"b":1}')), ['1-1 broken', '2 {"b":1}']);
});

test('in a log that has text too, what only begins like JSON is a line of it', () => {
  const text = '[info] pulled\n[warn {x\n{"a":1}\n{\n"b":2\n}\n{not json\n[2]\n';
  const pieces = read(text, { line: 1000, value: 4000, depth: 8, text: true });
  assert.deepEqual(shown(pieces), [
    '1 line [info] pulled',
    '2 line [warn {x',
    '3 {"a":1}',
    '4 {"b":2}',
    '7 line {not json',
    '8 [2]',
  ]);
});
