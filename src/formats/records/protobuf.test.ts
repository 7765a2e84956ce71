import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { encodeProtobuf, parseProtobuf } from './protobuf.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const refusedAs = (run: () => unknown, code: string, says: RegExp): void =>
  assert.throws(run, (thrown) => {
    assert.ok(isFault(thrown), String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, says);
    return true;
  });

// The examples of https://protobuf.dev/programming-guides/encoding.
test('numbers, strings and messages inside are read as the specification shows them', () => {
  assert.equal(parseProtobuf(bytes(0x08, 0x96, 0x01), 'x').number(1), 150);
  assert.equal(parseProtobuf(bytes(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67), 'x').text(2), 'testing');
  assert.equal(
    parseProtobuf(bytes(0x1a, 0x03, 0x08, 0x96, 0x01), 'x')
      .message(3)
      .number(1),
    150,
  );
});

test('what is absent has the default; of several the last counts, and all are listed', () => {
  const empty = parseProtobuf(bytes(), 'x');
  assert.deepEqual([empty.text(1), empty.number(2), empty.texts(3), empty.message(4).text(1)], ['', 0, [], '']);
  const twice = parseProtobuf(
    encodeProtobuf([
      [1, 'first'],
      [1, 'last'],
    ]),
    'x',
  );
  assert.deepEqual([twice.text(1), twice.texts(1)], ['last', ['first', 'last']]);
});

test('a map, negative numbers, and fixed-size fields of others beside', () => {
  const entry = (key: string, value: string): Uint8Array =>
    encodeProtobuf([
      [1, key],
      [2, value],
    ]);
  const message = parseProtobuf(
    Buffer.concat([
      encodeProtobuf([
        [2, entry('a', '1')],
        [2, entry('a', '2')],
        [3, -1],
      ]),
      bytes(0x21, 1, 2, 3, 4, 5, 6, 7, 8),
      bytes(0x2d, 1, 2, 3, 4),
      encodeProtobuf([[6, 2 ** 40]]),
    ]),
    'x',
  );
  assert.deepEqual([...message.textMap(2)], [['a', '2']]);
  assert.deepEqual([message.number(3), message.number(6)], [-1, 2 ** 40]);
});

test('what is no message is refused, and says why', () => {
  const invalid = (value: Uint8Array, says: RegExp): void =>
    refusedAs(() => parseProtobuf(value, 'x'), 'PROTOBUF_INVALID', says);
  invalid(bytes(0x08), /ends inside a number/);
  invalid(bytes(0x08, ...Array<number>(10).fill(0x80), 1), /more than ten bytes/);
  invalid(bytes(0x12, 0x05, 0x61), /longer than the message/);
  invalid(bytes(0x0b), /wire type 3/);
  invalid(bytes(0x00, 0x01), /number 0/);
  invalid(bytes(0x21, 1, 2, 3), /longer than the message/);
});

test('a field of another type than asked for is refused, and so is text that is none', () => {
  const message = parseProtobuf(
    Buffer.concat([
      encodeProtobuf([
        [1, 5],
        [2, 'x'],
      ]),
      bytes(0x1a, 0x01, 0xff),
      bytes(0x20, ...Array<number>(8).fill(0xff), 0x7f),
    ]),
    'x',
  );
  refusedAs(() => message.text(1), 'PROTOBUF_INVALID', /field 1 is a number/);
  refusedAs(() => message.number(2), 'PROTOBUF_INVALID', /field 2 is no number/);
  refusedAs(() => message.text(3), 'PROTOBUF_INVALID', /not text/);
  refusedAs(() => message.number(4), 'PROTOBUF_INVALID', /holds the number/);
});

test('a message of countless small fields is a limit, not memory', () => {
  refusedAs(() => parseProtobuf(Buffer.alloc(1_000_002, '\x08\x01'), 'x'), 'PROTOBUF_TOO_LARGE', /more than 500000/);
  assert.equal(parseProtobuf(Buffer.alloc(1000, '\x08\x01'), 'x').number(1), 1);
});

test('cut at any length or with any byte changed, it ends in a value or a Fault', () => {
  const whole = encodeProtobuf([
    [1, 'name'],
    [2, encodeProtobuf([[1, 'key']])],
    [3, 300],
  ]);
  const readAll = (value: Uint8Array): void => {
    try {
      const message = parseProtobuf(value, 'x');
      message.text(1);
      message.textMap(2);
      message.number(3);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
    }
  };
  for (let length = 0; length <= whole.length; length += 1) readAll(whole.subarray(0, length));
  for (let at = 0; at < whole.length; at += 1)
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const changed = Uint8Array.from(whole);
      changed[at] = value;
      readAll(changed);
    }
});
