/**
 * Names of one layer, in its order → where engines put them: each layer is unpacked into a folder of its own, and the links
 * that it has made there are followed, inside that folder (OCI image specification, layer.md; path_resolution(7)).
 */
import type { FileEntry } from '../core/file-entry.ts';
import { overLimit } from '../core/fault.ts';
import { baseName, normalisePath, parentOf } from '../core/path.ts';
import type { OnRemark } from './wrapper.ts';

/** Linux, path_resolution(7): more links than this in one path are an error. */
const maximumLinks = 40;
/** Linux, PATH_MAX: no engine can make what is longer. */
const longestPath = 4096;
/** Characters of names compared in one layer, far more than honest ones need: long paths through many links are dear to follow. */
const maximumWork = 2 ** 30;

/** `path`, which lies in the folder `parent`, in `folder` instead. */
const joined = (parent: string, folder: string, path: string): string =>
  folder === parent ? path : folder === '' ? baseName(path) : `${folder}/${baseName(path)}`;

/** One for each layer. */
export class Landing {
  readonly #remark: OnRemark;
  /** Place of each symbolic link that the layer has made so far → its target. */
  readonly #links = new Map<string, string>();
  /** Neighbours in a tar share their folder; undefined where it has to be looked for anew. */
  #lastFolder: string | undefined;
  #lastPlace = '';
  #work = 0;

  constructor(remark: OnRemark) {
    this.#remark = remark;
  }

  /**
   * To be called with every entry, in order. The entry where it lands; `storedAs` is what the layer calls it where that differs,
   * which is remarked on: readers that go by names see it elsewhere. What leads in a circle stays as it is written: engines refuse it.
   * @throws {Fault} limit `LAYER_LINKS_TOO_MANY`
   */
  land(entry: FileEntry): FileEntry {
    if (this.#links.size === 0) {
      if (entry.type === 'symlink') this.#links.set(entry.path, entry.target ?? '');
      return entry;
    }
    const parent = parentOf(entry.path);
    if (parent !== this.#lastFolder) {
      this.#lastPlace = this.#meetsLink(parent) ? (this.#resolve(parent) ?? this.#refused(entry.path, parent)) : parent;
      this.#lastFolder = parent;
    }
    const path = joined(parent, this.#lastPlace, entry.path);
    const target = entry.type === 'symlink' ? (entry.target ?? '') : this.#sharedTarget(entry);
    if (target !== undefined) {
      this.#links.set(path, target);
      this.#lastFolder = undefined;
    }
    // What is unpacked over a link takes its place.
    else if (this.#links.delete(path)) this.#lastFolder = undefined;
    if (path === entry.path) return entry;
    this.#remark({
      kind: 'ambiguity',
      code: 'LAYER_PATH_THROUGH_LINK',
      where: path,
      reason: `the layer stores it as ${entry.path}, which leads through a link that the layer has made before`,
      bytes: 0,
    });
    return { ...entry, path, storedAs: entry.path };
  }

  /** Where a path leads now, the last name as it is. What leads in a circle stays as it is written. */
  placeOf(path: string): string {
    if (this.#links.size === 0) return path;
    const parent = parentOf(path);
    return this.#meetsLink(parent) ? joined(parent, this.#resolve(parent) ?? parent, path) : path;
  }

  /** Where a path leads now, the last name followed too; undefined for a circle. */
  follow(path: string): string | undefined {
    return this.#resolve(path);
  }

  #refused(path: string, parent: string): string {
    const reason = 'its path leads through links in a circle: engines refuse the layer, other readers show the file';
    this.#remark({ kind: 'ambiguity', code: 'LAYER_LINK_BROKEN', where: path, reason, bytes: 0 });
    return parent;
  }

  /** A hard link to a symbolic link is the same link under another name. */
  #sharedTarget({ type, target = '' }: FileEntry): string | undefined {
    if (type !== 'hardlink') return undefined;
    const { path } = normalisePath(target);
    const parent = parentOf(path);
    const folder = this.#meetsLink(parent) ? this.#resolve(parent) : parent;
    return folder === undefined ? undefined : this.#links.get(joined(parent, folder, path));
  }

  #spend(characters: number): void {
    this.#work += characters;
    if (this.#work > maximumWork)
      throw overLimit('LAYER_LINKS_TOO_MANY', 'paths through links cost more to follow than any honest layer’s', '');
  }

  #meetsLink(path: string): boolean {
    if (path === '' || path.length > longestPath) return false;
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      this.#spend(end);
      if (this.#links.has(path.slice(0, end))) return true;
    }
    return this.#links.has(path);
  }

  /** As the kernel does with the layer's folder as root; undefined for a circle, and for what cannot be. */
  #resolve(path: string): string | undefined {
    const left = path.split('/').toReversed();
    let here = '';
    let links = 0;
    for (let part = left.pop(); part !== undefined; part = left.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        here = parentOf(here);
        continue;
      }
      const next = here === '' ? part : `${here}/${part}`;
      if (next.length > longestPath) return undefined;
      this.#spend(next.length);
      const target = this.#links.get(next);
      if (target === undefined) {
        here = next;
        continue;
      }
      links += 1;
      if (links > maximumLinks || target.length > longestPath) return undefined;
      if (target.startsWith('/')) here = '';
      left.push(...target.split('/').toReversed());
    }
    return here;
  }
}
