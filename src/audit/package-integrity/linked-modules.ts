/** A program → the Go modules and Rust crates that its linker recorded in it. */
import type { FileKind } from '../../core/file-kind.ts';
import { Budget, defaultLimits } from '../../core/budget.ts';
import { isFault } from '../../core/fault.ts';
import type { PackageRecord } from '../../core/package-record.ts';
import { parseCargoAuditable } from '../../formats/records/cargo-auditable.ts';
import { parseElf } from '../../formats/records/elf.ts';
import { parseGoBuildInfo } from '../../formats/records/go-build-info.ts';
import { toRow, type RecordFact, type RecordRemark } from './record-facts.ts';

/** Go's linker writes a note with this owner into the first page; a section's name stands near the end. */
const goNote = Buffer.from('Go\0\0');
const crateSection = Buffer.from('.dep-v0\0');
const headBytes = 4096;
const tailBytes = 16 * 1024;

/** Told by a look at both ends, since nearly no program is of either kind. */
export const hasLinkedModules = (kind: FileKind, content: Uint8Array): boolean => {
  if (kind !== 'elf') return false;
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return (
    bytes.subarray(0, headBytes).includes(goNote) ||
    bytes.subarray(Math.max(0, bytes.length - tailBytes)).includes(crateSection)
  );
};

/** undefined when there are none after all. */
export const readLinkedModules = (path: string, content: Uint8Array): RecordFact | undefined => {
  const budget = new Budget(defaultLimits, path);
  const remarks: RecordRemark[] = [];
  const remark = ({ code, reason }: { readonly code: string; readonly reason: string }): void => {
    remarks.push([code, reason.slice(0, 400)]);
  };
  const records: PackageRecord[] = [];
  try {
    const elf = parseElf(content);
    const go = parseGoBuildInfo(content, elf, budget, remark);
    if (go !== undefined) {
      const compiler = go.version.replace(/^go/, '');
      if (/^[0-9]/.test(compiler))
        records.push({ ecosystem: 'go', name: 'stdlib', version: compiler, purl: `pkg:golang/stdlib@${compiler}` });
      records.push(...go.modules);
    }
    for (const crate of parseCargoAuditable(content, elf, budget, remark) ?? [])
      if (!crate.isBuildOnly) records.push(crate);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    remark({ code: thrown.code, reason: thrown.message });
  }
  if (records.length === 0 && remarks.length === 0) return undefined;
  return {
    is: 'linked',
    packages: records.map(toRow),
    ...(remarks.length === 0 ? {} : { remarks: remarks.slice(0, 16) }),
  };
};
