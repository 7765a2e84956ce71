/** A Go program → the modules that it was linked from: the build information of debug/buildinfo, in its inline form (Go 1.18 on) and the one with pointers. */
import type { Budget } from '../../core/budget.ts';
import { overLimit } from '../../core/fault.ts';
import { toPackageUrl, type PackageRecord } from '../../core/package-record.ts';
import { nameFromBytes } from '../name-bytes.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import type { ElfRecord } from './elf.ts';
import { linesOf } from './record-text.ts';

export interface GoBuildInfo {
  /** Of the compiler: `go1.22.1`. '' when it cannot be read. */
  readonly version: string;
  /** The main package's path. */
  readonly path?: string;
  /** The main module first, then what it was linked with, replacements in place of what they replace; `origin` is a replacement's folder. */
  readonly modules: readonly PackageRecord[];
  /** `vcs.revision`, `CGO_ENABLED`, `-ldflags` and so on. */
  readonly settings: ReadonlyMap<string, string>;
}

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const headerSize = 32;
/** The linker puts the header at a multiple of this. */
const alignment = 16;
const flags = { bigEndian: 1, inline: 2 } as const;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the header can lie: its own section, or else the first writable segment. */
const findHeader = (bytes: Buffer, elf: ElfRecord): number => {
  const section = elf.sections.find(({ name }) => name === '.go.buildinfo');
  const segment = elf.segments.find(({ type, flags: access }) => type === 'load' && access.startsWith('rw-'));
  for (const area of [
    section === undefined ? undefined : { offset: section.offset, size: section.size },
    segment === undefined ? undefined : { offset: segment.offset, size: segment.fileSize },
  ]) {
    if (area === undefined || area.offset >= bytes.length) continue;
    const part = bytes.subarray(area.offset, area.offset + area.size);
    for (let at = part.indexOf(magic); at >= 0; at = part.indexOf(magic, at + 1))
      if (at % alignment === 0 && area.offset + at + headerSize <= bytes.length) return area.offset + at;
  }
  return -1;
};

type Text = Uint8Array | undefined;

const readInline = (bytes: Uint8Array, start: number): { readonly text: Text; readonly end: number } => {
  let size = 0;
  let at = start;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[at];
    if (byte === undefined || shift > 2 ** 42) return { text: undefined, end: at };
    at += 1;
    size += (byte & 127) * shift;
    if (byte < 128) break;
  }
  if (at + size > bytes.length) return { text: undefined, end: at };
  return { text: bytes.subarray(at, at + size), end: at + size };
};

/** Reads addresses of the running program in the file that it is loaded from. */
class Memory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #elf: ElfRecord;
  readonly #size: 4 | 8;
  readonly #isLittle: boolean;

  constructor(bytes: Uint8Array, elf: ElfRecord, size: 4 | 8, isLittle: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#elf = elf;
    this.#size = size;
    this.#isLittle = isLittle;
  }

  word(offset: number): bigint | undefined {
    if (offset < 0 || offset + this.#size > this.#bytes.length) return undefined;
    return this.#size === 8
      ? this.#view.getBigUint64(offset, this.#isLittle)
      : BigInt(this.#view.getUint32(offset, this.#isLittle));
  }

  #offsetOf(address: bigint): number {
    for (const { type, address: start, offset, fileSize } of this.#elf.segments) {
      const base = BigInt(start);
      if (type === 'load' && address >= base && address < base + BigInt(fileSize))
        return offset + Number(address - base);
    }
    return -1;
  }

  /** A Go string: the address of its bytes, and how many they are. */
  text(address: bigint | undefined): Text {
    const header = address === undefined ? -1 : this.#offsetOf(address);
    const [data, size] = [this.word(header), this.word(header + this.#size)];
    if (header < 0 || data === undefined || size === undefined || size > BigInt(this.#bytes.length)) return undefined;
    const start = this.#offsetOf(data);
    const end = start + Number(size);
    return start < 0 || end > this.#bytes.length ? undefined : this.#bytes.subarray(start, end);
  }
}

/** The linker puts sixteen bytes before and behind the list of modules, which ends in a line's end. */
const unwrapModules = (text: Uint8Array): Uint8Array =>
  text.length >= 33 && text[text.length - 17] === 10 ? text.subarray(16, -16) : new Uint8Array(0);

const toModule = (path: string, version: string, sum: string): PackageRecord => {
  const slash = path.lastIndexOf('/');
  // A module that is built from its own folder has no version.
  const known = version === '(devel)' ? '' : version;
  return {
    ecosystem: 'go',
    name: path,
    version: known,
    purl: toPackageUrl('go', {
      ...(slash < 0 ? {} : { namespace: path.slice(0, slash) }),
      name: path.slice(slash + 1),
      version: known,
    }),
    ...(sum === '' ? {} : { checksum: sum }),
  };
};

/** A value with unusual characters is a Go string literal. */
const unquote = (value: string): string => {
  if (!value.startsWith('"')) return value.replace(/^`([^]*)`$/, '$1');
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
};

const parseModules = (text: string, budget: Budget, complaints: Complaints): Omit<GoBuildInfo, 'version'> => {
  const modules: PackageRecord[] = [];
  const settings = new Map<string, string>();
  let path: string | undefined;
  for (const line of linesOf(text)) {
    if (line === '') continue;
    budget.spendEntry();
    const [kind = '', first = '', version = '', sum = ''] = line.split('\t');
    if (kind === 'path' && first !== '') path = first;
    else if ((kind === 'mod' || kind === 'dep') && first !== '') modules.push(toModule(first, version, sum));
    else if (kind === '=>' && first !== '' && modules.length > 0) {
      const replaced = modules.pop();
      const isFolder = /^(?:\.{0,2}\/|[A-Za-z]:)/.test(first);
      // A folder has no name of its own: what is built from it goes under the name that it stands in for.
      modules.push(isFolder && replaced !== undefined ? { ...replaced, origin: first } : toModule(first, version, sum));
    } else if (kind === 'build' && line.includes('=')) {
      const setting = line.slice(6);
      const equals = setting.startsWith('"') ? setting.indexOf('"=', 1) + 1 : setting.indexOf('=');
      settings.set(unquote(setting.slice(0, equals)), unquote(setting.slice(equals + 1)));
    } else complaints.addLine('gap', 'GO_MODULES_INVALID', 'a line that is neither a module nor a setting', line);
  }
  return { ...(path === undefined ? {} : { path }), modules, settings };
};

/**
 * undefined for a program without build information. `elf` is what `parseElf` says of `bytes`; the bytes up to the end of the writable data are
 * needed. Remark: gap `GO_BUILD_INFO_INVALID` when it is there and cannot be read, gap `GO_MODULES_INVALID` for lines of it.
 * @throws {Fault} limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseGoBuildInfo = (
  bytes: Uint8Array,
  elf: ElfRecord,
  budget: Budget,
  remark: OnRemark,
): GoBuildInfo | undefined => {
  const program = asBuffer(bytes);
  const header = findHeader(program, elf);
  if (header < 0) return undefined;
  const [pointerSize = 0, flag = 0] = [program[header + 14], program[header + 15]];
  let version: Text;
  let modules: Text;
  if ((flag & flags.inline) !== 0) {
    const first = readInline(program, header + headerSize);
    version = first.text;
    modules = first.text === undefined ? undefined : readInline(program, first.end).text;
  } else if (pointerSize === 4 || pointerSize === 8) {
    const memory = new Memory(program, elf, pointerSize, (flag & flags.bigEndian) === 0);
    version = memory.text(memory.word(header + 16));
    modules = memory.text(memory.word(header + 16 + pointerSize));
  }
  const complaints = new Complaints();
  if (version === undefined || modules === undefined)
    complaints.add('gap', 'GO_BUILD_INFO_INVALID', 'the build information leads out of the file', headerSize);
  if ((modules?.length ?? 0) > budget.limits.record)
    throw overLimit('RECORD_TOO_LARGE', `a list of Go modules of ${modules?.length} bytes`, budget.where);
  const parsed = parseModules(nameFromBytes(unwrapModules(modules ?? new Uint8Array(0))), budget, complaints);
  complaints.report(remark);
  return { version: nameFromBytes((version ?? new Uint8Array(0)).subarray(0, 256)), ...parsed };
};
