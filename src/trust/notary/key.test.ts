/** Ids and signatures of Notary's keys: against what a real Notary server wrote, and against what nobody should believe. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notaryCertified, notarySigner, type NotarySigner } from '../../../test/fakes/notary-publisher.ts';
import { parseNotaryEnvelope, type NotaryEnvelope, type NotaryKey } from '../../formats/records/notary-envelope.ts';
import { canonicalize } from '@tufjs/canonical-json';
import { countSignatures, notaryKeyId, openNotaryKey, openRoleKeys, type OpenKey } from './key.ts';

/** A timestamp that notary-server 0.7.0 signed, and its key as root.json names it. */
const realKey = {
  id: '52768e7c0283b920c66f1779f104e45769e2b8f6253800230ec5b50839220965',
  public:
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMyvJLZvlRjMGD9otJYdSr7vYyCsNU8UWxw2k0BdawnIHBmbRuTgE/YR8adLcOnN8hGXuWALJRF3uF7wqhJoPOA==',
};
const realTimestamp =
  '{"signed":{"_type":"Timestamp","expires":"2026-12-06T14:36:37.970465259Z","meta":{"snapshot":{"hashes":{"sha256":"EyM32sMKKqbb8vTvRaNFTqGPMxi8yIP1Uo6gPuipGbk=","sha512":"rYN1ohswYcG2iV/mwCG2J+fsarRLGUekuor1xiW1SiGjfYYtfaLPsMXwTCENe2BUNUakk4mue+LbNB7YRJHmUw=="},"length":683}},"version":2},"signatures":[{"keyid":"52768e7c0283b920c66f1779f104e45769e2b8f6253800230ec5b50839220965","method":"ecdsa","sig":"co7unTZAH6GRO8bHL8xx1yGlyh1OJ60okzQ41lcSsPmOks6ByxGRRL9ItPMHc0Wz3IJ783pbbOGVqrjVqSdSOQ=="}]}';

const written = ({ written: { keytype, keyval } }: NotarySigner): NotaryKey => ({
  type: keytype,
  publicBytes: Buffer.from(keyval.public, 'base64'),
});

const open = (signer: NotarySigner): OpenKey => {
  const key = openNotaryKey(written(signer), 16);
  assert.ok(key !== undefined);
  return key;
};

const envelope = (signed: NotaryEnvelope['signed'], signers: readonly NotarySigner[]): NotaryEnvelope => ({
  signed,
  signatures: signers.map((signer) => ({
    keyId: signer.id,
    method: signer.method,
    signature: signer.sign(Buffer.from(canonicalize(signed))),
  })),
});

describe('keys of Notary', () => {
  test('what notary-server signed is verified, under the id that it gave its key', () => {
    const publicBytes = Buffer.from(realKey.public, 'base64');
    assert.equal(notaryKeyId('ecdsa', publicBytes), realKey.id);
    const key = openNotaryKey({ type: 'ecdsa', publicBytes }, 16);
    assert.ok(key !== undefined);
    const real = parseNotaryEnvelope(Buffer.from(realTimestamp), 4096, 'x');
    assert.deepEqual(
      countSignatures(real, [key], 1).signers.map(({ id }) => id),
      [realKey.id],
    );
    const changed = parseNotaryEnvelope(Buffer.from(realTimestamp.replace('683', '684')), 4096, 'x');
    assert.equal(countSignatures(changed, [key], 1).isEnough, false);
  });

  test('the canonical form is that of laptop.org, whatever the file looks like', () => {
    const real = JSON.parse(realTimestamp) as { signed: Record<string, unknown>; signatures: unknown };
    const turned = Object.fromEntries(Object.entries(real.signed).toReversed());
    const text = JSON.stringify({ signatures: real.signatures, signed: turned }, null, 3);
    const key = openNotaryKey({ type: 'ecdsa', publicBytes: Buffer.from(realKey.public, 'base64') }, 16);
    assert.ok(key !== undefined);
    assert.ok(countSignatures(parseNotaryEnvelope(Buffer.from(text), 4096, 'x'), [key], 1).isEnough);
  });

  test('every kind of key that Notary makes signs', async () => {
    const signers = [
      notarySigner('ecdsa'),
      notarySigner('ecdsa', 'P-384'),
      notarySigner('ecdsa', 'P-521'),
      notarySigner('rsa'),
      notarySigner('ed25519'),
      await notaryCertified('x'),
      await notaryCertified('x', {}, 'rsa'),
    ];
    for (const signer of signers) {
      const key = open(signer);
      assert.deepEqual([key.id, key.canonicalId], [signer.id, signer.canonicalId]);
      assert.ok(countSignatures(envelope({ a: 1 }, [signer]), [key], 1).isEnough, signer.written.keytype);
      const other = { ...envelope({ a: 1 }, [signer]), signed: { a: 2 } };
      assert.ok(!countSignatures(other, [key], 1).isEnough, signer.written.keytype);
    }
  });

  test('a method of another kind of key is no signature', () => {
    const signer = notarySigner('ecdsa');
    const [signature] = envelope({ a: 1 }, [signer]).signatures;
    assert.ok(signature !== undefined);
    for (const method of ['rsapss', 'eddsa', 'none', ''])
      assert.ok(
        !countSignatures({ signed: { a: 1 }, signatures: [{ ...signature, method }] }, [open(signer)], 1).isEnough,
      );
  });

  test('one key counts once, however often it signs and under however many certificates', async () => {
    const [one, two] = [notarySigner(), notarySigner()];
    const keys = [open(one), open(two)];
    assert.ok(!countSignatures(envelope({ a: 1 }, [one, one, one]), keys, 2).isEnough);
    assert.ok(countSignatures(envelope({ a: 1 }, [one, two]), keys, 2).isEnough);
    const certified = await notaryCertified('x');
    const key = open(certified);
    // The same key under a second id, as a second certificate for it would have.
    const twin = { ...key, id: 'another' };
    const both = [certified, { ...certified, id: 'another' }];
    assert.ok(!countSignatures(envelope({ a: 1 }, both), [key, twin], 2).isEnough);
  });

  test('a key that is written in two ways is one key', () => {
    const signer = notarySigner();
    const { publicBytes } = written(signer);
    const padded = openNotaryKey({ type: 'ecdsa', publicBytes: Buffer.concat([publicBytes, Buffer.from('x')]) }, 16);
    // Whether OpenSSL reads it is OpenSSL's matter; that it is another signer must not come of it.
    if (padded !== undefined) assert.equal(padded.canonicalId, signer.canonicalId);
    const both = [signer, { ...signer, id: padded?.id ?? 'none' }];
    assert.ok(
      !countSignatures(envelope({ a: 1 }, both), [open(signer), ...(padded === undefined ? [] : [padded])], 2).isEnough,
    );
  });

  test('what has no canonical form is not signed', () => {
    const signer = notarySigner();
    const whole = envelope({ a: 1 }, [signer]);
    assert.ok(!countSignatures({ ...whole, signed: { a: 1.5 } }, [open(signer)], 1).isEnough);
  });

  test('a key under an id that is not its own signs nothing', () => {
    const signer = notarySigner();
    const keys = new Map([
      [signer.id, written(signer)],
      ['0'.repeat(64), written(signer)],
    ]);
    const role = { keyIds: [signer.id, signer.id, '0'.repeat(64), 'missing'], threshold: 1 };
    assert.deepEqual(
      openRoleKeys(role, keys, 16).map(({ id }) => id),
      [signer.id],
    );
  });

  test('weak, mislabelled and unreadable keys are no keys', () => {
    const { publicBytes } = written(notarySigner('ecdsa'));
    assert.equal(openNotaryKey({ type: 'rsa', publicBytes }, 16), undefined);
    assert.equal(openNotaryKey({ type: 'ecdsa-x509', publicBytes }, 16), undefined);
    assert.equal(openNotaryKey({ type: 'dsa', publicBytes }, 16), undefined);
    assert.equal(openNotaryKey({ type: 'ecdsa', publicBytes: publicBytes.subarray(1) }, 16), undefined);
    assert.equal(openNotaryKey({ type: 'ed25519', publicBytes }, 16), undefined);
    assert.equal(openNotaryKey(written(notarySigner('ecdsa', 'secp256k1')), 16), undefined);
  });
});
