/** A Rust program built with cargo-auditable → the crates that it was linked from: the section `.dep-v0`, zlib-packed JSON. */
import { inflateSync } from 'node:zlib';

import type { Budget } from '../../core/budget.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { toPackageUrl, type PackageRecord } from '../../core/package-record.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import type { ElfRecord } from './elf.ts';
import { memberOf, parseRecordObject, textIn } from './record-json.ts';

export interface CargoCrate extends PackageRecord {
  /** Used to build the program, not part of it. */
  readonly isBuildOnly: boolean;
  /** The program itself. */
  readonly isRoot: boolean;
}

const unpack = (packed: Uint8Array, budget: Budget): Uint8Array => {
  try {
    const content = inflateSync(packed, { maxOutputLength: budget.limits.record });
    budget.spendBytes(content.length);
    return content;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE')
      throw overLimit('RECORD_TOO_LARGE', `a list of crates of more than ${budget.limits.record} bytes`, budget.where);
    if (thrown instanceof Error && 'code' in thrown)
      throw malformed('CRATES_INVALID', `the list of crates cannot be unpacked: ${thrown.message}`, budget.where);
    throw thrown;
  }
};

const toCrate = (entry: JsonObject): CargoCrate | undefined => {
  const [name, version, source] = ['name', 'version', 'source'].map((member) => textIn(entry, member));
  if (name === undefined || version === undefined) return undefined;
  return {
    ecosystem: 'cargo',
    name,
    version,
    purl: toPackageUrl('cargo', { name, version }),
    // `crates.io`, `git`, `local`, `registry`: a kind of place, not a place.
    ...(source === undefined ? {} : { origin: source }),
    isBuildOnly: textIn(entry, 'kind') === 'build',
    isRoot: memberOf(entry, 'root') === true,
  };
};

/**
 * undefined for a program without the section. `elf` is what `parseElf` says of `bytes`. Remarks: gap `CRATES_INVALID` for entries; ambiguity `RECORD_AMBIGUOUS`.
 * @throws {Fault} malformed `CRATES_INVALID`, `RECORD_INVALID`; limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`, `UNPACKED_TOO_LARGE`
 */
export const parseCargoAuditable = (
  bytes: Uint8Array,
  elf: ElfRecord,
  budget: Budget,
  remark: OnRemark,
): readonly CargoCrate[] | undefined => {
  const section = elf.sections.find(({ name }) => name === '.dep-v0');
  if (section === undefined) return undefined;
  const { offset, size } = section;
  if (offset + size > bytes.length)
    throw malformed('CRATES_INVALID', 'the list of crates lies outside of the file', budget.where);
  const record = parseRecordObject(unpack(bytes.subarray(offset, offset + size), budget), budget, remark);
  const packages = memberOf(record, 'packages');
  if (!Array.isArray(packages)) throw malformed('CRATES_INVALID', 'no list of crates', budget.where);
  const complaints = new Complaints();
  const crates: CargoCrate[] = [];
  for (const [position, entry] of packages.entries()) {
    budget.spendEntry();
    const crate = isJsonObject(entry) ? toCrate(entry) : undefined;
    if (crate === undefined) complaints.add('gap', 'CRATES_INVALID', `entry ${position} of the list names no crate`);
    else crates.push(crate);
  }
  complaints.report(remark);
  return crates;
};
