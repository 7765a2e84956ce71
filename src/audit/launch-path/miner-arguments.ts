/** A program's arguments → the mining pool that they name. */
import { isKnown } from '../../formats/records/shell-values.value.ts';

const poolScheme =
  /^(?:stratum[12]?|daemon|ethproxy|ethstratum\w*)\+(?:tcp|ssl|tls|udp|ws)s?:\/\/(.+)$|^stratum:\/\/(.+)$/i;
const address =
  /^(?:(?:tcp|ssl|tls|udp|wss?):\/\/)?(?:(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}|(?:\d{1,3}\.){3}\d{1,3}|[a-z0-9-]{1,63}):\d{2,5}\/?$/i;
const bareAddress = /^(?:\w{2,4}:\/\/)?(?:\d{1,3}\.){3}\d{1,3}:/i;
const poolOption = /^(?:-o|--url|--pool|--server|-pool|-S|--proxy)$/;

/** Words that only miners know: one is enough beside an address. */
const minerOption =
  /^(?:--(?:rig-id|donate-level|nicehash|randomx-[\w-]+|cpu-max-threads-hint|wallet-address|pers|coin[= ](?:monero|xmr|ravencoin|rvn|kaspa|etc|raptoreum|rtm|zephyr|wownero|verus)\w*)|-wal|-ewal|-epool|-eworker)(?:=|$)/;
/** Ways of hashing that coins are earned by; each stands for the option that takes it. */
const hashing =
  /^(?:rx\/\w+|random(?:x|arq|wow|virel|xeq|hash2|sfx|keva)|cn(?:-\w+)?\/[\w-]+|cn-(?:heavy|lite|pico|gpu)\b.*|cryptonight[\w/-]*|gr|ghostrider|argon2\/\w+|chukwa\w*|astrobwt\w*|panthera|etc?hash|ethash|ubqhash|kawpow|progpow\w*|firopow|evrprogpow|meowpow|autolykos2?|octopus|beamhash\w*|cuckaroo\w*|cuckatoo\w*|equihash\S*|zhash|yescrypt\w*|yespower\w*|power2b|minotaurx?|verus(?:hash|coin)?|lyra2\w+|x1[167]\w*|x2[125]\w*|neoscrypt|sha256(?:d|dt|csm)|scryptn2?|blake3(?:_\w+)?|k?heavyhash|karlsenhash\w*|pyrinhash\w*|kaspa|nexapow|dynexsolve|sha512256d|fishhash|xelishash\w*|verth\w+|qubic\w*|alph|curvehash|flex|m7m|allium|skein2?|groestl|qubit|tribus|phi2?)$/i;
const hashingOption = /^(?:-a|-A|--algo|--algorithm|--coin|-coin|-algo)$/;

const valueAfter = (option: RegExp, args: readonly string[]): readonly string[] =>
  args.flatMap((word, index) => {
    const equals = word.indexOf('=');
    if (equals > 0 && option.test(word.slice(0, equals))) return [word.slice(equals + 1)];
    return option.test(word) ? [args[index + 1] ?? ''] : [];
  });

/** `-p x`: pools ask for a password and take any; miners write the same few, or a wish (`c=XMR`, `d=5000`). */
const saysAnyPassword = (args: readonly string[]): boolean =>
  valueAfter(/^(?:-p|--pass|--password)$/, args).some((word) => /^(?:x|[cdmi]=\w.*)$/i.test(word));

/** A host that says what it is for; one, and a port, as pools have them among others. */
const miningHost =
  /(?:^|[./-])(?:\w*(?:mining|miner|hashvault|nicehash|monero|stratum|unmineable|ethermine|kawpow)\w*|xmr\w*|rx)[.-]/i;
const poolName = /(?:^|[./-])\w*pools?\d*[.-]/i;
const poolPort =
  /:(?:3333|3334|3335|4444|5555|6666|7777|8888|9999|14444|14433|10128|20128|10032|20032|13333|45560|45700)\/?$/;

/** An account that is itself an address of a coin. */
const wallet =
  /^(?:\w{2,8}:)?(?:[48][0-9A-Za-z]{94}|4[0-9A-Za-z]{105}|0x[0-9a-fA-F]{40}|(?:bc1|kaspa:|ltc1|R|t1|ban_|D|nano_|zeph|krxX|ZEPH)[0-9a-zA-Z]{30,110})(?:[./+:][\w.:-]{0,60})?$/;

const isWallet = (word: string): boolean => wallet.test(word.replace(/^--?[\w-]{1,20}=/, ''));

/** How surely: traits that say it alone, or how many that honest clients have too. */
const signsOfMining = (value: string, args: readonly string[]): number => {
  if (args.some((word, index) => minerOption.test(word) || minerOption.test(`${word} ${args[index + 1] ?? ''}`)))
    return Infinity;
  if (args.some(isWallet) || valueAfter(hashingOption, args).some((word) => hashing.test(word))) return Infinity;
  if (!args.some((word) => /^(?:-u|--user)(?:=|$)/.test(word))) return 0;
  return [
    saysAnyPassword(args),
    miningHost.test(value),
    miningHost.test(value) || poolName.test(value),
    poolPort.test(value),
    bareAddress.test(value),
    args.some((word) =>
      /^--(?:cpu-(?:priority|affinity|max-threads)|keepalive|background|algo|worker)(?:=|$)/.test(word),
    ),
  ].filter(Boolean).length;
};

export interface NamedPool {
  /** `host:port`, or the whole address with its scheme. */
  readonly pool: string;
  /** False: it may be the account of another service. */
  readonly isSure: boolean;
}

/** undefined: nothing in them speaks of mining. */
export const namedPool = (args: readonly string[]): NamedPool | undefined => {
  for (const word of args) {
    const value = word.replace(/^--?[\w-]+=/, '');
    if (poolScheme.test(value)) return { pool: value, isSure: true };
  }
  for (const value of valueAfter(poolOption, args)) {
    // An address that the script picks or is given says nothing; who earns does.
    if (!isKnown(value) && args.some(isWallet)) return { pool: value, isSure: true };
    // An address alone is no pool.
    const signs = address.test(value) ? signsOfMining(value, args) : 0;
    if (signs >= 2) return { pool: value, isSure: true };
    if (signs === 1 && args.includes('-o') && saysAnyPassword(args)) return { pool: value, isSure: false };
  }
  return undefined;
};
