/** A word → the coin that it is an address of, by checksum where one can be computed, else by everything its shape states. */
import { decodeBase58, decodeBase58Blocks, decodeBase58Check } from './base58.ts';
import { isBech32, isCashAddress } from './bech32.ts';

export interface Wallet {
  readonly coin: string;
  /**
   * `shape`: network mark, length and alphabet are right and it decodes, but its checksum was not computed (Keccak-256 for Monero and
   * Ethereum, BLAKE2b-256 for Ergo, KangarooTwelve for Qubic), so that random text may pass.
   */
  readonly proof: 'checksum' | 'shape';
}

interface Coin extends Wallet {
  /** Characters that the address may begin with. */
  readonly first: string;
  readonly pattern: RegExp;
  readonly verify: (word: string) => boolean;
}

const isVersion =
  (...versions: readonly number[]) =>
  (word: string): boolean =>
    versions.includes(decodeBase58Check(word, 21)?.[0] ?? -1);

/** CryptoNote: a varint for network and kind, two keys of 32 bytes (an integrated address has 8 bytes more), 4 bytes of checksum. */
const isCryptoNote =
  (...networks: readonly number[]) =>
  (word: string): boolean => {
    const bytes = decodeBase58Blocks(word);
    if (bytes === undefined) return false;
    let network = 0;
    let used = 0;
    for (let more = true; more && used < 5; used += 1) {
      const byte = bytes[used] ?? 0;
      network += (byte & 127) * 2 ** (7 * used);
      more = byte >= 128;
    }
    const rest = bytes.length - used;
    return networks.includes(network) && (rest === 68 || rest === 76);
  };

/** Version bytes and prefixes as the coins' own sources state them (chainparams.cpp and cryptonote_config.h of each). */
const coins: readonly Coin[] = [
  // Standard, integrated and sub-addresses: 18, 19, 42.
  {
    coin: 'Monero',
    first: '48',
    proof: 'shape',
    pattern: /^[48][1-9A-HJ-NP-Za-km-z]{94}(?:[1-9A-HJ-NP-Za-km-z]{11})?$/,
    verify: isCryptoNote(18, 19, 42),
  },
  {
    coin: 'Wownero',
    first: 'W',
    proof: 'shape',
    pattern: /^W[oW][1-9A-HJ-NP-Za-km-z]{95}$/,
    verify: isCryptoNote(4146, 12208),
  },
  {
    coin: 'Zephyr',
    first: 'Z',
    proof: 'shape',
    pattern: /^ZEPH[1-9A-HJ-NP-Za-km-z]{94,112}$/,
    verify: (word) => (decodeBase58Blocks(word)?.length ?? 0) >= 69,
  },
  {
    coin: 'Bitcoin',
    first: '13bB',
    proof: 'checksum',
    pattern: /^(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71})$/,
    verify: (word) => (/^bc1/i.test(word) ? isBech32(word, 'bc') : isVersion(0, 5)(word)),
  },
  {
    coin: 'Litecoin',
    first: 'LMl',
    proof: 'checksum',
    pattern: /^(?:[LM][1-9A-HJ-NP-Za-km-z]{33}|ltc1[02-9ac-hj-np-z]{11,71})$/,
    verify: (word) => (word.startsWith('ltc1') ? isBech32(word, 'ltc') : isVersion(48, 50)(word)),
  },
  {
    coin: 'Dogecoin',
    first: 'D9A',
    proof: 'checksum',
    pattern: /^[D9A][1-9A-HJ-NP-Za-km-z]{33}$/,
    verify: isVersion(30, 22),
  },
  { coin: 'Dash', first: 'X', proof: 'checksum', pattern: /^X[1-9A-HJ-NP-Za-km-z]{33}$/, verify: isVersion(76) },
  {
    coin: 'Ravencoin or Verus',
    first: 'R',
    proof: 'checksum',
    pattern: /^R[1-9A-HJ-NP-Za-km-z]{33}$/,
    verify: isVersion(60),
  },
  {
    coin: 'Zcash',
    first: 't',
    proof: 'checksum',
    pattern: /^t[13][1-9A-HJ-NP-Za-km-z]{33}$/,
    verify: (word) => {
      const [first, second] = decodeBase58Check(word, 22) ?? [];
      return first === 0x1c && (second === 0xb8 || second === 0xbd);
    },
  },
  { coin: 'Tron', first: 'T', proof: 'checksum', pattern: /^T[1-9A-HJ-NP-Za-km-z]{33}$/, verify: isVersion(65) },
  {
    coin: 'Kaspa',
    first: 'k',
    proof: 'checksum',
    pattern: /^kaspa:[02-9ac-hj-np-z]{61,63}$/,
    verify: (word) => isCashAddress(word, 'kaspa'),
  },
  {
    coin: 'Bitcoin Cash',
    first: 'b',
    proof: 'checksum',
    pattern: /^bitcoincash:[02-9ac-hj-np-z]{42}$/,
    verify: (word) => isCashAddress(word, 'bitcoincash'),
  },
  {
    coin: 'Dero',
    first: 'd',
    proof: 'checksum',
    pattern: /^dero1[02-9ac-hj-np-z]{58,80}$/,
    verify: (word) => isBech32(word, 'dero'),
  },
  {
    coin: 'Xelis',
    first: 'x',
    proof: 'checksum',
    pattern: /^xel:[02-9ac-hj-np-z]{50,80}$/,
    verify: (word) => isBech32(word, 'xel', ':'),
  },
  {
    coin: 'Ergo',
    first: '9',
    proof: 'shape',
    pattern: /^9[1-9A-HJ-NP-Za-km-z]{50}$/,
    // Mainnet pay-to-public-key: 0x01, then a compressed point.
    verify: (word) => {
      const [network, parity] = decodeBase58(word, 38) ?? [];
      return network === 1 && (parity === 2 || parity === 3);
    },
  },
  {
    coin: 'Ethereum',
    first: '0',
    proof: 'shape',
    pattern: /^0x[0-9a-fA-F]{40}$/,
    // Zero, burn and test addresses repeat a few digits.
    verify: (word) => new Set(word.slice(2).toLowerCase()).size >= 8,
  },
  {
    coin: 'Qubic',
    first: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    proof: 'shape',
    pattern: /^[A-Z]{60}$/,
    verify: (word) => new Set(word).size >= 12,
  },
];

const coinsByFirst = ((): ReadonlyMap<string, readonly Coin[]> => {
  const table = new Map<string, Coin[]>();
  for (const coin of coins) for (const first of coin.first) table.set(first, [...(table.get(first) ?? []), coin]);
  return table;
})();

/** The word must be the address and nothing else. */
export const identifyWallet = (word: string): Wallet | undefined => {
  if (word.length < 26 || word.length > 128) return undefined;
  const coin = coinsByFirst.get(word[0] ?? '')?.find(({ pattern, verify }) => pattern.test(word) && verify(word));
  return coin === undefined ? undefined : { coin: coin.coin, proof: coin.proof };
};
