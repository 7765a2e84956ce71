import assert from 'node:assert/strict';
import { test } from 'node:test';
import { envelopeOf, makeFeed, makeFeedKey, type FeedSpec } from '../../test/builders/signed-feed.ts';
import { isFault } from '../core/fault.ts';
import { checkFeedStatement, parseFeedKey, readFeedStatement } from './feed-bundle.ts';

const key = makeFeedKey();
const files = { 'rules/team.yar': 'rule x { condition: false }' };
const read = (bytes: Uint8Array) => readFeedStatement(bytes, parseFeedKey(key.pinned, 'team'), 'team');

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return '';
};

test('a statement signed by the pinned key is read', () => {
  const { name, version, files: listed } = read(makeFeed(key, { version: 7, files }));
  assert.deepEqual([name, version, listed.map(({ path }) => path)], ['team', 7, ['rules/team.yar']]);
});

test('another key, a changed payload and another type are refused before anything is read', () => {
  assert.equal(
    codeOf(() => read(makeFeed(makeFeedKey(), { files }))),
    'FEED_SIGNATURE_INVALID',
  );
  const envelope = JSON.parse(makeFeed(key, { files }).toString()) as { payload: string };
  const other = JSON.parse(makeFeed(key, { files, version: 2 }).toString()) as { payload: string };
  assert.equal(
    codeOf(() => read(Buffer.from(JSON.stringify({ ...envelope, payload: other.payload })))),
    'FEED_SIGNATURE_INVALID',
  );
  assert.equal(
    codeOf(() => read(envelopeOf(Buffer.from('{}'), key, 'application/json'))),
    'FEED_INVALID',
  );
  assert.equal(
    codeOf(() => read(Buffer.from(JSON.stringify({ ...envelope, signatures: [] })))),
    'FEED_INVALID',
  );
  assert.equal(
    codeOf(() => read(envelopeOf(Buffer.from('no statement'), makeFeedKey()))),
    'FEED_SIGNATURE_INVALID',
  );
});

test('paths that lead out, that are no rules, or that are one on some disks are refused', () => {
  for (const paths of [
    ['../x.yar'],
    ['/x.yar'],
    ['a/../x.yar'],
    ['a//x.yar'],
    ['.x.yar'],
    ['x.sh'],
    ['a\\x.yar'],
    ['http:x.yar'],
    ['x.yar', 'X.yar'],
    [],
  ]) {
    const spec: FeedSpec = { files: Object.fromEntries(paths.map((path) => [path, 'x'])) };
    assert.equal(
      codeOf(() => read(makeFeed(key, spec))),
      'FEED_INVALID',
      paths.join(),
    );
  }
});

test('what is too large, unknown or said twice is refused', () => {
  const large = [{ path: 'x.yar', sha256: '0'.repeat(64), size: 2 ** 30 }];
  assert.equal(
    codeOf(() => read(makeFeed(key, { more: { files: large } }))),
    'FEED_TOO_LARGE',
  );
  assert.equal(
    codeOf(() => read(Buffer.alloc(2 ** 20 + 1, 32))),
    'FEED_TOO_LARGE',
  );
  assert.equal(
    codeOf(() => read(makeFeed(key, { files, more: { run: 'x' } }))),
    'FEED_INVALID',
  );
  assert.equal(
    codeOf(() => read(makeFeed(key, { files, version: 1.5 }))),
    'FEED_INVALID',
  );
  assert.equal(
    codeOf(() => read(envelopeOf(Buffer.from('{"version":1,"version":2}'), key))),
    'FEED_AMBIGUOUS',
  );
});

const check = (
  spec: FeedSpec,
  last?: { readonly version: number; readonly digest: string },
  now = new Date(),
): string =>
  codeOf(() =>
    checkFeedStatement(
      read(makeFeed(key, { files, ...spec })),
      'team',
      last === undefined ? undefined : { ...last, key: key.pinned },
      now,
    ),
  );

test('a feed never goes back, and never says two things under one number', () => {
  assert.equal(check({ version: 3 }), '');
  assert.equal(check({ version: 3 }, { version: 2, digest: 'x' }), '');
  assert.equal(check({ version: 3 }, { version: 4, digest: 'x' }), 'FEED_ROLLED_BACK');
  assert.equal(check({ version: 3 }, { version: 3, digest: 'x' }), 'FEED_ROLLED_BACK');
  const same = makeFeed(key, { files, version: 3 });
  const { digest } = read(same);
  assert.equal(
    codeOf(() => checkFeedStatement(read(same), 'team', { version: 3, digest, key: '' }, new Date())),
    '',
  );
});

test('an expired one, one from days to come, and another feed of the same key are refused', () => {
  assert.equal(
    check({ created: '2026-01-01T00:00:00Z', expires: '2026-02-01T00:00:00Z' }, undefined, new Date('2026-02-02')),
    'FEED_EXPIRED',
  );
  assert.equal(
    check({ created: '2026-01-01T00:00:00Z', expires: '2026-02-01T00:00:00Z' }, undefined, new Date('2026-01-31')),
    '',
  );
  assert.equal(
    check({ created: '2026-01-10T00:00:00Z', expires: '2026-02-01T00:00:00Z' }, undefined, new Date('2026-01-05')),
    'FEED_INVALID',
  );
  assert.equal(check({ name: 'other' }), 'FEED_INVALID');
});

test('a key is 32 bytes in base64', () => {
  for (const bad of ['', 'x', Buffer.alloc(31).toString('base64'), `${key.pinned}AAAA`])
    assert.equal(
      codeOf(() => parseFeedKey(bad, 'team')),
      'SETTING_INVALID',
      bad,
    );
});
