import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFeed, parseHash } from './feed.ts';

const sha256 = 'a'.repeat(64);
const sha1 = 'b'.repeat(40);
const md5 = 'c'.repeat(32);

const hexes = (text: string): readonly string[] => parseFeed(text).entries.map(({ hex }) => hex);

test('a hash is told by its length, and must agree with a name in front', () => {
  assert.deepEqual(parseHash(sha256.toUpperCase()), { algorithm: 'sha256', hex: sha256 });
  assert.deepEqual(parseHash(`sha256:${sha256}`)?.algorithm, 'sha256');
  assert.deepEqual(parseHash(`SHA-1=${sha1}`)?.algorithm, 'sha1');
  assert.deepEqual(parseHash(md5)?.algorithm, 'md5');
  for (const text of [`md5:${sha256}`, 'a'.repeat(63), 'g'.repeat(64), ''])
    assert.equal(parseHash(text), undefined, text);
});

test('plain text: one hash a line, with or without a note', () => {
  const feed = parseFeed(`# a feed\n\n${sha256}\n${sha1}  evil.sh\n${md5} # a miner\nmd5:${'d'.repeat(32)}, another\n`);
  assert.deepEqual(
    feed.entries.map(({ algorithm, note }) => [algorithm, note]),
    [
      ['sha256', ''],
      ['sha1', 'evil.sh'],
      ['md5', 'a miner'],
      ['md5', 'another'],
    ],
  );
  assert.deepEqual(feed.rejected, []);
});

test('a line without a hash is rejected with its number, the others are used', () => {
  const feed = parseFeed(`${sha256}\nnot a hash\n${md5}`);
  assert.equal(feed.entries.length, 2);
  assert.deepEqual(
    feed.rejected.map(({ line }) => line),
    [2],
  );
});

test('CSV: columns by their names, quoted fields, the strongest hash of a record', () => {
  const feed = parseFeed(
    `first_seen,md5_hash,sha256_hash,signature\n2026-01-01,"${md5}","${sha256}","Miner, ""small"""\n`,
  );
  assert.deepEqual(feed.entries, [{ algorithm: 'sha256', hex: sha256, note: 'Miner, "small"' }]);
});

test('CSV with semicolons or tabs, and with its header in a comment', () => {
  assert.deepEqual(hexes(`name;sha1\nx;${sha1}\n`), [sha1]);
  assert.deepEqual(hexes(`name\tmd5\nx\t${md5}\n`), [md5]);
  assert.deepEqual(hexes(`################\n# "first_seen_utc","sha256_hash"\n"2026","${sha256}"\n`), [sha256]);
});

test('a CSV record without a hash is rejected', () => {
  assert.deepEqual(
    parseFeed(`name,sha256\nx,\ny,${sha256}\n`).rejected.map(({ line }) => line),
    [2],
  );
});

test('any text ends in a feed', () => {
  for (const text of ['', '\ufeff', '"', ',,,,', `"${sha256}`, '\0\0', 'hash,hash\n"'.repeat(1000)]) parseFeed(text);
});
