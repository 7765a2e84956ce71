/** The files of a package ⇄ a few texts: forty thousand files in some two megabytes, since facts are kept in memory and remembered. */
import type { Plain } from '../../core/analyzer.ts';
import type { PackageFile, PackageFileState, RecordedDigest } from '../../core/package-record.ts';

/** 96 bits: nobody finds a second content for a given one. */
export const keptDigits = 24;

/** Separates paths. No file has a name with it, so a record that uses it names no file. */
const separator = '\0';
const mostShared = 90;
const firstShared = 32;

/** Front coding: each path is a character for how much it shares with the one before, and the rest. */
export const packPaths = (paths: readonly string[]): string => {
  let before = '';
  return paths
    .map((path) => {
      const most = Math.min(mostShared, path.length, before.length);
      let shared = 0;
      while (shared < most && path.charCodeAt(shared) === before.charCodeAt(shared)) shared += 1;
      before = path;
      return String.fromCharCode(firstShared + shared) + path.slice(shared);
    })
    .join(separator);
};

/** Never longer in all than `maximumText` characters for what somebody made to unfold without end. */
const maximumText = 256 * 2 ** 20;

export const unpackPaths = (packed: string): readonly string[] => {
  if (packed === '') return [];
  let before = '';
  let length = 0;
  const paths: string[] = [];
  for (const part of packed.split(separator)) {
    const path = before.slice(0, Math.max(0, part.charCodeAt(0) - firstShared)) + part.slice(1);
    length += path.length;
    if (length > maximumText) break;
    paths.push(path);
    before = path;
  }
  return paths;
};

const typeLetters = ['file', 'directory', 'symlink', 'device', 'fifo', 'socket'] as const;
const stateLetters: readonly PackageFileState[] = ['not-installed', 'replaced', 'net-shared', 'wrong-colour'];

const algorithms: readonly RecordedDigest[] = ['sha256', 'sha256-160', 'sha1', 'md5', 'sha512', 'sha384', 'sha224'];

/** Bits: 1 conffile, 2 ghost; the state above them; the type above that. */
const flagsOf = ({ conffile, ghost, state, type }: PackageFile): number =>
  (conffile === true ? 1 : 0) |
  (ghost === true ? 2 : 0) |
  ((state === undefined ? 0 : stateLetters.indexOf(state) + 1) << 2) |
  ((type === undefined ? 0 : typeLetters.indexOf(type) + 1) << 5);

export type PackedFiles = {
  readonly paths: string;
  /** The one algorithm of the package, and `keptDigits` digits for each file, blanks for one without. */
  readonly algorithm: string;
  readonly digests: string;
  /** Empty when no file of the package states it. */
  readonly flags: readonly number[];
  readonly sizes: readonly number[];
  readonly modes: readonly number[];
};

const columnOf = (values: readonly (number | undefined)[]): readonly number[] =>
  values.some((value) => value !== undefined) ? values.map((value) => value ?? -1) : [];

export const packFiles = (all: readonly PackageFile[]): PackedFiles => {
  const files = all.filter(({ path }) => path !== '' && !path.includes(separator));
  const algorithm = algorithms.find((name) => files.some(({ digests }) => digests[name] !== undefined));
  const digests = files.map(({ digests }) => {
    const digest = algorithm === undefined ? undefined : digests[algorithm];
    return (digest ?? '').slice(0, keptDigits).padEnd(keptDigits);
  });
  const flags = files.map(flagsOf);
  return {
    paths: packPaths(files.map(({ path }) => path)),
    algorithm: algorithm ?? '',
    digests: algorithm === undefined ? '' : digests.join(''),
    flags: flags.some((flag) => flag !== 0) ? flags : [],
    sizes: columnOf(files.map(({ size }) => size)),
    modes: columnOf(files.map(({ mode }) => mode)),
  };
};

const isNumbers = (value: Plain | undefined): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');

export const isPackedFiles = (value: Plain | undefined): value is PackedFiles => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { paths, algorithm, digests, flags, sizes, modes } = value as { readonly [name: string]: Plain };
  return (
    typeof paths === 'string' &&
    typeof algorithm === 'string' &&
    typeof digests === 'string' &&
    [flags, sizes, modes].every(isNumbers)
  );
};

/** Paths with their one digest, or '': less to make than whole files. */
export const unpackDigests = (packed: PackedFiles): ReadonlyMap<string, string> =>
  new Map(
    unpackPaths(packed.paths).map((path, position) => [
      path,
      packed.digests.slice(position * keptDigits, (position + 1) * keptDigits).trimEnd(),
    ]),
  );

const known = (value: number | undefined): value is number => value !== undefined && value >= 0;

/** Digests are shortened to `keptDigits`. */
export const unpackFiles = (packed: PackedFiles): readonly PackageFile[] => {
  const algorithm = algorithms.find((name) => name === packed.algorithm);
  return unpackPaths(packed.paths).map((path, position): PackageFile => {
    const digest = packed.digests.slice(position * keptDigits, (position + 1) * keptDigits).trimEnd();
    const flags = packed.flags[position] ?? 0;
    const [size, mode] = [packed.sizes[position], packed.modes[position]];
    const state = stateLetters[((flags >> 2) & 7) - 1];
    const type = typeLetters[(flags >> 5) - 1];
    return {
      path,
      digests: algorithm === undefined || digest === '' ? {} : { [algorithm]: digest },
      ...((flags & 1) === 0 ? {} : { conffile: true }),
      ...((flags & 2) === 0 ? {} : { ghost: true }),
      ...(state === undefined ? {} : { state }),
      ...(type === undefined ? {} : { type }),
      ...(known(size) ? { size } : {}),
      ...(known(mode) ? { mode } : {}),
    };
  });
};
