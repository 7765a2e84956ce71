/** Whom a certificate names, and which certificates name nobody because they can be read in two ways. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { isFault } from '../../core/fault.ts';
import { parseCertificate } from '../../formats/records/x509-certificate.ts';
import { der, sequence } from '../../../test/builders/der.ts';
import { readCertificateNames, type CertificateNames } from './certificate-names.ts';
import { toWantedIdentities } from './identity.ts';
import { Refusal } from './refusal.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const fulcio = '1.3.6.1.4.1.57264.1.';

const makeKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
let keys: Awaited<ReturnType<typeof makeKeys>>;
before(async () => {
  keys = await makeKeys();
});

const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));

const email = (bytes: string | Uint8Array): Buffer => der(0x81, Buffer.from(bytes));
const uri = (text: string): Buffer => der(0x86, Buffer.from(text));
const otherName = (text: string, oid = '2b0601040183bf300107'): Buffer =>
  der(0xa0, der(0x06, Buffer.from(oid, 'hex')), der(0xa0, utf8(text)));
const names = (...parts: readonly Uint8Array[]): x509.Extension => extension('2.5.29.17', sequence(...parts));
const extension = (oid: string, value: Uint8Array): x509.Extension =>
  new x509.Extension(oid, false, Buffer.from(value));

const read = async (...extensions: readonly x509.Extension[]): Promise<CertificateNames> => {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm: algorithm,
    extensions: [...extensions],
  });
  return readCertificateNames(parseCertificate(Buffer.from(certificate.rawData), 'x'));
};

const isRefused = (words: RegExp) => (thrown: unknown) => {
  const isMalformed =
    thrown instanceof Refusal ? thrown.code === 'malformed' : isFault(thrown) && thrown.kind === 'malformed';
  assert.ok(isMalformed && thrown instanceof Error, String(thrown));
  assert.match(thrown.message, words);
  return true;
};

describe('a certificate', () => {
  test('names an e-mail, an address or a user of another kind, and an issuer in either form', async () => {
    const legacy = extension(`${fulcio}1`, Buffer.from('https://issuer.example'));
    const current = extension(`${fulcio}8`, utf8('https://issuer.example'));
    assert.deepEqual((await read(names(email('a@example.com')), legacy)).subjects, ['a@example.com']);
    assert.deepEqual((await read(names(uri('https://ci.example/x')), current)).subjects, ['https://ci.example/x']);
    assert.deepEqual((await read(names(otherName('robot!ci')), current)).subjects, ['robot!ci']);
    for (const forms of [[legacy], [current], [legacy, current]])
      assert.equal((await read(names(email('a@example.com')), ...forms)).issuer, 'https://issuer.example');
  });

  test('with facts about the build gives them by name', async () => {
    const { facts } = await read(
      names(uri('https://ci.example/x')),
      extension(`${fulcio}15`, utf8('4711')),
      extension(`${fulcio}17`, utf8('42')),
      extension(`${fulcio}99`, utf8('unknown')),
    );
    assert.deepEqual(facts, { sourceRepositoryId: '4711', sourceRepositoryOwnerId: '42' });
  });

  test('that names nobody, or in a way that readers differ on, is refused', async () => {
    await assert.rejects(read(), isRefused(/no subject/));
    await assert.rejects(read(names(otherName('x', '2a0304'))), isRefused(/no subject/));
    // Cut to seven bits, as some readers do, this is "admin@example.com".
    const high = Buffer.from('admin@example.com', 'latin1').map((byte, position) =>
      position === 0 ? byte | 0x80 : byte,
    );
    await assert.rejects(read(names(email(high))), isRefused(/not ASCII/));
    await assert.rejects(read(names(email('a@example.com\0.evil.example'))), isRefused(/control characters/));
    await assert.rejects(read(names(email(''))), isRefused(/0 bytes/));
    const many = Array.from({ length: 17 }, () => email('a@b.c'));
    await assert.rejects(read(names(...many)), isRefused(/more than 16/));
  });

  test('with two issuers, an issuer of another form, or an extension twice is refused', async () => {
    const subject = names(email('a@example.com'));
    const legacy = extension(`${fulcio}1`, Buffer.from('https://one.example'));
    await assert.rejects(
      read(subject, legacy, extension(`${fulcio}8`, utf8('https://two.example'))),
      isRefused(/two different/),
    );
    await assert.rejects(
      read(subject, extension(`${fulcio}8`, Buffer.from('https://raw.example'))),
      isRefused(/ends inside/),
    );
    await assert.rejects(read(subject, extension(`${fulcio}8`, der(0x16, Buffer.from('a')))), isRefused(/no text/));
    await assert.rejects(
      read(subject, extension(`${fulcio}8`, Buffer.concat([utf8('a'), utf8('b')]))),
      isRefused(/behind the end/),
    );
    await assert.rejects(read(subject, legacy, legacy), isRefused(/twice/));
  });
});

test('identities are compared whole: exactly, or by a pattern', () => {
  const [exact, pattern] = toWantedIdentities([
    { subject: { exact: 'a@example.com' }, issuer: { exact: 'https://issuer.example' } },
    { subject: { pattern: '.*@example[.]com' }, issuer: { pattern: 'https://(?:issuer|other)[.]example' } },
  ]);
  assert.ok(exact !== undefined && pattern !== undefined);
  assert.ok(exact.subject('a@example.com') && exact.issuer('https://issuer.example'));
  for (const other of ['A@example.com', 'a@example.com ', 'xa@example.com', 'a@example.comx', ''])
    assert.ok(!exact.subject(other), other);
  assert.ok(pattern.subject('b@example.com') && pattern.issuer('https://other.example'));
  for (const other of ['b@example.com.evil.example', 'b@examplexcom', 'b@example.com\n'])
    assert.ok(!pattern.subject(other), other);
  assert.ok(!pattern.issuer('https://issuer.example.evil.example'));
  for (const subject of [{ exact: '' }, { pattern: '' }, { pattern: 'x'.repeat(1001) }, { pattern: '[' }])
    assert.throws(() => toWantedIdentities([{ subject, issuer: { exact: 'x' } }]), { code: 'COSIGN_IDENTITY_INVALID' });
});
