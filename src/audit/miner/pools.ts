/** Words of settings and command lines → the mining pool that they name: by its scheme, by its domain, or merely as a host with a port. */

export interface Pool {
  /** Host and port as written, without scheme and login. */
  readonly address: string;
  /** `scheme`: only mining software writes it. `domain`: a public pool's. `port`: any host with a port. */
  readonly known: 'scheme' | 'domain' | 'port';
  /** What stands before the `@`: some miners take the wallet there. */
  readonly login: string;
}

/** A text file of domains, one a line; `#` begins a remark. */
export const parseDomains = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const domain = line.replace(/#.*/, '').trim().toLowerCase();
    return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(domain) ? [domain] : [];
  });

const name = String.raw`(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.){1,8}[A-Za-z0-9-]{1,63}`;
const host = String.raw`(?:${name}|\[[0-9a-fA-F:.]{3,45}\]|localhost)`;

/**
 * `stratum+tcp://`, `stratum2+ssl://`, `stratums://`, `ethstratum+tls://`, `nicehash+tcp://`, `daemon+http://` (a node that hands out
 * work) and what else miners' manuals list.
 */
const schemes = String.raw`(?:(?:[a-z0-9]{2,12}\+)?(?:eth|zil)?stratum[12]?s{0,2}(?:\+(?:tcp|ssl|tls|tcps|udp|ws|wss|ssh|tls12))?|(?:nicehash|ethproxy|ethash|daemon|zilliqa)\+(?:tcp|ssl|tls|https?))`;
const withScheme = new RegExp(
  String.raw`^${schemes}:\/\/(?:([^\s@/]{1,260})@)?(${host}(?::\d{1,5})?)(?:\/\S{0,200})?$`,
  'i',
);
/** Schemes that others use too. */
const plain = new RegExp(
  String.raw`^(?:(?:tcp|ssl|tls|tcps|tls12|http|https|ws|wss):\/\/)?(?:([^\s@/]{1,260})@)?(${host})(?::(\d{1,5}))?\/?$`,
  'i',
);
/** A pool's pages and its programming interface are no place to mine. */
const otherHosts = /^(?:api|www|docs|status|stats|explorer|help|support)\d?\./i;

const bareHost = /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z0-9]{2,63}$|^\d{1,3}(?:\.\d{1,3}){3}$/i;

const longest = 600;

export class PoolNames {
  readonly #domains: ReadonlySet<string>;

  constructor(domains: readonly string[]) {
    this.#domains = new Set(domains);
  }

  /** The domain itself or a name below it. */
  isPool(hostName: string): boolean {
    const parts = hostName.toLowerCase().split('.');
    for (let from = Math.max(0, parts.length - 6); from < parts.length - 1; from += 1)
      if (this.#domains.has(parts.slice(from).join('.'))) return true;
    return false;
  }

  /** The whole word must be the address. */
  read(word: string): Pool | undefined {
    if (word.length < 6 || word.length > longest) return undefined;
    const stratum = withScheme.exec(word);
    if (stratum !== null) return { address: stratum[2] ?? '', known: 'scheme', login: stratum[1] ?? '' };
    const [, login = '', hostName, port = ''] = plain.exec(word) ?? [];
    if (hostName === undefined || otherHosts.test(hostName)) return undefined;
    const isPool = this.isPool(hostName);
    if (port === '') return isPool ? { address: hostName, known: 'domain', login } : undefined;
    if (Number(port) === 0 || Number(port) > 65_535) return undefined;
    return { address: `${hostName}:${port}`, known: isPool ? 'domain' : 'port', login };
  }

  /** A host without a port, which stands in a setting of its own: worth it only where the setting's name speaks of a pool. */
  readHost(word: string): Pool | undefined {
    if (word.length > 255 || !bareHost.test(word) || otherHosts.test(word)) return undefined;
    return { address: word, known: this.isPool(word) ? 'domain' : 'port', login: '' };
  }
}
