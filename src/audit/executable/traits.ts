/** A program at a glance → the traits that ordinary programs lack. Facts: whether they are bad, the whole image decides. */
import { isFault } from '../../core/fault.ts';
import { parseElf } from '../../formats/records/elf.ts';
import { parseGoBuild } from '../../formats/records/elf-traits.ts';
import { parseSection, sectionSize } from '../../formats/records/elf.layout.ts';
import { isUpxPacked } from '../../formats/upx.ts';
import { findFrozen } from './frozen.ts';
import { glanceAt, readLoaderTables, readSections, sampleEntropy, type Glance } from './glance.ts';

export const traitNames = [
  'packed',
  'payload',
  'tiny-loader',
  'writable-code',
  'entry-behind-data',
  'odd-interpreter',
  'audit-library',
  'appended',
  'frozen',
  'hides-entries',
  'runs-from-memory',
  'load-time-resolver',
  'static',
] as const;
export type TraitName = (typeof traitNames)[number];

export interface Trait {
  readonly [name: string]: string | number;
  readonly name: TraitName;
  /** For a person. */
  readonly text: string;
  /** Where in the file the proof lies. */
  readonly offset: number;
}

const load = 1;

/** Code of every compiler measures 5.5 to 6.6; what was compressed or encrypted, more than 7. */
const packedEntropy = 7;
/** Tables of primes and sines measure up to 7.6 in data, random tables 7.9 in small libraries: only large ones count. */
const payloadEntropy = 7.85;
const payloadBytes = 256 * 1024;

const readPacked = (glance: Glance): readonly Trait[] => {
  if (glance.codeEntropy < packedEntropy) return [];
  const code = glance.segments.find(({ type, flags }) => type === load && (flags & 1) !== 0);
  const packer = isUpxPacked(glance.view.bytes) ? 'UPX' : 'an unknown packer';
  return [
    { name: 'packed', text: `${packer}, ${glance.codeEntropy.toFixed(2)} bits a byte`, offset: code?.offset ?? 0 },
  ];
};

const readPayload = ({ view, segments, hasInterpreter, header }: Glance): readonly Trait[] => {
  if (!hasInterpreter && header.type !== 2) return [];
  for (const { type, flags, offset, fileSize } of segments) {
    if (type !== load || (flags & 1) !== 0 || fileSize < payloadBytes) continue;
    const entropy = sampleEntropy(view.bytes, offset, offset + fileSize);
    if (entropy >= payloadEntropy)
      return [{ name: 'payload', text: `${fileSize} bytes of data at ${entropy.toFixed(2)} bits a byte`, offset }];
  }
  return [];
};

const readShape = (glance: Glance, fileSize: number): readonly Trait[] => {
  const { header, segments, hasDynamic, hasInterpreter } = glance;
  const loaded = segments.filter(({ type }) => type === load);
  const writable = loaded.find(({ flags }) => (flags & 3) === 3);
  const traits: Trait[] = [];
  if (writable !== undefined && !hasDynamic && header.sectionCount === 0 && fileSize <= 4096)
    traits.push({
      name: 'tiny-loader',
      text: `${fileSize} bytes without sections, writable and executable`,
      offset: writable.offset,
    });
  else if (writable !== undefined)
    traits.push({ name: 'writable-code', text: 'a segment is writable and executable', offset: writable.offset });
  const home = loaded.find(
    ({ address, memorySize }) => header.entry >= address && header.entry < address + BigInt(memorySize),
  );
  const data = loaded.find(({ flags }) => (flags & 2) !== 0 && (flags & 1) === 0);
  const other = loaded.find(({ flags }) => (flags & 1) !== 0);
  // Linkers put code before writable data; who adds code to a finished program puts it at the end.
  if (
    hasInterpreter &&
    home !== undefined &&
    data !== undefined &&
    other !== undefined &&
    home !== other &&
    home.offset > data.offset &&
    home.fileSize > 0
  )
    traits.push({
      name: 'entry-behind-data',
      text: 'execution starts in a segment behind the data, not in the program’s own code',
      offset: home.offset,
    });
  return traits;
};

const usualInterpreter =
  /^\/(?:(?:usr\/)?(?:local\/)?(?:lib|libx?32|lib64)\/(?:[\w+-]{1,60}\/){0,2}ld[\w.+-]{0,60}|(?:nix|gnu)\/store\/|system\/bin\/linker|opt\/|home\/linuxbrew\/|lib\/ld|libexec\/ld-elf)/;

const readInterpreter = ({ view, segments }: Glance): readonly Trait[] => {
  const segment = segments.find(({ type }) => type === 3);
  if (segment === undefined) return [];
  const text = view.text(segment.offset, Math.min(segment.fileSize, 4096));
  return usualInterpreter.test(text) || text === '' ? [] : [{ name: 'odd-interpreter', text, offset: segment.offset }];
};

/** The end of what the tables describe. Go and lld write the section table before the content. */
const structureEnd = ({ view, header, segments }: Glance): number => {
  let end = 0;
  const size = sectionSize(view.isWide);
  for (const { offset, fileSize } of segments) end = Math.max(end, offset + fileSize);
  for (let position = 0; position < Math.min(header.sectionCount, 4096); position += 1) {
    const at = header.sectionTable + position * size;
    if (!view.holds(at, size)) break;
    const { type, offset, size: length } = parseSection(view, at, -1);
    if (type !== 8 && type !== 0) end = Math.max(end, offset + length);
  }
  return Math.max(end, header.sectionTable + header.sectionCount * size);
};

const startsOf: readonly (readonly [mark: string, what: string])[] = [
  ['\u007fELF', 'another program'],
  ['#!', 'a script'],
  ['\u001f\u008b', 'a gzip file'],
  ['\u00fd7zXZ', 'an xz file'],
  ['\u0028\u00b5\u002f\u00fd', 'a zstd file'],
  ['hsqs', 'a squashfs file system'],
];

/** Notes of linkers and distributions are some hundred bytes; tools that freeze scripts put whole archives into one. */
const largestNote = 16 * 1024;

const readNotes = ({ segments, hasInterpreter, header }: Glance): readonly Trait[] => {
  const note = segments.find(({ type, fileSize }) => type === 4 && fileSize > largestNote);
  if (note === undefined || (!hasInterpreter && header.type !== 2)) return [];
  return [
    {
      name: 'frozen',
      text: `${note.fileSize} bytes in a note, as Node’s single programs have them`,
      offset: note.offset,
    },
  ];
};

/** Less is padding, or a signature. */
const smallestAppended = 4096;

const readAppended = (glance: Glance, fileSize: number): readonly Trait[] => {
  if (glance.behindSections < smallestAppended && glance.header.sectionCount > 0) return [];
  const end = structureEnd(glance);
  const size = fileSize - end;
  if (size < smallestAppended || end >= glance.view.bytes.length) return [];
  const start = Buffer.from(glance.view.bytes.subarray(end, end + 8)).toString('latin1');
  const what = startsOf.find(([mark]) => start.startsWith(mark))?.[1];
  const isDense = sampleEntropy(glance.view.bytes, end, fileSize) >= 7.5;
  if (what === undefined && !isDense) return [];
  const text = `${size} bytes behind the program: ${what ?? 'compressed or encrypted'}`;
  return [{ name: 'appended', text, offset: end }];
};

const holds = (names: Buffer, name: string): boolean => names.includes(`\0${name}\0`, 0, 'latin1');

/** Larger libraries are no hooks, and reading all their symbols costs. */
const largestHook = 512 * 1024;

/** Libraries of the C implementation choose their fastest functions so; nearly nobody else does. */
const choosers = /^(?:libc|libm|libmvec|libatomic|libgcc_s|libpthread|librt|ld|ld-linux[\w-]*|ld-musl[\w-]*|ld64)[.-]/;

const largestSmallTable = 20_000;

/** Calls that nobody replaces who wants to hide names, and everybody who measures what a program reads and writes. */
const measured: ReadonlySet<string> = new Set(
  'dup dup2 fflush fputc fputs fseek fsetpos fsync ftell fwrite llseek lseek pipe rewind writev'.split(' '),
);
const measuredByTracers = 8;

const isTracer = (exports: readonly string[]): boolean =>
  exports.filter((name) => measured.has(name.replace(/@.*/, ''))).length >= measuredByTracers;

const readLinkage = (glance: Glance, bytes: Uint8Array, fileSize: number): readonly Trait[] => {
  if (!glance.hasDynamic) return [];
  const { names, hasResolver, audit } = readLoaderTables(glance);
  const traits: Trait[] = audit.map((text) => ({ name: 'audit-library', text, offset: 0 }));
  const isLibrary = glance.header.type === 3 && !glance.hasInterpreter;
  // Runtimes of languages offer every call of the system, and so does the C library, which can be run too.
  const isSmall = names.length <= largestSmallTable;
  if (!isLibrary && isSmall && holds(names, 'memfd_create') && (holds(names, 'fexecve') || holds(names, 'execveat')))
    traits.push({ name: 'runs-from-memory', text: 'imports memfd_create and fexecve or execveat', offset: 0 });
  if (!isLibrary) return traits;
  const listsEntries = holds(names, 'readdir64') || holds(names, 'readdir');
  if (!hasResolver && !(listsEntries && fileSize <= largestHook && holds(names, 'dlsym'))) return traits;
  const record = parseElf(bytes);
  // A static program that can lie anywhere looks like a library, but is its own C library too.
  if (hasResolver && !record.isPie && !choosers.test(record.soname ?? ''))
    traits.push({
      name: 'load-time-resolver',
      text: `${record.soname ?? 'a library'} decides while it is loaded which of its functions run (IFUNC)`,
      offset: 0,
    });
  const replaced = record.exports.filter((name) =>
    /^(?:readdir(?:64)?(?:_r)?|getdents(?:64)?|opendir|fopen(?:64)?|open(?:64)?|__?l?x?stat(?:64)?)$/.test(name),
  );
  if (
    replaced.some((name) => name.startsWith('readdir')) &&
    record.imports.includes('dlsym') &&
    !isTracer(record.exports)
  )
    traits.push({
      name: 'hides-entries',
      text: `defines ${replaced.slice(0, 6).join(', ')} and asks the loader for the real ones`,
      offset: 0,
    });
  return traits;
};

const readStatic = (glance: Glance): readonly Trait[] => {
  if (glance.header.type !== 2 || glance.hasInterpreter || glance.hasDynamic) return [];
  const sections = readSections(glance);
  const go = parseGoBuild(glance.view, glance.segments, sections);
  const words = [
    sections.some(({ type }) => type === 2) ? 'with symbols' : 'stripped',
    ...(go === undefined ? [] : [`Go ${go.path ?? ''}`.trim()]),
  ];
  return [{ name: 'static', text: words.join(', '), offset: 0 }];
};

/** `bytes`: the file, or its first window. What no loader takes (objects, modules) has no traits. */
export const readTraits = (bytes: Uint8Array, fileSize: number): readonly Trait[] => {
  let glance: Glance;
  try {
    glance = glanceAt(bytes, fileSize);
  } catch (thrown) {
    // No kernel runs what has not even a header.
    if (isFault(thrown) && thrown.kind === 'malformed') return [];
    throw thrown;
  }
  if (!glance.isLoadable || glance.segments.length === 0) return [];
  const frozen = bytes.length === fileSize ? findFrozen(bytes) : undefined;
  return [
    ...readPacked(glance),
    ...readPayload(glance),
    ...readShape(glance, fileSize),
    ...readInterpreter(glance),
    ...readNotes(glance),
    ...(frozen === undefined
      ? readAppended(glance, fileSize)
      : [{ name: 'frozen', text: `${frozen.language}, by ${frozen.by}`, offset: frozen.at } as const]),
    ...readLinkage(glance, bytes, fileSize),
    ...readStatic(glance),
  ];
};
