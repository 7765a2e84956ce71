/** An archive of a layout, packed or not → its files, read where they lie: one pass over the headers, nothing is extracted. */
import { createHash } from 'node:crypto';
import { Budget } from '../core/budget.ts';
import type { Bytes } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import { malformed } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import { normalisePath } from '../core/path.ts';
import type { Remark } from '../core/remark.ts';
import { locateTarEntries, type TarLocation } from '../formats/tar-offsets.ts';
import { isTarHeader } from '../formats/trees/tar.header.ts';
import { bzip2 } from '../formats/wrappers/bzip2.ts';
import { gzip } from '../formats/wrappers/gzip.ts';
import { xz } from '../formats/wrappers/xz.ts';
import { zstd } from '../formats/wrappers/zstd.ts';
import { openFileBytes, sectionOf, type FileBytes } from './file-bytes.ts';
import { spool } from './spool.ts';
import type { StoredFiles } from './stored-files.ts';

const wrappers = [gzip, zstd, xz, bzip2] as const;

/** A layout has a handful of files for each layer; the index of more would fill the memory. */
const maximumEntries = 200_000;
/** Links to links: writers of duplicate layers need one. */
const maximumLinks = 8;
/** Entries of one name that are compared; more count as different. */
const maximumComparisons = 100;

const ambiguous = (code: string, reason: string, field: string, value: string): Finding => ({
  rule: 'image/archive-ambiguous',
  title: 'The archive can be read in two ways',
  severity: 'medium',
  confidence: 'high',
  intent: 'tampering',
  techniques: ['T1036'],
  advice: `Do not load this archive: ${reason}. Write it again from its origin.`,
  evidence: [{ kind: 'config', field: `${code}: ${field}`, value }],
});

const sha256Of = async (bytes: Bytes): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of bytes.stream()) hash.update(chunk);
  return hash.digest('hex');
};

interface Notes {
  readonly findings: Finding[];
  readonly gaps: Gap[];
}

const note = (notes: Notes, remark: Remark): void => {
  const { kind, code, where, reason, bytes } = remark;
  if (kind === 'ambiguity') notes.findings.push(ambiguous(code, reason, where, `${bytes} bytes`));
  else notes.gaps.push({ where, code, reason, bytes, executable: true });
};

const unpack = async (file: FileBytes, where: string, context: Context, notes: Notes): Promise<FileBytes> => {
  const head = await file.read(0, 16);
  const wrapper = wrappers.find((one) => one.detect(head));
  if (wrapper === undefined) return file;
  try {
    const unpacked = wrapper.unwrap(file.stream(), new Budget(context.limits, where), (remark) => note(notes, remark));
    return await spool(unpacked, context, where);
  } finally {
    await file[Symbol.asyncDispose]();
  }
};

const indexEntries = async (
  file: Bytes,
  where: string,
  context: Context,
  notes: Notes,
): Promise<ReadonlyMap<string, TarLocation>> => {
  const limits = { ...context.limits, entries: Math.min(context.limits.entries, maximumEntries) };
  const index = new Map<string, TarLocation>();
  let comparisons = 0;
  const isSame = async (one: TarLocation, other: TarLocation): Promise<boolean> => {
    if (one.type === 'link') return other.type === 'link' && one.target === other.target;
    if (other.type === 'link') return false;
    comparisons += 1;
    if (one.size !== other.size || comparisons > maximumComparisons) return false;
    const [first, second] = [one, other].map(({ offset, size }) => sectionOf(file, offset, size, where));
    return first !== undefined && second !== undefined && (await sha256Of(first)) === (await sha256Of(second));
  };
  let told = 0;
  for await (const location of locateTarEntries(file, new Budget(limits, where), (remark) => note(notes, remark))) {
    context.signal.throwIfAborted();
    const before = index.get(location.path);
    // Tools that unpack take the last of a name, tools that read forward may take the first.
    if (before !== undefined && told < 10 && !(await isSame(before, location))) {
      told += 1;
      const reason = 'a name occurs twice with different content, and tools differ in which one they take';
      notes.findings.push(ambiguous('ARCHIVE_NAME_DUPLICATE', reason, 'path', location.path));
    }
    index.set(location.path, location);
  }
  return index;
};

/**
 * Takes `file` over: disposing of the result disposes of it, and so does a failure.
 * @throws {Fault} malformed `ARCHIVE_EXPECTED`; malformed and limit from unpacking; unavailable `TEMPORARY_SPACE_FULL`
 */
export const openArchiveBytes = async (file: FileBytes, where: string, context: Context): Promise<StoredFiles> => {
  const notes: Notes = { findings: [], gaps: [] };
  const tarFile = await unpack(file, where, context, notes);
  try {
    if (!isTarHeader(await tarFile.read(0, 512)))
      throw malformed('ARCHIVE_EXPECTED', 'not a tar archive, packed or not', where);
    const index = await indexEntries(tarFile, where, context, notes);
    const follow = (path: string): TarLocation | undefined => {
      let location = index.get(path);
      for (let links = 0; location?.type === 'link'; links += 1) {
        if (links >= maximumLinks) throw malformed('ARCHIVE_LINK_LOOP', `links that lead to no file: ${path}`, where);
        if (location.target === undefined)
          throw malformed('PATH_ESCAPES', `a link that leads out of the archive: ${path}`, where);
        location = index.get(location.target);
      }
      return location;
    };
    return {
      where,
      ...notes,
      paths: [...index.keys()],
      find: async (path) => {
        const { path: inside, escapes } = normalisePath(path);
        if (escapes || path.startsWith('/')) throw malformed('PATH_ESCAPES', `a path that leads out: ${path}`, where);
        const location = follow(inside);
        return location?.type === 'file' ? sectionOf(tarFile, location.offset, location.size, inside) : undefined;
      },
      [Symbol.asyncDispose]: () => tarFile[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    await tarFile[Symbol.asyncDispose]();
    throw thrown;
  }
};

/** As `openArchiveBytes`, for a path that a person gave. @throws {Fault} also misuse `FILE_NOT_FOUND`, `FILE_NOT_REGULAR` */
export const openArchive = async (path: string, context: Context): Promise<StoredFiles> =>
  openArchiveBytes(await openFileBytes(path), path, context);
