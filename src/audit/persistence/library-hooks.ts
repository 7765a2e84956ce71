/** An ELF file → the C library's functions that it takes over when it is preloaded, or that it is a kernel module. */
import { readDynamicTable, parseSymbols } from '../../formats/records/elf-dynamic.ts';
import {
  detectForm,
  ElfView,
  parseHeader,
  parseSegment,
  segmentSize,
  toOffset,
  type Segment,
} from '../../formats/records/elf.layout.ts';

export type HooksFact = {
  readonly is: 'hooks';
  /** Functions of the C library that the file defines, of those that hide things or listen. */
  readonly functions: readonly string[];
  /** All that it defines. */
  readonly total: number;
};

export type ModuleFact = { readonly is: 'kernel-module'; readonly name: string };

const listing: readonly string[] = [
  'readdir',
  'readdir64',
  'readdir_r',
  'readdir64_r',
  'getdents64',
  '__getdents64',
  'scandir64',
];

/** Taking these over changes what a person sees, or who may come in. */
const watched: ReadonlySet<string> = new Set([
  ...listing,
  ...'opendir fopen fopen64 open open64 openat openat64 stat stat64 lstat lstat64 __xstat __xstat64 __lxstat __lxstat64 fstatat statx access unlink unlinkat rename rmdir kill execve execvp accept accept4 connect recv recvmsg getpwnam getpwnam_r getspnam pam_authenticate pam_open_session pam_get_item pam_get_authtok crypt crypt_r SSL_read SSL_write pcap_loop pcap_dispatch syslog setsockopt getenv dlsym la_version la_symbind64 malloc free calloc clock_gettime gettimeofday'.split(
    ' ',
  ),
]);

/** Larger ones are no hook libraries, and a file in windows is not whole here. */
export const hookLibraryBytes = 4 * 2 ** 20;

const segmentLimit = 64;
const stringTable = 5;
const stringTableSize = 10;

const sharedObject = 3;
const relocatable = 1;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const startsOf = (names: readonly string[]): readonly Buffer[] =>
  names.map((name) => Buffer.from(`\0${name}`, 'latin1'));
/** A library that takes functions over asks for the next one of the same name, or lists folders itself; the others are allocators' own. */
const tellTales = startsOf([
  'readdir',
  'dlsym',
  'dlvsym',
  'getdents64',
  'malloc_usable_size',
  'mallctl',
  'mi_malloc',
  'tc_malloc',
]);

/** Cheap for the thousands of files that take nothing over: only the names of the dynamic section are searched. */
export const readHooks = (content: Uint8Array): HooksFact | undefined => {
  const form = detectForm(content);
  const view = new ElfView(content, form.isWide, form.isLittle);
  if (view.u16(16) !== sharedObject) return undefined;
  const header = parseHeader(view);
  const size = segmentSize(form.isWide);
  const segments: Segment[] = [];
  for (let position = 0; position < Math.min(header.segmentCount, segmentLimit); position += 1) {
    const at = header.segmentTable + position * size;
    if (!view.holds(at, size)) break;
    const segment = parseSegment(view, at);
    // A program with an interpreter of its own is started, not preloaded.
    if (segment.type === 3) return undefined;
    segments.push(segment);
  }
  const dynamic = segments.find(({ type }) => type === 2);
  if (dynamic === undefined) return undefined;
  const table = readDynamicTable(view, dynamic.offset, dynamic.fileSize);
  const strings = toOffset(segments, table.get(stringTable)?.[0] ?? -1n);
  if (strings < 0) return undefined;
  const length = Number((table.get(stringTableSize)?.[0] ?? 0n) & 0xffffffffn);
  const names = asBuffer(content.subarray(strings, strings + length));
  if (!tellTales.some((word) => names.includes(word))) return undefined;
  const { exports } = parseSymbols(view, segments, [], table);
  const functions = exports.filter((name) => watched.has(name)).sort();
  return functions.length === 0 ? undefined : { is: 'hooks', functions: functions.slice(0, 40), total: exports.length };
};

/** The kernel refuses a module without this word in its `.modinfo`. */
const moduleMark = Buffer.from(['verm', 'agic='].join(''), 'latin1');

export const readKernelModule = (content: Uint8Array): ModuleFact | undefined => {
  const form = detectForm(content);
  if (new ElfView(content, form.isWide, form.isLittle).u16(16) !== relocatable) return undefined;
  const bytes = asBuffer(content);
  const at = bytes.indexOf(moduleMark);
  if (at < 0) return undefined;
  const name = bytes.indexOf('\0name=', 0, 'latin1');
  const end = name < 0 ? -1 : bytes.indexOf(0, name + 6);
  return { is: 'kernel-module', name: end < 0 ? '' : bytes.toString('latin1', name + 6, Math.min(end, name + 70)) };
};

/** Interceptors of compilers' sanitizers, and whole C libraries, define these functions honestly. */
const mostOfALibrary = 150;

export const hidesListings = ({ functions, total }: HooksFact): boolean =>
  total <= mostOfALibrary && functions.some((name) => listing.includes(name));

const entrances: readonly string[] = [
  'pam_authenticate',
  'pam_get_item',
  'pam_get_authtok',
  'getspnam',
  'accept',
  'pcap_loop',
  'crypt',
  'SSL_read',
  'SSL_write',
  'kill',
  'syslog',
];

/** Functions that let somebody in, or hear what is said. */
export const entrancesOf = ({ functions }: HooksFact): readonly string[] =>
  functions.filter((name) => entrances.includes(name));

/** Memory allocators and false clocks are preloaded by honest images. */
export const isAllocatorOrClock = ({ functions }: HooksFact): boolean =>
  functions.every((name) =>
    [
      'malloc',
      'free',
      'calloc',
      'clock_gettime',
      'gettimeofday',
      'stat',
      'stat64',
      'lstat',
      'lstat64',
      'fstatat',
      'dlsym',
    ].includes(name),
  );
