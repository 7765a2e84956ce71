/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY → the proxy for one URL, with the conventions that curl and Go share. */
import { BlockList, isIP } from 'node:net';
import { misuse } from '../core/fault.ts';
import { hostNameOf, portOf } from './host-pattern.ts';
import { isLoopbackHost } from './host-policy.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const isInSubnet = (subnet: string, host: string): boolean => {
  const [address = '', prefix = ''] = subnet.split('/');
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32))
    return false;
  const name = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), name);
  return list.check(host, name);
};

/** `*`, `host` (with what is below it), `.host` (only what is below it), `host:port`, an address, a subnet. */
const isExempt = (entry: string, url: URL): boolean => {
  if (entry === '') return false;
  if (entry === '*') return true;
  const host = hostNameOf(url);
  if (entry.includes('/')) return isInSubnet(entry, host);
  const bare = entry.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return bare === host;
  const match = /^(?:\*?(\.))?\[?(.+?)\]?(?::(\d+))?$/.exec(entry);
  const [, below, name = '', port] = match ?? [];
  if (port !== undefined && port !== portOf(url)) return false;
  return host.endsWith(`.${name}`) || (below === undefined && host === name);
};

/**
 * The proxy through which `url` is reached, or undefined for a direct connection. This machine is never reached through a proxy.
 * @throws {Fault} misuse `PROXY_INVALID`
 */
export const proxyFor = (url: URL, environment: Environment): URL | undefined => {
  if (isLoopbackHost(hostNameOf(url))) return undefined;
  const exempt = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  if (exempt.split(/[\s,]+/).some((entry) => isExempt(entry.toLowerCase(), url))) return undefined;
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const text = environment[name] || environment[name.toUpperCase()];
  if (!text) return undefined;
  const proxy = URL.parse(text.includes('://') ? text : `http://${text}`);
  // The value may hold a password: it is not repeated.
  if (proxy === null || (proxy.protocol !== 'http:' && proxy.protocol !== 'https:'))
    throw misuse(
      'PROXY_INVALID',
      `${name.toUpperCase()} is no http:// or https:// address of a proxy; correct it, or unset it`,
    );
  return proxy;
};
