/** The text of an IP address → what kind of place it is (IANA special-purpose registries, RFC 6890, RFC 4291, RFC 6052). */
import { BlockList, isIP } from 'node:net';

/**
 * - `loopback`: this machine.
 * - `private`: somebody's own network: RFC 1918, carrier-grade NAT, unique local.
 * - `link-local`: this cable, and the addresses where clouds answer with credentials.
 * - `special`: nobody's: unspecified, multicast, reserved, documentation.
 * - `public`: the rest.
 */
export type AddressKind = 'loopback' | 'private' | 'link-local' | 'special' | 'public';

const ranges: readonly (readonly [AddressKind, readonly string[]])[] = [
  ['loopback', ['127.0.0.0/8', '::1/128']],
  // 168.63.129.16 is a public address by its range, and the channel to the host on Azure machines.
  ['link-local', ['169.254.0.0/16', '168.63.129.16/32', 'fe80::/10']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10']],
  [
    'special',
    [
      // A connection to 0.0.0.0 or :: reaches this machine.
      '0.0.0.0/8',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
      '::/128',
      '100::/64',
      '2001:db8::/32',
      '3fff::/20',
      'ff00::/8',
    ],
  ],
];

const lists = ranges.map(([kind, subnets]) => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix = ''] = subnet.split('/');
    list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return [kind, list] as const;
});

const dotted = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;

/** The eight groups of an IPv6 address that `isIP` accepted. */
const groupsOf = (address: string): readonly number[] => {
  const lastColon = address.lastIndexOf(':');
  const tail = address.slice(lastColon + 1);
  let text = address;
  if (tail.includes('.')) {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    text = `${address.slice(0, lastColon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = '', right] = text.split('::');
  const parse = (part: string): readonly number[] =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
  const first = parse(left);
  if (right === undefined) return first;
  const last = parse(right);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
};

/** IPv4 addresses carried inside an IPv6 address: a filter that overlooks them is walked around. */
const embeddedIpv4 = (groups: readonly number[]): string | undefined => {
  const [g0 = 0, g1 = 0, g2 = 0, g3 = 0, g4 = 0, g5 = 0, g6 = 0, g7 = 0] = groups;
  const zeros = g0 === 0 && g1 === 0 && g2 === 0 && g3 === 0;
  // Mapped ::ffff:a.b.c.d, translated ::ffff:0:a.b.c.d, compatible ::a.b.c.d (but not :: and ::1).
  if (zeros && g4 === 0 && g5 === 0xffff) return dotted(g6, g7);
  if (zeros && g4 === 0xffff && g5 === 0) return dotted(g6, g7);
  if (zeros && g4 === 0 && g5 === 0 && (g6 !== 0 || g7 > 1)) return dotted(g6, g7);
  // NAT64: the well-known prefix 64:ff9b::/96 and the local one 64:ff9b:1::/48, where operators put the address last.
  if (g0 === 0x64 && g1 === 0xff9b && (g2 === 1 || (g2 === 0 && g3 === 0 && g4 === 0 && g5 === 0)))
    return dotted(g6, g7);
  // 6to4, and Teredo with the client's address inverted.
  if (g0 === 0x2002) return dotted(g1, g2);
  if (g0 === 0x2001 && g1 === 0) return dotted(g6 ^ 0xffff, g7 ^ 0xffff);
  return undefined;
};

/** The kind of an address as the resolver or a URL writes it, with or without brackets and zone. Text that is no address is `special`. */
export const addressKind = (text: string): AddressKind => {
  const address = text.replace(/^\[|\]$/g, '').replace(/%.*$/s, '');
  const family = isIP(address);
  if (family === 0) return 'special';
  if (family === 6) {
    const inner = embeddedIpv4(groupsOf(address));
    if (inner !== undefined) return addressKind(inner);
  }
  return lists.find(([, list]) => list.check(address, family === 6 ? 'ipv6' : 'ipv4'))?.[0] ?? 'public';
};
