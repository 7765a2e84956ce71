import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Remark } from '../core/remark.ts';
import { FileRecord } from './file-record.ts';

const gap: Remark = { kind: 'gap', code: 'TAR_END_MISSING', where: '', reason: 'no end mark', bytes: 1 };

test('a gap of an archive is nested, one of the layer itself is not', () => {
  const record = new FileRecord();
  record.addRemark(gap, 'usr/share/x.tar', 0o644, 'tar');
  record.addRemark(gap, '', 0, 'tar');
  assert.deepEqual(
    record.gaps.map(({ path, nested }) => [path, nested === true]),
    [
      ['usr/share/x.tar', true],
      ['', false],
    ],
  );
});

test('of many gaps of one code the last kept one stands for the rest, with the worst of them', () => {
  const record = new FileRecord();
  for (let count = 0; count < 40; count += 1)
    record.addRemark(gap, count === 39 ? '' : 'x.tar', count === 30 ? 0o755 : 0, 'tar');
  const last = record.gaps.at(-1);
  assert.ok(record.gaps.length < 40);
  assert.deepEqual(
    [last?.executable, last?.nested, record.gaps.reduce((sum, { bytes }) => sum + bytes, 0)],
    [true, false, 40],
  );
});
