/** A text → the places where it sets a miner up: a pool and who is paid, together in one object, on one command line or among the same variables. */
import type { Pool, PoolNames } from './pools.ts';
import { identifyWallet, type Wallet } from './wallets.ts';

export interface PaidWallet extends Wallet {
  readonly address: string;
}

export interface MiningSettings {
  readonly form: 'json' | 'command' | 'variables' | 'constants';
  readonly pool: Pool;
  readonly wallet?: PaidWallet;
  /** Other words that only mining needs: an algorithm, a donation level. */
  readonly words: readonly string[];
  /** Where in the text. */
  readonly offset: number;
  readonly length: number;
}

/** In one text; more are the same again. */
const maximumSettings = 4;

/** `WALLET.worker`, `WALLET+5000`, `WALLET/worker`, `COIN:WALLET.worker#code`, `kaspa:…`. */
export const findWallet = (value: string): PaidWallet | undefined => {
  if (value.length < 26 || value.length > 400) return undefined;
  const [whole = ''] = value.split(/[.+/#,;@?|]/, 1);
  const candidates = [whole, whole.slice(whole.indexOf(':') + 1)];
  for (const address of candidates) {
    const wallet = identifyWallet(address);
    if (wallet !== undefined) return { ...wallet, address };
  }
  return undefined;
};

/** Coins that are earned by mining more than they are paid with: a bank or a shop has addresses of the others. */
const minedCoins: ReadonlySet<string> = new Set([
  'Monero',
  'Wownero',
  'Zephyr',
  'Ravencoin or Verus',
  'Kaspa',
  'Dero',
  'Xelis',
  'Zcash',
  'Ergo',
]);

const isMined = (wallet: Wallet | undefined): boolean => wallet !== undefined && minedCoins.has(wallet.coin);

const miningWord =
  /\b(?:rand[o]mx|rx\/(?:0|wow|arq|graft|sfx|keva)|cn\/(?:r|fast|half|rwz|zls|double|upx2|[0-2])|cryptonight|kawpow|etc?hash|autolykos2?|kheavyhash|ghostrider|verushash|equihash|progpow[a-z]{0,6}|astrobwt|octopus|blake3|beamhash|cuckat?oo\d{0,2}|argon2\/chukwa|yespower[a-z0-9]{0,8}|donate-?level|rig-?id|nice-?hash|hash-?rate|xm[r]ig|hugepages|huge-pages)\b/gi;

const wordsIn = (text: string): readonly string[] => [
  ...new Set([...text.slice(0, 20_000).matchAll(miningWord)].slice(0, 40).map(([word]) => word.toLowerCase())),
];

const isEnough = (pool: Pool, hasUser: boolean, wallet: PaidWallet | undefined, words: readonly string[]): boolean => {
  if (pool.known !== 'port') return wallet !== undefined || (hasUser && words.length > 0);
  return isMined(wallet) || (wallet !== undefined && words.length > 0) || (hasUser && words.length > 2);
};

const bare = (key: string): string => key.toLowerCase().replaceAll(/[-_. ]/g, '');

const poolKey =
  /^(?:pool(?:s|url|addr|address|host|server|uri|name)?\d?|url\d?|hosts?|servers?|stratum(?:url|host|server)?|mining(?:pool|url|server)|endpoint|minerpool|xmrpool|proxy)$/;
const userKey =
  /^(?:user(?:name|pass)?\d?|wallet(?:s|addr|address|id)?\d?|login|account|address|addr|payout(?:address)?|payto|xmraddress|xmrwallet|(?:xmr|monero|rvn|kas|btc|eth|etc)(?:wallet|address|addr)|coinbaseaddr|miner|worker)$/;

/** JSON as miners read it: with remarks, and commas before a closing bracket. */
const parseLooseJson = (text: string): unknown => {
  const plain = text
    .replaceAll(/"(?:[^"\\]|\\.)*"|\/\*[^]*?\*\/|\/\/[^\n]*|^\s*#[^\n]*/gm, (part) => (part[0] === '"' ? part : ' '))
    .replaceAll(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, (part) => (part === ',' ? ' ' : part));
  try {
    return JSON.parse(plain);
  } catch {
    // Most texts are no JSON: they are read as variables then.
    return undefined;
  }
};

const maximumNodes = 20_000;

const settingsOfJson = (text: string, pools: PoolNames): readonly MiningSettings[] => {
  if (!/^\ufeff?\s*(?:[[{]|\/[/*]|#)/.test(text)) return [];
  const found: MiningSettings[] = [];
  const words = wordsIn(text);
  let nodes = 0;
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 12 || found.length >= maximumSettings) return;
    const strings: (readonly [string, string])[] = [];
    for (const [key, child] of Object.entries(value)) {
      nodes += 1;
      if (nodes > maximumNodes) return;
      if (typeof child === 'string') strings.push([bare(key), child]);
      else visit(child, depth + 1);
    }
    const user =
      strings.find(([key]) => userKey.test(key) && key !== 'address') ?? strings.find(([key]) => userKey.test(key));
    const wallet = strings.flatMap(([key, text]) => (userKey.test(key) ? (findWallet(text) ?? []) : []))[0];
    for (const [key, written] of strings) {
      if (!poolKey.test(key)) continue;
      const pool = pools.read(written.trim());
      const paid = wallet ?? (pool === undefined ? undefined : findWallet(pool.login));
      if (pool === undefined || !isEnough(pool, user !== undefined || pool.login !== '', paid, words)) continue;
      const offset = Math.max(0, text.indexOf(written));
      found.push({
        form: 'json',
        pool,
        ...(paid === undefined ? {} : { wallet: paid }),
        words,
        offset,
        length: written.length,
      });
      return;
    }
  };
  visit(parseLooseJson(text), 0);
  return found;
};

const urlOption = /^-{1,2}(?:o|url|r|rpc|pool\d?|s|server|host|p|e?pool|proxy|stratum|daemon-rpc-address)$/i;
const userOption =
  /^-{1,2}(?:u|user(?:name|pass)?|w|wal|ewal|zwal|wallet(?:-?address)?|o|account|login|coinbase-addr|miner-address|address)$/i;

/** Quotes, commas and brackets of a list in another language are blanks between words here. */
const wordsOf = (line: string): readonly string[] => line.split(/[\s"'`,;()[\]{}]+/).slice(0, 400);

/** `--url=X` is `--url X`. */
const withValues = (words: readonly string[]): readonly (readonly [option: string, value: string])[] =>
  words.flatMap((word, at): (readonly [string, string])[] => {
    const equals = /^(-{1,2}[A-Za-z][\w-]{0,30})=(.+)$/.exec(word);
    if (equals !== null) return [[equals[1] ?? '', equals[2] ?? '']];
    if (/^-{1,2}[A-Za-z][\w-]{0,30}$/.test(word)) return [[word, words[at + 1] ?? '']];
    return [['', word]];
  });

const settingsOfLine = (line: string, offset: number, pools: PoolNames): MiningSettings | undefined => {
  const pairs = withValues(wordsOf(line));
  const users = pairs.filter(([option, value]) => userOption.test(option) && value !== '' && !value.startsWith('-'));
  const wallet = users.flatMap(([, value]) => findWallet(value) ?? [])[0];
  for (const [option, value] of pairs) {
    const pool = pools.read(value);
    if (pool === undefined || (pool.known === 'port' && !urlOption.test(option))) continue;
    const paid = wallet ?? findWallet(pool.login);
    const words = wordsIn(line);
    // `-u` is the pool for some miners and the user for others.
    const hasUser = pool.login !== '' || users.some(([, user]) => user !== value);
    if (!isEnough(pool, hasUser, paid, words)) continue;
    return {
      form: 'command',
      pool,
      ...(paid === undefined ? {} : { wallet: paid }),
      words,
      offset,
      length: line.length,
    };
  }
  return undefined;
};

const longestLine = 8000;

const settingsOfCommands = (text: string, pools: PoolNames): readonly MiningSettings[] => {
  const found: MiningSettings[] = [];
  // A line ends where no backslash continues it.
  for (const match of text.matchAll(/(?:[^\n\\]|\\[^])+/g)) {
    const [line] = match;
    if (line.length < 30 || line.length > longestLine || !/\s-|["']-/.test(line)) continue;
    const settings = settingsOfLine(line.replaceAll(/\\\r?\n/g, '  '), match.index, pools);
    if (settings !== undefined) found.push(settings);
    if (found.length >= maximumSettings) break;
  }
  if (found.length > 0 || text.length > longestLine) return found;
  // A list with one word a line, as in manifests: `- -o`, `- pool:port`.
  const whole = settingsOfLine(text.replaceAll(/^\s*- /gm, ' ').replaceAll(/[\r\n]/g, ' '), 0, pools);
  return whole === undefined ? [] : [whole];
};

interface Assignment {
  readonly key: string;
  readonly value: string;
  readonly at: number;
  readonly length: number;
}

const assignment =
  /(?<![\w.-])["']?([A-Za-z_][\w.-]{0,40})["']?[ \t]{0,8}[:=][ \t]{0,8}[([]?["'`]?([^\s"'`,;(){}<>[\]]{6,400})/g;
const maximumAssignments = 20_000;
/** Variables that belong together stand together. */
const neighbourhood = 4096;

const settingsOfVariables = (text: string, pools: PoolNames): readonly MiningSettings[] => {
  const wallets: (Assignment & { readonly wallet: PaidWallet })[] = [];
  const places: (Assignment & { readonly pool: Pool })[] = [];
  let seen = 0;
  for (const match of text.matchAll(assignment)) {
    seen += 1;
    if (seen > maximumAssignments) break;
    const [all, key = '', value = ''] = match;
    const one = { key: bare(key), value, at: match.index, length: all.length };
    const wallet = /wallet|user|addr|login|payout|account|xmr|miner|coin/.test(one.key) ? findWallet(value) : undefined;
    if (wallet !== undefined) wallets.push({ ...one, wallet });
    const isNamed = /pool|stratum|min(?:er|ing)|xmr|^url$/.test(one.key);
    const pool = pools.read(value) ?? (isNamed && one.key !== 'url' ? pools.readHost(value) : undefined);
    if (pool !== undefined && (pool.known !== 'port' || isNamed)) places.push({ ...one, pool });
  }
  // A list of addresses, as in a test of a library that checks them, sets nothing up.
  if (new Set(wallets.map(({ value }) => value)).size > 6 || places.length > 40) return [];
  return wallets.flatMap(({ wallet, at, length }): readonly MiningSettings[] => {
    const near = places.find((place) => Math.abs(place.at - at) <= neighbourhood);
    if (near === undefined) return [];
    const offset = Math.min(at, near.at);
    const end = Math.max(at + length, near.at + near.length);
    const words = wordsIn(text);
    return isEnough(near.pool, true, wallet, words)
      ? [{ form: 'variables', pool: near.pool, wallet, words, offset, length: end - offset }]
      : [];
  });
};

/** The first form that sets a miner up decides: a command line is made of variables too. */
export const findMiningSettings = (text: string, pools: PoolNames): readonly MiningSettings[] => {
  for (const read of [settingsOfJson, settingsOfCommands, settingsOfVariables]) {
    const found = read(text, pools).slice(0, maximumSettings);
    if (found.length > 0) return found;
  }
  return [];
};

const longestConstant = 400;
const maximumConstants = 20_000;

/**
 * The constants of compiled scripts (Python's bytecode, what was frozen from it), which stand in them as they were written, behind a byte
 * that may be a letter: a pool and a verified wallet among them.
 */
export const findMiningConstants = (text: string, pools: PoolNames): readonly MiningSettings[] => {
  let wallet: PaidWallet | undefined;
  let pool: (Pool & { readonly at: number; readonly length: number }) | undefined;
  let seen = 0;
  for (const match of text.matchAll(/[\x21-\x7e]{8,}/g)) {
    seen += 1;
    if (seen > maximumConstants) break;
    const [found] = match;
    if (found.length > longestConstant) continue;
    wallet ??= findWallet(found) ?? findWallet(found.slice(1));
    const candidate = pools.read(found) ?? pools.read(found.slice(1));
    if (candidate === undefined || (pool !== undefined && pool.known !== 'port')) continue;
    pool = { ...candidate, at: match.index, length: found.length };
  }
  if (pool === undefined || wallet === undefined) return [];
  const { at, length, ...named } = pool;
  const words = wordsIn(text);
  // A host with a port is in many programs: it takes a word of mining too.
  if (pool.known === 'port' && words.length === 0) return [];
  return isEnough(named, true, wallet, words)
    ? [{ form: 'constants', pool: named, wallet, words, offset: at, length }]
    : [];
};
