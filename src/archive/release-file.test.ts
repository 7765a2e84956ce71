import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { checkRelease, parseRelease } from './release-file.ts';

const sha256 = 'ab'.repeat(32);
const text = (fields: readonly string[] = []): string =>
  [
    'Suite: stable',
    'Codename: bookworm',
    'Date: Sat, 07 Mar 2026 10:00:00 UTC',
    ...fields,
    'MD5Sum:',
    ` ${'0'.repeat(32)} 5 main/x`,
    'SHA256:',
    ` ${sha256}       17 main/binary-amd64/Packages.xz`,
  ].join('\n');

const refusal = (run: () => void): string => {
  try {
    run();
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return '';
};

const source = { url: 'https://archive.example/debian', suite: 'bookworm', frozen: false };
const soon = new Date('2026-03-08T00:00:00Z');
const check = (fields: readonly string[], now = soon, seen = 0, asked: typeof source = source): string =>
  refusal(() => checkRelease(parseRelease(text(fields), ''), asked, now, seen, ''));

test('indexes are known by SHA-256 only', () => {
  const { indexes, date } = parseRelease(text(), '');
  assert.deepEqual([...indexes], [['main/binary-amd64/Packages.xz', { sha256, size: 17 }]]);
  assert.equal(new Date(date).toISOString(), '2026-03-07T10:00:00.000Z');
});

test('a fresh release of the asked suite is accepted, by suite or codename', () => {
  assert.equal(check([]), '');
  assert.equal(check([], soon, 0, { ...source, suite: 'stable' }), '');
});

test('another suite, an expired one, one from the future and an older one than before are refused', () => {
  assert.equal(check([], soon, 0, { ...source, suite: 'trixie' }), 'ARCHIVE_RELEASE_INVALID');
  const until = ['Valid-Until: Sat, 14 Mar 2026 10:00:00 UTC'];
  assert.equal(check(until), '');
  assert.equal(check(until, new Date('2026-03-15T00:00:00Z')), 'ARCHIVE_NOT_FRESH');
  assert.equal(check([], new Date('2026-03-01T00:00:00Z')), 'ARCHIVE_NOT_FRESH');
  assert.equal(check([], soon, Date.parse('2026-03-07T10:00:01Z')), 'ARCHIVE_NOT_FRESH');
  assert.equal(check([], soon, Date.parse('2026-03-07T10:00:00Z')), '');
});

test('of a snapshot neither age nor expiry counts', () => {
  const frozen = { ...source, frozen: true };
  assert.equal(
    check(['Valid-Until: Sat, 14 Mar 2026 10:00:00 UTC'], new Date('2030-01-01T00:00:00Z'), 2e12, frozen),
    '',
  );
});

test('without a date, with two, or without indexes nothing is believed', () => {
  for (const bad of [
    text().replace(/^Date.*$/m, 'X: y'),
    text(['Date: Sun, 08 Mar 2026 10:00:00 UTC']),
    text().replace(sha256, 'ab'),
    text(['Valid-Until: soon']),
  ])
    assert.equal(
      refusal(() => parseRelease(bad, '')),
      'ARCHIVE_RELEASE_INVALID',
    );
});
