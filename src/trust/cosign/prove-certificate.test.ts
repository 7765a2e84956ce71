/** Certificates of a private authority: what they must be for, and that nobody is an authority by a certificate alone. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { makeAuthority, makeParty, purposes, type Party, type PartyOptions } from '../../../test/fakes/authority.ts';
import { base64, issuer, openCosignProof, subject, type PlainBundle } from '../../../test/fakes/cosign-proof.ts';
import type { Terms } from './prove.ts';

const { sigstore, termsOf, answer, bundle } = await openCosignProof();

let authority: Party;
before(async () => {
  authority = await makeAuthority({ subject: 'CN=authority' });
});

const signer = (options: PartyOptions): Promise<Party> =>
  makeParty({
    subject: 'CN=leaf',
    issuer: authority,
    purposes: [purposes.codeSigning],
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: subject }]),
      new x509.Extension('1.3.6.1.4.1.57264.1.1', false, Buffer.from(issuer)),
    ],
    ...options,
  });

/** These authorities are the only ones, certificates are not logged, and no log is asked for. */
const terms = (chain = authority.chain): Terms => ({
  ...termsOf((root) => {
    root.ctlogs = [];
    root.certificateAuthorities = [
      {
        uri: 'https://authority.example',
        certChain: { certificates: chain.map((certificate) => ({ rawBytes: base64(certificate) })) },
        validFor: { start: new Date(sigstore.clock.getTime() - 3_600_000).toISOString() },
      },
    ];
  }),
  isLogRequired: { key: false, certificate: false },
});

const bundleBy = async ({ certificate, ...keys }: Party): Promise<PlainBundle> => bundle({}, { keys, certificate });

const ask = async (options: PartyOptions): Promise<string> => answer(await bundleBy(await signer(options)), terms());

test('a certificate for signing code, by the authority, proves', async () => {
  assert.equal(await ask({}), 'proven');
});

test('one for something else, for nothing, or of an authority does not', async () => {
  assert.match(await ask({ purposes: [purposes.serverAuth] }), /^untrusted-root: .*not for signing code/);
  assert.match(await ask({ purposes: [] }), /^untrusted-root: .*not for signing code/);
  assert.match(await ask({ ca: true }), /^untrusted-root: .*authority/);
});

test('one that signed itself in the name of the authority does not', async () => {
  const { subject: name } = authority;
  const itself = await makeParty({ subject: name, purposes: [purposes.codeSigning] });
  assert.match(answer(await bundleBy(itself), terms()), /^untrusted-root: /);
});

test('one that is over, or has not begun, says so', async () => {
  const hour = 3_600_000;
  const now = sigstore.clock.getTime();
  const past = { notBefore: new Date(now - 2 * hour), notAfter: new Date(now - hour) };
  const future = { notBefore: new Date(now + hour), notAfter: new Date(now + 2 * hour) };
  assert.match(await ask(past), /^expired: /);
  assert.match(await ask(future), /^not-yet-valid: /);
});

test('authorities in the middle count by the trusted root alone, whatever an old bundle brings', async () => {
  const middle = await makeAuthority({ subject: 'CN=middle', issuer: authority });
  const stranger = await makeAuthority({ subject: 'CN=middle' });
  const leaf = await signer({ issuer: middle });
  const withChain = async (...others: readonly Party[]) => {
    const made = await bundleBy(leaf);
    made.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
    const certificates = [leaf, ...others].map(({ certificate }) => ({ rawBytes: base64(certificate) }));
    delete made.verificationMaterial.certificate;
    made.verificationMaterial.x509CertificateChain = { certificates };
    return made;
  };
  assert.match(answer(await withChain(middle), terms()), /^untrusted-root: .* came with the signature only/);
  assert.match(answer(await withChain(), terms()), /^untrusted-root: .* leads to no trusted root/);
  assert.equal(answer(await withChain(middle), terms(middle.chain)), 'proven');
  assert.equal(answer(await withChain(), terms(middle.chain)), 'proven');
  const impostor = await signer({ issuer: stranger });
  assert.match(answer(await bundleBy(impostor), terms(middle.chain)), /^untrusted-root: /);
});
