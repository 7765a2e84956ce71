import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeContext } from '../../../test/fakes/context.ts';
import type { Digest } from '../../core/digest.ts';
import { findInEngines } from './engine-images.ts';

const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

/** Answers for these names alone. */
const withEngine = async (
  images: Readonly<Record<string, unknown>>,
  run: (address: string, asked: readonly string[]) => Promise<void>,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-engine-'));
  const socket = join(folder, 'e.sock');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = decodeURI((request.url ?? '').replace(/^\/images\/|\/json$/g, ''));
    asked.push(name);
    const found = images[name];
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? { message: 'no such image' }));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    await run(`unix://${socket}`, asked);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
};

test('an image is found by the first of its names that the engine knows, with the digests that it came by', () =>
  withEngine(
    {
      'registry.example/app:1': {
        Id: 'a'.repeat(64),
        RepoDigests: [`registry.example/app@${digestOf('b')}`, 'rubbish', 5],
      },
    },
    async (address, asked) => {
      const context = fakeContext();
      const found = await findInEngines(
        [{ engine: 'podman', address }],
        [digestOf('c'), 'registry.example/app:1', 'never-asked'],
        context,
      );
      assert.deepEqual(found, {
        id: digestOf('a'),
        digests: [digestOf('b')],
        environment: { DOCKER_HOST: address },
      });
      assert.deepEqual(asked, [digestOf('c'), 'registry.example/app:1']);
      assert.equal(await findInEngines([{ engine: 'docker', address }], ['other'], context), undefined);
    },
  ));

test('an engine that is away, or answers rubbish, is unavailable; the next one is asked all the same', () =>
  withEngine({ 'app:1': { Id: digestOf('a') }, 'odd:1': { Id: '../../etc/passwd' } }, async (address) => {
    const context = fakeContext();
    const away = { engine: 'docker', address: 'unix:///nowhere/e.sock' } as const;
    assert.equal((await findInEngines([away, { engine: 'docker', address }], ['app:1'], context))?.id, digestOf('a'));
    await assert.rejects(findInEngines([away], ['app:1'], context), { code: 'ENGINE_UNREACHABLE' });
    await assert.rejects(findInEngines([{ engine: 'docker', address }], ['odd:1'], context), {
      code: 'ENGINE_ANSWER_INVALID',
    });
  }));
