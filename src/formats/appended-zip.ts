/**
 * The end of a file → whether a zip lies behind whatever the file begins with: self-extracting programs, executable jars, Python's
 * zipapps, pictures that are archives too. Readers look for its end record, not at the file's start. APPNOTE.TXT 4.3.16, 4.3.15, 4.1.9.
 */
import { u32At } from './trees/zip.layout.ts';

const endRecord = Buffer.from('PK\u0005\u0006', 'latin1');
const directoryEntry = Buffer.from('PK\u0001\u0002', 'latin1');
const endRecordSize = 22;
const longestComment = 0xffff;
const locatorSize = 20;
const locatorSignature = 0x07064b50;
const centralSignature = 0x02014b50;
/** Programs that read zips carry the mark too: so many are looked at. */
const maximumCandidates = 16;

/** `tail`: the last bytes of the file, or all of them. A mark alone is none: a directory must be where the record says, or before a record that ends the file. */
export const endsInZip = (tail: Uint8Array): boolean => {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.length);
  const lowest = Math.max(0, bytes.length - endRecordSize - longestComment);
  let at = bytes.lastIndexOf(endRecord);
  for (let candidates = 0; at >= lowest && candidates < maximumCandidates; candidates += 1) {
    if (at + endRecordSize <= bytes.length && leadsToDirectory(bytes, at)) return true;
    at = at === 0 ? -1 : bytes.lastIndexOf(endRecord, at - 1);
  }
  return false;
};

const leadsToDirectory = (bytes: Buffer, at: number): boolean => {
  if (at >= locatorSize && u32At(bytes, at - locatorSize) === locatorSignature) return true;
  const [entries, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 12)];
  if (entries === 0 || size === 0) return false;
  if (size <= at && u32At(bytes, at - size) === centralSignature) return true;
  const isLast = at + endRecordSize + bytes.readUInt16LE(at + 20) === bytes.length;
  // The directory may begin before the tail; and there are readers that look for it when it is not where the record says.
  return isLast && size < 0xffffffff && (size > at || bytes.lastIndexOf(directoryEntry, at) >= 0);
};
