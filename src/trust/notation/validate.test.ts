/** Revocation and time: what speaks against a true signature, and what lets one outlive its certificate. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeAuthority, makeList, makeParty } from '../../../test/fakes/authority.ts';
import { memoryRepository } from '../../../test/fakes/memory-repository.ts';
import { day, openNotationScene } from '../../../test/fakes/notation-scene.ts';
import { makeStamper, timestampToken } from '../../../test/fakes/timestamp-authority.ts';

const scene = await openNotationScene();
const { server, root, issuing, signer, watched, trustIn, signed, ask } = scene;
after(() => scene[Symbol.asyncDispose]());

test('revoked by a list, where OCSP does not answer', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  signed(repository, target, 'cose', { signer: watched });
  server.answer = undefined;
  server.lists.set('main.crl', await makeList({ authority: issuing, entries: [{ serial: watched.serial }] }));
  const answer = await ask(repository, target);
  assert.deepEqual([answer.outcome, answer.code], ['untrusted', 'revoked']);
  server.lists.set('main.crl', await makeList({ authority: issuing }));
  assert.equal((await ask(repository, target)).code, 'trusted');
  server.lists.clear();
  const unknown = await ask(repository, target);
  assert.deepEqual([unknown.outcome, unknown.code], ['inconclusive', 'unreachable']);
  assert.equal(
    (await ask(repository, target, trustIn({ signatureVerification: { level: 'permissive' } }))).code,
    'trusted',
  );
});

test('no address is followed before a trusted root vouches for the certificate that names it', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const elsewhere = await makeParty({ issuer: await makeAuthority(), ocsp: server.ocsp, crl: server.crl });
  signed(repository, target, 'jws', { signer: elsewhere });
  server.asked.length = 0;
  for (const level of ['strict', 'audit']) await ask(repository, target, trustIn({ signatureVerification: { level } }));
  const override = { revocation: 'enforce' };
  await ask(repository, target, trustIn({ signatureVerification: { level: 'audit', override } }));
  assert.deepEqual(server.asked, []);
});

test('above a trusted certificate that is no root, nobody can put addresses of his own', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const evil = await makeAuthority();
  const places = { ocsp: server.ocsp, crl: server.crl };
  // The true root's name and key, in a certificate that somebody else issued: the certificates of an envelope are not signed.
  const crossed = await makeAuthority({ issuer: evil, subject: root.subject, keys: root.keys, ...places });
  const trust = { ...trustIn(), stores: { 'ca:company': [issuing.certificate] } };
  server.asked.length = 0;
  for (const form of ['jws', 'cose'] as const) {
    signed(repository, target, form, { chain: [signer.certificate, issuing.certificate, ...crossed.chain] });
    const answer = await ask(repository, target, trust);
    assert.equal(answer.code, 'trusted', answer.reason);
  }
  assert.deepEqual(server.asked, []);
  const own = await makeAuthority({ issuer: root, ...places });
  const below = await makeParty({ issuer: own });
  const image = repository.putImage('two');
  signed(repository, image, 'jws', { signer: below });
  await ask(repository, image, { ...trustIn(), stores: { 'ca:company': [own.certificate] } });
  assert.ok(server.asked.length > 0, 'where the trusted certificate itself names a place, it is asked');
});

test('a time stamp lets a signature outlive its certificate', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const tsaRoot = await makeAuthority();
  const stamper = await makeStamper(tsaRoot);
  const ended = await makeParty({ issuer: issuing, notAfter: new Date(Date.now() - day) });
  const time = new Date(Date.now() - 2 * day);
  const stamped = (options: object = {}) => ({
    signer: ended,
    signedAt: time,
    stamp: (signature: Uint8Array) => timestampToken({ stamper, time, stamped: signature, ...options }),
  });
  const withStamps = trustIn({ trustStores: ['ca:company', 'tsa:clock'] }, { 'tsa:clock': [tsaRoot.certificate] });
  for (const form of ['jws', 'cose'] as const) {
    const image = repository.putImage(form);
    signed(repository, image, form, stamped());
    assert.equal((await ask(repository, image)).code, 'expired', 'without a store for time stamps it has ended');
    const answer = await ask(repository, image, withStamps);
    assert.equal(answer.code, 'trusted', answer.reason);
    assert.equal(answer.signedAt, `${time.toISOString().slice(0, 19)}.000Z`);
  }
  signed(repository, target, 'jws', { signer });
  assert.equal((await ask(repository, target, withStamps)).code, 'unproven-time', 'asked for, and there is none');
  const late = repository.putImage('late');
  signed(repository, late, 'jws', stamped({ time: new Date(Date.now() - day / 2) }));
  assert.equal((await ask(repository, late, withStamps)).code, 'expired', 'stamped after the certificate ended');
});

test('afterCertExpiry asks for a time stamp only then', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  signed(repository, target, 'jws');
  const tsaRoot = await makeAuthority();
  const trust = (verifyTimestamp: string) =>
    trustIn(
      { trustStores: ['ca:company', 'tsa:clock'], signatureVerification: { level: 'strict', verifyTimestamp } },
      { 'tsa:clock': [tsaRoot.certificate] },
    );
  assert.equal((await ask(repository, target, trust('always'))).code, 'unproven-time');
  assert.equal((await ask(repository, target, trust('afterCertExpiry'))).code, 'trusted');
});

test('a signing authority’s clock is believed under its own scheme and its own stores', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const ended = await makeParty({ issuer: issuing, notAfter: new Date(Date.now() - day) });
  const time = new Date(Math.floor((Date.now() - 2 * day) / 1000) * 1000);
  signed(repository, target, 'cose', { signer: ended, scheme: 'notary.x509.signingAuthority', signedAt: time });
  assert.equal((await ask(repository, target)).code, 'untrusted-root');
  const trust = trustIn(
    { trustStores: ['signingAuthority:vendor'] },
    { 'signingAuthority:vendor': [root.certificate] },
  );
  const answer = await ask(repository, target, trust);
  assert.deepEqual([answer.code, answer.signedAt], ['trusted', time.toISOString()]);
});
