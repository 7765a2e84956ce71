/** Keyless signatures made and checked by cosign itself with services of the test: certificates, logs of both versions, signed times. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CosignTrust } from '../../src/core/trust.ts';
import { cosign } from '../../src/trust/verifiers/cosign.ts';
import { issuer, workflow } from '../fakes/cosign-scene.ts';
import { startFakeSigstore, type FakeSigstore } from '../fakes/sigstore-authorities.ts';
import { startFakeServices, type FakeServices } from '../fakes/sigstore-services.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';
import { answerOf, saidBy, startCosignBench, type CosignBench } from './cosign-bench.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 240_000 };

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** What an issuer gives a workflow; the services of the test believe it unseen, so its signature is none. */
const token = (): string => {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: workflow, aud: 'sigstore', iat: seconds, exp: seconds + 600 };
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${Buffer.alloc(256, 1).toString('base64url')}`;
};

void suite('cosign without keys', when, () => {
  let bench: CosignBench;
  let sigstore: FakeSigstore;
  let services: FakeServices;

  before(async () => {
    if (!required) return;
    bench = await startCosignBench();
    sigstore = await startFakeSigstore(new Date(Date.now() + 1000));
    services = await startFakeServices(sigstore);
    await writeFile(bench.file('root.json'), sigstore.trustedRoot());
    await sleep(1000);
  });

  after(async () => {
    if (!required) return;
    await services[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });

  /** Which services cosign signs with. */
  const writeConfig = async (log: 1 | 2, hasTime: boolean): Promise<void> => {
    const service = (url: string, majorApiVersion = 1) => [
      { url, majorApiVersion, validFor: { start: new Date(Date.now() - 3_600_000).toISOString() }, operator: 'test' },
    ];
    const config = {
      mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
      caUrls: service(services.url),
      oidcUrls: service(issuer),
      rekorTlogUrls: service(services.url, log),
      rekorTlogConfig: { selector: 'ANY' },
      ...(hasTime ? { tsaUrls: service(`${services.url}/api/v1/timestamp`), tsaConfig: { selector: 'ANY' } } : {}),
    };
    await writeFile(bench.file('config.json'), JSON.stringify(config));
  };

  const trustIn = (subject: string, trustedRoot = sigstore.trustedRoot()): CosignTrust => ({
    verifier: 'cosign',
    identities: [{ subject: { exact: subject }, issuer: { exact: issuer } }],
    trustedRoot,
    claim: 'digest',
  });

  const signWords = (reference: string): readonly string[] => [
    '--yes',
    '--allow-http-registry',
    '--identity-token',
    token(),
    '--signing-config',
    'config.json',
    '--trusted-root',
    'root.json',
    reference,
  ];

  const accepts = (reference: string, subject: string, ...words: readonly string[]): Promise<boolean> =>
    bench.succeeds(
      'verify',
      '--allow-http-registry',
      '--trusted-root',
      'root.json',
      '--certificate-identity',
      subject,
      '--certificate-oidc-issuer',
      issuer,
      ...words,
      reference,
    );

  for (const [log, hasTime] of [
    [1, false],
    [1, true],
    [2, true],
  ] as const)
    test(`Rekor ${log}, ${hasTime ? 'with' : 'without'} a time-stamping authority: both accept it, and refuse another identity`, async () => {
      const name = `team/keyless-${log}-${String(hasTime)}`;
      await bench.push(name);
      const { digest } = await bench.subjectOf(name);
      const reference = `${bench.host}/${name}@${digest}`;
      await writeConfig(log, hasTime);
      await bench.call('sign', ...signWords(reference));
      const subject = await bench.subjectOf(name);

      assert.ok(await accepts(reference, workflow), 'cosign accepts it');
      const good = await answerOf(subject, trustIn(workflow));
      assert.equal(saidBy(good), 'trusted trusted');
      assert.deepEqual([good.identity, good.facts?.['issuer'], good.facts?.['logged']], [workflow, issuer, true]);
      assert.ok(good.signedAt !== undefined && Math.abs(Date.parse(good.signedAt) - sigstore.clock.getTime()) < 1000);

      assert.ok(!(await accepts(reference, `${workflow}x`)));
      assert.match(saidBy(await answerOf(subject, trustIn(`${workflow}x`))), /^untrusted other-signer/);
      const foreign = await startFakeSigstore();
      assert.match(
        saidBy(await answerOf(subject, trustIn(workflow, foreign.trustedRoot()))),
        /^untrusted (?:untrusted-root|unproven-time)/,
      );
      assert.ok(services.requests.includes(`/api/v${log}/log/entries`));
    });

  const oldWords = (reference: string): readonly string[] => [
    '--yes',
    '--allow-http-registry',
    '--use-signing-config=false',
    '--new-bundle-format=false',
    '--identity-token',
    token(),
    '--fulcio-url',
    services.url,
    '--rekor-url',
    services.url,
    '--timestamp-server-url',
    `${services.url}/api/v1/timestamp`,
    '--trusted-root',
    'root.json',
    reference,
  ];

  test('the old layout, with Rekor 1 and a time-stamping authority, signed and attested', async () => {
    const name = 'team/keyless-old';
    await bench.push(name);
    const { digest } = await bench.subjectOf(name);
    const reference = `${bench.host}/${name}@${digest}`;
    await bench.call('sign', ...oldWords(reference));
    await writeFile(bench.file('note.json'), '{"note":"inert"}');
    await bench.call('attest', '--type', 'https://ci.example/note', '--predicate', 'note.json', ...oldWords(reference));
    const subject = await bench.subjectOf(name);
    assert.ok(await accepts(reference, workflow, '--new-bundle-format=false', '--use-signed-timestamps'));
    const context = fakeTrustContext({ network: { offline: true } });
    const [signature, statement] = await cosign.verify(subject, trustIn(workflow), context);
    assert.deepEqual([signature?.code, signature?.identity], ['trusted', workflow], signature?.reason);
    assert.equal(signature?.facts?.['layout'], 'classic');
    assert.deepEqual(
      [statement?.kind, statement?.code, statement?.identity],
      ['statement', 'trusted', workflow],
      statement?.reason,
    );
    assert.equal(statement?.facts?.['predicateType'], 'https://ci.example/note');
    assert.match(saidBy(await answerOf(subject, trustIn(`${workflow}x`))), /^untrusted other-signer/);
  });

  test('an attestation by the same services is a statement with its identity', async () => {
    const name = 'team/keyless-attested';
    await bench.push(name);
    const { digest } = await bench.subjectOf(name);
    await writeConfig(2, true);
    await writeFile(
      bench.file('predicate.json'),
      JSON.stringify({ scanner: { uri: 'scanner:test', version: '1', result: [] } }),
    );
    const words = signWords(`${bench.host}/${name}@${digest}`);
    await bench.call('attest', '--type', 'vuln', '--predicate', 'predicate.json', ...words);
    const subject = await bench.subjectOf(name);
    const context = fakeTrustContext({ network: { offline: true } });
    const [signature, statement, ...others] = await cosign.verify(subject, trustIn(workflow), context);
    assert.deepEqual([signature?.kind, signature?.code, others.length], ['signature', 'absent', 0]);
    assert.deepEqual(
      [
        statement?.kind,
        statement?.code,
        statement?.identity,
        statement?.facts?.['statement'],
        statement?.facts?.['scanner'],
      ],
      ['statement', 'trusted', workflow, 'vulnerabilities', 'scanner:test'],
      statement?.reason,
    );
  });
});
