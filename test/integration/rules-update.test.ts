/** `rules update` against a real server on this machine, with the program as people run it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFeed, makeFeedKey, type FeedSpec } from '../builders/signed-feed.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const key = makeFeedKey();
const served = new Map<string, string | Buffer>();
const server = createServer((request, response) => {
  const found = served.get(request.url ?? '');
  response.writeHead(found === undefined ? 404 : 200).end(found);
});
let folder = '';
let address = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-feeds-'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const feed = { name: 'team', url: `${address}/team/feed.json`, key: key.pinned };
  await writeFile(join(folder, 'tidewaiter.yaml'), JSON.stringify({ feeds: [feed] }));
});
after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

const run = async (...words: readonly string[]): Promise<Ran> => {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const env = { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
  execFile(process.execPath, [main, ...words], { cwd: folder, env, timeout: 60_000 }, (error, out, complaint) =>
    resolve({ status: error === null ? 0 : Number(error.code), out, error: complaint }),
  );
  return promise;
};

interface Update {
  readonly feeds: readonly { readonly outcome: string; readonly version?: number; readonly code?: string }[];
}
const update = async (): Promise<readonly [status: number, outcome: string, detail: number | string | undefined]> => {
  const { status, out, error } = await run('rules', 'update', '--format', 'json');
  assert.notEqual(out, '', error);
  const [feed] = (JSON.parse(out) as Update).feeds;
  return [status, feed?.outcome ?? '', feed?.code ?? feed?.version];
};

const rule = (name: string): string =>
  `rule ${name} { meta: id = "${name}" title = "Mark of a test" severity = "low" confidence = "low" intent = "dual-use" strings: $a = "mark of ${name}" condition: $a }`;

const publish = (spec: FeedSpec, signer = key): void => {
  served.clear();
  for (const [path, text] of Object.entries(spec.files ?? {})) served.set(`/team/${path}`, text);
  served.set('/team/feed.json', makeFeed(signer, spec));
};

const place = (): string => join(folder, 'config/tidewaiter/rules/feeds/team');

test('a signed feed is taken whole, used by scans, listed with its age, and not fetched again', async () => {
  publish({
    version: 2,
    files: { 'yara/first.yar': rule('first'), 'hashes.txt': `${'ab'.repeat(32)}  mark of a test\n` },
  });
  assert.deepEqual(await update(), [0, 'updated', 2]);
  assert.deepEqual(await readdir(place()), ['2']);
  assert.equal(await readFile(join(place(), '2/yara/first.yar'), 'utf8'), rule('first'));
  const listed = JSON.parse((await run('rules', 'list', '--format', 'json')).out) as {
    readonly rules: readonly { readonly file: string }[];
    readonly feeds: readonly { readonly name: string; readonly version: number; readonly expired: boolean }[];
  };
  assert.ok(listed.rules.some(({ file }) => file.endsWith('first.yar')));
  assert.deepEqual(
    listed.feeds.map(({ name, version, expired }) => [name, version, expired]),
    [['team', 2, false]],
  );
  assert.match((await run('rules', 'list')).out, /^feed +team +version 2, 1 days old, good until /m);
  assert.deepEqual(await update(), [0, 'current', 2]);
});

test('a newer version takes the place of the older one', async () => {
  publish({ version: 3, files: { 'second.yar': rule('second') } });
  assert.deepEqual(await update(), [0, 'updated', 3]);
  assert.deepEqual(await readdir(place()), ['3']);
});

test('what is older, unsigned, expired, changed on the way or missing is refused and leaves what was there', async () => {
  publish({ version: 2, files: { 'yara/first.yar': rule('first') } });
  assert.deepEqual(await update(), [1, 'refused', 'FEED_ROLLED_BACK']);
  publish({ version: 3, files: { 'other.yar': rule('other') } });
  assert.deepEqual(await update(), [1, 'refused', 'FEED_ROLLED_BACK']);
  publish({ version: 4, files: { 'evil.yar': rule('evil') } }, makeFeedKey());
  assert.deepEqual(await update(), [1, 'refused', 'FEED_SIGNATURE_INVALID']);
  publish({
    version: 4,
    created: '2026-01-01T00:00:00Z',
    expires: '2026-01-02T00:00:00Z',
    files: { 'x.yar': rule('x') },
  });
  assert.deepEqual(await update(), [1, 'refused', 'FEED_EXPIRED']);
  publish({ version: 4, files: { '../escape.yar': rule('x') } });
  assert.deepEqual(await update(), [1, 'refused', 'FEED_INVALID']);
  publish({ version: 4, files: { 'x.yar': rule('x') } });
  served.set('/team/x.yar', rule('y'));
  assert.deepEqual(await update(), [1, 'refused', 'ARCHIVE_FILE_DIFFERS']);
  served.delete('/team/x.yar');
  assert.deepEqual(await update(), [1, 'refused', 'FEED_UNAVAILABLE']);
  publish({ version: 4, files: { 'x.yar': 'no rule at all' } });
  assert.deepEqual(await update(), [1, 'refused', 'FEED_UNUSABLE']);
  assert.deepEqual(await readdir(place()), ['3']);
  const left = (await readdir(join(folder, 'config/tidewaiter'))).toSorted();
  assert.deepEqual(left, ['feeds.json', 'rules']);
});

test('a damaged memory of versions lets nothing in', async () => {
  const file = join(folder, 'config/tidewaiter/feeds.json');
  const kept = await readFile(file, 'utf8');
  await writeFile(file, '{"team":{}}');
  publish({ version: 1, files: { 'first.yar': rule('first') } });
  const { status, error } = await run('rules', 'update');
  assert.equal(status, 2);
  assert.match(error, /FEED_RECORD_INVALID/);
  await writeFile(file, kept);
});

test('without feeds, or with one that is not configured, it says what to write', async () => {
  const unknown = await run('rules', 'update', 'nobody');
  assert.equal(unknown.status, 2);
  assert.match(unknown.error, /configured: team/);
  await writeFile(join(folder, 'empty.yaml'), '{}');
  const none = await run('rules', 'update', '--config', 'empty.yaml');
  assert.equal(none.status, 2);
  assert.match(none.error, /no feed is configured.*FEEDS_MISSING/);
});

test('what an update brings is looked for in what is remembered, and told; hunt takes the name of the feed', async () => {
  const actor = {
    ID: 'e'.repeat(64),
    Attributes: { image: `registry.example/app@sha256:${'ef'.repeat(32)}`, name: 'web' },
  };
  const start = { Type: 'container', Action: 'start', Actor: actor, time: 1_767_323_045 };
  await writeFile(join(folder, 'engine.json'), JSON.stringify(start));
  assert.equal((await run('replay', '--keep', '--sensor', 'docker', 'engine.json')).status, 0);
  publish({ version: 4, files: { 'second.yar': rule('second'), 'hashes.txt': `${'ab'.repeat(32)}  never here\n` } });
  assert.doesNotMatch((await run('rules', 'update')).out, /was here/);
  publish({ version: 5, files: { 'hashes.txt': `${'ab'.repeat(32)}  never here\n${'ef'.repeat(32)}  bad\n` } });
  const { out, status } = await run('rules', 'update');
  assert.equal(status, 0);
  assert.match(out, /was here: sha256:efef.*1 events, the last on 2026-01-02/);
  assert.match((await run('hunt', 'team')).out, /start .*registry\.example\/app/);
  publish({ version: 6, files: { 'hashes.txt': `${'ef'.repeat(32)}  bad\n` } });
  assert.doesNotMatch((await run('rules', 'update')).out, /was here/, 'what was known before is nothing new');
});
