/**
 * Names as bytes ↔ names as text. Names in archives are bytes, nearly always UTF-8. A byte that is not part of valid UTF-8
 * becomes the lone surrogate U+DC00 + byte, which valid UTF-8 can never give: no two names become equal, and every
 * name turns back into its bytes. The same convention as Python's `surrogateescape` (PEP 383).
 */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Length of the valid UTF-8 sequence at `start`, or 0 (the table of well-formed byte sequences of the Unicode standard, 3.9). */
const sequenceLength = (bytes: Uint8Array, start: number): number => {
  const first = bytes[start] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    if (byte < (index === 1 ? lowest : 0x80) || byte > (index === 1 ? highest : 0xbf)) return 0;
  }
  return length;
};

const decodeDamaged = (bytes: Uint8Array): string => {
  let text = '';
  let valid = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += decoder.decode(bytes.subarray(valid, at)) + String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += 1;
    valid = at;
  }
  return text + decoder.decode(bytes.subarray(valid));
};

/** Total: any bytes give a name, different bytes different names. */
export const nameFromBytes = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeDamaged(bytes);
  }
};

/** The bytes that `nameFromBytes` was given. */
export const nameToBytes = (name: string): Uint8Array =>
  /[\udc80-\udcff]/u.test(name)
    ? Buffer.concat(
        name
          .split(/([\udc80-\udcff])/u)
          .map((part) =>
            /^[\udc80-\udcff]$/u.test(part) ? Uint8Array.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part, 'utf8'),
          ),
      )
    : Buffer.from(name, 'utf8');

/** True for a name that is not valid UTF-8 in its container. */
export const isDamagedName = (name: string): boolean => /[\udc80-\udcff]/u.test(name);
