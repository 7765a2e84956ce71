/** Addresses and networks of IP versions 4 and 6, for the `cidr` modifier (modifiers appendix 2.1; RFC 4632, RFC 4291). */

export interface Network {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly prefix: number;
}

const parseVersion4 = (text: string): bigint | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts === null) return undefined;
  let address = 0n;
  for (const part of parts.slice(1)) {
    // A leading zero would be octal to some readers: such a text is no address.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    address = (address << 8n) | BigInt(part);
  }
  return address;
};

const parseGroups = (text: string): readonly bigint[] | undefined => {
  if (text === '') return [];
  const groups: bigint[] = [];
  const words = text.split(':');
  for (const [position, word] of words.entries()) {
    if (word.includes('.')) {
      const last = position === words.length - 1 ? parseVersion4(word) : undefined;
      if (last === undefined) return undefined;
      groups.push(last >> 16n, last & 0xffffn);
    } else if (/^[\da-f]{1,4}$/i.test(word)) groups.push(BigInt(`0x${word}`));
    else return undefined;
  }
  return groups;
};

const parseVersion6 = (text: string): bigint | undefined => {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0n), ...tail].reduce(
    (sum, group) => (sum << 16n) | group,
    0n,
  );
};

const mapped = 0xffffn;

/** A version 4 address inside version 6 (`::ffff:192.0.2.1`) is the version 4 address. A zone (`%eth0`) is left off. */
export const parseAddress = (text: string): Omit<Network, 'prefix'> | undefined => {
  if (text.length > 64) return undefined;
  if (!text.includes(':')) {
    const address = parseVersion4(text);
    return address === undefined ? undefined : { bits: 32, address };
  }
  const address = parseVersion6(text.split('%', 1)[0] ?? '');
  if (address === undefined) return undefined;
  return address >> 32n === mapped ? { bits: 32, address: address & 0xffffffffn } : { bits: 128, address };
};

const hostMask = (network: Network): bigint => (1n << BigInt(network.bits - network.prefix)) - 1n;

/** `address/prefix`, or an address alone. Undefined when it is neither, or when bits behind the prefix are set. */
export const parseNetwork = (text: string): Network | undefined => {
  const parts = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim());
  const address = parts === null ? undefined : parseAddress(parts[1] ?? '');
  if (parts === null || address === undefined) return undefined;
  const given = parts[2] === undefined ? undefined : Number(parts[2]);
  // `::ffff:0:0/96` is all of version 4.
  const wide = address.bits === 32 && (parts[1] ?? '').includes(':');
  const prefix = given === undefined ? address.bits : wide ? given - 96 : given;
  if (prefix < 0 || prefix > address.bits) return undefined;
  const network = { ...address, prefix };
  return (network.address & hostMask(network)) === 0n ? network : undefined;
};

export const isInside = (network: Network, address: Omit<Network, 'prefix'>): boolean =>
  network.bits === address.bits && (network.address | hostMask(network)) === (address.address | hostMask(network));
