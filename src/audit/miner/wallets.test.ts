import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base58CheckOf, bech32Of, ergoOf, moneroOf } from '../../../test/builders/wallets.ts';
import { WalletScanner } from './wallet-scan.ts';
import { identifyWallet } from './wallets.ts';

/** From the specifications (BIP 173, BIP 350, CashAddr, Kaspa's own tests), or made of nobody's bytes. */
const addresses: Readonly<Record<string, readonly string[]>> = {
  Monero: [moneroOf('one'), moneroOf('two', [42])],
  Wownero: [moneroOf('three', [0xb2, 0x20])],
  Bitcoin: [
    base58CheckOf([0], 'a'),
    base58CheckOf([5], 'a'),
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
  ],
  Litecoin: [base58CheckOf([48], 'a')],
  Dogecoin: [base58CheckOf([30], 'a')],
  Dash: [base58CheckOf([76], 'a')],
  'Ravencoin or Verus': [base58CheckOf([60], 'a')],
  Zcash: [base58CheckOf([0x1c, 0xb8], 'a')],
  Tron: [base58CheckOf([65], 'a')],
  Kaspa: ['kaspa:qpauqsvk7yf9unexwmxsnmg547mhyga37csh0kj53q6xxgl24ydxjsgzthw5j'],
  'Bitcoin Cash': ['bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a'],
  Dero: [bech32Of('dero', 'a', 55)],
  Xelis: [bech32Of('xel', 'a', 53, ':')],
  Ergo: [ergoOf('a')],
  Zephyr: [moneroOf('four', [0xc0, 0xb1, 0xf4, 0x01])],
  Qubic: ['ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH'],
  Ethereum: ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
};

for (const [coin, words] of Object.entries(addresses))
  test(`addresses of ${coin} are known, and one with a character changed is not`, () => {
    for (const word of words) {
      const wallet = identifyWallet(word);
      assert.equal(wallet?.coin, coin, word);
      if (wallet.proof === 'shape') continue;
      // The alphabets of both encodings hold 2 and 3.
      const at = word.length - 9;
      const changed = word.slice(0, at) + (word[at] === '2' ? '3' : '2') + word.slice(at + 1);
      assert.equal(identifyWallet(changed), undefined, changed);
    }
  });

test('what merely looks like an address is none', () => {
  const nearly = [
    // The right letters and length, but blocks that no eight bytes give.
    `4${'z'.repeat(94)}`,
    moneroOf('one').slice(0, 94),
    `${moneroOf('one')}x`,
    // A test network's.
    moneroOf('one', [53]),
    '0x0000000000000000000000000000000000000000',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'A'.repeat(60),
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kV8f3t4',
    '',
    '1'.repeat(4096),
  ];
  for (const word of nearly) assert.equal(identifyWallet(word), undefined, word);
});

test('the scan finds an address at every place of a text, and none in a text without', () => {
  const scanner = new WalletScanner();
  const memory = Buffer.alloc(4096, 'some words of a text, ');
  for (const word of [moneroOf('one'), base58CheckOf([60], 'a'), ...(addresses['Kaspa'] ?? [])])
    for (let at = 0; at < 40; at += 1) {
      const text = Buffer.from(memory);
      text.write(` ${word} `, 100 + at, 'latin1');
      assert.ok(scanner.holdsWallet(text.subarray(at % 7)), `${word} at ${at}`);
      assert.ok(!scanner.holdsWallet(text.subarray(0, 100 + at + 20)), `cut, at ${at}`);
    }
  assert.ok(!scanner.holdsWallet(memory));
  assert.ok(!scanner.holdsWallet(Buffer.alloc(70_000, 'a')));
  assert.ok(!scanner.holdsWallet(Buffer.alloc(0)));
  assert.ok(!scanner.holdsWallet(Buffer.from('da39a3ee5e6b4b0d3255bfef95601890afd80709 '.repeat(50))));
});

test('the scan is exact at the end of its memory, whatever lies behind', () => {
  const word = base58CheckOf([60], 'b');
  const shared = Buffer.from(new SharedArrayBuffer(1024));
  shared.fill('x');
  shared.write(` ${word}`, 501, 'latin1');
  const scanner = new WalletScanner();
  assert.ok(scanner.holdsWallet(shared.subarray(400, 502 + word.length)));
  assert.ok(!scanner.holdsWallet(shared.subarray(400, 501 + word.length)));
});
