/** ELF bytes → what its maker left in it: notes, compiler comments, Go build information, signs of a packer. */
import { nameFromBytes } from '../name-bytes.ts';
import type { ElfView, Section, Segment } from './elf.layout.ts';

export interface ElfNote {
  readonly owner: string;
  readonly type: number;
  readonly size: number;
}

export interface ElfNotes {
  readonly notes: readonly ElfNote[];
  /** Lower-case hex. */
  readonly buildId?: string;
}

const maximumNotes = 256;

const align4 = (value: number): number => Math.ceil(value / 4) * 4;

/** Note segments, which loaders see, and note sections outside of them (gABI 4.1, "Note Section"). */
export const parseNotes = (view: ElfView, segments: readonly Segment[], sections: readonly Section[]): ElfNotes => {
  const areas = [
    ...segments.filter(({ type }) => type === 4).map(({ offset, fileSize }) => ({ offset, size: fileSize })),
    ...sections.filter(({ type }) => type === 7).map(({ offset, size }) => ({ offset, size })),
  ];
  const notes = new Map<number, ElfNote>();
  let buildId: string | undefined;
  for (const { offset, size } of areas) {
    const end = Math.min(offset + size, view.bytes.length);
    for (let at = offset; at + 12 <= end && notes.size < maximumNotes;) {
      const nameSize = view.u32(at);
      const dataSize = view.u32(at + 4);
      const data = at + 12 + align4(nameSize);
      if (data + dataSize > end) break;
      const note = { owner: view.text(at + 12, Math.min(nameSize, 64)), type: view.u32(at + 8), size: dataSize };
      notes.set(at, note);
      if (note.owner === 'GNU' && note.type === 3 && dataSize <= 64)
        buildId ??= Buffer.from(view.bytes.subarray(data, data + dataSize)).toString('hex');
      at = data + align4(dataSize);
    }
  }
  return { notes: [...notes.values()], ...(buildId === undefined ? {} : { buildId }) };
};

/** Compilers write who they are into `.comment`. */
export const parseComments = (view: ElfView, sections: readonly Section[]): readonly string[] => {
  const section = sections.find(({ name }) => name === '.comment');
  if (section === undefined) return [];
  const bytes = view.bytes.subarray(section.offset, Math.min(section.offset + section.size, section.offset + 4096));
  return [...new Set(nameFromBytes(bytes).split('\0'))].filter((text) => text !== '').slice(0, 20);
};

export interface GoBuild {
  /** Absent in the form that Go before 1.18 wrote, which holds pointers. */
  readonly version?: string;
  /** The main package's path. */
  readonly path?: string;
}

const goMagic = Buffer.from('\xff Go buildinf:', 'latin1');

const readVarint = (bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } => {
  let value = 0;
  let end = start;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[end] ?? 0;
    end += 1;
    value += (byte & 127) << shift;
    if (byte < 128) break;
  }
  return { value, end };
};

/** The header that debug/buildinfo of Go looks for: in its own section, or at the start of writable data. */
export const parseGoBuild = (
  view: ElfView,
  segments: readonly Segment[],
  sections: readonly Section[],
): GoBuild | undefined => {
  const section = sections.find(({ name }) => name === '.go.buildinfo');
  const data = segments.find(({ type, flags }) => type === 1 && (flags & 2) !== 0);
  const start = section?.offset ?? data?.offset;
  if (start === undefined || start >= view.bytes.length) return undefined;
  const area = Buffer.from(
    view.bytes.buffer,
    view.bytes.byteOffset + start,
    Math.min(65_536, view.bytes.length - start),
  );
  const at = area.indexOf(goMagic);
  if (at < 0) return undefined;
  if (((area[at + 15] ?? 0) & 2) === 0) return {};
  const version = readVarint(area, at + 32);
  const module = readVarint(area, version.end + version.value);
  const text = area.toString('utf8', module.end, Math.min(module.end + module.value, module.end + 4096));
  const path = /path\t([^\n]+)/.exec(text)?.[1];
  return {
    version: area.toString('utf8', version.end, Math.min(version.end + version.value, version.end + 128)),
    ...(path === undefined ? {} : { path: path.slice(0, 512) }),
  };
};

/** Bits for each byte, from 0 to 8, of up to 256 KiB spread over the range. */
export const entropyOf = (bytes: Uint8Array): number => {
  if (bytes.length === 0) return 0;
  const step = Math.max(1, Math.floor(bytes.length / 262_144));
  const counts = new Uint32Array(256);
  let total = 0;
  for (let at = 0; at < bytes.length; at += step) {
    counts[bytes[at] ?? 0] = (counts[bytes[at] ?? 0] ?? 0) + 1;
    total += 1;
  }
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / total) * Math.log2(count / total);
  return Math.round(entropy * 100) / 100;
};

const packerNames: readonly (readonly [RegExp, string])[] = [
  [/^UPX[0-9!]/, 'UPX'],
  [/^\.?MPRESS[0-9]/i, 'MPRESS'],
  [/^\.vmp[0-9]/, 'VMProtect'],
  [/^\.(?:packed|ezuri|burneye)$/, 'a packer'],
];

/** Signs, no proof: names that packers leave, and code that looks packed where nothing describes it. */
export const findPackers = (
  view: ElfView,
  segments: readonly { readonly type: string; readonly flags: string; readonly entropy?: number }[],
  sections: readonly Section[],
): readonly string[] => {
  const found = new Set<string>();
  const bytes = Buffer.from(view.bytes.buffer, view.bytes.byteOffset, view.bytes.byteLength);
  const ends = [bytes.subarray(0, 1024), bytes.subarray(Math.max(0, bytes.length - 512))];
  if (ends.some((end) => end.includes('UPX!'))) found.add('UPX');
  for (const { name } of sections)
    for (const [pattern, packer] of packerNames) if (pattern.test(name)) found.add(packer);
  const isPacked = segments.some(
    ({ type, flags, entropy = 0 }) => type === 'load' && flags.endsWith('x') && entropy >= 7.2,
  );
  if (isPacked && sections.length === 0) found.add('code of high entropy without sections');
  return [...found];
};
