/** The encoding modifiers (modifiers appendix 2.1): UTF-16 in its forms, Base64, and Base64 wherever in a longer text. */

export type Utf16 = 'utf16' | 'utf16le' | 'utf16be' | 'wide';

export const toUtf16 = (text: string, form: Utf16): Buffer => {
  const little = Buffer.from(text, 'utf16le');
  if (form === 'utf16be') return Buffer.from(little).swap16();
  return form === 'utf16' ? Buffer.concat([Buffer.from([0xff, 0xfe]), little]) : little;
};

export const toBase64 = (bytes: Buffer): string => bytes.toString('base64');

/**
 * What Base64 of any text that holds the bytes holds, for the three places that they may begin at within a group of three.
 * Only characters made wholly of the bytes: what the neighbours have a part in, and the padding, are left off.
 */
export const toBase64Offsets = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(Math.ceil((offset * 8) / 6), whole);
  });
