/** The cosign verifier against cosign itself: images signed by it in a real registry, in both layouts, judged by both. */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Attestation } from '../../src/core/attestation.ts';
import type { Image } from '../../src/core/image.ts';
import { parseReference } from '../../src/core/reference.ts';
import type { CosignTrust, SignatureSubject } from '../../src/core/trust.ts';
import { buildImage, buildIndex, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { registry } from '../../src/image/sources/registry.ts';
import { cosign } from '../../src/trust/verifiers/cosign.ts';
import { takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';
import { ecKeys, startFakeSigstore, type FakeSigstore, type FakeTrustedRoot } from '../fakes/sigstore-authorities.ts';
import { certificatePem } from '../fakes/sigstore-signer.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';
import { readDebianRoot } from './debian-root.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 240_000 };
const run = promisify(execFile);

const workflow = 'https://ci.example/team/app/.ci/release.yml@refs/heads/main';
const issuer = 'https://token.ci.example';

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

void suite('cosign', when, () => {
  let folder: string;
  let host: string;
  let program: string;
  let server: ChildProcess;
  let sigstore: FakeSigstore;
  const images: Image[] = [];
  const file = (name: string): string => join(folder, name);

  const call = async (...words: readonly string[]): Promise<void> => {
    await run(program, words, {
      cwd: folder,
      timeout: 60_000,
      env: { HOME: folder, COSIGN_PASSWORD: '', PATH: '/usr/bin:/bin' },
    });
  };

  before(async () => {
    if (!required) return;
    folder = await mkdtemp(join(tmpdir(), 'tidewaiter-cosign-'));
    program = join(await readDebianRoot(['testing', 'forky'], ['cosign']), 'usr/bin/cosign');
    const port = await freePort();
    host = `127.0.0.1:${port}`;
    const settings = [
      'version: 0.1',
      'log: { level: error, accesslog: { disabled: true } }',
      `storage: { filesystem: { rootdirectory: ${file('data')} } }`,
      `http: { addr: "${host}" }`,
    ];
    await writeFile(file('registry.yml'), settings.join('\n'));
    await writeFile(file('accept.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    server = spawn('docker-registry', ['serve', file('registry.yml')], { stdio: 'ignore' });
    for (let tries = 0; !(await listens(port)); tries += 1) {
      assert.ok(tries < 100 && server.exitCode === null, 'docker-registry did not come up');
      await sleep(100);
    }
    // Certificates count from the authority's clock on: cosign has no other than the machine's.
    sigstore = await startFakeSigstore(new Date(Date.now() + 1000));
    const keys = ecKeys();
    const certificate = await sigstore.certify(keys, { subject: workflow, issuer, extensions: { 15: '4711' } });
    const { certificateAuthorities } = JSON.parse(sigstore.trustedRoot()) as FakeTrustedRoot;
    const authority = certificateAuthorities[0]?.certChain.certificates[0]?.rawBytes ?? '';
    await writeFile(file('leaf.pem'), certificatePem(certificate));
    await writeFile(file('authority.pem'), certificatePem(Buffer.from(authority, 'base64')));
    await writeFile(file('leaf.pkcs8'), keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(file('root.json'), sigstore.trustedRoot());
    await call('generate-key-pair', '--output-key-prefix', 'ours');
    await call('generate-key-pair', '--output-key-prefix', 'other');
    await call('import-key-pair', '--key', 'leaf.pkcs8', '--output-key-prefix', 'leaf');
    await sleep(1000);
  });

  after(async () => {
    if (!required) return;
    for (const image of images) await image[Symbol.asyncDispose]();
    const ended = once(server, 'close');
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  const copy = (from: string, name: string, ...words: readonly string[]) =>
    run('skopeo', [
      '--policy',
      file('accept.json'),
      'copy',
      '-q',
      ...words,
      '--dest-tls-verify=false',
      from,
      `docker://${host}/${name}:v1`,
    ]);

  const push = async (name: string): Promise<void> => {
    const layout = file(`layout-${name.replaceAll('/', '-')}`);
    await writeOciLayout(layout, buildImage({ layers: [{ entries: [{ path: 'etc/name', content: name }] }] }), 'x');
    await copy(`oci:${layout}:x`, name);
  };

  /** Read anew each time: an image remembers what it found beside itself. */
  const subjectOf = async (name: string): Promise<SignatureSubject> => {
    const [image] = await registry.resolve(parseReference(`docker://${host}/${name}:v1`), takeAny, fakeContext());
    assert.ok(image?.digest && image.repository !== undefined);
    images.push(image);
    const { index } = image.identity;
    return {
      digest: image.digest,
      ...(index === undefined ? {} : { index }),
      reference: { repository: `${host}/${name}`, tag: 'v1' },
      repository: image.repository,
    };
  };

  type Layout = 'old' | 'new';
  type Signer = 'key' | 'certificate';

  const layoutWords = (layout: Layout): readonly string[] => (layout === 'old' ? ['--new-bundle-format=false'] : []);
  const signerWords = (signer: Signer): readonly string[] =>
    signer === 'key'
      ? ['--key', 'ours.key']
      : ['--key', 'leaf.key', '--certificate', 'leaf.pem', '--certificate-chain', 'authority.pem'];

  const sign = async (reference: string, layout: Layout, signer: Signer): Promise<void> => {
    await call(
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
    keys: [await readFile(file(`${name}.pub`), 'utf8')],
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

  const answer = async (subject: SignatureSubject, trust: CosignTrust): Promise<Attestation> => {
    const attestations = await cosign.verify(subject, trust, fakeTrustContext({ network: { offline: true } }));
    const signature = attestations.find(({ kind }) => kind === 'signature');
    assert.ok(signature !== undefined);
    return signature;
  };

  const said = ({ outcome, code, reason }: Attestation): string =>
    `${outcome} ${code}${outcome === 'trusted' ? '' : `: ${reason}`}`;

  /** Whether cosign itself accepts it. */
  const accepts = (reference: string, layout: Layout, ...words: readonly string[]): Promise<boolean> =>
    call('verify', '--allow-http-registry', '--insecure-ignore-tlog', ...layoutWords(layout), ...words, reference).then(
      () => true,
      () => false,
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
      await push(name);
      const unsigned = await subjectOf(name);
      const reference = `${host}/${name}@${unsigned.digest}`;
      assert.match(said(await answer(unsigned, await byKey('ours'))), /^untrusted absent/);
      await sign(reference, layout, 'key');

      const subject = await subjectOf(name);
      const good = await answer(subject, await byKey('ours'));
      assert.equal(said(good), 'trusted trusted');
      assert.equal(good.facts?.['annotation:ticket'], 'A-7');
      assert.ok(await accepts(reference, layout, '--key', 'ours.pub'));
      assert.match(said(await answer(subject, await byKey('other'))), /^untrusted other-signer/);
      assert.ok(!(await accepts(reference, layout, '--key', 'other.pub')));

      // cosign writes the repository into the claim of the old layout, and nothing into that of the new one.
      const named = await answer(subject, await byKey('ours', { claim: 'repository' }));
      assert.equal(named.code, layout === 'old' ? 'trusted' : 'other-reference', named.reason);
      const elsewhere = { ...subject, reference: { repository: `${host}/team/elsewhere`, tag: 'v1' } };
      assert.match(
        said(await answer(elsewhere, await byKey('ours', { claim: 'repository' }))),
        /^untrusted other-reference/,
      );

      // The same signature under the name of another image's digest.
      const other = `team/moved-${layout}`;
      await push(other);
      const target = await subjectOf(other);
      const from = layout === 'old' ? `${subject.digest.replace(':', '-')}.sig` : subject.digest.replace(':', '-');
      const to = layout === 'old' ? `${target.digest.replace(':', '-')}.sig` : target.digest.replace(':', '-');
      await run('skopeo', [
        '--policy',
        file('accept.json'),
        'copy',
        '-q',
        '--all',
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
        `docker://${host}/${name}:${from}`,
        `docker://${host}/${other}:${to}`,
      ]);
      assert.match(said(await answer(target, await byKey('ours'))), /^untrusted (?:other-digest|absent)/);
    });

    test(`by a certificate of one’s own authority, ${layout} layout: another identity and authority refused, as cosign does`, async () => {
      const name = `team/certificate-${layout}`;
      await push(name);
      const subject = await subjectOf(name);
      const reference = `${host}/${name}@${subject.digest}`;
      await sign(reference, layout, 'certificate');

      const good = await answer(subject, byIdentity(workflow));
      assert.equal(said(good), 'trusted trusted');
      assert.deepEqual([good.identity, good.facts?.['sourceRepositoryId']], [workflow, '4711']);
      assert.ok(await accepts(reference, layout, ...identityWords(layout, workflow)));
      const stranger = `${workflow}x`;
      assert.match(said(await answer(subject, byIdentity(stranger))), /^untrusted other-signer/);
      assert.ok(!(await accepts(reference, layout, ...identityWords(layout, stranger))));
      const foreign = await startFakeSigstore();
      assert.match(
        said(await answer(subject, byIdentity(workflow, { trustedRoot: foreign.trustedRoot() }))),
        /^untrusted untrusted-root/,
      );
      // Nothing says when it was signed, and a log is what keyless asks for.
      assert.match(said(await answer(subject, byIdentity(workflow, { log: 'required' }))), /^untrusted unproven-time/);
    });

    test(`an index, ${layout} layout: its signature covers the image that it lists`, async () => {
      const name = `team/index-${layout}`;
      const layoutFolder = file(`layout-index-${layout}`);
      const image = (content: string, architecture: string) =>
        buildImage({ layers: [{ entries: [{ path: 'etc/name', content }] }], config: { architecture } });
      await writeOciLayout(
        layoutFolder,
        buildIndex([{ image: image(layout, 'amd64') }, { image: image(layout, 'arm64') }]),
        'x',
      );
      await copy(`oci:${layoutFolder}:x`, name, '--all');
      const subject = await subjectOf(name);
      assert.ok(subject.index !== undefined && subject.index !== subject.digest);
      await sign(`${host}/${name}@${subject.index}`, layout, 'key');
      assert.equal(said(await answer(subject, await byKey('ours'))), 'trusted trusted');
      const { index: _, ...alone } = subject;
      assert.match(said(await answer(alone, await byKey('ours'))), /^untrusted absent/);
    });

    test(`an attestation, ${layout} layout, is a statement and no signature`, async () => {
      const name = `team/attested-${layout}`;
      await push(name);
      const subject = await subjectOf(name);
      await writeFile(
        file('predicate.json'),
        JSON.stringify({ buildType: 'https://ci.example/build', builder: { id: 'https://ci.example/runner' } }),
      );
      await call(
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
        `${host}/${name}@${subject.digest}`,
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
