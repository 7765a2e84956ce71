/** `Packages.db` (rpm's own "ndb" container) → its package headers, following lib/backend/ndb/rpmpkg.c of rpm 4.14 and later, where the format is described. */
import type { Budget } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';

export interface NdbBlob {
  readonly number: number;
  /** A view of the database. */
  readonly blob: Uint8Array;
}

const pageSize = 4096;
/** Of a slot and of a block, in which everything is counted. */
const blockSize = 16;
const blobHead = 16;
const blobTail = 12;

const magicOf = (text: string): number => Buffer.from(text, 'latin1').readUInt32LE(0);
const databaseMagic = magicOf('RpmP');
const slotMagic = magicOf('Slot');
const startMagic = magicOf('BlbS');
const endMagic = magicOf('BlbE');

export const isNdb = (head: Uint8Array): boolean =>
  head.length >= 4 && Buffer.from(head.buffer, head.byteOffset, 4).readUInt32LE(0) === databaseMagic;

/** RFC 1950, 8.2. */
const adler32 = (bytes: Uint8Array): number => {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += 5552) {
    const end = Math.min(start + 5552, bytes.length);
    for (let at = start; at < end; at += 1) {
      low += bytes[at] ?? 0;
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return ((high << 16) | low) >>> 0;
};

interface Slot {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** The blob of a slot, or why it is none. */
const readBlob = (bytes: Uint8Array, view: DataView, slot: Slot): Uint8Array | string => {
  const { number, start, end } = slot;
  const length = view.getUint32(start + 12, true);
  const size = Math.ceil((blobHead + length + blobTail) / blockSize) * blockSize;
  if (view.getUint32(start, true) !== startMagic || view.getUint32(start + 4, true) !== number)
    return `no package begins at block ${start / blockSize}`;
  if (size !== end - start) return `a package of ${length} bytes in ${end - start}`;
  const tail = end - blobTail;
  if (view.getUint32(tail + 8, true) !== endMagic || view.getUint32(tail + 4, true) !== length)
    return `package ${number} has no end`;
  // The sum covers the head and the padding too.
  if (view.getUint32(tail, true) !== adler32(bytes.subarray(start, tail))) return `package ${number} has a wrong sum`;
  return bytes.subarray(start + blobHead, start + blobHead + length);
};

const readSlots = (bytes: Uint8Array, view: DataView, pages: number, where: string): readonly Slot[] => {
  const slots: Slot[] = [];
  // The header takes the place of the first two slots.
  for (let at = 2 * blockSize; at < pages * pageSize; at += blockSize) {
    if (view.getUint32(at, true) !== slotMagic) throw malformed('NDB_INVALID', `no slot at ${at}`, where);
    const number = view.getUint32(at + 4, true);
    const start = view.getUint32(at + 8, true) * blockSize;
    const end = start + view.getUint32(at + 12, true) * blockSize;
    if (start === 0) continue;
    if (number === 0 || start < pages * pageSize || end - start < blobHead + blobTail || end > bytes.length)
      throw malformed('NDB_INVALID', `the slot at ${at} leads out of the file`, where);
    slots.push({ number, start, end });
  }
  return slots.sort((one, other) => one.start - other.start);
};

/**
 * Headers in the order in which they lie. rpm refuses a database with one bad slot as a whole, and so do we; a package whose own bytes
 * are damaged is a gap. Remarks: gap `NDB_PACKAGE_INVALID`; ambiguity `NDB_PACKAGES_OVERLAP`, `NDB_DATA_UNREFERENCED` (what was removed
 * without rpm, which zeroes it).
 * @throws {Fault} malformed `NDB_INVALID`; limit `ENTRIES_TOO_MANY`
 */
export function* readNdb(bytes: Uint8Array, budget: Budget, remark: OnRemark): Generator<NdbBlob, void, undefined> {
  const { where } = budget;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isNdb(bytes) || bytes.length < pageSize) throw malformed('NDB_INVALID', 'no ndb header', where);
  if (view.getUint32(4, true) !== 0) throw malformed('NDB_INVALID', 'an unknown version of ndb', where);
  const pages = view.getUint32(12, true);
  if (pages === 0 || pages * pageSize > bytes.length || bytes.length % blockSize !== 0)
    throw malformed('NDB_INVALID', `${pages} pages of slots in ${bytes.length} bytes`, where);

  const complaints = new Complaints();
  let [overlaps, strayBytes] = [0, 0];
  let previousEnd = pages * pageSize;
  const countStray = (start: number, end: number): void => {
    for (let at = start; at < end; at += 1) if (bytes[at] !== 0) strayBytes += 1;
  };
  for (const slot of readSlots(bytes, view, pages, where)) {
    budget.spendEntry();
    // Overlapping packages would also let a small file stand for endless content.
    if (slot.start < previousEnd) {
      overlaps += 1;
      continue;
    }
    countStray(previousEnd, slot.start);
    previousEnd = slot.end;
    const blob = readBlob(bytes, view, slot);
    if (typeof blob !== 'string') yield { number: slot.number, blob };
    else complaints.add('gap', 'NDB_PACKAGE_INVALID', blob, slot.end - slot.start);
  }
  countStray(previousEnd, bytes.length);
  if (overlaps > 0)
    complaints.add('ambiguity', 'NDB_PACKAGES_OVERLAP', `${overlaps} packages lie in the place of another`);
  if (strayBytes > 0)
    complaints.add('ambiguity', 'NDB_DATA_UNREFERENCED', `${strayBytes} bytes lie between the packages`, strayBytes);
  complaints.report(remark);
}
