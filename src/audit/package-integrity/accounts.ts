/** Packages with their files, and the final tree → an account of every file: whose it is, and whether it is what the package delivered. Pure. */
import type { FileOwner, InventoryEntry } from '../../core/analyzer.ts';
import { isProgram } from '../../core/file-kind.ts';
import type { PackageFile, PackageRecord, RecordedDigests } from '../../core/package-record.ts';
import type { WeakDigests } from './checked-files.ts';
import { isExpectedFile, pythonSourceOf } from './expected-files.ts';
import type { FinalTree } from './final-tree.ts';
import { keptDigits } from './packed-files.ts';

/** A file that is not what its package delivered. */
export interface ChangedFile {
  readonly path: string;
  readonly entry: InventoryEntry;
  readonly record: PackageRecord;
  readonly file: PackageFile;
  /** - `content`: another digest - `link`: a symbolic link stands where a file was delivered - `size`: the digest fits and the size does not, which cannot be */
  readonly how: 'content' | 'link' | 'size';
}

export interface Accounts {
  /** By path as in the inventory: all files of the final tree but the unowned ones. */
  readonly ownership: ReadonlyMap<string, FileOwner>;
  readonly changed: readonly ChangedFile[];
  /** Programs, and whatever may be executed, that nobody owns or expects. By canonical path. */
  readonly unowned: readonly (readonly [path: string, entry: InventoryEntry])[];
  /** Programs with an owner and nothing to compare with. */
  readonly unchecked: readonly (readonly [path: string, entry: InventoryEntry, owned: Owned])[];
}

export interface Owned {
  readonly record: PackageRecord;
  readonly file: PackageFile;
}

export interface AccountInputs {
  readonly tree: FinalTree;
  readonly packages: readonly PackageRecord[];
  /** MD5 and SHA-1 of a file, as far as they were taken. */
  readonly weakDigests: (entry: InventoryEntry) => WeakDigests | undefined;
  readonly alternatives: ReadonlyMap<string, readonly string[]>;
}

/** Of no bytes: never worth taking. */
const emptyDigests = {
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
} as const;

/** Shortened digests are compared as far as both go. */
const equalDigits = (one: string, other: string): boolean => {
  const length = Math.min(one.length, other.length);
  return length >= keptDigits && one.slice(0, length) === other.slice(0, length);
};

/** undefined: nothing to compare. */
const fitsDigest = (
  recorded: RecordedDigests,
  actual: { readonly sha256?: string } & WeakDigests,
): boolean | undefined => {
  for (const [name, digits] of [
    ['sha256', recorded.sha256],
    ['sha256', recorded['sha256-160']],
    ['sha1', recorded.sha1],
    ['md5', recorded.md5],
  ] as const) {
    const found = actual[name];
    if (digits !== undefined && digits.length >= keptDigits && found !== undefined) return equalDigits(digits, found);
  }
  return undefined;
};

export const mayBeExecuted = ({ type, kind, mode }: InventoryEntry): boolean =>
  type === 'file' && ((kind !== undefined && isProgram(kind)) || (mode & 0o111) !== 0);

type State = FileOwner['state'];

interface Judged {
  readonly state: State;
  readonly how?: ChangedFile['how'];
}

const isDelivered = ({ ghost, state, type }: PackageFile): boolean =>
  ghost !== true && state === undefined && type !== 'directory';

/** What one package's record makes of one file. `content`: the file that a hard link leads to. */
const compare = (
  file: PackageFile,
  entry: InventoryEntry,
  content: InventoryEntry | undefined,
  weak: WeakDigests | undefined,
): Judged => {
  if (!isDelivered(file)) return { state: 'expected' };
  const isRegular = file.type === 'file' || (file.type === undefined && Object.keys(file.digests).length > 0);
  if (entry.type === 'symlink')
    // apk records links with a digest and without a type.
    return isRegular && file.digests.sha1 === undefined && file.conffile !== true
      ? { state: 'changed', how: 'link' }
      : { state: 'unchecked' };
  if (content === undefined) return { state: 'unchecked' };
  const { sha256, size } = content;
  const actual = { ...(size === 0 ? emptyDigests : weak), ...(sha256 === undefined ? {} : { sha256 }) };
  const fits = fitsDigest(file.digests, actual);
  if (fits === undefined) return { state: 'unchecked' };
  if (fits)
    return file.size !== undefined && file.size !== size ? { state: 'changed', how: 'size' } : { state: 'matching' };
  return file.conffile === true ? { state: 'expected' } : { state: 'changed', how: 'content' };
};

const order: readonly State[] = ['matching', 'expected', 'unchecked', 'changed'];

/** Of several packages with one file the one that fits best is its owner: they share it, or one replaced the other's. */
class Owners {
  readonly #byPath = new Map<string, Owned | Owned[]>();

  add(path: string, owned: Owned): void {
    const known = this.#byPath.get(path);
    if (known === undefined) this.#byPath.set(path, owned);
    else if (Array.isArray(known)) known.push(owned);
    else this.#byPath.set(path, [known, owned]);
  }

  of(path: string): readonly Owned[] {
    const known = this.#byPath.get(path);
    if (known === undefined) return [];
    return Array.isArray(known) ? known : [known];
  }
}

/** Shared by all files of one package in one state: an image has tens of thousands. */
class OwnerObjects {
  readonly #known = new Map<string, FileOwner>();

  of({ name, ecosystem }: Pick<PackageRecord, 'name'> & Partial<PackageRecord>, state: State): FileOwner {
    const key = `${state} ${ecosystem ?? ''} ${name}`;
    const found = this.#known.get(key) ?? { package: name, ...(ecosystem === undefined ? {} : { ecosystem }), state };
    this.#known.set(key, found);
    return found;
  }
}

const nobody = { name: '' } as const;

export const account = ({ tree, packages, weakDigests, alternatives }: AccountInputs): Accounts => {
  const owners = new Owners();
  for (const record of packages)
    for (const file of record.files ?? [])
      if (file.path !== '' && file.type !== 'directory') owners.add(tree.canonical(file.path), { record, file });
  const links = new Set([...alternatives.keys()].map((path) => tree.canonical(path)));
  const objects = new OwnerObjects();
  const ownership = new Map<string, FileOwner>();
  const changed: ChangedFile[] = [];
  const unowned: (readonly [string, InventoryEntry])[] = [];
  const unchecked: (readonly [string, InventoryEntry, Owned])[] = [];
  for (const [path, stated] of tree.files) {
    const content = stated.type === 'hardlink' ? tree.resolve(path) : stated;
    // A hard link is the file that it leads to, under another name.
    const { layerIndex } = stated;
    const entry = content === undefined || content === stated ? stated : { ...content, path: stated.path, layerIndex };
    const weak = content === undefined ? undefined : weakDigests(content);
    const isForeign =
      content !== undefined &&
      content !== stated &&
      mayBeExecuted(content) &&
      owners.of(tree.canonical(content.path)).length === 0;
    let best: { readonly owned: Owned; readonly judged: Judged } | undefined;
    for (const owned of owners.of(path)) {
      const found = compare(owned.file, entry, content, weak);
      // No package links its program to a file that nobody owns; one that was not compared for its place is still another.
      const judged: Judged =
        found.state === 'unchecked' && isForeign && Object.keys(owned.file.digests).length > 0
          ? { state: 'changed', how: 'content' }
          : found;
      if (best === undefined || order.indexOf(judged.state) < order.indexOf(best.judged.state))
        best = { owned, judged };
    }
    if (best !== undefined) {
      const { owned, judged } = best;
      const isAlternative = entry.type === 'symlink' && links.has(path);
      const state = judged.state === 'changed' && isAlternative ? 'expected' : judged.state;
      ownership.set(entry.path, objects.of(owned.record, state));
      if (state === 'changed' && judged.how !== undefined)
        changed.push({ path, entry, record: owned.record, file: owned.file, how: judged.how });
      else if (state === 'unchecked' && mayBeExecuted(entry)) unchecked.push([path, entry, owned]);
      continue;
    }
    if (links.has(path) || isExpectedFile(path, mayBeExecuted(entry))) {
      ownership.set(entry.path, objects.of(nobody, 'expected'));
      continue;
    }
    const source = pythonSourceOf(path);
    const [made] = source === undefined ? [] : owners.of(source);
    if (made !== undefined) ownership.set(entry.path, objects.of(made.record, 'expected'));
    else if (mayBeExecuted(content ?? entry)) unowned.push([path, entry]);
  }
  return { ownership, changed, unowned, unchecked };
};
