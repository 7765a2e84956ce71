/** Bytes → whether they are text: ASCII, UTF-8, UTF-16 with or without a byte order mark, or an 8-bit code page. */

import { isUtf8 } from 'node:buffer';

/** Controls that texts hold: backspace to carriage return, escape (colours), and substitute, which ends files of DOS. */
const isTextControl = (code: number): boolean => (code >= 8 && code <= 13) || code === 27 || code === 26;

/** Every other control. */
// oxlint-disable-next-line no-control-regex
const strangeControl = /[\0-\x07\x0e-\x19\x1c-\x1f\x7f]/;

/** What nearly all texts are, told several times as fast as `utf8Prefix` tells it. */
const isPlainUtf8 = (bytes: Uint8Array): boolean => {
  const { buffer, byteOffset, byteLength } = bytes;
  return !strangeControl.test(Buffer.from(buffer, byteOffset, byteLength).toString('latin1')) && isUtf8(bytes);
};

/** UTF-16 text: one half of each unit is mostly zero or a small block number, no unit is a control. */
const isUtf16 = (bytes: Uint8Array, bigEndian: boolean, start: number): boolean => {
  const units = (bytes.length - start) >> 1;
  if (units === 0) return start > 0;
  let western = 0;
  for (let index = 0; index < units; index += 1) {
    const first = bytes[start + index * 2] ?? 0;
    const second = bytes[start + index * 2 + 1] ?? 0;
    const code = bigEndian ? (first << 8) | second : (second << 8) | first;
    if (code < 32 && !isTextControl(code)) return false;
    if (code === 0xffff || code === 0xfffe) return false;
    if (code < 0x250) western += 1;
  }
  return start > 0 || western * 10 >= units * 9;
};

/** Length of the longest prefix that is UTF-8 without controls, and whether a character was cut off by the end. */
const utf8Prefix = (bytes: Uint8Array): { readonly length: number; readonly cut: boolean } => {
  let index = 0;
  while (index < bytes.length) {
    const code = bytes[index] ?? 0;
    if (code < 128) {
      if (code < 32 ? !isTextControl(code) : code === 127) return { length: index, cut: false };
      index += 1;
      continue;
    }
    const following =
      code >= 0xc2 && code < 0xe0 ? 1 : code >= 0xe0 && code < 0xf0 ? 2 : code >= 0xf0 && code < 0xf5 ? 3 : 0;
    if (following === 0) return { length: index, cut: false };
    for (let step = 1; step <= following; step += 1) {
      if (index + step >= bytes.length) return { length: index, cut: true };
      if (((bytes[index + step] ?? 0) & 0xc0) !== 0x80) return { length: index, cut: false };
    }
    index += following + 1;
  }
  return { length: index, cut: false };
};

/** Mostly letters, no controls but those of texts: Latin-1, Windows and Cyrillic code pages. */
const isCodePage = (bytes: Uint8Array): boolean => {
  let high = 0;
  for (const code of bytes) {
    if (code < 32 ? !isTextControl(code) : code === 127) return false;
    if (code > 127) high += 1;
  }
  return high * 10 <= bytes.length * 3;
};

/** `whole`: nothing follows, so that a character cut off at the end is an error. */
export const isText = (bytes: Uint8Array, whole: boolean): boolean => {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return isUtf16(bytes, false, 2);
  if (first === 0xfe && second === 0xff) return isUtf16(bytes, true, 2);
  if (isPlainUtf8(bytes)) return true;
  const { length, cut } = utf8Prefix(bytes);
  if (length === bytes.length || (cut && !whole)) return true;
  if (bytes[length] === 0) return bytes.length >= 8 && (isUtf16(bytes, false, 0) || isUtf16(bytes, true, 0));
  return isCodePage(bytes);
};
