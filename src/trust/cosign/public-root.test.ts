/** The public trusted root by The Update Framework: fetched, kept, not rolled back, and used without a network. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import type { TrustContext } from '../../core/trust.ts';
import { startFakeTuf, type FakeTuf } from '../../../test/fakes/tuf-repository.ts';
import { fakeTrustContext, fakeTrustMemory, type FakeTrustMemory } from '../../../test/fakes/trust-memory.ts';
import { carriedRoot, fetchByTuf, type FetchRoot } from './fetch-by-tuf.ts';
import { findPublicRoot } from './public-root.ts';
import { parseTrustRoot } from './trust-root.ts';

const day = 86_400_000;
const start = new Date('2026-06-01T00:00:00Z');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-root-'));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Asking {
  readonly memory: FakeTrustMemory;
  readonly ask: (options?: { readonly offline?: boolean; readonly days?: number }) => Promise<string>;
}

const contextAt = (memory: FakeTrustMemory, days: number, offline: boolean): TrustContext => ({
  ...fakeTrustContext({
    trustMemory: memory,
    network: { offline, timeoutMs: 2000 },
    now: () => new Date(start.getTime() + days * day),
  }),
  temporaryFolder: async () => folder,
});

const askFrom = (tuf: FakeTuf, root = tuf.root): Asking => {
  const memory = fakeTrustMemory();
  return {
    memory,
    ask: async ({ offline = false, days = 0 } = {}) =>
      (await findPublicRoot(contextAt(memory, days, offline), fetchByTuf(tuf.url, root), tuf.url)).text,
  };
};

const isUnavailable = (thrown: unknown): boolean => isFault(thrown) && thrown.code === 'TRUSTED_ROOT_UNAVAILABLE';

test('fetched once, kept for a day without asking again, and then brought up to date', async () => {
  await using tuf = await startFakeTuf('{"one":1}');
  const { ask } = askFrom(tuf);
  assert.equal(await ask(), '{"one":1}');
  const asked = tuf.requests.length;
  assert.ok(asked >= 4);
  tuf.publish('{"two":2}');
  assert.equal(await ask({ days: 0.9 }), '{"one":1}');
  assert.equal(tuf.requests.length, asked);
  assert.equal(await ask({ days: 1.1 }), '{"two":2}');
});

test('offline what is kept is used however old, and nothing is asked for; where nothing is kept it cannot be had', async () => {
  await using tuf = await startFakeTuf('{"one":1}');
  const { ask, memory } = askFrom(tuf);
  await assert.rejects(ask({ offline: true }), isUnavailable);
  assert.deepEqual(tuf.requests, []);
  await ask();
  const asked = tuf.requests.length;
  assert.equal(await ask({ offline: true, days: 400 }), '{"one":1}');
  assert.equal(tuf.requests.length, asked);
  memory.kept.set(`trusted-root ${tuf.url}`, '{"fetchedAt":"never"}');
  await assert.rejects(ask({ offline: true }), isUnavailable);
});

test('a mirror that is away, rolled back or altered leaves what is kept', async () => {
  await using tuf = await startFakeTuf('{"one":1}');
  const { ask } = askFrom(tuf);
  const older = new Map(tuf.files);
  tuf.publish('{"two":2}');
  assert.equal(await ask(), '{"two":2}');
  const current = new Map(tuf.files);
  for (const [path, file] of older) tuf.files.set(path, file);
  assert.equal(await ask({ days: 2 }), '{"two":2}', 'rolled back');
  for (const [path, file] of current) tuf.files.set(path, file);
  tuf.publish('{"three":3}');
  tuf.files.set('/targets/trusted_root.json', '{"three":4}');
  assert.equal(await ask({ days: 4 }), '{"two":2}', 'altered');
  tuf.files.clear();
  assert.equal(await ask({ days: 6 }), '{"two":2}', 'away');
});

test('metadata by another key than that of the root is not believed', async () => {
  await using tuf = await startFakeTuf('{"one":1}');
  await using other = await startFakeTuf('{"other":1}');
  const { ask, memory } = askFrom(tuf, other.root);
  await assert.rejects(ask(), isUnavailable);
  assert.equal(memory.kept.size, 0);
});

test('another process that was first is not overwritten, and a memory that cannot be read is no first use', async () => {
  const memory = fakeTrustMemory();
  const fetchRoot: FetchRoot = async () => {
    memory.kept.set('trusted-root m', 'written meanwhile');
    return { 'trusted_root.json': 'mine' };
  };
  assert.equal((await findPublicRoot(contextAt(memory, 0, false), fetchRoot, 'm')).text, 'mine');
  assert.equal(memory.kept.get('trusted-root m'), 'written meanwhile');
  memory.broken = true;
  await assert.rejects(findPublicRoot(contextAt(memory, 0, false), fetchRoot, 'm'), { code: 'STORE_UNREADABLE' });
});

test('the mirror is asked within the connection policy: no plain HTTP to other machines, no way to other hosts, no endless file', async () => {
  const reasonAt = async (mirror: string, root: string): Promise<string> => {
    try {
      await findPublicRoot(contextAt(fakeTrustMemory(), 0, false), fetchByTuf(mirror, root), mirror);
      return 'fetched';
    } catch (thrown) {
      return isUnavailable(thrown) ? (thrown as Error).message : 'another error';
    }
  };
  await using tuf = await startFakeTuf('{"one":1}');
  assert.match(await reasonAt('http://mirror.example', tuf.root), /plain HTTP to mirror\.example is refused/);
  tuf.redirectTo('http://mirror.example');
  assert.match(await reasonAt(tuf.url, tuf.root), /redirects to http:\/\/mirror\.example/);
  tuf.redirectTo(undefined);
  const timestamp = tuf.files.get('/timestamp.json') ?? '';
  tuf.files.set('/timestamp.json', timestamp + ' '.repeat(2 ** 20));
  assert.match(await reasonAt(tuf.url, tuf.root), /larger than/);
  tuf.files.set('/timestamp.json', timestamp);
  assert.equal(await reasonAt(tuf.url, tuf.root), 'fetched');
});

test('sigstore’s client carries a root of the public instance that can be used', () => {
  const { material } = parseTrustRoot(carriedRoot());
  assert.ok(material.certificateAuthorities.length > 0 && material.tlogs.length > 0 && material.ctlogs.length > 0);
});
