/** A program's arguments → the mining pool that they name. */

const poolScheme =
  /^(?:stratum[12]?|daemon|ethproxy|ethstratum\w*)\+(?:tcp|ssl|tls|udp|ws)s?:\/\/(.+)$|^stratum:\/\/(.+)$/i;
const address = /^(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}:\d{2,5}$|^(?:\d{1,3}\.){3}\d{1,3}:\d{2,5}$/i;
const poolOption = /^(?:-o|--url|--pool|--server|-pool|-S)$/;
/** Words that only miners know. */
const minerOption =
  /^(?:--(?:wallet|rig-id|donate-level|coin|algo|nicehash|randomx-[\w-]+|cpu-max-threads-hint|cpu-priority|keepalive|worker|pers)|-wal|-worker|-ewal|-epool)(?:=|$)/;
/** `-o pool -u account -p x`: pools ask for a password and take any; miners write the same few, or a wish (`c=XMR`, `d=5000`). */
const isTriple = (args: readonly string[]): boolean =>
  args.includes('-o') &&
  args.some((word) => /^(?:-u|--user)(?:=|$)/.test(word)) &&
  args.some((word, index) => /^(?:-p|--pass)$/.test(args[index - 1] ?? '') && /^(?:x|\d{1,3}|[cd]=\w.*)$/.test(word));
/** A host or port as pools have them, with an account: the password is optional. */
const looksLikePool = (address: string, args: readonly string[]): boolean =>
  args.some((word) => /^(?:-u|--user)(?:=|$)/.test(word)) &&
  (/(?:^|[.-])\w*(?:pool|xmr|mining|miner|hashvault)\w*[.-]/i.test(address) ||
    /:(?:3333|4444|5555|7777|9999|14444|14433|10128|20128|45560|45700)$/.test(address)) &&
  args.includes('-o');

/** An account that is itself an address of a coin. */
const isWallet = (word: string): boolean =>
  /^(?:--(?:user|wallet)=)?(?:[48][0-9A-Za-z]{94}|0x[0-9a-fA-F]{40}|(?:bc1|kaspa:|R|t1|ban_)[0-9a-zA-Z]{30,75})(?:[./][\w.-]{0,60})?$/.test(
    word,
  );

/** `host:port`, or the whole address with its scheme. undefined: nothing in them speaks of mining. */
export const poolOf = (args: readonly string[]): string | undefined => {
  for (const word of args) {
    const value = word.replace(/^--?[\w-]+=/, '');
    const found = poolScheme.exec(value);
    if (found !== null) return value;
  }
  for (const [index, word] of args.entries()) {
    const inline = /^--(?:url|pool|server)=(.+)$/.exec(word)?.[1];
    const value = inline ?? (poolOption.test(word) ? args[index + 1] : undefined);
    // An address alone is no pool: a wallet or an algorithm stands beside it.
    if (value === undefined || !address.test(value)) continue;
    if (
      isTriple(args) ||
      looksLikePool(value, args) ||
      args.some((other) => minerOption.test(other) || isWallet(other))
    )
      return value;
  }
  return undefined;
};
