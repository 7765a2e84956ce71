/** A URL and the addresses that were judged for it → an undici dispatcher that connects to exactly those addresses. */
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  readonly secureContext: (url: URL) => Promise<SecureContext>;
  /** Where a connection to a judged address really goes: lets tests stand in for hosts of the internet. */
  readonly connectTo?: (address: string) => string;
}

/** Dispose of it: closes every connection at once. */
export interface Connections extends AsyncDisposable {
  /** Direct. `addresses` is not empty. */
  direct(url: URL, addresses: readonly string[]): Promise<Dispatcher>;
  /** Through a proxy, which resolves the name of `url` itself: nothing is pinned but the proxy's own name. */
  proxied(url: URL, proxy: URL): Promise<Dispatcher>;
}

/** Answers every question with the judged addresses; the system's resolver is not asked again. */
const pinnedLookup =
  (addresses: readonly string[]): LookupFunction =>
  (_host, options, callback) => {
    const answers = addresses.map((address) => ({ address, family: isIP(address) }));
    const wanted = answers.filter(({ family }) => !options.family || options.family === family);
    const [first] = wanted.length > 0 ? wanted : answers;
    if (options.all) callback(null, wanted.length > 0 ? wanted : answers);
    else callback(null, first?.address ?? '', first?.family);
  };

/** undici is loaded for the first connection: most scans of images in files are done by then. */
export const openConnections = ({
  connectTimeoutMs,
  secureContext,
  connectTo = (address) => address,
}: ConnectionOptions): Connections => {
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  // The watchdog of the body measures waiting only while somebody reads; undici's would count a slow reader's time too.
  const shared = { allowH2: false, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 4000, connections: null };

  const kept = (key: string, open: () => Promise<Dispatcher>): Promise<Dispatcher> => {
    const known = dispatchers.get(key);
    if (known !== undefined) return known;
    const opening = open();
    dispatchers.set(key, opening);
    opening.catch(() => dispatchers.delete(key));
    return opening;
  };

  return {
    direct: (url, addresses) =>
      kept(`${url.origin} ${addresses.join(' ')}`, async () => {
        const tls = url.protocol === 'https:' ? { secureContext: await secureContext(url) } : {};
        const targets = addresses.map(connectTo);
        const { Pool } = await import('undici');
        return new Pool(url.origin, {
          ...shared,
          connect: {
            ...tls,
            lookup: pinnedLookup(targets),
            timeout: connectTimeoutMs,
            autoSelectFamilyAttemptTimeout: 2500,
          },
        });
      }),
    proxied: (url, proxy) =>
      kept(`${url.origin} via ${proxy.origin}`, async () => {
        const tls = url.protocol === 'https:' ? { requestTls: { secureContext: await secureContext(url) } } : {};
        const proxyTls = proxy.protocol === 'https:' ? { proxyTls: { secureContext: await secureContext(proxy) } } : {};
        const { ProxyAgent } = await import('undici');
        return new ProxyAgent({ ...shared, uri: proxy.href, connectTimeout: connectTimeoutMs, ...tls, ...proxyTls });
      }),
    async [Symbol.asyncDispose]() {
      const opened = await Promise.allSettled(dispatchers.values());
      dispatchers.clear();
      for (const one of opened) if (one.status === 'fulfilled') await one.value.destroy();
    },
  };
};
