import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { parseOpenPgpKeys } from './openpgp-keys.ts';

/** Exported by GnuPG 2.2 with --faked-system-time: RSA of 2048 bits made on 1 January 2020 for 30 days; Ed25519 without an end. */
const old = Buffer.from(
  [
    'mQENBF4L4QABCACZWCAkHjO9qwnrIkJi1SyJUp4C4tClywOvJkLcw9rf+hzTh5vl9jNYTQGKtow5M2CD3peT7gUPXHNVL3vCw0saWfVWoVTb5v',
    'qiq0YqfmjXR+IWDd/gCs5tDXPjdAc5ox0a4D6cmeBUohePwRxmmo1XeSPlbsZoaMeYUbtTD6o1Kf8kQdyqoMBB+Dki1OQpLQiRszsKO2BdJ9pQ',
    '7h3/6Xeu8YQ+rZyMySLe/pjnaVYzjc9LsZ3zIqnjcTfU64VzvBz2YGbqeKw/ZjJsXBaagWM69avbJPKsKsHUTP3L/v1pzMJD/0Od9UkYW8ROkG',
    'NLjXAOUiZFYpsa2+floftc+nA3ABEBAAG0GU9sZCA8b2xkQGNvbXBhbnkuZXhhbXBsZT6JAVQEEwEKAD4WIQRPlfqFKoANIFFEyToOoimPJfK1',
    'PwUCXgvhAAIbAwUJACeNAAULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRAOoimPJfK1P85LCACCB8LcZ7wRKoy4S4wfOGxSgHiUUQIfDPYN3z',
    'JvI3IutK0YHcqu0fkDoBehOOzC7VH1t74ivGE68BFgFamriNcT8oAxDOzPsvWFmZQdVagfX7qigLMmwgNAtJi8BaTDp/5DE8UODIFud+Y/L70V',
    'VWIc4s059Djx35Yu0CvYtnC4ApmaZLnvkr/kFl+g6metME5+ds+QodqQgDXY6csMbacUkZZxcDyevUQ+DotoE3hyInorblyG1Z6PKjRwXLCPnx',
    'febzRkBMkNcv2Qd07QQNfXEJR4HjkyW9h60yK8HF169G6P3F0arArkg7wanAozLODRwliqFtMvDb90wqx0MJCo',
  ].join(''),
  'base64',
);
const lasting = Buffer.from(
  [
    'mDMEawMBwhYJKwYBBAHaRw8BAQdAUnJGk1GpAfVaGjIz26gf7hpVP3iasE2uspSIcsxie/q0GUJvYiA8Ym9iQGNvbXBhbnkuZXhhbXBsZT6IkA',
    'QTFggAOBYhBEGLQcRmyLdGlauhim6PZU19qtu1BQJrAwHCAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEG6PZU19qtu1toABAOR82nMh',
    'tcW6A5/eR5tj9QqRHk/wKAJTC/F3V+d4GAsTAP4t9zc5f6FC2Y76hfRfFzhwSdHQmbCoDeOUw3XsYHAJDw==',
  ].join(''),
  'base64',
);

const day = 86_400_000;

test('a key says its fingerprint, its strength and its end, as GnuPG shows them', () => {
  assert.deepEqual(parseOpenPgpKeys(old, 'k'), {
    keys: [
      {
        fingerprint: '4f95fa852a800d205144c93a0ea2298f25f2b53f',
        created: new Date('2020-01-01'),
        algorithm: 'rsa',
        bits: 2048,
        expires: new Date(Date.parse('2020-01-01') + 30 * day),
      },
    ],
    secret: false,
  });
});

test('a key without an end has none; keyrings hold several', () => {
  const [one, two] = parseOpenPgpKeys(Buffer.concat([lasting, old]), 'k').keys;
  assert.deepEqual(
    [one?.fingerprint, one?.algorithm, one?.expires],
    ['418b41c466c8b74695aba18a6e8f654d7daadbb5', 'elliptic', undefined],
  );
  assert.equal(two?.fingerprint, '4f95fa852a800d205144c93a0ea2298f25f2b53f');
});

test('a signature by somebody else says nothing about the end of a key', () => {
  // The last packet: the signature of the old key by itself, with its end.
  const signature = old.subarray(299);
  assert.equal(signature[0], 0x89);
  const [key] = parseOpenPgpKeys(Buffer.concat([lasting, signature]), 'k').keys;
  assert.equal(key?.expires, undefined);
});

test('secret keys and subkeys are seen anywhere in it', () => {
  for (const tag of [5, 7]) {
    const secret = Buffer.from([0xc0 | tag, 1, 4]);
    assert.ok(parseOpenPgpKeys(Buffer.concat([lasting, secret]), 'k').secret);
    assert.ok(parseOpenPgpKeys(Buffer.concat([secret, lasting]), 'k').secret);
  }
  assert.ok(!parseOpenPgpKeys(lasting, 'k').secret);
});

test('a keyring cut at any length, or with any byte changed, is keys or a Fault', () => {
  const outcomes = new Set<string>();
  for (let at = 1; at < old.length; at += 1) {
    const changed = Buffer.from(old);
    changed[at] = (changed[at] ?? 0) ^ (1 + (at % 255));
    for (const bytes of [old.subarray(0, at), changed])
      try {
        outcomes.add(parseOpenPgpKeys(bytes, 'k').keys.length > 0 ? 'keys' : 'none');
      } catch (thrown) {
        assert.ok(isFault(thrown), String(thrown));
        outcomes.add(thrown.code);
      }
  }
  assert.deepEqual([...outcomes].sort(), ['OPENPGP_INVALID', 'keys']);
});

test('packets without end in number are refused', () => {
  const many = Buffer.concat(Array.from({ length: 200_001 }, () => Buffer.from([0xcd, 0])));
  assert.throws(() => parseOpenPgpKeys(many, 'k'), /more than 200000 packets/);
});
