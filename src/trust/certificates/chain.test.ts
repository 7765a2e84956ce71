import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { parseCertificate } from '../../formats/records/x509-certificate.ts';
import { makeAuthority, makeParty, purposes, type Party } from '../../../test/fakes/authority.ts';
import { makeStamper } from '../../../test/fakes/timestamp-authority.ts';
import { chainFlaw, notValidBetween, type ChainPurpose } from './chain.ts';

let root: Party;
let issuing: Party;

before(async () => {
  root = await makeAuthority();
  issuing = await makeAuthority({ issuer: root });
});

const flawOf = (chain: readonly Uint8Array[], purpose: ChainPurpose = 'code-signing'): string | undefined =>
  chainFlaw(
    chain.map((der) => parseCertificate(der, 'x')),
    purpose,
  );

const { digitalSignature, keyCertSign, keyEncipherment, cRLSign } = x509.KeyUsageFlags;

test('a chain of three, of two, and a signer by itself', async () => {
  assert.equal(flawOf((await makeParty({ issuer: issuing })).chain), undefined);
  assert.equal(flawOf((await makeParty({ issuer: root, kind: 'RSA 2048' })).chain), undefined);
  assert.equal(flawOf((await makeParty()).chain), undefined);
});

test('order, completeness, and nothing unrelated', async () => {
  const [leaf, middle, top] = (await makeParty({ issuer: issuing })).chain;
  const stranger = await makeAuthority();
  assert.ok(leaf && middle && top);
  assert.match(flawOf([leaf, middle]) ?? '', /no root/);
  assert.match(flawOf([leaf, top, middle]) ?? '', /did not issue/);
  assert.match(flawOf([middle, leaf, top]) ?? '', /did not issue/);
  assert.match(flawOf([leaf, middle, top, top]) ?? '', /is a root, and not the last/);
  assert.match(flawOf([leaf, middle, stranger.certificate]) ?? '', /did not issue/);
  assert.match(flawOf([leaf]) ?? '', /no root/);
  assert.match(flawOf([]) ?? '', /no certificate/);
});

test('an issuer of the same name with another key is another', async () => {
  const leaf = await makeParty({ issuer: root });
  const twin = await makeAuthority({ subject: root.subject });
  assert.match(flawOf([leaf.certificate, twin.certificate]) ?? '', /did not issue/);
});

test('an authority says critically that it is one, and how far it reaches', async () => {
  const issuedBy = async (options: Parameters<typeof makeAuthority>[0]) =>
    flawOf((await makeParty({ issuer: await makeAuthority({ issuer: root, ...options }) })).chain);
  assert.match((await issuedBy({ constraints: null })) ?? '', /not marked as an authority/);
  assert.match(
    (await issuedBy({ constraints: new x509.BasicConstraintsExtension(true, undefined, false) })) ?? '',
    /critically/,
  );
  assert.match(
    (await issuedBy({ constraints: new x509.BasicConstraintsExtension(false, undefined, true) })) ?? '',
    /not marked/,
  );
  assert.match((await issuedBy({ usages: digitalSignature })) ?? '', /not for signing certificates/);
  assert.match((await issuedBy({ usagesCritical: false })) ?? '', /not critical/);
  assert.equal(await issuedBy({ pathLength: 0 }), undefined);
  const short = await makeAuthority({ pathLength: 0 });
  const below = await makeAuthority({ issuer: short });
  assert.equal(flawOf((await makeParty({ issuer: short })).chain), undefined);
  assert.match(flawOf((await makeParty({ issuer: below })).chain) ?? '', /allows 0 authorities/);
});

test('a signer’s key is for signatures, and for nothing else', async () => {
  const signer = async (options: Parameters<typeof makeParty>[0]) =>
    flawOf((await makeParty({ issuer: root, ...options })).chain);
  const uses = (...flags: readonly x509.KeyUsageFlags[]): x509.KeyUsageFlags =>
    flags.reduce((all, one): x509.KeyUsageFlags => all | one);
  assert.match((await signer({ ca: true, usages: uses(digitalSignature) })) ?? '', /marked as an authority/);
  assert.match((await signer({ usages: keyEncipherment })) ?? '', /not for signatures/);
  assert.match((await signer({ usages: uses(digitalSignature, keyCertSign) })) ?? '', /keyCertSign/);
  assert.match((await signer({ usages: uses(digitalSignature, cRLSign) })) ?? '', /cRLSign/);
  assert.match((await signer({ usagesCritical: false })) ?? '', /not critical/);
  assert.equal(await signer({ purposes: [purposes.codeSigning] }), undefined);
  for (const wrong of [purposes.serverAuth, purposes.timeStamping, purposes.ocspSigning, '2.5.29.37.0'])
    assert.match((await signer({ purposes: [purposes.codeSigning, wrong] })) ?? '', /another purpose/);
});

test('short keys and SHA-1 are not believed', async () => {
  assert.match(flawOf((await makeParty({ issuer: root, kind: 'RSA 1024' })).chain) ?? '', /shorter/);
  const old = await makeAuthority({ kind: 'RSA 2048 SHA-1' });
  assert.match(flawOf((await makeParty({ issuer: old })).chain) ?? '', /did not issue/);
  assert.equal(flawOf((await makeParty({ issuer: await makeAuthority({ kind: 'RSA 2048' }) })).chain), undefined);
});

test('a time-stamping authority’s signer is for that alone, critically', async () => {
  const stamper = async (options: Parameters<typeof makeParty>[0] = {}) =>
    flawOf((await makeStamper(issuing, options)).chain, 'time-stamping');
  assert.equal(await stamper(), undefined);
  assert.equal(await stamper({ usagesCritical: false }), undefined);
  assert.match((await stamper({ purposesCritical: false })) ?? '', /time stamping alone/);
  assert.match(
    (await stamper({ purposes: [purposes.timeStamping, purposes.codeSigning] })) ?? '',
    /time stamping alone/,
  );
  assert.match((await stamper({ purposes: [purposes.codeSigning] })) ?? '', /time stamping alone/);
  assert.match(flawOf((await makeStamper(issuing)).chain) ?? '', /another purpose/);
});

test('validity of each certificate, ends included', () => {
  const chain = [parseCertificate(root.certificate, 'x')];
  const [only] = chain;
  assert.ok(only);
  assert.equal(notValidBetween(chain, only.notBefore, only.notAfter), undefined);
  assert.equal(notValidBetween(chain, new Date(only.notBefore.getTime() - 1), only.notAfter)?.when, 'not-yet-valid');
  assert.equal(notValidBetween(chain, only.notBefore, new Date(only.notAfter.getTime() + 1))?.when, 'expired');
});

test('every truncation of a certificate is refused, and no change of its signed part believed', () => {
  for (let end = 0; end < root.certificate.length; end += 7)
    assert.throws(() => parseCertificate(root.certificate.subarray(0, end), 'x'), /./);
  let refused = 0;
  for (let offset = 4; offset < root.certificate.length - 80; offset += 3) {
    const changed = Uint8Array.from(root.certificate);
    changed[offset] = (changed[offset] ?? 0) ^ 1;
    try {
      if (flawOf([changed]) !== undefined) refused += 1;
      else assert.fail(`a changed byte at ${offset} is believed`);
    } catch (thrown) {
      if ((thrown as Error).name !== 'Fault') throw thrown;
      refused += 1;
    }
  }
  assert.ok(refused > 50);
});
