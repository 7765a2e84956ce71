/** RPM package → the files of its payload and the scripts of its header: the RPM V4 file format (lead, signature, header, payload). */
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import type { FileEntry, FileType } from '../../core/file-entry.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { normalisePath } from '../../core/path.ts';
import { ByteReader } from '../byte-reader.ts';
import { readCpio } from '../cpio-reader.ts';
import { reportTrailingData } from '../trailing-data.ts';
import type { Tree } from '../tree.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';
import { bzip2 } from '../wrappers/bzip2.ts';
import { gzip } from '../wrappers/gzip.ts';
import { lzma } from '../wrappers/lzma.ts';
import { xz } from '../wrappers/xz.ts';
import { zstd } from '../wrappers/zstd.ts';
import { introSize, leadSize, parseIntro, RpmHeader, scriptTags, tags } from './rpm.layout.ts';

const wrappers: readonly Wrapper[] = [gzip, xz, zstd, bzip2, lzma];

/** Headers of packages with a hundred thousand files come near to this. */
const maximumHeader = 64 * 2 ** 20;

const readHeader = async (reader: ByteReader, alignment: number, where: string): Promise<RpmHeader> => {
  const intro = parseIntro(await reader.read(introSize), where);
  if (intro.bodySize > maximumHeader)
    throw overLimit('RECORD_TOO_LARGE', `a package header of ${intro.bodySize} bytes`, where);
  const header = new RpmHeader(Uint8Array.from(await reader.read(intro.bodySize)), intro);
  await reader.skip((alignment - ((introSize + intro.bodySize) % alignment)) % alignment);
  return header;
};

async function* walkScripts(header: RpmHeader, budget: Budget): AsyncGenerator<FileEntry> {
  for (const [tag, name] of Object.entries(scriptTags)) {
    const scripts = header.texts(Number(tag));
    for (const [position, script] of scripts.entries()) {
      if (script === '') continue;
      budget.spendEntry();
      const bytes = Buffer.from(script, 'utf8');
      yield {
        path: scripts.length === 1 ? name : `${name}-${position}`,
        type: 'file',
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: bytes.length,
        modified: 0,
        content: async function* () {
          yield bytes;
        },
      };
    }
  }
}

/** What the header says of the files, for payloads that only count them ("stripped" cpio, packages with files over 4 GiB). */
class StatedFiles {
  readonly #sizes: readonly number[];
  readonly #modes: readonly number[];
  readonly #times: readonly number[];
  readonly #targets: readonly string[];
  readonly #names: readonly string[];
  readonly #folders: readonly string[];
  readonly #folderOf: readonly number[];

  constructor(header: RpmHeader) {
    const long = header.numbers(tags.longFileSizes);
    this.#sizes = long.length > 0 ? long : header.numbers(tags.fileSizes);
    this.#modes = header.numbers(tags.fileModes);
    this.#times = header.numbers(tags.fileTimes);
    this.#targets = header.texts(tags.linkTargets);
    this.#names = header.texts(tags.baseNames);
    this.#folders = header.texts(tags.directoryNames);
    this.#folderOf = header.numbers(tags.directoryIndexes);
  }

  /** @throws {Fault} malformed `RPM_FILE_UNKNOWN` */
  at(position: number, where: string): Omit<FileEntry, 'content'> {
    const name = this.#names[position];
    const size = this.#sizes[position] ?? 0;
    const mode = this.#modes[position] ?? 0o100644;
    if (name === undefined || !Number.isSafeInteger(size))
      throw malformed('RPM_FILE_UNKNOWN', `the payload names file ${position}, the header has none`, where);
    const kind = mode & 0o170000;
    const type: FileType =
      kind === 0o040000
        ? 'directory'
        : kind === 0o120000
          ? 'symlink'
          : kind === 0o020000
            ? 'character-device'
            : kind === 0o060000
              ? 'block-device'
              : kind === 0o010000
                ? 'fifo'
                : 'file';
    return {
      path: normalisePath(`${this.#folders[this.#folderOf[position] ?? -1] ?? ''}${name}`).path,
      type,
      mode: mode & 0o7777,
      uid: 0,
      gid: 0,
      size: type === 'file' ? size : 0,
      modified: this.#times[position] ?? 0,
      ...(type === 'symlink' ? { target: this.#targets[position] ?? '' } : {}),
    };
  }
}

const isStripped = (magic: Uint8Array): boolean => Buffer.from(magic).toString('latin1') === '07070X';

/** Entries of `07070X`, a file's number in eight hexadecimal digits, and its content; the usual trailer ends them. */
async function* readStripped(
  reader: ByteReader,
  files: StatedFiles,
  budget: Budget,
  remark: OnRemark,
): AsyncGenerator<FileEntry> {
  const { where } = budget;
  while (isStripped(await reader.peek(6))) {
    const digits = Buffer.from((await reader.read(14)).subarray(6)).toString('latin1');
    if (!/^[0-9a-fA-F]{8}$/.test(digits))
      throw malformed('CPIO_HEADER_INVALID', `"${digits}" is no number of a file`, where);
    await reader.skip(2);
    budget.spendEntry();
    const entry = files.at(Number.parseInt(digits, 16), where);
    // Links have their target as content here too.
    const stored = entry.type === 'symlink' ? Buffer.byteLength(entry.target ?? '') : entry.size;
    let left = entry.type === 'symlink' ? 0 : entry.size;
    await reader.skip(stored - left);
    const content = async function* (): ByteStream {
      while (left > 0) {
        const bytes = await reader.readSome(left);
        if (bytes === undefined) break;
        left -= bytes.length;
        yield bytes;
      }
    };
    yield { ...entry, content };
    await reader.skip(left);
    await reader.skip((4 - (stored % 4)) % 4);
  }
  yield* readCpio(reader, { budget, remark });
}

async function* walkPayload(
  reader: ByteReader,
  header: RpmHeader,
  budget: Budget,
  remark: OnRemark,
): AsyncGenerator<FileEntry> {
  const head = Uint8Array.from(await reader.peek(16));
  if (head.length === 0) return;
  const wrapper = wrappers.find((candidate) => candidate.detect(head));
  const stated = header.text(tags.payloadCompressor);
  const found = wrapper?.id ?? (head[0] === 0x30 ? 'none' : undefined);
  if (found === undefined) {
    const start = reader.position;
    while ((await reader.readSome(1 << 18)) !== undefined);
    remark({
      kind: 'gap',
      code: 'ARCHIVE_UNSUPPORTED',
      where: '',
      reason: `the payload is packed with ${stated ?? 'something'}, which Tidewaiter cannot unpack`,
      bytes: reader.position - start,
    });
    return;
  }
  if (stated !== undefined && found !== stated)
    remark({
      kind: 'ambiguity',
      code: 'RPM_PAYLOAD_DISAGREES',
      where: '',
      reason: `the header says that the payload is packed with ${stated}, it is ${found}`,
      bytes: 0,
    });
  const untilEnd = async function* (): ByteStream {
    for (let some = await reader.readSome(1 << 18); some !== undefined; some = await reader.readSome(1 << 18))
      yield some;
  };
  const payload =
    wrapper === undefined
      ? reader
      : new ByteReader(wrapper.unwrap(untilEnd(), budget, remark), budget.where, 'CPIO_TRUNCATED');
  try {
    if (isStripped(await payload.peek(6))) yield* readStripped(payload, new StatedFiles(header), budget, remark);
    else yield* readCpio(payload, { budget, remark });
    await reportTrailingData(payload, { name: 'payload', padding: 'zeros' }, remark);
  } finally {
    if (payload !== reader) await payload.close();
  }
}

export const rpm: Tree = {
  id: 'rpm',
  about: 'RPM packages: the files of the payload and the install scripts',
  detect: (head) => head[0] === 0xed && head[1] === 0xab && head[2] === 0xee && head[3] === 0xdb,
  async *walk(stream, budget, remark) {
    const reader = new ByteReader(stream, budget.where, 'RPM_TRUNCATED');
    try {
      const lead = await reader.read(leadSize);
      if (!rpm.detect(lead)) throw malformed('RPM_HEADER_INVALID', 'no RPM lead', budget.where);
      await readHeader(reader, 8, budget.where);
      const header = await readHeader(reader, 1, budget.where);
      if (header.duplicates > 0)
        remark({
          kind: 'ambiguity',
          code: 'RPM_TAG_DUPLICATE',
          where: '',
          reason: `${header.duplicates} tags occur twice in the header`,
          bytes: 0,
        });
      yield* walkScripts(header, budget);
      yield* walkPayload(reader, header, budget, remark);
    } finally {
      await reader.close();
    }
  },
};
