/** Where a registry may send us, and over what: redirects, token realms, `Link` headers, descriptor `urls`. Pure. */
import { isIP } from 'node:net';
import type { Network } from '../core/context.ts';
import { toPlainText } from '../core/plain-text.ts';
import { hostNameOf, isHostListed, isHostNamed, portOf } from './host-pattern.ts';
import { addressKind, type AddressKind } from './ip-address.ts';
import { foreignLayerHosts, registryRelations } from './registry-relations.ts';
import { isSameSite } from './site.ts';

/**
 * Why a client goes to a host: because a person named it, or because a server said so. `revocation`: an authority that a person
 * trusts wrote the address into a certificate; its answers are signed, so that plain HTTP is as good as HTTPS.
 */
export type Errand = 'direct' | 'redirect' | 'realm' | 'link' | 'urls' | 'revocation';

/** What the policy reads of `Context.network`. */
export type HostRules = Pick<Network, 'insecureRegistries' | 'trustedHosts'>;

/** By name only; that such a name really leads to this machine is checked when it is resolved. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && addressKind(host) === 'loopback');

/** `https:` always; `http:` only to this machine, to registries that a person listed, and for what is signed. */
export const isSchemeAllowed = (url: URL, rules: HostRules, errand: Errand = 'direct'): boolean =>
  url.protocol === 'https:' ||
  (url.protocol === 'http:' &&
    (errand === 'revocation' || isLoopbackHost(hostNameOf(url)) || isHostListed(rules.insecureRegistries, url)));

/** Credentials belong to scheme, host and port. */
export const isSameOrigin = (one: URL, other: URL): boolean =>
  one.protocol === other.protocol && hostNameOf(one) === hostNameOf(other) && portOf(one) === portOf(other);

const isRelated = (from: URL, to: URL, errand: Errand): boolean =>
  registryRelations.some(
    ({ registry, content, realms = [] }) =>
      isHostListed(registry, from) && isHostListed(errand === 'realm' ? realms : content, to) && portOf(to) === '443',
  ) ||
  (errand === 'urls' && isHostListed(foreignLayerHosts, to) && portOf(to) === '443');

/** Only where the flag helps. The host is a stranger's text. */
const allowWith = (flag: string, { host }: URL): string =>
  `. If that is right, allow it with ${flag} ${toPlainText(host, 200)}`;

/**
 * Why `to` is not gone to when `from` says so; undefined when it may be. `from` is a host that was allowed before.
 * Addresses are judged apart, once they are known: {@link addressRefusal}.
 */
export const followRefusal = (from: URL, to: URL, errand: Errand, rules: HostRules): string | undefined => {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return `${to.protocol} is not followed`;
  if (to.username !== '' || to.password !== '') return 'the address carries a user name or password';
  const toName = hostNameOf(to);
  if (to.protocol === 'http:') {
    const bothLocal = isLoopbackHost(hostNameOf(from)) && isLoopbackHost(toName);
    if (from.protocol === 'https:' && !bothLocal) return 'it leads from HTTPS to plain HTTP';
    if (!isSchemeAllowed(to, rules))
      return `it leads to plain HTTP on a host that is not listed as insecure${allowWith('--insecure-registry', to)}`;
  }
  if (isHostListed(rules.trustedHosts, to)) return undefined;
  if (isSameSite(hostNameOf(from), toName) || isRelated(from, to, errand)) return undefined;
  return `the two hosts are not related${allowWith('--trusted-host', to)}`;
};

/**
 * Why a host is not connected to, now that its addresses are known; undefined when it may be.
 * `origin` is the kind of address that the named registry itself has: a public registry never leads into a private network.
 */
export const addressRefusal = (
  url: URL,
  addresses: readonly string[],
  errand: Errand,
  origin: AddressKind | undefined,
  rules: HostRules,
): string | undefined => {
  const named = isHostNamed([...rules.trustedHosts, ...rules.insecureRegistries], url);
  const trusted = isHostListed(rules.trustedHosts, url);
  for (const address of addresses) {
    const kind = addressKind(address);
    // A name that promises this machine gets rights for that: plain HTTP, work while offline.
    if (isLoopbackHost(hostNameOf(url)) && kind !== 'loopback')
      return `it resolves to ${address}, which is not this machine`;
    // Metadata services of clouds answer there with credentials.
    if ((kind === 'link-local' || kind === 'special') && !named)
      return `it resolves to the ${kind} address ${address}${allowWith('--trusted-host', url)}`;
    if (errand === 'direct' || errand === 'revocation' || trusted || kind === 'public') continue;
    const reach: readonly AddressKind[] =
      origin === 'loopback' ? ['loopback', 'private'] : origin === 'private' ? ['private'] : [];
    if (!reach.includes(kind))
      return `it resolves to the ${kind} address ${address}, and the registry's is ${origin ?? 'not known'}${allowWith('--trusted-host', url)}`;
  }
  return undefined;
};

/** The kind that allows least: of a registry with several addresses, a public one counts. */
export const originKind = (addresses: readonly string[]): AddressKind => {
  const kinds = addresses.map(addressKind);
  const order: readonly AddressKind[] = ['public', 'special', 'link-local', 'private', 'loopback'];
  return order.find((kind) => kinds.includes(kind)) ?? 'public';
};
