/** Docker Content Trust against a real Notary server and signer, with images signed by the Notary client and by `docker trust`. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attestation } from '../../src/core/attestation.ts';
import { parseReference } from '../../src/core/reference.ts';
import type { DockerContentTrust, SignatureSubject, TrustMemory } from '../../src/core/trust.ts';
import { buildImage, buildIndex, writeDockerArchive } from '../../src/image/oci-layout-writer.ts';
import { registry } from '../../src/image/sources/registry.ts';
import { openTrustMemory, type DurableTrustMemory } from '../../src/store/backends/trust-memory.ts';
import { dockerContentTrust } from '../../src/trust/verifiers/docker-content-trust.ts';
import { takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';
import { fakeTrustContext, fakeTrustMemory } from '../fakes/trust-memory.ts';
import { startNotaryServices, type NotaryServices } from './notary-services.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 120_000 };

const imageOf = (word: string, architecture = 'amd64') =>
  buildImage({ layers: [{ entries: [{ path: 'etc/word', content: word }] }], config: { architecture } });

const disposable = (memory: DurableTrustMemory): DurableTrustMemory & Disposable => ({
  ...memory,
  [Symbol.dispose]: () => memory.close(),
});

interface Asked {
  readonly memory?: TrustMemory;
  readonly server?: string;
  readonly roots?: readonly string[];
  readonly roles?: readonly string[];
  readonly now?: () => Date;
  readonly offline?: boolean;
}

void suite('a real Notary server', when, () => {
  let services: NotaryServices;
  before(async () => {
    if (required) services = await startNotaryServices();
  });
  after(async () => {
    if (required) await services[Symbol.asyncDispose]();
  });

  const gunOf = (path: string): string => `${services.registry}/${path}`;

  /** As `verify` asks: the tag is resolved once, in the real registry. */
  const subjectOf = async (path: string, tag: string): Promise<SignatureSubject> => {
    const context = fakeContext({ network: { timeoutMs: 10_000 } });
    const reference = parseReference(`docker://${gunOf(path)}:${tag}`);
    const [image] = await registry.resolve(reference, takeAny, context);
    assert.ok(image?.digest && image.repository !== undefined);
    const { index } = image.identity;
    return {
      digest: image.digest,
      ...(index === undefined ? {} : { index }),
      reference: { repository: gunOf(path), tag },
      repository: image.repository,
    };
  };

  const verify = async (subject: SignatureSubject, asked: Asked = {}): Promise<Attestation> => {
    const { memory = fakeTrustMemory(), server = services.notary, roots, roles, now, offline = false } = asked;
    const trust: DockerContentTrust = {
      verifier: 'docker-content-trust',
      server,
      ...(roots === undefined ? {} : { roots }),
      ...(roles === undefined ? {} : { roles }),
    };
    const context = fakeTrustContext({
      trustMemory: memory,
      network: { timeoutMs: 10_000, certificateAuthorities: [services.authority], offline },
      ...(now === undefined ? {} : { now }),
    });
    const [answer, ...others] = await dockerContentTrust.verify(subject, trust, context);
    assert.ok(answer !== undefined && others.length === 0);
    return answer;
  };

  /** An index of two platforms, signed with the Notary client under its own digest. */
  const signed = async (path: string, tag: string, word = path) => {
    const index = buildIndex([{ image: imageOf(word) }, { image: imageOf(word, 'arm64') }]);
    await services.push(index, `${path}:${tag}`);
    const subject = await subjectOf(path, tag);
    await signAs(path, tag, subject.index ?? subject.digest);
    return subject;
  };

  const signAs = async (path: string, tag: string, digest: string, ...more: readonly string[]): Promise<void> => {
    const hex = digest.slice('sha256:'.length);
    await services.client('addhash', gunOf(path), tag, '500', '--sha256', hex, ...more, '--publish');
  };

  const initialise = (path: string): Promise<string> => services.client('init', '--publish', gunOf(path));

  test('what the Notary client signs is trusted, on first use and after it', async () => {
    await initialise('first/use');
    const subject = await signed('first/use', '1.0');
    const memory = fakeTrustMemory();
    const first = await verify(subject, { memory });
    assert.equal(first.code, 'trusted', JSON.stringify(first));
    assert.equal(first.facts?.['firstUse'], true);
    const again = await verify(subject, { memory });
    assert.equal(again.code, 'trusted');
    assert.equal(again.facts?.['firstUse'], false);
    assert.equal(again.facts?.['pinnedAt'], first.facts?.['pinnedAt']);
    // The key that the client lists for the role.
    const keys = await services.client('key', 'list');
    const [, listed] = new RegExp(`^targets\\s+\\S*use\\s+([0-9a-f]{64})`, 'm').exec(keys) ?? [];
    assert.equal(again.identity, `sha256:${listed}`);
    // What is remembered answers without a network.
    const offline = await verify(subject, { memory, offline: true });
    assert.equal(offline.code, 'trusted', offline.reason);
    const unknown = await verify(subject, { offline: true });
    assert.deepEqual([unknown.outcome, unknown.code], ['inconclusive', 'unreachable']);
  });

  test('once the metadata are there, a signature costs less than 50 ms', async (t) => {
    await initialise('how/fast');
    const subject = await signed('how/fast', '1.0');
    const memory = fakeTrustMemory();
    await verify(subject, { memory });
    const times: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const since = performance.now();
      const answer = await verify(subject, { memory, offline: true });
      times.push(performance.now() - since);
      assert.equal(answer.code, 'trusted');
    }
    const [least = Infinity, ...others] = times.toSorted((one, other) => one - other);
    t.diagnostic(`${least.toFixed(1)} ms at best, ${others[9]?.toFixed(1)} ms in the middle`);
    assert.ok(least < 50, `${least} ms`);
  });

  test('a root is pinned by the id that the client shows, or by its certificate; another root is refused', async () => {
    await initialise('with/pin');
    const subject = await signed('with/pin', '1.0');
    const free = await verify(subject);
    const id = String(free.facts?.['rootKeys']);
    const keys = await services.client('key', 'list');
    assert.match(keys, new RegExp(`^root\\s+${id}`, 'm'));
    const pinned = await verify(subject, { roots: [id] });
    assert.deepEqual([pinned.code, pinned.facts?.['pinned']], ['trusted', 'configured']);
    await services.openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'x.key',
      '-out',
      'x.crt',
      '-subj',
      '/CN=x',
    );
    const stranger = await readFile(join(services.folder, 'x.crt'), 'utf8');
    const refused = await verify(subject, { roots: [stranger, '0'.repeat(64)] });
    assert.deepEqual([refused.outcome, refused.code], ['untrusted', 'untrusted-root'], refused.reason);
  });

  test('a tag that moved without being signed again is refused; so is one that was signed for something else', async () => {
    await initialise('moved/tag');
    const before = await signed('moved/tag', '1.0');
    await services.push(buildIndex([{ image: imageOf('moved') }]), 'moved/tag:1.0');
    const after = await subjectOf('moved/tag', '1.0');
    assert.notEqual(after.index, before.index);
    const answer = await verify(after);
    assert.deepEqual([answer.outcome, answer.code], ['untrusted', 'other-digest'], answer.reason);
    assert.equal((await verify(before)).code, 'trusted');
    const { digest: other } = await subjectOf('moved/tag', '1.0');
    await signAs('moved/tag', '2.0', other);
    const named = await verify({ ...after, reference: { repository: gunOf('moved/tag'), tag: '3.0' } });
    assert.deepEqual([named.outcome, named.code], ['untrusted', 'other-reference'], named.reason);
  });

  test('a signature of one platform is none of another; one of the index is of both', async () => {
    await initialise('two/platforms');
    const index = buildIndex([{ image: imageOf('a') }, { image: imageOf('a', 'arm64') }]);
    await services.push(index, 'two/platforms:1.0');
    const subject = await subjectOf('two/platforms', '1.0');
    const arm = imageOf('a', 'arm64').manifestDigest;
    assert.notEqual(arm, subject.digest);
    await signAs('two/platforms', '1.0', arm);
    const answer = await verify(subject);
    assert.deepEqual([answer.outcome, answer.code], ['untrusted', 'other-platform'], answer.reason);
    assert.equal((await verify({ ...subject, digest: arm })).code, 'trusted');
  });

  test('an older state, served again, is refused by whoever saw the newer one', async () => {
    await initialise('rolled/back');
    const subject = await signed('rolled/back', '1.0');
    await using proxy = await services.proxy();
    // Two processes, one file.
    using memory = disposable(openTrustMemory(join(services.folder, 'state')));
    using another = disposable(openTrustMemory(join(services.folder, 'state')));
    const asked = { server: proxy.url, memory };
    assert.equal((await verify(subject, asked)).code, 'trusted');
    proxy.remember();
    await services.client('remove', gunOf('rolled/back'), '1.0', '--publish');
    assert.equal((await verify(subject, asked)).code, 'absent');
    proxy.goBack();
    for (const memory of [asked.memory, another]) {
      const answer = await verify(subject, { ...asked, memory });
      assert.deepEqual([answer.outcome, answer.code], ['untrusted', 'replayed'], answer.reason);
    }
    // Who never saw the newer one cannot know: that is what the end of the timestamp is for.
    assert.equal((await verify(subject, { server: proxy.url })).code, 'trusted');
    const later = new Date(Date.now() + 15 * 86_400_000);
    const late = await verify(subject, { server: proxy.url, now: () => later });
    assert.deepEqual([late.outcome, late.code], ['untrusted', 'expired'], late.reason);
  });

  test('trust follows rotated keys, one root after the other', async () => {
    await initialise('new/keys');
    const subject = await signed('new/keys', '1.0');
    const memory = fakeTrustMemory();
    const first = await verify(subject, { memory });
    const gun = gunOf('new/keys');
    await services.client('key', 'rotate', gun, 'snapshot', '--server-managed');
    await services.client('key', 'rotate', gun, 'timestamp', '--server-managed');
    await services.client('key', 'rotate', gun, 'targets');
    await services.client('key', 'rotate', gun, 'root');
    await services.client('key', 'rotate', gun, 'root');
    const answer = await verify(subject, { memory });
    assert.equal(answer.code, 'trusted', answer.reason);
    assert.ok(Number(answer.facts?.['rootVersion']) >= 6);
    assert.notEqual(answer.facts?.['rootKeys'], first.facts?.['rootKeys']);
    assert.notEqual(answer.identity, first.identity);
    // A pin on the very first root leads to the newest one as well.
    const pinned = await verify(subject, { roots: [String(first.facts?.['rootKeys'])] });
    assert.equal(pinned.code, 'trusted', pinned.reason);
  });

  test('a delegation counts where it is asked for, and in the order in which it is', async () => {
    await initialise('handed/on');
    const subject = await signed('handed/on', '1.0');
    const gun = gunOf('handed/on');
    const key = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'alice.key', '-out', 'alice.crt'];
    await services.openssl(...key, '-days', '365', '-subj', '/CN=alice');
    await services.client('key', 'import', join(services.folder, 'alice.key'), '--role', 'delegation');
    const certificate = join(services.folder, 'alice.crt');
    await services.client('delegation', 'add', gun, 'targets/alice', certificate, '--all-paths', '--publish');
    await signAs('handed/on', '2.0', subject.index ?? '', '--roles', 'targets/alice');
    const two = { ...subject, reference: { repository: gun, tag: '2.0' } };
    // As docker: what only a delegation besides releases signed is not signed.
    assert.equal((await verify(two)).code, 'other-reference');
    const asked = await verify(two, { roles: ['targets/alice'] });
    assert.deepEqual([asked.code, asked.facts?.['role']], ['trusted', 'targets/alice'], asked.reason);
    // releases goes before targets.
    await services.client('delegation', 'add', gun, 'targets/releases', certificate, '--paths', '1.', '--publish');
    await signAs('handed/on', '1.0', imageOf('something else').manifestDigest, '--roles', 'targets/releases');
    assert.equal((await verify(subject)).code, 'other-digest');
    assert.equal((await verify(subject, { roles: ['targets'] })).code, 'trusted');
  });

  test('a repository that nobody signed is unsigned; a server that is gone says nothing', async () => {
    await services.push(buildIndex([{ image: imageOf('unsigned') }]), 'nobody/signed:1.0');
    const unsigned = await subjectOf('nobody/signed', '1.0');
    const answer = await verify(unsigned);
    assert.deepEqual([answer.outcome, answer.code], ['untrusted', 'absent'], answer.reason);
    const gone = await verify(unsigned, { server: 'https://127.0.0.1:1' });
    assert.deepEqual([gone.outcome, gone.code], ['inconclusive', 'unreachable'], gone.reason);
  });

  test('what docker push and docker trust sign is trusted, by the signer’s key', async () => {
    const name = gunOf('by/docker');
    const archive = join(services.folder, 'image.tar');
    await writeDockerArchive(archive, imageOf('docker'), { name: `${name}:1.0`, layout: 'classic' });
    await services.docker('load', '-i', archive);
    await services.docker('tag', `${name}:1.0`, `${name}:2.0`);
    await services.docker('push', `${name}:1.0`);
    const one = await verify(await subjectOf('by/docker', '1.0'));
    assert.deepEqual([one.code, one.facts?.['role']], ['trusted', 'targets'], one.reason);
    await services.docker('trust', 'key', 'generate', 'alice');
    await services.docker('trust', 'signer', 'add', '--key', 'alice.pub', 'alice', name);
    await services.docker('trust', 'sign', `${name}:2.0`);
    const two = await verify(await subjectOf('by/docker', '2.0'));
    assert.deepEqual([two.code, two.facts?.['role']], ['trusted', 'targets/releases'], two.reason);
    const inspected = JSON.parse(await services.docker('trust', 'inspect', name)) as readonly [
      { readonly Signers: readonly [{ readonly Keys: readonly [{ readonly ID: string }] }] },
    ];
    assert.equal(two.identity, `sha256:${inspected[0].Signers[0].Keys[0].ID}`);
    const alice = await verify(await subjectOf('by/docker', '2.0'), { roles: ['targets/alice'] });
    assert.equal(alice.code, 'trusted', alice.reason);
    await services.docker('trust', 'revoke', '--yes', `${name}:2.0`);
    const revoked = await verify(await subjectOf('by/docker', '2.0'));
    assert.equal(revoked.outcome, 'untrusted', revoked.reason);
  });
});
