/**
 * Links of a layer whose names say more than those of the files they lead to → contents that have to be read once more, under those
 * names: what a file is called elsewhere is mostly known when its bytes are gone.
 */
import { collect } from '../core/collect.ts';
import type { FileEntry, FileHeader } from '../core/file-entry.ts';
import { normalisePath } from '../core/path.ts';
import type { OnRemark } from '../formats/wrapper.ts';

/** Files that are read because of their names are small; of a larger one nothing is read under another name. */
const largestContent = 8 * 2 ** 20;
/** All contents that wait for their links. */
const largestHeld = 64 * 2 ** 20;

/** File systems of the kernel are mounted there before anything starts: what a layer stores below is never seen. `/dev/null` masks services. */
const isMounted = (path: string): boolean => /^(?:dev|proc|sys)\//.test(path);

interface Telling {
  readonly index: number;
  readonly path: string;
}

type Land = (path: string) => string;

export class LinkedNames {
  readonly #readsAs: (path: string) => string;
  /** Every hard link and where it leads, in the layer's order. */
  readonly #targets = new Map<string, string>();
  readonly #telling: Telling[] = [];
  readonly #symbolic: (Telling & { readonly place: string })[] = [];
  /** Symbolic links by the file that they lead to. */
  readonly #linksTo = new Map<string, Telling[]>();

  /** `readsAs`: as what a file is read because it lies there; '' where nobody does. */
  constructor(readsAs: (path: string) => string) {
    this.#readsAs = readsAs;
  }

  get areTelling(): boolean {
    return this.#telling.length > 0 || this.#linksTo.size > 0;
  }

  /** Every link of the first reading, with its position. `land`: where a path of the layer lands. */
  note({ path, type, target = '' }: FileHeader, index: number, land: Land): void {
    if (type === 'symlink') {
      const place = this.#readsAs(path);
      if (place !== '') this.#symbolic.push({ index, path, place });
      return;
    }
    const source = land(normalisePath(target).path);
    this.#targets.set(path, source);
    const place = this.#readsAs(path);
    if (place !== '' && place !== this.#readsAs(source)) this.#telling.push({ index, path });
  }

  /** After the last entry. `follow`: where a path leads in the end, as far as this layer tells. */
  settle(follow: (path: string) => string | undefined): void {
    for (const { index, path, place } of this.#symbolic) {
      const source = follow(path);
      if (source === undefined || source === path || isMounted(source) || this.#readsAs(source) === place) continue;
      const links = this.#linksTo.get(source);
      if (links === undefined) this.#linksTo.set(source, [{ index, path }]);
      else links.push({ index, path });
    }
  }

  /** Paths whose contents are asked for, directly or through further links. */
  #wanted(): ReadonlySet<string> {
    const wanted = new Set<string>();
    const sources = [...this.#linksTo.keys(), ...this.#telling.map(({ path }) => this.#targets.get(path))];
    for (let source of sources)
      for (; source !== undefined && !wanted.has(source); source = this.#targets.get(source)) wanted.add(source);
    return wanted;
  }

  /**
   * The entries of the same layer, once more, which are passed on; `give` gets each content under the name of a telling link, and
   * its position. What cannot be held is a gap `LAYER_LINKS_UNREAD`.
   */
  async *contents(
    entries: AsyncIterable<FileEntry>,
    land: Land,
    give: (index: number, header: FileHeader, bytes: Uint8Array) => Promise<void>,
    remark: OnRemark,
  ): AsyncGenerator<FileEntry> {
    const wanted = this.#wanted();
    const giveTo = async (
      { index, path }: Telling,
      entry: FileHeader,
      bytes: Uint8Array | 'too large',
    ): Promise<void> => {
      if (bytes !== 'too large') return give(index, { ...entry, path, type: 'file', size: bytes.length }, bytes);
      const reason = 'the file that the link leads to was not read under this name: it is too large';
      remark({ kind: 'gap', code: 'LAYER_LINKS_UNREAD', where: path, reason, bytes: 0 });
    };
    const giveToLinks = async (entry: FileHeader, bytes: Uint8Array | 'too large'): Promise<void> => {
      for (const telling of this.#linksTo.get(entry.path) ?? []) await giveTo(telling, entry, bytes);
    };
    const held = new Map<string, Uint8Array | 'too large'>();
    let total = 0;
    let next = 0;
    for await (const entry of entries) {
      const { path, type } = entry;
      if (type === 'file' && wanted.has(path)) {
        if (entry.size > largestContent || total + entry.size > largestHeld) {
          held.set(path, 'too large');
          await giveToLinks(entry, 'too large');
        } else {
          const bytes = await collect(entry.content(), entry.size);
          total += bytes.length;
          held.set(path, bytes);
          await giveToLinks(entry, bytes);
          yield { ...entry, content: () => once(bytes) };
          continue;
        }
      } else if (type === 'hardlink') {
        const bytes = held.get(land(normalisePath(entry.target ?? '').path));
        if (bytes !== undefined && wanted.has(path)) {
          held.set(path, bytes);
          await giveToLinks(entry, bytes);
        }
        const telling = this.#telling[next];
        if (telling?.path === path) {
          next += 1;
          if (bytes !== undefined) await giveTo(telling, entry, bytes);
        }
      }
      yield entry;
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
