/** Whole questions to Docker Content Trust, and questions that cannot be. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeAuthority } from '../../../test/fakes/certificate.ts';
import { notaryPublisher } from '../../../test/fakes/notary-publisher.ts';
import { startFakeNotary } from '../../../test/fakes/notary-server.ts';
import { expect, gun, one, openWorld, repository, retries, two } from '../../../test/fakes/notary-world.ts';
import { fakeTrustContext } from '../../../test/fakes/trust-memory.ts';
import type { Attestation } from '../../core/attestation.ts';
import { isFault } from '../../core/fault.ts';
import type { DockerContentTrust } from '../../core/trust.ts';
import { verifyContentTrust } from './verify-content-trust.ts';

describe('the question itself', () => {
  test('of a registry that serves trust data itself, with tokens, as Azure does', async () => {
    const authority = fakeAuthority();
    await using server = await startFakeNotary({ tls: authority.issue(['127.0.0.1']), token: 'me:secret' });
    const name = `${server.host}/team/app`;
    const publisher = await notaryPublisher(name);
    publisher.sign('1.0', one);
    publisher.publish();
    server.repositories.set(name, publisher.files);
    const auths = { [server.host]: { auth: Buffer.from('me:secret').toString('base64') } };
    const ask = (environment: Record<string, string>): Promise<Attestation> =>
      verifyContentTrust(
        { digest: one, reference: { repository: name, tag: '1.0' }, repository },
        { verifier: 'docker-content-trust', roots: [publisher.rootSigner.certificate ?? ''] },
        fakeTrustContext({ environment, network: { certificateAuthorities: [authority.certificate] } }),
        { retries },
      );
    const answer = await expect(ask({ DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) }), 'trusted');
    assert.equal(answer.facts?.['gun'], name);
    assert.ok(server.scopes.every((scope) => scope === `repository:${name}:pull`));
    await expect(ask({}), 'unreachable', /without a login/);
  });

  test('says that this world is a legacy', async () => {
    await using world = await openWorld();
    const answer = await world.ask();
    assert.equal(answer.facts?.['legacy'], true);
    assert.match(String(answer.facts?.['migration']), /cosign|notation/);
    assert.match(answer.trace.at(-1)?.detail ?? '', /retired/);
  });

  test('of an image without a registry cannot be answered', async () => {
    const image = { digest: one, reference: { repository: gun, tag: '1.0' } };
    const trust: DockerContentTrust = { verifier: 'docker-content-trust' };
    const answer = await expect(verifyContentTrust(image, trust, fakeTrustContext()), 'unsupported');
    assert.equal(answer.outcome, 'inconclusive');
  });

  test('with roles that cannot be is the user’s mistake', async () => {
    await using world = await openWorld();
    for (const roles of [[], ['root'], ['targets/'], ['targets/../x']])
      await assert.rejects(world.ask({ trust: { roles } }), (thrown) => isFault(thrown) && thrown.kind === 'misuse');
  });

  test('keeps hostile text short and harmless', async () => {
    const name = `evil\u001b[31m${'x'.repeat(5000)}`;
    await using world = await openWorld();
    const elsewhere = await notaryPublisher(gun, { name: name.slice(0, 60) });
    elsewhere.publish();
    world.server.repositories.set(gun, elsewhere.files);
    const answer = await expect(world.ask(), 'other-reference');
    assert.doesNotMatch(JSON.stringify(answer), /\\u001b/);
    assert.ok(answer.reason.length <= 520);
  });

  test('costs less than 50 ms once the metadata are there', async (t) => {
    await using world = await openWorld();
    for (let tag = 0; tag < 2000; tag += 1) world.publisher.sign(`tag-${tag}`, two);
    world.serve();
    await expect(world.ask(), 'trusted');
    const times: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const since = performance.now();
      await expect(world.offline(), 'trusted');
      times.push(performance.now() - since);
    }
    // The least: what others do on this machine at the same time is not ours.
    const least = Math.min(...times);
    t.diagnostic(`${least.toFixed(1)} ms for 2000 tags`);
    assert.ok(least < 50, `${least} ms`);
  });
});
