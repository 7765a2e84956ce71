/** Metadata that were changed in places, unsigned and signed by the right keys: an answer always, trust never for what was not signed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalize } from '@tufjs/canonical-json';
import { mutateJson } from '../../../test/builders/hostile-mutations.ts';
import { gun, openWorld } from '../../../test/fakes/notary-world.ts';
import { fakeTrustMemory } from '../../../test/fakes/trust-memory.ts';

const roles = ['root', 'timestamp', 'snapshot', 'targets'] as const;
const seeds = Array.from({ length: 60 }, (_, seed) => seed + 1);

interface Document {
  readonly signed: object;
  readonly signatures: readonly object[];
}

const parse = (bytes: Uint8Array): Document => JSON.parse(Buffer.from(bytes).toString()) as Document;

describe('changed metadata', { timeout: 60_000 }, () => {
  test('are trusted only where what is signed is what it was', async () => {
    await using world = await openWorld();
    let refused = 0;
    for (const role of roles)
      for (const seed of seeds) {
        const files = new Map(world.publisher.files);
        // Under every name that it has: by itself, by version, by digest.
        for (const [name, bytes] of world.publisher.files)
          if (new RegExp(`^(?:1\\.)?${role}\\.`).test(name)) files.set(name, Buffer.from(mutateJson(bytes, seed)));
        world.server.repositories.set(gun, files);
        const answer = await world.ask({ context: { trustMemory: fakeTrustMemory() } });
        if (answer.code !== 'trusted') {
          refused += 1;
          continue;
        }
        const [before, after] = [world.publisher.files, files].map((all) =>
          parse(all.get(`${role}.json`) ?? Buffer.alloc(0)),
        );
        assert.deepEqual(after?.signed, before?.signed, `${role}, seed ${seed}`);
      }
    assert.ok(refused > 100, String(refused));
  });

  test('that their own keys sign end in an answer too', async () => {
    await using world = await openWorld();
    const codes = new Set<string>();
    for (const role of ['root', 'timestamp'] as const)
      for (const seed of seeds) {
        const files = new Map(world.publisher.files);
        const { signed } = parse(files.get(`${role}.json`) ?? Buffer.alloc(0));
        const changed = JSON.parse(
          Buffer.from(mutateJson(Buffer.from(JSON.stringify(signed)), seed)).toString(),
        ) as object;
        let message: Buffer;
        try {
          message = Buffer.from(canonicalize(changed));
        } catch {
          // A fraction: no publisher can sign it.
          continue;
        }
        const signatures = world.publisher
          .signersOf(role)
          .map((signer) => ({ keyid: signer.id, method: signer.method, sig: signer.sign(message).toString('base64') }));
        files.set(`${role}.json`, Buffer.from(JSON.stringify({ signed: changed, signatures })));
        world.server.repositories.set(gun, files);
        const answer = await world.ask({ context: { trustMemory: fakeTrustMemory() } });
        assert.ok(answer.trace.length > 0 && answer.reason.length <= 600, `${role}, seed ${seed}`);
        codes.add(answer.code);
      }
    assert.ok(codes.has('malformed') && codes.size > 2, [...codes].join(' '));
  });
});
