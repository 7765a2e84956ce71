/** Certificates of a private authority: what they must be for, and that nobody is an authority by a certificate alone. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPublicKey, KeyObject } from 'node:crypto';
import { before, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { base64, issuer, openCosignProof, subject } from '../../../test/fakes/cosign-proof.ts';
import type { FakeSigner } from '../../../test/fakes/sigstore-signer.ts';
import type { Terms } from './prove.ts';

const { sigstore, termsOf, answer, bundle } = await openCosignProof();

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const makeKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const window = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
const signing = { signingAlgorithm: algorithm, ...window };

let authorityKeys: Awaited<ReturnType<typeof makeKeys>>;
let authority: x509.X509Certificate;
before(async () => {
  authorityKeys = await makeKeys();
  authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...signing,
    keys: authorityKeys,
    name: 'CN=authority',
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
});

interface Leaf {
  readonly purposes?: readonly string[];
  readonly isAuthority?: boolean;
  readonly by?: 'authority' | 'itself';
  readonly validity?: { readonly notBefore: Date; readonly notAfter: Date };
}

const signer = async ({
  purposes = [x509.ExtendedKeyUsage.codeSigning],
  isAuthority = false,
  by = 'authority',
  validity,
}: Leaf) => {
  const keys = await makeKeys();
  const extensions = [
    new x509.BasicConstraintsExtension(isAuthority, undefined, true),
    ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...purposes])]),
    new x509.SubjectAlternativeNameExtension([{ type: 'url', value: subject }]),
    new x509.Extension('1.3.6.1.4.1.57264.1.1', false, Buffer.from(issuer)),
  ];
  const certificate =
    by === 'itself'
      ? await x509.X509CertificateGenerator.createSelfSigned({ ...signing, keys, name: 'CN=authority', extensions })
      : await x509.X509CertificateGenerator.create({
          ...signing,
          ...validity,
          subject: 'CN=leaf',
          issuer: authority.subject,
          publicKey: keys.publicKey,
          signingKey: authorityKeys.privateKey,
          extensions,
        });
  const made: FakeSigner = {
    keys: {
      publicKey: createPublicKey(KeyObject.from(keys.publicKey).export({ type: 'spki', format: 'pem' })),
      privateKey: KeyObject.from(keys.privateKey),
    },
    certificate: new Uint8Array(certificate.rawData),
  };
  return made;
};

/** The authority is the only one, certificates are not logged, and no log is asked for. */
const terms = (): Terms => ({
  ...termsOf((root) => {
    root.ctlogs = [];
    root.certificateAuthorities = [
      {
        uri: 'https://authority.example',
        certChain: { certificates: [{ rawBytes: base64(new Uint8Array(authority.rawData)) }] },
        validFor: { start: window.notBefore.toISOString() },
      },
    ];
  }),
  isLogRequired: { key: false, certificate: false },
});

const ask = async (leaf: Leaf): Promise<string> => answer(await bundle({}, await signer(leaf)), terms());

test('a certificate for signing code, by the authority, proves', async () => {
  assert.equal(await ask({}), 'proven');
});

test('one for something else, for nothing, or of an authority does not', async () => {
  assert.match(await ask({ purposes: [x509.ExtendedKeyUsage.serverAuth] }), /^untrusted-root: .*not for signing code/);
  assert.match(await ask({ purposes: [] }), /^untrusted-root: .*not for signing code/);
  assert.match(await ask({ isAuthority: true }), /^untrusted-root: .*authority/);
});

test('one that signed itself in the name of the authority does not', async () => {
  assert.match(await ask({ by: 'itself' }), /^untrusted-root: /);
});

test('one that is over, or has not begun, says so', async () => {
  const hour = 3_600_000;
  const now = sigstore.clock.getTime();
  const past = { notBefore: new Date(now - 2 * hour), notAfter: new Date(now - hour) };
  const future = { notBefore: new Date(now + hour), notAfter: new Date(now + 2 * hour) };
  assert.match(await ask({ validity: past }), /^expired: /);
  assert.match(await ask({ validity: future }), /^not-yet-valid: /);
});
