import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { der, oid, sequence } from '../../../test/builders/der.ts';
import { comparableName, nameText, parseName, parseNameText } from './distinguished-name.ts';

const attribute = (type: string, value: string, tag = 0x0c): Buffer =>
  sequence(oid(type), der(tag, Buffer.from(value)));
const name = (...parts: readonly (readonly Buffer[])[]): Buffer => sequence(...parts.map((part) => der(0x31, ...part)));
const plain = name(
  [attribute('2.5.4.6', 'US', 0x13)],
  [attribute('2.5.4.10', 'Example, Inc.')],
  [attribute('2.5.4.3', 'a')],
);
const written = (text: string) => Object.fromEntries(parseNameText(text, 'X_INVALID'));
const refuses = (text: string): void =>
  assert.throws(
    () => written(text),
    (thrown) => isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'X_INVALID',
  );

test('a certificate’s name as people write it, the last part first', () => {
  assert.equal(nameText(plain, 'x'), 'CN=a,O=Example\\, Inc.,C=US');
});

test('kinds of text, types without a name', () => {
  const groups = parseName(
    name([attribute('1.2.3.4', 'b', 0x16)], [sequence(oid('2.5.4.3'), der(0x1e, Buffer.from('0416', 'hex')))]),
    'x',
  );
  assert.deepEqual(groups, [
    [{ type: '1.2.3.4', value: 'b', isText: true }],
    [{ type: 'CN', value: 'Ж', isText: true }],
  ]);
  for (const broken of [
    name([sequence(oid('2.5.4.3'), der(0x0c, Uint8Array.of(0xff)))]),
    name([attribute('2.5.4.3', 'x'.repeat(1025))]),
    name(...Array.from({ length: 33 }, () => [attribute('2.5.4.11', 'x')])),
  ])
    assert.throws(
      () => parseName(broken, 'x'),
      (thrown) => isFault(thrown) && thrown.code === 'DER_INVALID',
    );
});

test('what is no text is shown in hexadecimal, and compared with nothing', () => {
  const strange = name([sequence(oid('2.5.4.45'), der(0x03, Uint8Array.of(0, 1)))], [attribute('2.5.4.3', '#030200')]);
  assert.equal(nameText(strange, 'x'), 'CN=\\#030200,2.5.4.45=#03020001');
  assert.equal(comparableName(parseName(strange, 'x')), 'its 2.5.4.45 is not text');
});

test('what is there twice cannot be compared', () => {
  const two = name([attribute('2.5.4.11', 'a')], [attribute('2.5.4.11', 'b')]);
  assert.equal(comparableName(parseName(two, 'x')), 'it has more than one OU');
  const together = name([attribute('2.5.4.11', 'a'), attribute('2.5.4.3', 'b')]);
  assert.equal(comparableName(parseName(together, 'x')), 'it has several attributes in one place');
  assert.ok(comparableName(parseName(plain, 'x')) instanceof Map);
});

test('written names: blanks, escapes, S for ST, lower case', () => {
  assert.deepEqual(written('C=US, ST=WA, O=wabbit-networks.io'), { C: 'US', ST: 'WA', O: 'wabbit-networks.io' });
  assert.deepEqual(written('cn = a b  ,S=WA'), { CN: 'a b', ST: 'WA' });
  assert.deepEqual(written('O=Example\\, Inc.\\ ,CN=\\c3\\a9t\\\\é'), { O: 'Example, Inc. ', CN: 'ét\\é' });
  assert.deepEqual(written('2.5.4.3=x'), { CN: 'x' });
});

test('written names that mean nothing, or two things, are refused', () => {
  for (const text of [
    'C',
    'C=',
    'C=US,',
    'C=US,,O=x',
    'C=US,C=DE',
    'C=US+O=x',
    'CN=#0c0161',
    'CN=a\\',
    'CN=a\\q',
    'CN="a"',
    'C=US;O=x',
    '=x',
    'a b=c',
  ])
    refuses(text);
});
