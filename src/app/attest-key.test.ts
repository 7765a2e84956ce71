import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { dsseSignedBytes } from '../formats/records/dsse.ts';
import { parseSigstoreBundle } from '../formats/records/sigstore-bundle.ts';
import { passwordVariable, readAttestKey } from './attest-key.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-attest-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const write = async (text: string): Promise<string> => {
  const file = join(folder, 'key.pem');
  await writeFile(file, text);
  return file;
};

const pemOf = (key: KeyObject, passphrase?: string): string =>
  String(
    key.export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    } as const),
  );

const open = async (pem: string, environment: Readonly<Record<string, string>> = {}) =>
  readAttestKey(await write(pem), { environment });

const refusal = async (pem: string, environment: Readonly<Record<string, string>> = {}): Promise<string> => {
  try {
    await open(pem, environment);
    return '';
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'ATTEST_KEY_INVALID');
    return thrown.message;
  }
};

const kinds: Readonly<Record<string, readonly [KeyObject, string | null]>> = {
  'P-256': [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'sha256'],
  'P-384': [generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'sha256'],
  'P-521': [generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey, 'sha256'],
  Ed25519: [generateKeyPairSync('ed25519').privateKey, null],
  RSA: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'sha256'],
};

for (const [name, [key, hash]] of Object.entries(kinds))
  test(`${name} signs a bundle of one envelope`, async () => {
    const signer = await open(pemOf(key));
    const text = signer.sign({ a: 1 });
    assert.ok(!text.includes('\n'));
    const bundle = parseSigstoreBundle(Buffer.from(text), 1e6, 'here');
    assert.ok(bundle.content.kind === 'envelope' && bundle.version === '0.3');
    const { envelope } = bundle.content;
    assert.equal(envelope.payloadType, 'application/vnd.in-toto+json');
    assert.equal(Buffer.from(envelope.payload).toString(), '{"a":1}');
    const [first] = envelope.signatures;
    assert.ok(first !== undefined && envelope.signatures.length === 1);
    assert.equal(verify(hash, dsseSignedBytes(envelope), createPublicKey(key), first.signature), true);
    assert.match(signer.fingerprint, /^sha256:[0-9a-f]{64}$/);
  });

test('an encrypted key opens with the passphrase of the environment only', async () => {
  const [key] = kinds['P-256'] ?? assert.fail();
  const pem = pemOf(key, 'correct horse');
  assert.equal(
    (await open(pem, { [passwordVariable]: 'correct horse' })).fingerprint,
    (await open(pemOf(key))).fingerprint,
  );
  assert.match(await refusal(pem), /TIDEWAITER_ATTEST_PASSWORD/);
  const wrong = await refusal(pem, { [passwordVariable]: 'wrong horse' });
  assert.match(wrong, /cannot be opened/);
  assert.ok(!wrong.includes('wrong horse'), 'a passphrase is in no message');
});

test('an empty passphrase is one', async () => {
  const [key] = kinds['P-256'] ?? assert.fail();
  assert.match(await refusal(pemOf(key, 'x'), { [passwordVariable]: '' }), /cannot be opened/);
});

test('what cannot sign is refused with a next step', async () => {
  const [key] = kinds['P-256'] ?? assert.fail();
  const spki = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  assert.match(await refusal(String(spki)), /public key/);
  assert.match(await refusal('no key'), /no private key in PEM/);
  assert.match(await refusal(pemOf(key).slice(0, 80)), /no private key in PEM/);
  for (const owner of ['SIGSTORE', 'COSIGN'])
    assert.match(
      await refusal(
        `-----BEGIN ENCRYPTED ${owner} PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED ${owner} PRIVATE KEY-----\n`,
      ),
      /cosign import-key-pair/,
    );
  for (const weak of [
    generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
    generateKeyPairSync('x25519').privateKey,
  ])
    assert.match(await refusal(pemOf(weak)), /cannot be used/);
  assert.match(await refusal(`${pemOf(key)}${' '.repeat(64 * 1024)}`), /more than 65536 bytes are no key/);
  await assert.rejects(readAttestKey(join(folder, 'none'), { environment: {} }), /ENOENT/);
  await assert.rejects(readAttestKey('/dev/zero', { environment: {} }), /more than 65536 bytes are no key/);
});
