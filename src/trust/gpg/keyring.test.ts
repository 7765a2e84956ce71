import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { toBinaryKeyring } from './keyring.ts';

const refusal = (bytes: Uint8Array | string): string => {
  try {
    toBinaryKeyring(Buffer.from(bytes));
    return '';
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'GPG_KEYRING_INVALID');
    return thrown.message;
  }
};

const key = Buffer.from([0x98, 0x33, 1, 2, 3, 4]);
const armoured = (body: string, headers = '') =>
  `-----BEGIN PGP PUBLIC KEY BLOCK-----\n${headers}\n${body}\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n`;

test('armour comes off, of several blocks and with headers and foreign line ends', () => {
  const one = armoured(key.toString('base64'));
  const two = armoured(key.toString('base64'), 'Version: x\nComment: y\n').replaceAll('\n', '\r\n');
  assert.deepEqual(toBinaryKeyring(Buffer.from(one)), key);
  assert.deepEqual(toBinaryKeyring(Buffer.from(`words before\n${one}\n${two}`)), Buffer.concat([key, key]));
});

test('binary keyrings and keyboxes stay as they are', () => {
  assert.equal(toBinaryKeyring(key), key);
  const keybox = Buffer.concat([Buffer.from([0, 0, 0, 32, 1, 1, 0, 2]), Buffer.from('KBXf'), Buffer.alloc(20)]);
  assert.equal(toBinaryKeyring(keybox), keybox);
});

test('what is no keyring is refused with a next step', () => {
  for (const bytes of [
    '',
    'ssh-ed25519 AAAA',
    armoured('%%%'),
    armoured(''),
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDM=',
  ])
    assert.match(refusal(bytes), /gpg --export/);
  assert.match(refusal('-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlFgE\n'), /private/);
});
