/** Which root keys a list of roots means. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notaryAuthority, notaryCertified, type NotarySigner } from '../../../test/fakes/notary-publisher.ts';
import { isFault } from '../../core/fault.ts';
import { openNotaryKey } from './key.ts';
import { isPinned, parsePins } from './pins.ts';

const now = new Date();
const root = await notaryCertified('registry.example/team/app');
const other = await notaryCertified('registry.example/team/app');

const pins = (roots: readonly string[], signer: NotarySigner, at = now): boolean => {
  const { keytype, keyval } = signer.written;
  const key = openNotaryKey({ type: keytype, publicBytes: Buffer.from(keyval.public, 'base64') }, 16);
  assert.ok(key !== undefined);
  return isPinned(parsePins(roots), key, at);
};

const messageOf = (roots: readonly string[]): string => {
  try {
    parsePins(roots);
    return '';
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'NOTARY_TRUST_INVALID');
    return thrown.message;
  }
};

describe('pinned roots', () => {
  test('are named by either id, by certificate, or by public key', () => {
    const forms = [root.id, root.canonicalId, `sha256:${root.canonicalId}`, root.certificate ?? '', root.publicKey];
    for (const form of forms) {
      assert.ok(pins([form], root), form);
      assert.ok(pins([other.id, form], root), 'any one of them');
      assert.ok(!pins([form], other), form);
    }
  });

  test('may be an authority, for the certificates that it issued and as long as it lasts', async () => {
    const authority = await notaryAuthority('Company');
    const issued = await notaryCertified('registry.example/team/app', { issuer: authority });
    assert.ok(pins([authority.certificate], issued));
    assert.ok(!pins([authority.certificate], root));
    assert.ok(!pins([(await notaryAuthority('Company')).certificate], issued), 'the name alone is nothing');
    assert.ok(!pins([authority.certificate], issued, new Date(now.getTime() + 60 * 86_400_000)));
  });

  test('a bundle pins its certificate, not everything that the authority in it issued', async () => {
    const authority = await notaryAuthority('Company');
    const mine = await notaryCertified('registry.example/team/app', { issuer: authority });
    const neighbour = await notaryCertified('registry.example/team/app', { issuer: authority });
    const bundle = `${mine.certificate}${authority.certificate}`;
    assert.ok(pins([bundle], mine));
    assert.ok(!pins([bundle], neighbour));
  });

  test('that cannot be read, or are none, are the user’s mistake', () => {
    assert.match(messageOf([]), /empty/);
    assert.match(messageOf([root.id, 'alice']), /root 2 .* neither a key id/);
    assert.match(messageOf(['ab'.repeat(31)]), /neither/);
    assert.match(messageOf(['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----']), /no public key/);
    assert.match(messageOf(['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']), /neither/);
    assert.match(messageOf(Array.from({ length: 65 }, () => root.id)), /more than 64/);
  });

  test('have one fingerprint in any order, and another with one root more', () => {
    const of = (...roots: readonly string[]): string => parsePins(roots).fingerprint;
    assert.equal(of(root.canonicalId, other.canonicalId), of(other.publicKey, root.certificate ?? ''));
    assert.notEqual(of(root.id), of(root.id, other.id));
  });
});
