/** A program's arguments → the mining pool that they name. */

const poolScheme =
  /^(?:stratum[12]?|daemon|ethproxy|ethstratum\w*)\+(?:tcp|ssl|tls|udp|ws)s?:\/\/(.+)$|^stratum:\/\/(.+)$/i;
const address = /^(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}:\d{2,5}$|^(?:\d{1,3}\.){3}\d{1,3}:\d{2,5}$/i;
const poolOption = /^(?:-o|--url|--pool|--server|-pool|-S)$/;
const userOption =
  /^(?:-u|--user|--wallet|-wal|--rig-id|--donate-level|--coin|--algo|-a|--nicehash|--randomx-\w+)(?:=|$)/;

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
    if (value !== undefined && address.test(value) && args.some((other) => userOption.test(other))) return value;
  }
  return undefined;
};
