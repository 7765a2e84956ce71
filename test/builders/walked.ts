/** A walk over an archive → what came of it: entries with their content, and remarks. */
import { Budget, defaultLimits, type Limits } from '../../src/core/budget.ts';
import { type ByteStream } from '../../src/core/bytes.ts';
import { collect } from '../../src/core/collect.ts';
import type { FileEntry, FileHeader } from '../../src/core/file-entry.ts';
import type { Remark } from '../../src/core/remark.ts';
import type { OnRemark } from '../../src/formats/wrapper.ts';

export interface Walked {
  readonly entries: readonly (FileHeader & { readonly text: string })[];
  readonly remarks: readonly Remark[];
  /** `path: content`, for files. */
  readonly files: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
  readonly codes: readonly string[];
}

export const walked = async (
  walk: (budget: Budget, remark: OnRemark) => AsyncIterable<FileEntry>,
  limits: Partial<Limits> = {},
): Promise<Walked> => {
  const remarks: Remark[] = [];
  const entries: (FileHeader & { readonly text: string })[] = [];
  for await (const entry of walk(new Budget({ ...defaultLimits, ...limits }, 'test'), (remark) =>
    remarks.push(remark),
  )) {
    entries.push({ ...entry, text: Buffer.from(await collect(entry.content(), 2 ** 28)).toString('latin1') });
  }
  return {
    entries,
    remarks,
    files: Object.fromEntries(entries.filter(({ type }) => type === 'file').map(({ path, text }) => [path, text])),
    paths: entries.map(({ path }) => path),
    codes: remarks.map(({ code }) => code),
  };
};

/** The same bytes in chunks of this size, each overwritten when the next one is asked for, as the contract of streams allows. */
export async function* inChunks(bytes: Uint8Array, size: number): ByteStream {
  for (let offset = 0; offset < bytes.length; offset += size) {
    const chunk = Uint8Array.from(bytes.subarray(offset, offset + size));
    yield chunk;
    chunk.fill(0xa5);
  }
}
