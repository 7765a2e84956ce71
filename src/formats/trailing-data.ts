/** What follows the end of a format → a remark, so that no byte is passed over in silence. */
import type { ByteReader } from './byte-reader.ts';
import type { OnRemark } from './wrapper.ts';

/** Index of the first byte that is not zero, or the length. */
export const zerosAtStart = (bytes: Uint8Array): number => {
  let at = 0;
  if (bytes.length >= 64 && bytes[0] === 0) {
    // Eight bytes at a time: padding can be long. The views start at a multiple of eight.
    const aligned = (8 - (bytes.byteOffset % 8)) % 8;
    while (at < aligned && bytes[at] === 0) at += 1;
    if (at === aligned) {
      const words = new Float64Array(bytes.buffer, bytes.byteOffset + aligned, (bytes.length - aligned) >> 3);
      let word = 0;
      while (word < words.length && Object.is(words[word], 0)) word += 1;
      at += word * 8;
    }
  }
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at;
};

/**
 * Reads to the end of the stream. What is there besides zeros (or anything at all, where the format allows no padding)
 * becomes one remark `DATA_AFTER_END` with the number of bytes.
 */
export const reportTrailingData = async (
  reader: ByteReader,
  format: { readonly name: string; readonly padding: 'zeros' | 'none' },
  remark: OnRemark,
): Promise<void> => {
  let after = 0;
  for (;;) {
    const bytes = await reader.readSome(1 << 18);
    if (bytes === undefined) break;
    if (after > 0 || format.padding === 'none') after += bytes.length;
    else after += bytes.length - zerosAtStart(bytes);
  }
  if (after === 0) return;
  remark({
    kind: 'ambiguity',
    code: 'DATA_AFTER_END',
    where: '',
    reason: `${after} bytes follow the end of the ${format.name} data; some readers go on there, others stop`,
    bytes: after,
  });
};
