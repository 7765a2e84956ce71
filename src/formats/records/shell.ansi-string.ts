/** The inside of `$'…'` → its bytes (Bash Reference Manual, 3.1.2.4; POSIX.1-2024, 2.2.4). */

const simple: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    a: '\x07',
    b: '\b',
    e: '\x1b',
    E: '\x1b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
    v: '\v',
    '\\': '\\',
    "'": "'",
    '"': '"',
    '?': '?',
  }),
);

/** UTF-8, one character for each byte. */
const bytesOfPoint = (point: number): string =>
  point > 0x10ffff ? '' : Buffer.from(String.fromCodePoint(point), 'utf8').toString('latin1');

/** One character for each byte, in and out. A NUL ends the string, as it does in bash. */
export const decodeAnsiString = (body: string): string => {
  const text = body.replace(
    /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c([\s\S])|([\s\S]))/g,
    (whole, octal?: string, hex?: string, short?: string, long?: string, control?: string, other?: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 255);
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      if (short !== undefined || long !== undefined) return bytesOfPoint(parseInt(short ?? long ?? '', 16));
      if (control !== undefined) return String.fromCharCode(control.toUpperCase().charCodeAt(0) & 31);
      return simple.get(other ?? '') ?? whole;
    },
  );
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
};
