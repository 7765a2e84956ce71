/** The journal beside an SQLite database (`-wal`, `-journal`) → whether it changes what the database says: "Database File Format", sections 3 and 4. */
import { viewOf } from './sqlite.layout.ts';

export interface SqliteJournal {
  readonly kind: 'write-ahead-log' | 'rollback-journal';
  /** Pages that readers take from here instead of from the database. 0: the database stands as it is. */
  readonly pages: number;
}

const walHeader = 32;
const frameHeader = 24;

/** 4.2: sums over pairs of 32-bit words. */
const checksum = (
  view: DataView,
  start: number,
  end: number,
  isLittle: boolean,
  seed: readonly [number, number],
): readonly [number, number] => {
  let [first, second] = seed;
  for (let at = start; at + 8 <= end; at += 8) {
    first = (first + view.getUint32(at, isLittle) + second) >>> 0;
    second = (second + view.getUint32(at + 4, isLittle) + first) >>> 0;
  }
  return [first, second];
};

const countWalPages = (bytes: Uint8Array): number => {
  const view = viewOf(bytes);
  const isLittle = view.getUint32(0) === 0x377f0682;
  const pageSize = view.getUint32(8);
  if (pageSize < 512 || pageSize > 65_536) return 0;
  let sums = checksum(view, 0, 24, isLittle, [0, 0]);
  if (sums[0] !== view.getUint32(24) || sums[1] !== view.getUint32(28)) return 0;
  let committed = 0;
  const pending = new Set<number>();
  const pages = new Set<number>();
  for (let at = walHeader; at + frameHeader + pageSize <= bytes.length; at += frameHeader + pageSize) {
    // Frames of an earlier log stay behind the valid ones, with other salts.
    if (view.getUint32(at + 8) !== view.getUint32(16) || view.getUint32(at + 12) !== view.getUint32(20)) break;
    sums = checksum(view, at, at + 8, isLittle, sums);
    sums = checksum(view, at + frameHeader, at + frameHeader + pageSize, isLittle, sums);
    if (sums[0] !== view.getUint32(at + 16) || sums[1] !== view.getUint32(at + 20)) break;
    pending.add(view.getUint32(at));
    // Only what a commit frame closes counts: its second word is the database's size in pages.
    if (view.getUint32(at + 4) !== 0) {
      for (const page of pending) pages.add(page);
      pending.clear();
      committed = pages.size;
    }
  }
  return committed;
};

const journalMagic = 'd9d505f920a163d7';

/** undefined for what is neither kind of journal, such as an empty file, which an orderly end leaves behind. */
export const parseSqliteJournal = (bytes: Uint8Array): SqliteJournal | undefined => {
  if (bytes.length >= walHeader) {
    const magic = viewOf(bytes).getUint32(0);
    if (magic === 0x377f0682 || magic === 0x377f0683) return { kind: 'write-ahead-log', pages: countWalPages(bytes) };
  }
  if (bytes.length >= 28 && Buffer.from(bytes.subarray(0, 8)).toString('hex') === journalMagic) {
    // 3: -1 means "as many as there are".
    const stated = viewOf(bytes).getInt32(8);
    return { kind: 'rollback-journal', pages: stated < 0 ? 1 : stated };
  }
  return undefined;
};
