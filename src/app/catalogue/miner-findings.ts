/** Findings of the analyzer `miner`: mining set up in files or in the image's config, and bandwidth sold. */
import type { Explanation } from './words.ts';

const askWhoEarns = 'Ask who earns with it: your address becomes the origin of strangers’ traffic.';

export const minerFindings = {
  'miner/bandwidth-seller-name': {
    means: 'A program has the name of a client that sells the machine’s network connection to strangers.',
    advice: askWhoEarns,
  },
  'miner/explained': {
    means: 'A manual or page shows a pool and a wallet, as instructions for mining do. Nothing of it runs.',
    advice: 'Nothing, unless a program of the image is given this file as its settings.',
  },
  'miner/pool-and-wallet': {
    means:
      'A mining pool and the coin address that is paid stand together in one object, on one command line or among the same variables. The address was verified: by its checksum, or where that needs a hash that Node lacks (Monero, Ethereum, Ergo) by network mark, length and decoding.',
    advice: 'Unless the image is for mining and you know who is paid, do not run it; block the pool.',
  },
  'miner/pool-settings': {
    means: 'Settings or a command line name a mining pool, a user there and an algorithm or another word of mining.',
    advice: 'Unless the image is for mining and you know who is paid, do not run it; block the pool.',
  },
  'miner/program-name': {
    means: 'A program has the name of a well-known coin miner. What it is was not told by its content.',
    advice: 'Unless it is what you run the image for, find out which build step brought it.',
  },
  'miner/sells-bandwidth': {
    means: 'The start command or the environment is that of a client that sells the machine’s network connection.',
    advice: askWhoEarns,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
