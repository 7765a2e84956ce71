import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pemBlocks } from './pem.ts';

const block = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;

test('blocks in order, each alone, with what stands between them left out', () => {
  const [one, other] = [block('CERTIFICATE', 'AQID\nBA=='), block('PUBLIC KEY', 'BQ==')];
  assert.deepEqual(
    pemBlocks(`subject: x\n${one}\n\n${other}\nend`).map(({ label, pem, der }) => [label, pem, [...der]]),
    [
      ['CERTIFICATE', one, [1, 2, 3, 4]],
      ['PUBLIC KEY', other, [5]],
    ],
  );
});

test('a block that is cut off, or ends as another than it began, is none', () => {
  assert.deepEqual(pemBlocks('-----BEGIN CERTIFICATE-----\nAQID'), []);
  assert.deepEqual(pemBlocks('-----BEGIN CERTIFICATE-----\nAQID\n-----END PUBLIC KEY-----'), []);
  assert.deepEqual(pemBlocks(''), []);
});

test('beginnings without end are passed over in linear time', () => {
  const text = '-----BEGIN CERTIFICATE-----\nAQID\n'.repeat(20_000);
  assert.deepEqual(pemBlocks(text), []);
  assert.equal(pemBlocks(`${text}${block('X', 'AQ==')}`).length, 1);
});
