/** The cosign verifier against cosign itself: images signed by it in a real registry, in both layouts, judged by both. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CosignTrust } from '../../src/core/trust.ts';
import { buildImage, buildIndex, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { cosign } from '../../src/trust/verifiers/cosign.ts';
import { issuer, workflow } from '../fakes/cosign-scene.ts';
import { ecKeys, startFakeSigstore, type FakeSigstore, type FakeTrustedRoot } from '../fakes/sigstore-authorities.ts';
import { certificatePem } from '../fakes/sigstore-signer.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';
import { answerOf, saidBy, startCosignBench, type CosignBench } from './cosign-bench.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 240_000 };

void suite('cosign', when, () => {
  let bench: CosignBench;
  let sigstore: FakeSigstore;

  before(async () => {
    if (!required) return;
    bench = await startCosignBench();
    // Certificates count from the authority's clock on: cosign has no other than the machine's.
    sigstore = await startFakeSigstore(new Date(Date.now() + 1000));
    const keys = ecKeys();
    const certificate = await sigstore.certify(keys, { subject: workflow, issuer, extensions: { 15: '4711' } });
    const { certificateAuthorities } = JSON.parse(sigstore.trustedRoot()) as FakeTrustedRoot;
    const authority = certificateAuthorities[0]?.certChain.certificates[0]?.rawBytes ?? '';
    await writeFile(bench.file('leaf.pem'), certificatePem(certificate));
    await writeFile(bench.file('authority.pem'), certificatePem(Buffer.from(authority, 'base64')));
    await writeFile(bench.file('leaf.pkcs8'), keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(bench.file('root.json'), sigstore.trustedRoot());
    await bench.call('generate-key-pair', '--output-key-prefix', 'ours');
    await bench.call('generate-key-pair', '--output-key-prefix', 'other');
    await bench.call('import-key-pair', '--key', 'leaf.pkcs8', '--output-key-prefix', 'leaf');
    await sleep(1000);
  });

  after(async () => {
    if (required) await bench[Symbol.asyncDispose]();
  });

  type Layout = 'old' | 'new';
  type Signer = 'key' | 'certificate';

  const layoutWords = (layout: Layout): readonly string[] => (layout === 'old' ? ['--new-bundle-format=false'] : []);
  const signerWords = (signer: Signer): readonly string[] =>
    signer === 'key'
      ? ['--key', 'ours.key']
      : ['--key', 'leaf.key', '--certificate', 'leaf.pem', '--certificate-chain', 'authority.pem'];

  const sign = async (reference: string, layout: Layout, signer: Signer): Promise<void> => {
    await bench.call(
      'sign',
      '--yes',
      '--tlog-upload=false',
      '--use-signing-config=false',
      '--allow-http-registry',
      '-a',
      'ticket=A-7',
      ...layoutWords(layout),
      ...signerWords(signer),
      reference,
    );
  };

  const byKey = async (name: string, more: Partial<CosignTrust> = {}): Promise<CosignTrust> => ({
    verifier: 'cosign',
    keys: [await readFile(bench.file(`${name}.pub`), 'utf8')],
    claim: 'digest',
    ...more,
  });

  const byIdentity = (subject: string, more: Partial<CosignTrust> = {}): CosignTrust => ({
    verifier: 'cosign',
    identities: [{ subject: { exact: subject }, issuer: { exact: issuer } }],
    trustedRoot: sigstore.trustedRoot(),
    log: 'optional',
    claim: 'digest',
    ...more,
  });

  /** Whether cosign itself accepts it. */
  const accepts = (reference: string, layout: Layout, ...words: readonly string[]): Promise<boolean> =>
    bench.succeeds(
      'verify',
      '--allow-http-registry',
      '--insecure-ignore-tlog',
      ...layoutWords(layout),
      ...words,
      reference,
    );

  const identityWords = (layout: Layout, subject: string): readonly string[] => [
    ...(layout === 'old'
      ? ['--ca-roots', 'authority.pem', '--insecure-ignore-sct']
      : ['--trusted-root', 'root.json', '--use-signed-timestamps=false']),
    '--certificate-identity',
    subject,
    '--certificate-oidc-issuer',
    issuer,
  ];

  for (const layout of ['old', 'new'] as const) {
    test(`by key, ${layout} layout: accepted with the key; another key, digest and repository refused, as cosign does`, async () => {
      const name = `team/key-${layout}`;
      await bench.push(name);
      const unsigned = await bench.subjectOf(name);
      const reference = `${bench.host}/${name}@${unsigned.digest}`;
      assert.match(saidBy(await answerOf(unsigned, await byKey('ours'))), /^untrusted absent/);
      await sign(reference, layout, 'key');

      const subject = await bench.subjectOf(name);
      const good = await answerOf(subject, await byKey('ours'));
      assert.equal(saidBy(good), 'trusted trusted');
      assert.equal(good.facts?.['annotation:ticket'], 'A-7');
      assert.ok(await accepts(reference, layout, '--key', 'ours.pub'));
      assert.match(saidBy(await answerOf(subject, await byKey('other'))), /^untrusted other-signer/);
      assert.ok(!(await accepts(reference, layout, '--key', 'other.pub')));

      // cosign writes the repository into the claim of the old layout, and nothing into that of the new one.
      const named = await answerOf(subject, await byKey('ours', { claim: 'repository' }));
      assert.equal(named.code, layout === 'old' ? 'trusted' : 'other-reference', named.reason);
      const elsewhere = { ...subject, reference: { repository: `${bench.host}/team/elsewhere`, tag: 'v1' } };
      assert.match(
        saidBy(await answerOf(elsewhere, await byKey('ours', { claim: 'repository' }))),
        /^untrusted other-reference/,
      );

      // The same signature under the name of another image's digest.
      const other = `team/moved-${layout}`;
      await bench.push(other);
      const target = await bench.subjectOf(other);
      const from = layout === 'old' ? `${subject.digest.replace(':', '-')}.sig` : subject.digest.replace(':', '-');
      const to = layout === 'old' ? `${target.digest.replace(':', '-')}.sig` : target.digest.replace(':', '-');
      await bench.skopeo(
        'copy',
        '--all',
        '--src-tls-verify=false',
        `docker://${bench.host}/${name}:${from}`,
        `docker://${bench.host}/${other}:${to}`,
      );
      assert.match(saidBy(await answerOf(target, await byKey('ours'))), /^untrusted (?:other-digest|absent)/);
    });

    test(`by a certificate of one’s own authority, ${layout} layout: another identity and authority refused, as cosign does`, async () => {
      const name = `team/certificate-${layout}`;
      await bench.push(name);
      const subject = await bench.subjectOf(name);
      const reference = `${bench.host}/${name}@${subject.digest}`;
      await sign(reference, layout, 'certificate');

      const good = await answerOf(subject, byIdentity(workflow));
      assert.equal(saidBy(good), 'trusted trusted');
      assert.deepEqual([good.identity, good.facts?.['sourceRepositoryId']], [workflow, '4711']);
      assert.ok(await accepts(reference, layout, ...identityWords(layout, workflow)));
      const stranger = `${workflow}x`;
      assert.match(saidBy(await answerOf(subject, byIdentity(stranger))), /^untrusted other-signer/);
      assert.ok(!(await accepts(reference, layout, ...identityWords(layout, stranger))));
      const foreign = await startFakeSigstore();
      assert.match(
        saidBy(await answerOf(subject, byIdentity(workflow, { trustedRoot: foreign.trustedRoot() }))),
        /^untrusted untrusted-root/,
      );
      // Nothing says when it was signed, and a log is what keyless asks for.
      assert.match(
        saidBy(await answerOf(subject, byIdentity(workflow, { log: 'required' }))),
        /^untrusted unproven-time/,
      );
    });

    test(`an index, ${layout} layout: its signature covers the image that it lists`, async () => {
      const name = `team/index-${layout}`;
      const layoutFolder = bench.file(`layout-index-${layout}`);
      const image = (content: string, architecture: string) =>
        buildImage({ layers: [{ entries: [{ path: 'etc/name', content }] }], config: { architecture } });
      await writeOciLayout(
        layoutFolder,
        buildIndex([{ image: image(layout, 'amd64') }, { image: image(layout, 'arm64') }]),
        'x',
      );
      await bench.skopeo('copy', '--all', `oci:${layoutFolder}:x`, `docker://${bench.host}/${name}:v1`);
      const subject = await bench.subjectOf(name);
      assert.ok(subject.index !== undefined && subject.index !== subject.digest);
      await sign(`${bench.host}/${name}@${subject.index}`, layout, 'key');
      assert.equal(saidBy(await answerOf(subject, await byKey('ours'))), 'trusted trusted');
      const { index: _, ...alone } = subject;
      assert.match(saidBy(await answerOf(alone, await byKey('ours'))), /^untrusted absent/);
    });

    test(`an attestation, ${layout} layout, is a statement and no signature`, async () => {
      const name = `team/attested-${layout}`;
      await bench.push(name);
      const subject = await bench.subjectOf(name);
      await writeFile(
        bench.file('predicate.json'),
        JSON.stringify({ buildType: 'https://ci.example/build', builder: { id: 'https://ci.example/runner' } }),
      );
      await bench.call(
        'attest',
        '--yes',
        '--tlog-upload=false',
        '--use-signing-config=false',
        '--allow-http-registry',
        ...layoutWords(layout),
        '--key',
        'ours.key',
        '--type',
        'slsaprovenance',
        '--predicate',
        'predicate.json',
        `${bench.host}/${name}@${subject.digest}`,
      );
      const [signature, statement, ...others] = await cosign.verify(
        subject,
        await byKey('ours'),
        fakeTrustContext({ network: { offline: true } }),
      );
      assert.deepEqual(
        [signature?.kind, signature?.code, statement?.kind, statement?.code, others.length],
        ['signature', 'absent', 'statement', 'trusted', 0],
      );
      assert.deepEqual(
        [statement?.facts?.['statement'], statement?.facts?.['builder']],
        ['provenance', 'https://ci.example/runner'],
      );
    });
  }
});
