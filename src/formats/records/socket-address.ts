/** The bytes of a Linux `struct sockaddr`, as audit records show them in hexadecimal → an address (linux/socket.h, in.h, in6.h, un.h). */

export type SocketAddress =
  | { readonly family: 'inet' | 'inet6'; readonly address: string; readonly port: number }
  | { readonly family: 'unix'; readonly path: string }
  | { readonly family: 'netlink' | 'other'; readonly number: number };

const dotted = (bytes: Uint8Array): string => bytes.join('.');

const colonHex = (bytes: Uint8Array): string => {
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  // An IPv4 address in an IPv6 socket is that IPv4 address (RFC 4291, 2.5.5.2).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return dotted(bytes.subarray(12, 16));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return best.start < 0 ? text(0, 8) : `${text(0, best.start)}::${text(best.start + best.length, 8)}`;
};

/** undefined when it is no hexadecimal text, or too short for its family. */
export const parseSocketAddress = (hex: string): SocketAddress | undefined => {
  if (hex.length < 4 || hex.length % 2 !== 0 || !/^[0-9A-Fa-f]+$/.test(hex)) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  // The family is in the byte order of the machine; none has a number above 255, so the byte that is not zero tells.
  const family = (bytes[0] ?? 0) === 0 ? (bytes[1] ?? 0) : (bytes[0] ?? 0);
  if (family === 1) {
    const path = bytes.subarray(2);
    const abstract = path[0] === 0 && path.length > 1;
    const body = abstract ? path.subarray(1) : path;
    const end = body.indexOf(0);
    const text = (end < 0 ? body : body.subarray(0, end)).toString('utf8');
    return { family: 'unix', path: abstract ? `@${text}` : text };
  }
  const port = bytes.length >= 4 ? bytes.readUInt16BE(2) : 0;
  if (family === 2)
    return bytes.length < 8 ? undefined : { family: 'inet', address: dotted(bytes.subarray(4, 8)), port };
  if (family === 10)
    return bytes.length < 24 ? undefined : { family: 'inet6', address: colonHex(bytes.subarray(8, 24)), port };
  return { family: family === 16 ? 'netlink' : 'other', number: family };
};
