/** In the scanning threads: reads records of packages, and takes the digests of files that a record may know by MD5 or SHA-1. */
import type { InspectedFile, Inspection, Inspector } from '../../core/analyzer.ts';
import type { FileHeader } from '../../core/file-entry.ts';
import type { FileKind } from '../../core/file-kind.ts';
import { digestScope, digestsText, isChecked } from './checked-files.ts';
import { hasLinkedModules, readLinkedModules } from './linked-modules.ts';
import { readRecord, recordScope } from './read-record.ts';
import { recordKindOf } from './record-place.ts';

/** RPM databases are the only records that come in several windows; the largest honest ones have a fifth of this. */
const maximumRecord = 256 * 2 ** 20;

/** A record that comes in windows, so far. */
class GatheredRecord {
  readonly #parts: Uint8Array[] = [];
  size = 0;

  add(part: Uint8Array): void {
    this.size += part.length;
    // A copy: the window’s memory is used again.
    if (this.size <= maximumRecord) this.#parts.push(new Uint8Array(part));
  }

  get isTooLarge(): boolean {
    return this.size > maximumRecord;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

const isMember = (path: string): boolean => path.includes('!/');

const examineProgram = (file: InspectedFile, content: Uint8Array): Inspection | undefined => {
  const isWhole = file.windowOffset === 0 && file.lastWindow;
  const linked =
    file.windowOffset === 0 && hasLinkedModules(file.kind, content) ? readLinkedModules(file.path, content) : undefined;
  const text =
    isWhole && !isMember(file.path) && isChecked(file, file.kind) ? digestsText(file, file.kind, content) : '';
  if (linked !== undefined) return { facts: text === '' ? linked : { ...linked, digests: text } };
  return text === '' ? undefined : { facts: text };
};

const isWanted = (header: FileHeader, kind: FileKind): boolean =>
  kind === 'elf' || isChecked(header, kind) || recordKindOf(header.path) !== undefined;

export const openPackageInspector = (): Inspector => {
  const gathered = new Map<string, GatheredRecord>();
  return {
    wants: isWanted,
    scope(header, kind) {
      const record = recordKindOf(header.path);
      if (record !== undefined) return recordScope(record, header.path);
      return isChecked(header, kind) && !isMember(header.path) ? digestScope(header) : '';
    },
    inspect(file, content) {
      const record = recordKindOf(file.path);
      if (record === undefined) return examineProgram(file, content);
      if (file.windowOffset === 0 && file.lastWindow) return readRecord(record, file.path, content);
      const parts = (file.windowOffset === 0 ? undefined : gathered.get(file.path)) ?? new GatheredRecord();
      gathered.set(file.path, parts);
      parts.add(content.subarray(file.overlap));
      if (!file.lastWindow) return undefined;
      gathered.delete(file.path);
      if (!parts.isTooLarge) return readRecord(record, file.path, parts.bytes());
      const reason = `a record of packages of ${parts.size} bytes, more than ${maximumRecord}`;
      return { gaps: [{ where: file.path, code: 'RECORD_TOO_LARGE', reason, bytes: parts.size }] };
    },
    close: () => gathered.clear(),
  };
};
