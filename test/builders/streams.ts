/** Bytes in memory as the streams that parsers read, and what they gave collected again. */
import { Budget, defaultLimits, type Limits } from '../../src/core/budget.ts';
import type { ByteStream } from '../../src/core/bytes.ts';
import { collect } from '../../src/core/collect.ts';
import { isFault } from '../../src/core/fault.ts';
import type { FileEntry, FileHeader } from '../../src/core/file-entry.ts';
import type { Remark } from '../../src/core/remark.ts';
import type { OnRemark } from '../../src/formats/wrapper.ts';

/** Chunks of one size, each overwritten once the next is asked for. */
export async function* streamOf(data: Uint8Array | string, chunk = 1 << 16): ByteStream {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  for (let at = 0; at < bytes.length; at += chunk) {
    const copy = Uint8Array.from(bytes.subarray(at, at + chunk));
    yield copy;
    copy.fill(0xaa);
  }
}

export const limitsWith = (changes: Partial<Limits>): Limits => ({ ...defaultLimits, ...changes });

export interface Unpacked {
  readonly content: Buffer;
  /** Code of the Fault at the end; undefined when there was none. */
  readonly fault: string | undefined;
  readonly faultKind: string | undefined;
  readonly remarks: readonly Remark[];
}

/** Reads a stream to its end or Fault, and keeps both. */
export const unpack = async (
  run: (budget: Budget, remark: OnRemark) => ByteStream,
  limits: Limits = defaultLimits,
): Promise<Unpacked> => {
  const remarks: Remark[] = [];
  const chunks: Uint8Array[] = [];
  const result = (fault?: string, faultKind?: string): Unpacked => ({
    content: Buffer.concat(chunks),
    fault,
    faultKind,
    remarks,
  });
  try {
    for await (const chunk of run(new Budget(limits, 'test'), (remark) => remarks.push(remark)))
      chunks.push(Uint8Array.from(chunk));
    return result();
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return result(thrown.code, thrown.kind);
  }
};

export interface WalkedEntry extends FileHeader {
  readonly text: string;
}

export interface Walked {
  readonly entries: readonly WalkedEntry[];
  readonly fault: string | undefined;
  readonly remarks: readonly Remark[];
}

/** Reads every entry with its content. */
export const walkAll = async (
  run: (budget: Budget, remark: OnRemark) => AsyncIterable<FileEntry>,
  limits: Limits = defaultLimits,
): Promise<Walked> => {
  const remarks: Remark[] = [];
  const entries: WalkedEntry[] = [];
  try {
    for await (const entry of run(new Budget(limits, 'test'), (remark) => remarks.push(remark))) {
      const content = await collect(entry.content(), 2 ** 24);
      const { path, type, mode, uid, gid, userName, size, modified, target, xattrs } = entry;
      entries.push({
        path,
        type,
        mode,
        uid,
        gid,
        size,
        modified,
        ...(userName === undefined ? {} : { userName }),
        ...(target === undefined ? {} : { target }),
        ...(xattrs === undefined ? {} : { xattrs }),
        text: Buffer.from(content).toString('latin1'),
      });
    }
    return { entries, fault: undefined, remarks };
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return { entries, fault: thrown.code, remarks };
  }
};

export const codesOf = ({ remarks }: { readonly remarks: readonly Remark[] }): readonly string[] =>
  remarks.map(({ code }) => code);
