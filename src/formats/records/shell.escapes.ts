/** Backslashes and what they stand for, in `$'…'`, `printf` and `echo -e` (POSIX.1-2024, 2.2.4 and printf; Bash Reference Manual, 3.1.2.4). One character for each byte, in and out. */

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

/** UTF-8; nothing for what is no character. */
const bytesOfPoint = (point: number): string =>
  point > 0x10ffff ? '' : Buffer.from(String.fromCodePoint(point), 'utf8').toString('latin1');

const byteOf = (digits: string, radix: number): string => String.fromCharCode(Number.parseInt(digits, radix) & 255);

/** `printf` and `echo -e`: an octal number may begin with a zero more. */
const printedPattern = /\\(?:0?([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([\s\S]))/g;
/** `$'…'`: also `\cX`, the control character. */
const quotedPattern =
  /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c([\s\S])|([\s\S]))/g;

export const unescapePrinted = (text: string): string =>
  text.replace(printedPattern, (whole, octal?: string, hex?: string, short?: string, long?: string, other?: string) => {
    if (octal !== undefined) return byteOf(octal, 8);
    if (hex !== undefined) return byteOf(hex, 16);
    if (short !== undefined || long !== undefined) return bytesOfPoint(Number.parseInt(short ?? long ?? '', 16));
    // Only `$'…'` knows `\?`.
    return other === '?' ? whole : (simple.get(other ?? '') ?? whole);
  });

/** A NUL ends the string, as it does in bash. */
export const decodeAnsiString = (body: string): string => {
  const text = body.replace(
    quotedPattern,
    (whole, octal?: string, hex?: string, short?: string, long?: string, control?: string, other?: string) => {
      if (octal !== undefined) return byteOf(octal, 8);
      if (hex !== undefined) return byteOf(hex, 16);
      if (short !== undefined || long !== undefined) return bytesOfPoint(Number.parseInt(short ?? long ?? '', 16));
      if (control !== undefined) return String.fromCharCode(control.toUpperCase().charCodeAt(0) & 31);
      return simple.get(other ?? '') ?? whole;
    },
  );
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
};
