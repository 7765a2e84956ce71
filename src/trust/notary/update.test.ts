/** Metadata that are older, over, or put together wrongly. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalize } from '@tufjs/canonical-json';
import { notarySigner } from '../../../test/fakes/notary-publisher.ts';
import { day, expect, gun, one, openWorld, two } from '../../../test/fakes/notary-world.ts';

describe('what is older, over, or put together wrongly', () => {
  test('is refused role by role', async () => {
    await using world = await openWorld();
    const before = new Map(world.publisher.files);
    world.publisher.sign('2.0', two);
    world.serve();
    await expect(world.ask(), 'trusted');
    const current = new Map(world.publisher.files);
    const mixed = (...names: readonly string[]) =>
      new Map([...current, ...names.map((name) => [name, before.get(name) ?? Buffer.alloc(0)] as const)]);
    world.server.repositories.set(gun, mixed('timestamp.json'));
    await expect(world.ask(), 'replayed', /timestamp has version 1, and version 2/);
    // A snapshot or targets file is named by its digest: the old one does not fit.
    world.server.repositories.set(gun, current);
    await expect(world.ask(), 'trusted');
  });

  test('is what was seen first under a version, whatever the server now puts there', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    world.publisher.unsign('1.0');
    world.serve();
    // The keys are the publisher's, the version is 1 again: as from a copy of the server that went another way.
    const timestamp = JSON.parse((world.publisher.files.get('timestamp.json') ?? '').toString()) as { signed: object };
    const signed = { ...timestamp.signed, version: 1 };
    const [signer] = world.publisher.signersOf('timestamp');
    const sig = signer?.sign(Buffer.from(canonicalize(signed))).toString('base64');
    const signatures = [{ keyid: signer?.id, method: signer?.method, sig }];
    const files = new Map(world.publisher.files).set(
      'timestamp.json',
      Buffer.from(JSON.stringify({ signed, signatures })),
    );
    world.server.repositories.set(gun, files);
    const answer = await expect(world.ask(), 'trusted');
    assert.equal(answer.facts?.['timestampVersion'], 1);
  });

  test('is over when the first of its files is', async () => {
    await using world = await openWorld();
    const answer = await expect(world.ask(), 'trusted');
    const left = Date.parse(answer.expires ?? '') - Date.now();
    assert.ok(left > 13 * day && left < 15 * day, 'the timestamp of fourteen days');
    world.wait(13);
    await expect(world.ask(), 'trusted');
    world.wait(2);
    await expect(world.ask(), 'expired', /timestamp/);
    for (const role of ['snapshot', 'targets']) {
      await using other = await openWorld();
      other.publisher.sign('1.0', one);
      other.serve({ expires: { [role]: new Date(Date.now() - 1000) } });
      await expect(other.ask(), 'expired', new RegExp(role));
    }
  });

  test('is refused when a file is not the one that was signed', async () => {
    await using world = await openWorld();
    const files = new Map(world.publisher.files);
    const name = [...files.keys()].find((key) => /^targets\.[0-9a-f]{64}\.json$/.test(key)) ?? '';
    files.set(name, Buffer.concat([files.get(name)?.subarray(1) ?? Buffer.alloc(0), Buffer.from(' ')]));
    world.server.repositories.set(gun, files);
    await expect(world.ask(), 'malformed', /targets is not the content/);
    // Missing is another matter: the server may be in the middle of something.
    files.delete(name);
    const answer = await expect(world.ask(), 'unreachable');
    assert.equal(answer.outcome, 'inconclusive');
  });

  test('is refused when somebody else signed it', async () => {
    for (const role of ['timestamp', 'snapshot', 'targets']) {
      await using world = await openWorld();
      world.publisher.sign('1.0', one);
      world.serve({ signedBy: { [role]: [notarySigner()] } });
      await expect(world.ask(), 'other-signer', new RegExp(`^${role} needs 1 valid signature`));
    }
  });

  test('a repository that was signed and is gone is unsigned, with a word about it', async () => {
    await using world = await openWorld();
    await expect(world.ask(), 'trusted');
    world.server.repositories.clear();
    const answer = await expect(world.ask(), 'absent');
    assert.equal(answer.outcome, 'untrusted');
    assert.ok(answer.trace.some(({ detail }) => /pinned on first use/.test(detail ?? '')));
  });
});
