import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { gunzipAtOnce, inflateAtOnce } from './inflate-at-once.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) >> 7));
const packed = deflateRawSync(content);

test('gives a content in memory of its own, larger than the decoder holds at once, and what was used', () => {
  const inflated = inflateAtOnce(Buffer.concat([packed, Buffer.from('behind')]), content.length);
  inflateAtOnce(deflateRawSync(Buffer.alloc(300_000, 'x')), 300_000);
  assert.ok(content.equals(inflated?.content ?? Buffer.alloc(0)));
  assert.equal(inflated?.used, packed.length);
  const small = inflateAtOnce(deflateRawSync('small'), 5);
  inflateAtOnce(deflateRawSync('other'), 5);
  assert.equal(String(small?.content), 'small');
});

test('gives nothing of data that are too large, cut short, damaged or none', () => {
  assert.equal(inflateAtOnce(packed, content.length - 1), undefined);
  assert.equal(inflateAtOnce(packed.subarray(0, -1), content.length), undefined);
  assert.equal(inflateAtOnce(Buffer.from([0xff, 0xff]), 100), undefined);
  assert.equal(inflateAtOnce(Buffer.alloc(0), 100), undefined);
  assert.equal(inflateAtOnce(deflateRawSync('small'), 4), undefined);
});

test('an empty content is one', () => {
  assert.deepEqual(inflateAtOnce(deflateRawSync(''), 0), { content: Buffer.alloc(0), used: 2 });
});

test('a gzip file as gzip writes it, and nothing else', () => {
  const file = gzipSync(content);
  assert.ok(content.equals(gunzipAtOnce(file) ?? Buffer.alloc(0)));
  assert.equal(gunzipAtOnce(Buffer.concat([file, Buffer.alloc(1)])), undefined);
  assert.equal(gunzipAtOnce(file.subarray(0, -1)), undefined);
  const wrongChecksum = Buffer.from(file);
  wrongChecksum[file.length - 8] = (wrongChecksum[file.length - 8] ?? 0) ^ 1;
  assert.equal(gunzipAtOnce(wrongChecksum), undefined);
});
