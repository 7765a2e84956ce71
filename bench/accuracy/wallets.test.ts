import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { keccak256 } from './keccak.ts';
import { coins, toBase58Check, toBech32, toCashAddress, toEthereumCase, toMoneroBase58, walletOf } from './wallets.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

test('Keccak-256 of nothing, of abc, and of more than one block', () => {
  assert.equal(
    keccak256(Buffer.alloc(0)).toString('hex'),
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  );
  assert.equal(
    keccak256(Buffer.from('abc')).toString('hex'),
    '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45',
  );
  const long = keccak256(Buffer.alloc(300, 'a'));
  assert.notDeepEqual(long, keccak256(Buffer.alloc(301, 'a')));
  assert.notEqual(long.toString('hex'), createHash('sha3-256').update('a'.repeat(300)).digest('hex'));
});

test('base 58 in blocks, as the tests of Monero state it', () => {
  assert.equal(toMoneroBase58(hex('0000000000000000')), '11111111111');
  assert.equal(toMoneroBase58(hex('06156013762879f7')), '22222222222');
  assert.equal(toMoneroBase58(hex('05e022ba374b2a00')), '1z111111111');
  assert.equal(toMoneroBase58(hex('ff')), '5Q');
});

test('base 58 with a checksum, as the Bitcoin wiki computes it', () => {
  assert.equal(toBase58Check(hex('00f54a5851e9372b87810a8e60cdd2e7cfd80b6e31')), '1PMycacnJaSqwwJqjawXBErnLsZ7RkXUAs');
});

test('bech32, as BIP 173 states it', () => {
  assert.equal(toBech32('a', []), 'a12uel5l');
});

test('the 40-bit checksum, as the specification of Bitcoin Cash states it', () => {
  assert.equal(
    toCashAddress('bitcoincash', hex('00f5bf48b397dae70be82b3cca4793f8eb2b6cdac9')),
    'bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2',
  );
});

test('letters of an Ethereum address, as EIP-55 states them', () => {
  assert.equal(
    toEthereumCase('5aaeb6053f3e94c9b9a09f33669435e7ef1beaed'),
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  );
});

test('every coin has its shape, the same for the same seed and another for another', () => {
  const shapes: Readonly<Record<keyof typeof coins, RegExp>> = {
    monero: /^4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}$/,
    bitcoin: /^1[1-9A-HJ-NP-Za-km-z]{25,33}$/,
    'bitcoin-segwit': /^bc1q[a-z0-9]{38}$/,
    ethereum: /^0x[0-9a-fA-F]{40}$/,
    ravencoin: /^R[1-9A-HJ-NP-Za-km-z]{33}$/,
    kaspa: /^kaspa:q[a-z0-9]{60}$/,
  };
  for (const coin of Object.keys(coins) as (keyof typeof coins)[]) {
    assert.match(walletOf(coin, 'one'), shapes[coin]);
    assert.equal(walletOf(coin, 'one'), walletOf(coin, 'one'));
    assert.notEqual(walletOf(coin, 'one'), walletOf(coin, 'other'));
  }
});
