/** What is remembered of a repository: offline, between processes, damaged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expect, gun, openWorld, two } from '../../../test/fakes/notary-world.ts';
import { fakeTrustMemory } from '../../../test/fakes/trust-memory.ts';

describe('what is remembered', () => {
  test('answers while offline, until it is over; what is not remembered is unknown', async () => {
    await using world = await openWorld();
    assert.equal((await expect(world.offline(), 'unreachable')).outcome, 'inconclusive');
    await expect(world.ask(), 'trusted');
    world.server.requests.length = 0;
    await expect(world.offline(), 'trusted');
    assert.deepEqual(world.server.requests, []);
    world.wait(15);
    await expect(world.offline(), 'expired');
  });

  test('spares requests for what did not change', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    world.server.requests.length = 0;
    await expect(world.ask(), 'trusted');
    assert.deepEqual(world.server.requests, [`GET /v2/${gun}/_trust/tuf/timestamp.json`]);
  });

  test('a server that is gone is no answer, though much is remembered', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    world.server.troubles.push({ on: /./, status: 503 });
    assert.equal((await expect(world.ask(), 'unreachable')).outcome, 'inconclusive');
  });

  test('if it cannot be read, or is damaged, nothing is trusted for the first time', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    world.memory.broken = true;
    assert.equal((await expect(world.ask(), 'unreachable')).outcome, 'inconclusive');
    world.memory.broken = false;
    const [[key, good] = ['', '']] = world.memory.kept;
    const { versions, ...rest } = JSON.parse(good) as { versions: object };
    const without = (role: string) => JSON.stringify({ ...rest, versions: { ...versions, [role]: 'x' } });
    for (const damaged of ['{"root":', '[]', JSON.stringify(rest), without('timestamp'), '']) {
      world.memory.kept.set(key, damaged);
      assert.equal((await expect(world.ask(), 'unreachable', /damaged/)).outcome, 'inconclusive', damaged);
      assert.equal(world.memory.kept.get(key), damaged, 'and nothing is written over it');
    }
  });

  test('no process moves it back: who was overtaken decides anew', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    const older = new Map(world.publisher.files);
    world.publisher.sign('2.0', two);
    world.serve();
    // While one process looks at the older state, another one sees and keeps the newer.
    let isFirst = true;
    const slow = {
      ...world.memory,
      recall: (space: 'notary' | 'trusted-root', key: string) => world.memory.recall(space, key),
      replace(space: 'notary' | 'trusted-root', key: string, before: string | undefined, after: string) {
        if (!isFirst) return world.memory.replace(space, key, before, after);
        isFirst = false;
        for (const [name, kept] of newer) world.memory.kept.set(name, kept);
        return world.memory.replace(space, key, before, after);
      },
    };
    const other = fakeTrustMemory();
    await expect(world.ask({ context: { trustMemory: other } }), 'trusted');
    const newer = new Map(other.kept);
    world.memory.kept.clear();
    world.server.repositories.set(gun, older);
    await expect(world.ask({ context: { trustMemory: slow } }), 'replayed');
    assert.deepEqual([...world.memory.kept], [...newer]);
  });

  test('many processes at once agree', async () => {
    await using world = await openWorld();
    const answers = await Promise.all(Array.from({ length: 8 }, () => world.ask()));
    assert.deepEqual([...new Set(answers.map(({ code }) => code))], ['trusted']);
    assert.equal(answers.filter(({ facts }) => facts?.['firstUse'] === true).length, 1, 'one of them was first');
  });
});
