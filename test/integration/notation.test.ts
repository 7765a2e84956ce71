/** The notation verifier against notation itself: images signed by it in a real registry, judged by both under the same policies and stores. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Attestation, AttestationCode } from '../../src/core/attestation.ts';
import type { Descriptor } from '../../src/core/image.ts';
import type { NotationTrust, SignatureSubject } from '../../src/core/trust.ts';
import { parseManifest } from '../../src/formats/records/oci-manifest.ts';
import { readTrust } from '../../src/trust/trust-file/read-trust.ts';
import { notation } from '../../src/trust/verifiers/notation.ts';
import { makeAuthority, makeList, makeParty, pemOf, type Party } from '../fakes/authority.ts';
import { fakeContext } from '../fakes/context.ts';
import { envelopeTypes, signEnvelope, type EnvelopeForm, type SigningOptions } from '../fakes/notation-signer.ts';
import { ocspAnswer, startRevocationServer, type RevocationServer } from '../fakes/revocation-server.ts';
import { makeStamper, startTimestampServer, type TimestampServer } from '../fakes/timestamp-authority.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';
import { readDebianRoot } from './debian-root.ts';
import { startLocalRegistry, type LocalRegistry } from './local-registry.ts';
import { openRegistryImages, type RegistryImages } from './registry-images.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 240_000 };
const run = promisify(execFile);
const day = 86_400_000;

void suite('notation', when, () => {
  let folder: string;
  let host: string;
  let program: string;
  let server: LocalRegistry;
  let images: RegistryImages;
  let authority: RevocationServer;
  let clock: TimestampServer;
  let root: Party;
  let issuing: Party;
  let clockRoot: Party;
  const signers = new Map<string, Party>();
  const config = (): string => join(folder, 'config', 'notation');

  const call = (...words: readonly string[]) =>
    run(program, words, {
      env: {
        HOME: folder,
        XDG_CONFIG_HOME: join(folder, 'config'),
        XDG_CACHE_HOME: join(folder, 'cache'),
        PATH: '/usr/bin',
      },
    });

  /** The keys that notation signs with, by name. */
  const writeKeys = async (): Promise<void> => {
    const keys: object[] = [];
    for (const [name, { privateKey, chain }] of signers) {
      const [keyPath, certPath] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
      await writeFile(keyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await writeFile(certPath, chain.map(pemOf).join(''));
      keys.push({ name, keyPath, certPath });
    }
    await writeFile(join(config(), 'signingkeys.json'), JSON.stringify({ keys }));
  };

  before(async () => {
    if (!required) return;
    folder = await mkdtemp(join(tmpdir(), 'tidewaiter-notation-'));
    program = join(await readDebianRoot(['testing', 'forky'], ['notation']), 'usr/bin/notation');
    server = await startLocalRegistry(folder);
    host = server.host;
    images = openRegistryImages(folder, host);
    authority = await startRevocationServer();
    root = await makeAuthority({ subject: 'C=US, ST=WA, O=Example, CN=Root' });
    issuing = await makeAuthority({ issuer: root, subject: 'C=US, ST=WA, O=Example, CN=Issuing' });
    clockRoot = await makeAuthority({ subject: 'C=US, ST=WA, O=Clock, CN=Root' });
    clock = await startTimestampServer(await makeStamper(clockRoot));
    const issued = { issuer: issuing, subject: 'C=US, ST=WA, O=Example, OU=CI, CN=builder' };
    signers.set('plain', await makeParty(issued));
    signers.set('large', await makeParty({ ...issued, kind: 'RSA 3072' }));
    signers.set('ocsp', await makeParty({ ...issued, ocsp: authority.ocsp }));
    signers.set('crl', await makeParty({ ...issued, crl: authority.crl }));
    await mkdir(config(), { recursive: true });
    await writeKeys();
    const stranger = await makeAuthority({ subject: 'C=US, ST=WA, O=Stranger, CN=Root' });
    for (const [type, store, { certificate }] of [
      ['ca', 'company', root],
      ['signingAuthority', 'company', root],
      ['ca', 'stranger', stranger],
      ['tsa', 'clock', clockRoot],
      ['tsa', 'stranger', stranger],
    ] as const) {
      const file = join(folder, `${type}-${store}.pem`);
      await writeFile(file, pemOf(certificate));
      await call('certificate', 'add', '--type', type, '--store', store, file);
    }
  });

  after(async () => {
    if (!required) return;
    await images[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
    await clock[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const sign = async (name: string, key: string, ...words: readonly string[]): Promise<void> => {
    const { digest } = await images.subjectOf(name);
    await call('sign', '--insecure-registry', '--key', key, ...words, `${host}/${name}@${digest}`);
  };

  /** As a user names notation's own file. */
  const readOwn = async ({ reference }: SignatureSubject): Promise<NotationTrust> => {
    const environment = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
    const trust = await readTrust(join(config(), 'trustpolicy.json'), {
      environment,
      now: new Date(),
      remembers: true,
    });
    const [signer, ...others] = trust.demandFor(reference).signers;
    assert.ok(signer?.trust.verifier === 'notation' && others.length === 0);
    return signer.trust;
  };

  interface Judged {
    /** What notation itself says. */
    readonly accepts: boolean;
    readonly complaint: string;
    readonly answer: Attestation;
  }

  /** By both, under the same files. */
  const judge = async (name: string, statement: object = {}): Promise<Judged> => {
    const document = {
      version: '1.0',
      trustPolicies: [
        {
          name: 'ours',
          registryScopes: [`${host}/${name}`],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:company'],
          trustedIdentities: ['*'],
          ...statement,
        },
      ],
    };
    await writeFile(join(config(), 'trustpolicy.json'), JSON.stringify(document), { mode: 0o600 });
    const subject = await images.subjectOf(name);
    const said = await call('verify', '--insecure-registry', `${host}/${name}@${subject.digest}`).then(
      () => ({ accepts: true, complaint: '' }),
      ({ stderr = '' }: { readonly stderr?: string }) => ({ accepts: false, complaint: stderr }),
    );
    const [answer] = await notation.verify(subject, await readOwn(subject), fakeTrustContext());
    assert.ok(answer !== undefined);
    return { ...said, answer };
  };

  /** Both accept, or both refuse; and we say why. */
  const holds = async (
    code: AttestationCode,
    accepts: boolean,
    name: string,
    statement: object = {},
  ): Promise<void> => {
    const judged = await judge(name, statement);
    const told = `${name}: ${judged.answer.code}: ${judged.answer.reason}\n${judged.complaint}`;
    assert.equal(judged.accepts, accepts, told);
    assert.equal(judged.answer.code, code, told);
  };

  const level = (name: string, more: object = {}) => ({ signatureVerification: { level: name, ...more } });

  for (const form of ['jws', 'cose'])
    for (const key of ['plain', 'large'])
      test(`${form} by ${key}: accepted with its policy and stores; another certificate, name or repository refused`, async () => {
        const name = `team/${form}-${key}`;
        await images.push(name);
        await holds('absent', false, name);
        await sign(name, key, '--signature-format', form, '--user-metadata', 'build=7');
        await holds('trusted', true, name);
        await holds('trusted', true, name, { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Example'] });
        await holds('trusted', true, name, {
          trustedIdentities: ['x509.subject: CN=builder, OU=CI, O=Example, S=WA, C=US'],
        });
        await holds('other-signer', false, name, {
          trustedIdentities: ['x509.subject: C=US, ST=WA, O=Example, CN=other'],
        });
        await holds('untrusted-root', false, name, { trustStores: ['ca:stranger'] });
        await holds('trusted', true, name, { trustStores: ['ca:stranger', 'ca:company'] });
        await holds('other-reference', false, name, { registryScopes: [`${host}/other`] });
        await holds('trusted', true, name, { registryScopes: ['*'] });
      });

  test('the levels: what they enforce, log and skip', async () => {
    await images.push('levels');
    await sign('levels', 'plain', '--expiry', '2s');
    await sleep(2500);
    const stranger = { trustStores: ['ca:stranger'] };
    await holds('expired', false, 'levels');
    await holds('trusted', true, 'levels', level('permissive'));
    await holds('trusted', true, 'levels', level('strict', { override: { expiry: 'log' } }));
    await holds('expired', false, 'levels', level('permissive', { override: { expiry: 'enforce' } }));
    await holds('untrusted-root', false, 'levels', { ...stranger, ...level('permissive') });
    await holds('trusted', true, 'levels', { ...stranger, ...level('audit') });
    await holds('trusted', true, 'levels', {
      ...level('audit'),
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Other'],
    });
    await holds('skipped', true, 'levels', { ...level('skip'), trustStores: [], trustedIdentities: [] });
    await images.push('bare');
    await holds('absent', false, 'bare', level('audit'));
    await holds('skipped', true, 'bare', { ...level('skip'), trustStores: [], trustedIdentities: [] });
  });

  /** Lays an envelope beside an image in the registry, in the place of those that were there. */
  const layBeside = async (name: string, envelope: Uint8Array, form: EnvelopeForm): Promise<void> => {
    const base = `http://${host}/v2/${name}`;
    const putBlob = async (bytes: Uint8Array): Promise<{ readonly digest: string; readonly size: number }> => {
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const opened = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
      const place = new URL(opened.headers.get('location') ?? '', base);
      place.searchParams.set('digest', digest);
      const stored = await fetch(place, { method: 'PUT', body: new Uint8Array(bytes) });
      assert.equal(stored.status, 201);
      return { digest, size: bytes.length };
    };
    const putManifest = async (reference: string, content: object, type: string) => {
      const bytes = Buffer.from(JSON.stringify(content));
      const headers = { 'content-type': type };
      const answer = await fetch(`${base}/manifests/${reference}`, {
        method: 'PUT',
        headers,
        body: new Uint8Array(bytes),
      });
      assert.equal(answer.status, 201);
      return { mediaType: type, digest: answer.headers.get('docker-content-digest') ?? '', size: bytes.length };
    };
    const target = await targetOf(name);
    const artifactType = 'application/vnd.cncf.notary.signature';
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = {
      schemaVersion: 2,
      mediaType,
      artifactType,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', ...(await putBlob(Buffer.from('{}'))) },
      layers: [{ mediaType: envelopeTypes[form], ...(await putBlob(envelope)) }],
      subject: target,
      annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' },
    };
    const entry = { ...(await putManifest('signature', manifest, mediaType)), artifactType };
    const indexType = 'application/vnd.oci.image.index.v1+json';
    const index = { schemaVersion: 2, mediaType: indexType, manifests: [entry] };
    await putManifest(target.digest.replace(':', '-'), index, indexType);
  };

  const targetOf = async (name: string): Promise<Descriptor> => {
    const { digest, repository } = await images.subjectOf(name);
    const stored = await repository?.manifest(digest, fakeContext());
    assert.ok(stored);
    return stored.descriptor;
  };

  test('a signature that is carried over to another image', async () => {
    await images.push('from');
    await images.push('to');
    await sign('from', 'plain');
    const { digest, repository } = await images.subjectOf('from');
    const context = fakeContext();
    const [listed] = (await repository?.referrers(digest, context)) ?? [];
    const stored = listed && (await repository?.manifest(listed.digest, context));
    assert.ok(stored && repository);
    const document = parseManifest(stored.bytes, {}, 'x');
    const layer = document.kind === 'image' ? document.layers[0] : undefined;
    assert.ok(layer);
    await layBeside('to', await repository.blob(layer, 100_000, context), 'jws');
    await holds('other-digest', false, 'to');
    await holds('other-digest', false, 'to', level('audit'));
  });

  for (const form of ['jws', 'cose'] as const)
    test(`envelopes in ${form} that notation itself would not make`, async () => {
      const name = `made/${form}`;
      await images.push(name);
      const signer = signers.get('plain');
      assert.ok(signer);
      const target = await targetOf(name);
      const lay = async (options: Partial<SigningOptions> = {}): Promise<void> =>
        await layBeside(name, signEnvelope({ form, signer, target, ...options }), form);
      const scheme = 'io.cncf.notary.signingScheme';
      await lay();
      await holds('trusted', true, name);
      const { mediaType, digest, size } = target;
      await lay({ payload: { targetArtifact: { mediaType, digest, size: size + 1 } } });
      await holds('malformed', false, name, level('audit'));
      await lay({ chain: signer.chain.slice(0, 2) });
      await holds('malformed', false, name, level('audit'));
      await lay({ critical: [] });
      await holds('malformed', false, name, level('audit'));
      await lay({ signer: signers.get('large') ?? signer, algorithm: 'PS256' });
      await holds('malformed', false, name, level('audit'));
      await lay({ signedAt: new Date(1e12), expiry: new Date(1e12) });
      await holds('malformed', false, name, level('audit'));
      await lay({ scheme: 'notary.x509.other' });
      await holds('unsupported', false, name, level('audit'));
      await lay({ signer: await makeParty({ issuer: issuing, purposes: ['1.3.6.1.5.5.7.3.1'] }) });
      await holds('malformed', false, name, level('audit'));
      const plugin = 'io.cncf.notary.verificationPlugin';
      await lay({ attributes: { [plugin]: 'absent' }, critical: [scheme, plugin] });
      await holds('unsupported', false, name);
      // A signer by itself, who is trusted as such.
      const alone = await makeParty({ subject: 'C=US, ST=WA, O=Example, CN=alone' });
      const file = join(folder, `alone-${form}.pem`);
      await writeFile(file, pemOf(alone.certificate));
      await call('certificate', 'add', '--type', 'ca', '--store', `alone-${form}`, file);
      await lay({ signer: alone });
      await holds('untrusted-root', false, name);
      await holds('trusted', true, name, { trustStores: [`ca:alone-${form}`] });
      // A signing authority's clock, after its certificate ended.
      const ended = await makeParty({ issuer: issuing, notAfter: new Date(Date.now() - day) });
      await lay({ signer: ended });
      await holds('expired', false, name);
      const authorityScheme = { signer: ended, scheme: 'notary.x509.signingAuthority' };
      await lay({ ...authorityScheme, signedAt: new Date(Date.now() - 2 * day) });
      await holds('untrusted-root', false, name);
      await holds('trusted', true, name, { trustStores: ['signingAuthority:company'] });
      await lay({ ...authorityScheme, signedAt: new Date(Date.now() - day / 2) });
      await holds('expired', false, name, { trustStores: ['signingAuthority:company'] });
    });

  test('revocation by OCSP: good, revoked, unknown, no answer', async () => {
    await images.push('ocsp');
    await sign('ocsp', 'ocsp');
    authority.answer = (serial) => ocspAnswer(serial, { authority: issuing });
    await holds('trusted', true, 'ocsp');
    const responder = await makeParty({ issuer: issuing, purposes: ['1.3.6.1.5.5.7.3.9'] });
    authority.answer = (serial) => ocspAnswer(serial, { authority: issuing, responder });
    await holds('trusted', true, 'ocsp');
    authority.answer = (serial) => ocspAnswer(serial, { authority: issuing, responder: clockRoot });
    await holds('unreachable', false, 'ocsp');
    authority.answer = (serial) => ocspAnswer(serial, { authority: issuing, status: 'revoked' });
    await holds('revoked', false, 'ocsp');
    await holds('trusted', true, 'ocsp', level('permissive'));
    await holds('trusted', true, 'ocsp', level('strict', { override: { revocation: 'skip' } }));
    authority.answer = (serial) => ocspAnswer(serial, { authority: issuing, status: 'unknown' });
    await holds('unreachable', false, 'ocsp');
    authority.answer = undefined;
    await holds('unreachable', false, 'ocsp');
    await holds('trusted', true, 'ocsp', level('permissive'));
  });

  test('revocation by lists', async () => {
    await images.push('crl');
    await sign('crl', 'crl', '--signature-format', 'cose');
    const serial = signers.get('crl')?.serial ?? '';
    const serve = async (options: Partial<Parameters<typeof makeList>[0]>): Promise<void> => {
      authority.lists.set('main.crl', await makeList({ authority: issuing, ...options }));
      await rm(join(folder, 'cache'), { recursive: true, force: true });
    };
    await serve({});
    await holds('trusted', true, 'crl');
    await serve({ entries: [{ serial }] });
    await holds('revoked', false, 'crl');
    await serve({ entries: [{ serial, reason: 'certificateHold' }] });
    await holds('revoked', false, 'crl');
    await serve({ nextUpdate: new Date(Date.now() - day / 2) });
    await holds('unreachable', false, 'crl');
    await serve({ authority: clockRoot });
    await holds('unreachable', false, 'crl');
    authority.lists.clear();
    await rm(join(folder, 'cache'), { recursive: true, force: true });
    await holds('unreachable', false, 'crl');
  });

  test('time stamps: asked for, by a trusted clock, and after the certificate ended', async () => {
    const stamping = ['--timestamp-url', clock.url, '--timestamp-root-cert', join(folder, 'tsa-clock.pem')];
    await images.push('stamped');
    // First, while it lasts.
    const end = new Date(Date.now() + 5_000);
    signers.set('ending', await makeParty({ issuer: issuing, notAfter: end }));
    await writeKeys();
    await sign('stamped', 'ending', ...stamping);
    const withClock = { trustStores: ['ca:company', 'tsa:clock'] };
    await holds('trusted', true, 'stamped', withClock);
    await images.push('stamped-cose');
    await sign('stamped-cose', 'plain', '--signature-format', 'cose', ...stamping);
    await holds('trusted', true, 'stamped-cose', withClock);
    await holds('unproven-time', false, 'stamped-cose', { trustStores: ['ca:company', 'tsa:stranger'] });
    await images.push('unstamped');
    await sign('unstamped', 'plain');
    await holds('unproven-time', false, 'unstamped', withClock);
    await holds('trusted', true, 'unstamped', {
      ...withClock,
      ...level('strict', { verifyTimestamp: 'afterCertExpiry' }),
    });
    await holds('trusted', true, 'unstamped', { ...withClock, ...level('permissive') });
    await sleep(Math.max(0, end.getTime() + 1000 - Date.now()));
    await holds('expired', false, 'stamped');
    await holds('trusted', true, 'stamped', withClock);
    await holds('trusted', true, 'stamped', {
      ...withClock,
      ...level('strict', { verifyTimestamp: 'afterCertExpiry' }),
    });
  });

  test('under fifty milliseconds a signature, from a real registry', async () => {
    const subject = await images.subjectOf('team/jws-plain');
    await judge('team/jws-plain');
    const trust = await readOwn(subject);
    const times: number[] = [];
    for (let count = 0; count < 10; count += 1) {
      const begun = performance.now();
      const [answer] = await notation.verify(subject, trust, fakeTrustContext());
      times.push(performance.now() - begun);
      assert.equal(answer?.code, 'trusted');
    }
    const median = times.toSorted((one, other) => one - other)[5] ?? Infinity;
    assert.ok(median < 50, `${median} ms`);
  });
});
