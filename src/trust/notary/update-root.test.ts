/** Which root is believed, and how trust moves to a newer one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notaryCertified, notaryPublisher, notarySigner } from '../../../test/fakes/notary-publisher.ts';
import { day, expect, gun, one, openWorld } from '../../../test/fakes/notary-world.ts';

describe('the first root', () => {
  test('is trusted and pinned, said so, and any other is refused from then on', async () => {
    await using world = await openWorld();
    const first = await expect(world.ask(), 'trusted');
    assert.deepEqual([first.facts?.['pinned'], first.facts?.['firstUse']], ['first-use', true]);
    const again = await expect(world.ask(), 'trusted');
    assert.deepEqual([again.facts?.['firstUse'], again.facts?.['pinnedAt']], [false, first.facts?.['pinnedAt']]);
    const stranger = await notaryPublisher(gun);
    stranger.sign('1.0', one);
    for (let version = 0; version < 5; version += 1) stranger.publish();
    world.server.repositories.set(gun, new Map(stranger.files));
    await expect(world.ask(), 'untrusted-root');
    // The trust file's own pin has a memory of its own: it says what is right.
    const id = stranger.rootSigner.canonicalId;
    await expect(world.ask({ trust: { roots: [id] } }), 'trusted');
  });

  test('is refused with a certificate of SHA-1, of an authority, or that is over', async () => {
    for (const [options, code] of [
      [{ hash: 'SHA-1' }, 'untrusted-root'],
      [{ isAuthority: true }, 'untrusted-root'],
      [{ to: new Date(Date.now() - day / 2) }, 'expired'],
      [{ from: new Date(Date.now() + 3 * day) }, 'expired'],
    ] as const) {
      await using world = await openWorld({ root: await notaryCertified(gun, options) });
      await expect(world.ask(), code);
      assert.equal(world.memory.kept.size, 0, 'nothing is pinned');
    }
  });

  test('is refused when its own keys did not sign it', async () => {
    await using world = await openWorld();
    world.publisher.rotate('targets', [notarySigner()]);
    world.serve({ signedBy: { root: [await notaryCertified(gun)] } });
    await expect(world.ask(), 'untrusted-root', /not signed by its own keys/);
  });

  test('needs as many of its keys as it says', async () => {
    const [second, third] = [await notaryCertified(gun), await notaryCertified(gun)];
    await using world = await openWorld();
    world.publisher.rotate('root', [world.publisher.rootSigner, second, third], 2);
    world.serve({ signedBy: { root: [world.publisher.rootSigner] } });
    await expect(world.ask(), 'untrusted-root');
    world.publisher.rotate('root', [world.publisher.rootSigner, second, third], 2);
    world.serve({ signedBy: { root: [second, third] } });
    await expect(world.ask(), 'trusted');
    // Of two that are needed one alone is pinned: the other says nothing here.
    await expect(world.ask({ trust: { roots: [second.canonicalId] } }), 'untrusted-root');
    await expect(world.ask({ trust: { roots: [second.canonicalId, third.id] } }), 'trusted');
  });
});

describe('a new root', () => {
  test('is followed at once when the trusted keys signed it', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    world.publisher.rotate('root', [await notaryCertified(gun)]);
    world.publisher.rotate('timestamp', [notarySigner()]);
    world.serve();
    const answer = await expect(world.ask(), 'trusted');
    assert.equal(answer.facts?.['rootVersion'], 2);
    // From now on the old root is the past.
    await expect(world.ask(), 'trusted');
  });

  test('is followed version by version where keys changed more than once', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    for (let version = 2; version <= 5; version += 1) {
      world.publisher.rotate('root', [await notaryCertified(gun)]);
      world.serve();
    }
    world.server.requests.length = 0;
    assert.equal((await expect(world.ask(), 'trusted')).facts?.['rootVersion'], 5);
    const walked = world.server.requests.filter((line) => /\/\d\.root\.json/.test(line));
    assert.deepEqual(
      walked.map((line) => line.at(-11)),
      ['2', '3', '4'],
    );
    // Who pins the very first key finds the way up as well.
    await expect(world.ask({ trust: { roots: [world.publisher.rootSigner.id] } }), 'trusted');
  });

  test('is refused where one link of the chain is missing, or is another version', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    for (let version = 2; version <= 4; version += 1) {
      world.publisher.rotate('root', [await notaryCertified(gun)]);
      world.serve();
    }
    const files = new Map(world.publisher.files);
    files.delete('2.root.json');
    world.server.repositories.set(gun, files);
    await expect(world.ask(), 'untrusted-root');
    files.set('2.root.json', files.get('3.root.json') ?? Buffer.alloc(0));
    await expect(world.ask(), 'untrusted-root');
    files.set('2.root.json', world.publisher.files.get('1.root.json') ?? Buffer.alloc(0));
    await expect(world.ask(), 'replayed');
  });

  test('lets versions begin anew when the keys of timestamp or snapshot are replaced', async () => {
    await using world = await openWorld();
    const thief = world.publisher.signersOf('timestamp');
    // Somebody with the timestamp key ran the version up.
    for (let version = 0; version < 20; version += 1) world.publisher.publish({ signedBy: { timestamp: thief } });
    world.serve();
    await expect(world.ask(), 'trusted');
    const fresh = await notaryPublisher(gun, { root: world.publisher.rootSigner });
    fresh.publish();
    fresh.rotate('timestamp', [notarySigner()]);
    fresh.sign('1.0', one);
    fresh.publish();
    world.server.repositories.set(gun, new Map(fresh.files));
    const answer = await expect(world.ask(), 'trusted');
    assert.equal(answer.facts?.['timestampVersion'], 2);
  });

  test('lets no older targets in when only the keys of timestamp and snapshot are replaced', async () => {
    for (const role of ['timestamp', 'snapshot'] as const) {
      await using world = await openWorld();
      const old = world.publisher.files.get('targets.json') ?? Buffer.alloc(0);
      world.publisher.sign('1.1', one);
      world.serve();
      await expect(world.ask(), 'trusted');
      world.publisher.rotate(role, [notarySigner()]);
      world.publisher.files.set('targets.json', old);
      world.serve();
      await expect(world.ask(), 'replayed', /targets has version 1, and version 2/);
    }
  });

  test('with another content under a version that is trusted is none', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    const twin = await notaryPublisher(gun, { root: world.publisher.rootSigner });
    twin.sign('1.0', one);
    twin.publish();
    world.server.repositories.set(gun, new Map(twin.files));
    await expect(world.ask(), 'untrusted-root', /another version 1/);
  });
});
