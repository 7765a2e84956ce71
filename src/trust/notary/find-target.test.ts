/** Which roles sign a tag, and below which paths. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notaryCertified, notarySigner } from '../../../test/fakes/notary-publisher.ts';
import { expect, gun, index, one, openWorld, two } from '../../../test/fakes/notary-world.ts';

describe('roles that count', () => {
  test('releases goes before targets, and no other delegation counts unless it is named', async () => {
    await using world = await openWorld();
    const [alice, bob] = [await notaryCertified('alice', {}, 'rsa'), notarySigner('ed25519')];
    world.publisher.delegate('targets/alice', [alice]);
    world.publisher.sign('2.0', one, 'targets/alice');
    world.serve();
    const asked = { subject: { reference: { repository: gun, tag: '2.0' } } };
    await expect(world.ask(asked), 'other-reference', /1\.0 \(targets\)/);
    const answer = await expect(world.ask({ ...asked, trust: { roles: ['targets/alice'] } }), 'trusted');
    assert.equal(answer.identity, `sha256:${alice.canonicalId}`);
    world.publisher.delegate('targets/releases', [bob]);
    world.publisher.sign('1.0', two, 'targets/releases');
    world.serve();
    await expect(world.ask(), 'other-digest', /targets\/releases signs/);
    const moved = await expect(world.ask({ subject: { digest: two } }), 'trusted');
    assert.equal(moved.identity, `sha256:${bob.id}`);
    await expect(world.ask({ trust: { roles: ['targets'] } }), 'trusted');
  });

  test('signs below the paths that every role above hands on', async () => {
    await using world = await openWorld();
    const [alice, bob] = [notarySigner(), notarySigner()];
    world.publisher.delegate('targets/a', [alice], { paths: ['3.', '4.'] });
    world.publisher.delegate('targets/a/b', [bob], { paths: ['4.1', '5.', ''] });
    for (const tag of ['3.0', '4.0', '4.1.2', '5.0']) {
      world.publisher.sign(tag, one, 'targets/a');
      world.publisher.sign(tag, one, 'targets/a/b');
    }
    world.serve();
    const ask = (tag: string, role: string) =>
      world.ask({ subject: { reference: { repository: gun, tag } }, trust: { roles: [role] } });
    await expect(ask('3.0', 'targets/a'), 'trusted');
    await expect(ask('5.0', 'targets/a'), 'other-reference');
    await expect(ask('4.1.2', 'targets/a/b'), 'trusted');
    await expect(ask('4.0', 'targets/a/b'), 'other-reference');
    await expect(ask('5.0', 'targets/a/b'), 'other-reference');
  });

  test('needs its threshold, and what lacks it is passed over as the docker client does', async () => {
    await using world = await openWorld();
    const [alice, bob] = [notarySigner(), notarySigner()];
    world.publisher.delegate('targets/releases', [alice, bob], { threshold: 2 });
    world.publisher.sign('2.0', one, 'targets/releases');
    world.serve({ signedBy: { 'targets/releases': [alice] } });
    const asked = { subject: { reference: { repository: gun, tag: '2.0' } } };
    await expect(world.ask(asked), 'other-signer', /needs 2 valid signatures/);
    await expect(world.ask(), 'trusted');
    world.publisher.sign('2.0', one, 'targets/releases');
    world.serve();
    await expect(world.ask(asked), 'trusted');
    world.publisher.sign('2.0', one, 'targets/releases');
    world.serve({ expires: { 'targets/releases': new Date(Date.now() - 1000) } });
    await expect(world.ask(asked), 'expired');
  });

  test('is not believed in an older version', async () => {
    await using world = await openWorld();
    const alice = notarySigner();
    world.publisher.delegate('targets/releases', [alice]);
    world.publisher.sign('1.0', one, 'targets/releases');
    world.serve();
    const old = world.publisher.files.get('targets/releases.json') ?? Buffer.alloc(0);
    world.publisher.sign('1.0', two, 'targets/releases');
    world.serve();
    await expect(world.ask(), 'other-digest');
    // The server holds the snapshot's key, and lists the older file anew.
    world.publisher.files.set('targets/releases.json', old);
    world.serve();
    await expect(world.ask(), 'replayed', /targets\/releases has version 1, and version 2/);
  });

  test('a digest without a tag may be signed under any', async () => {
    await using world = await openWorld();
    const answer = await expect(world.ask({ subject: { reference: { repository: gun } } }), 'trusted');
    assert.equal(answer.facts?.['tag'], '1.0');
    await expect(world.ask({ subject: { reference: { repository: gun }, digest: two } }), 'absent');
    await expect(world.ask({ subject: { digest: two, index: one } }), 'trusted');
    await expect(world.ask({ subject: { digest: two, index } }), 'other-platform');
  });
});
