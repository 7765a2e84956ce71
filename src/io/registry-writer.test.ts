import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fakeContext } from '../../test/fakes/context.ts';
import { startFakeRegistry, type FakeRegistryOptions } from '../../test/fakes/registry.ts';
import { fails, manifest, manifestType, retries } from '../../test/fakes/registry-with-client.ts';
import { openRegistryWriter } from './registry-writer.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-writer-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const bytes = Buffer.from('a small blob');
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;

const start = async (options: FakeRegistryOptions = {}, pair?: string) => {
  const server = await startFakeRegistry(options);
  const home = await mkdtemp(join(folder, 'home-'));
  if (pair !== undefined) {
    await mkdir(join(home, '.docker'));
    const auths = { [server.host]: { auth: Buffer.from(pair).toString('base64') } };
    await writeFile(join(home, '.docker/config.json'), JSON.stringify({ auths }));
  }
  const context = fakeContext({ environment: { HOME: home } });
  const writer = openRegistryWriter(server.host, context, { retries, systemFolder: '/nonexistent' });
  return {
    server,
    context,
    writer,
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};

test('a blob is pushed to where the registry says, with its digest', async () => {
  await using world = await start();
  const { server, writer, context } = world;
  assert.equal(await writer.putBlob('team/app', bytes, context), digest);
  assert.deepEqual(server.asked().slice(-2), [
    'POST /v2/team/app/blobs/uploads/',
    `PUT /v2/team/app/blobs/uploads/1?state=a&digest=${encodeURIComponent(digest)}`,
  ]);
  assert.equal(server.requests.at(-1)?.body, 'a small blob');
});

test('a manifest with a subject is listed by registries with the referrers API, and not by others', async () => {
  const artifact = manifest({ subject: { digest: `sha256:${'a'.repeat(64)}` } });
  for (const hasReferrers of [true, false]) {
    await using world = await start({ hasReferrers });
    const answer = await world.writer.putManifest('team/app', artifact, 'tag', world.context);
    assert.deepEqual(answer, { isListed: hasReferrers });
    assert.equal(world.server.requests.at(-1)?.headers['content-type'], manifestType);
  }
});

test('a token to write is asked for, and a login that may only read is refused', async () => {
  await using world = await start({ login: { kind: 'bearer', pair: 'me:secret' } }, 'me:secret');
  await world.writer.putBlob('team/app', bytes, world.context);
  const asked = world.server.requests.find(({ path }) => path.startsWith('/token'));
  assert.equal(new URL(asked?.path ?? '', 'http://x').searchParams.get('scope'), 'repository:team/app:pull,push');
  await using stranger = await start({ login: { kind: 'bearer', pair: 'me:secret' } }, 'me:wrong');
  await fails(stranger.writer.putBlob('team/app', bytes, stranger.context), 'REGISTRY_UNAUTHORIZED');
});

test('a place to push to on another host is refused before anything is sent there', async () => {
  await using world = await start();
  await using elsewhere = await startFakeRegistry({ address: '127.0.0.2' });
  const headers = { location: `http://${elsewhere.host}/v2/team/app/blobs/uploads/1` };
  world.server.troubles.push({ on: /^POST/, how: { kind: 'status', status: 202, headers } });
  await fails(world.writer.putBlob('team/app', bytes, world.context), 'REDIRECT_REFUSED');
  assert.deepEqual(elsewhere.asked(), []);
});

test('no place, a refusal and a redirect are failures', async () => {
  const failing = async (status: number, code: string, headers: Readonly<Record<string, string>> = {}) => {
    await using world = await start();
    world.server.troubles.push({ on: /^POST/, how: { kind: 'status', status, headers } });
    await fails(world.writer.putBlob('team/app', bytes, world.context), code);
  };
  await failing(202, 'RESPONSE_MALFORMED', { location: 'http://[' });
  await failing(403, 'REGISTRY_FORBIDDEN');
  await failing(404, 'REPOSITORY_UNKNOWN');
  await failing(307, 'REGISTRY_ANSWER_UNEXPECTED', { location: '/elsewhere' });
});
