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
  /** How many native programs are what their packages delivered. */
  readonly matching: number;
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
const fits = (digits: string | undefined, found: string | undefined): boolean | undefined =>
  digits === undefined || digits.length < keptDigits || found === undefined ? undefined : equalDigits(digits, found);

/** By the strongest digest that both have. */
const fitsDigest = (
  recorded: RecordedDigests,
  actual: { readonly sha256?: string } & WeakDigests,
): boolean | undefined =>
  fits(recorded.sha256, actual.sha256) ??
  fits(recorded['sha256-160'], actual.sha256) ??
  fits(recorded.sha1, actual.sha1) ??
  fits(recorded.md5, actual.md5);

export const mayBeExecuted = ({ type, kind, mode }: InventoryEntry): boolean =>
  type === 'file' && ((kind !== undefined && isProgram(kind)) || (mode & 0o111) !== 0);

type State = FileOwner['state'];

interface Judged {
  readonly state: State;
  readonly how?: ChangedFile['how'];
}

interface OwnedState extends Judged {
  readonly owned: Owned;
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

const noOwners: readonly Owned[] = [];

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
    if (known === undefined) return noOwners;
    return Array.isArray(known) ? known : [known];
  }
}

type Owner = Pick<PackageRecord, 'name'> & Partial<PackageRecord>;

/** Shared by all files of one package in one state: an image has tens of thousands. */
class OwnerObjects {
  readonly #known = new Map<Owner, Map<State, FileOwner>>();

  of(owner: Owner, state: State): FileOwner {
    const states = this.#known.get(owner);
    const known = states?.get(state);
    if (known !== undefined) return known;
    const { name, ecosystem } = owner;
    const made = { package: name, ...(ecosystem === undefined ? {} : { ecosystem }), state };
    if (states === undefined) this.#known.set(owner, new Map([[state, made]]));
    else states.set(state, made);
    return made;
  }
}

const nobody: Owner = { name: '' };

class Accountant {
  readonly #inputs: AccountInputs;
  readonly #owners = new Owners();
  /** Of the alternatives system. */
  readonly #links: ReadonlySet<string>;
  readonly #objects = new OwnerObjects();
  readonly #ownership = new Map<string, FileOwner>();
  readonly #changed: ChangedFile[] = [];
  #matching = 0;
  readonly #unowned: (readonly [string, InventoryEntry])[] = [];
  readonly #unchecked: (readonly [string, InventoryEntry, Owned])[] = [];

  constructor(inputs: AccountInputs) {
    const { tree, packages, alternatives } = inputs;
    this.#inputs = inputs;
    for (const record of packages)
      for (const file of record.files ?? [])
        if (file.path !== '' && file.type !== 'directory')
          this.#owners.add(tree.canonical(file.path), { record, file });
    this.#links = new Set([...alternatives.keys()].map((path) => tree.canonical(path)));
  }

  accounts(): Accounts {
    this.#inputs.tree.forEach((path, stated) => this.#accountFor(path, stated));
    return {
      ownership: this.#ownership,
      changed: this.#changed,
      matching: this.#matching,
      unowned: this.#unowned,
      unchecked: this.#unchecked,
    };
  }

  #accountFor(path: string, stated: InventoryEntry): void {
    const content = stated.type === 'hardlink' ? this.#inputs.tree.resolve(path) : stated;
    // A hard link is the file that it leads to, under another name.
    const { layerIndex } = stated;
    const entry = content === undefined || content === stated ? stated : { ...content, path: stated.path, layerIndex };
    const owners = this.#owners.of(path);
    if (owners.length > 0) {
      this.#accountForOwned(path, entry, this.#bestOf(owners, stated, entry, content));
      return;
    }
    const runs = mayBeExecuted(entry);
    const maker = this.#links.has(path) || isExpectedFile(path, runs) ? nobody : this.#makerOf(path);
    if (maker !== undefined) this.#ownership.set(entry.path, this.#objects.of(maker, 'expected'));
    else if (runs) this.#unowned.push([path, entry]);
  }

  /** Of what is made from a file that a package delivers. */
  #makerOf(path: string): Owner | undefined {
    const source = pythonSourceOf(path);
    return source === undefined ? undefined : this.#owners.of(source)[0]?.record;
  }

  #bestOf(
    owners: readonly Owned[],
    stated: InventoryEntry,
    entry: InventoryEntry,
    content: InventoryEntry | undefined,
  ): OwnedState {
    const { tree, weakDigests } = this.#inputs;
    const weak = content === undefined ? undefined : weakDigests(content);
    const isForeign =
      content !== undefined &&
      content !== stated &&
      mayBeExecuted(content) &&
      this.#owners.of(tree.canonical(content.path)).length === 0;
    const judge = (owned: Owned): OwnedState => {
      const judged = compare(owned.file, entry, content, weak);
      // No package links its program to a file that nobody owns; one that was not compared for its place is still another.
      return judged.state === 'unchecked' && isForeign && Object.keys(owned.file.digests).length > 0
        ? { owned, state: 'changed', how: 'content' }
        : { owned, ...judged };
    };
    return owners
      .map(judge)
      .reduce((best, other) => (order.indexOf(other.state) < order.indexOf(best.state) ? other : best));
  }

  #accountForOwned(path: string, entry: InventoryEntry, { owned, state: found, how }: OwnedState): void {
    const isAlternative = entry.type === 'symlink' && this.#links.has(path);
    const state = found === 'changed' && isAlternative ? 'expected' : found;
    this.#ownership.set(entry.path, this.#objects.of(owned.record, state));
    if (state === 'matching' && entry.kind === 'elf') this.#matching += 1;
    if (state === 'changed' && how !== undefined)
      this.#changed.push({ path, entry, record: owned.record, file: owned.file, how });
    else if (state === 'unchecked' && mayBeExecuted(entry)) this.#unchecked.push([path, entry, owned]);
  }
}

export const account = (inputs: AccountInputs): Accounts => new Accountant(inputs).accounts();
