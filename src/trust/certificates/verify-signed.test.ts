import assert from 'node:assert/strict';
import { constants, createECDH, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { bits, der, integer, nothing, oid, sequence } from '../../../test/builders/der.ts';
import { isSignedBy, readPublicKey } from './verify-signed.ts';

const signed = Buffer.from('what is signed');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const edwards = generateKeyPairSync('ed25519');
const spki = (key: KeyObject): Uint8Array => key.export({ type: 'spki', format: 'der' });

const plain = (name: string): Buffer => sequence(oid(name), nothing);
const sha256 = plain('2.16.840.1.101.3.4.2.1');
const sha1 = plain('1.3.14.3.2.26');
const pss = (hash: Buffer, mask: Buffer, salt: number): Buffer =>
  sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(der(0xa0, hash), der(0xa1, sequence(oid('1.2.840.113549.1.1.8'), mask)), der(0xa2, integer(salt))),
  );

const isTrue = (signatureAlgorithm: Uint8Array, signature: Uint8Array, key: KeyObject, digest?: 'sha256'): boolean =>
  isSignedBy({ signed, signatureAlgorithm, signature, ...(digest === undefined ? {} : { digest }) }, spki(key));

test('RSA, elliptic curves and Ed25519, and no other content', () => {
  const byRsa = sign('sha256', signed, rsa.privateKey);
  assert.ok(isTrue(plain('1.2.840.113549.1.1.11'), byRsa, rsa.publicKey));
  assert.ok(!isTrue(plain('1.2.840.113549.1.1.12'), byRsa, rsa.publicKey));
  assert.ok(
    !isTrue(plain('1.2.840.113549.1.1.11'), sign('sha256', Buffer.from('else'), rsa.privateKey), rsa.publicKey),
  );
  assert.ok(isTrue(sequence(oid('1.2.840.10045.4.3.3')), sign('sha384', signed, ec.privateKey), ec.publicKey));
  assert.ok(isTrue(sequence(oid('1.3.101.112')), sign(null, signed, edwards.privateKey), edwards.publicKey));
  assert.ok(!isTrue(sequence(oid('1.2.840.10045.4.3.3')), Buffer.from('no signature'), ec.publicKey));
});

test('an algorithm is for its own kind of key', () => {
  assert.ok(!isTrue(sequence(oid('1.2.840.10045.4.3.2')), sign('sha256', signed, rsa.privateKey), rsa.publicKey));
  assert.ok(!isTrue(plain('1.2.840.113549.1.1.11'), sign('sha256', signed, ec.privateKey), ec.publicKey));
});

test('MD5 and SHA-1 are not believed', () => {
  for (const [name, hash] of [
    ['1.2.840.113549.1.1.4', 'md5'],
    ['1.2.840.113549.1.1.5', 'sha1'],
  ] as const)
    assert.ok(!isTrue(plain(name), sign(hash, signed, rsa.privateKey), rsa.publicKey));
  assert.ok(!isTrue(sequence(oid('1.2.840.10045.4.1')), sign('sha1', signed, ec.privateKey), ec.publicKey));
});

test('RSASSA-PSS states one hash for all of it; what it leaves out would be SHA-1', () => {
  const padding = { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signature = sign('sha256', signed, padding);
  assert.ok(isTrue(pss(sha256, sha256, 32), signature, rsa.publicKey));
  assert.ok(!isTrue(pss(sha256, sha256, 20), signature, rsa.publicKey));
  assert.ok(!isTrue(pss(sha256, sha1, 32), signature, rsa.publicKey));
  const old = sign('sha1', signed, { ...padding, saltLength: 20 });
  assert.ok(!isTrue(pss(sha1, sha1, 20), old, rsa.publicKey));
  assert.ok(!isTrue(sequence(oid('1.2.840.113549.1.1.10'), sequence()), old, rsa.publicKey));
});

test('CMS may name RSA alone, with the hash beside it', () => {
  const signature = sign('sha256', signed, rsa.privateKey);
  assert.ok(isTrue(plain('1.2.840.113549.1.1.1'), signature, rsa.publicKey, 'sha256'));
  assert.ok(!isTrue(plain('1.2.840.113549.1.1.1'), signature, rsa.publicKey));
});

test('keys that are costly on purpose, of a curve of their own, or none are not read', () => {
  const { n = '' } = rsa.publicKey.export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
  const keyOf = (size: bigint, exponent: bigint): Uint8Array =>
    sequence(plain('1.2.840.113549.1.1.1'), bits(sequence(integer(size), integer(exponent))));
  assert.ok(readPublicKey(keyOf(modulus, 65_537n)));
  assert.equal(readPublicKey(keyOf(modulus, (1n << 64n) + 1n)), undefined);
  assert.equal(readPublicKey(keyOf((1n << 8200n) + 1n, 65_537n)), undefined);
  // The attack of CVE-2020-0601: an authority's point on a curve whose generator the attacker chose.
  const point = (scalar: number): Buffer => {
    const curve = createECDH('prime256v1');
    curve.setPrivateKey(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex'));
    return curve.getPublicKey();
  };
  const own = Buffer.from(
    spki(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey),
  );
  const generator = own.indexOf(point(1));
  assert.ok(generator > 0);
  point(2).copy(own, generator);
  assert.equal(readPublicKey(own), undefined);
  assert.equal(readPublicKey(Buffer.from('none')), undefined);
});
