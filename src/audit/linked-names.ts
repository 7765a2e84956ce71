/**
 * Hard links whose names say more than those of the files they lead to → contents that have to be read once more, under those names:
 * a file comes before its links, and by then its bytes are gone.
 */
import { collect } from '../core/collect.ts';
import type { FileEntry, FileHeader } from '../core/file-entry.ts';
import { normalisePath } from '../core/path.ts';
import type { OnRemark } from '../formats/wrapper.ts';

/** Files that are read because of their names are small; of a larger one nothing is read under another name. */
const largestContent = 8 * 2 ** 20;
/** All contents that wait for their links. */
const largestHeld = 64 * 2 ** 20;

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

  /** `readsAs`: as what a file is read because it lies there; '' where nobody does. */
  constructor(readsAs: (path: string) => string) {
    this.#readsAs = readsAs;
  }

  get areTelling(): boolean {
    return this.#telling.length > 0;
  }

  /** Every hard link of the first reading, with its position. `land`: where a path of the layer lands. */
  note({ path, target = '' }: FileHeader, index: number, land: Land): void {
    const source = land(normalisePath(target).path);
    this.#targets.set(path, source);
    const place = this.#readsAs(path);
    if (place !== '' && place !== this.#readsAs(source)) this.#telling.push({ index, path });
  }

  /** Paths whose contents are asked for, directly or through further links. */
  #wanted(): ReadonlySet<string> {
    const wanted = new Set<string>();
    for (const { path } of this.#telling)
      for (let source = this.#targets.get(path); source !== undefined && !wanted.has(source);) {
        wanted.add(source);
        source = this.#targets.get(source);
      }
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
    const held = new Map<string, Uint8Array | 'too large'>();
    let total = 0;
    let next = 0;
    for await (const entry of entries) {
      const { path, type } = entry;
      if (type === 'file' && wanted.has(path)) {
        if (entry.size > largestContent || total + entry.size > largestHeld) held.set(path, 'too large');
        else {
          const bytes = await collect(entry.content(), entry.size);
          total += bytes.length;
          held.set(path, bytes);
          yield { ...entry, content: () => once(bytes) };
          continue;
        }
      } else if (type === 'hardlink') {
        const bytes = held.get(land(normalisePath(entry.target ?? '').path));
        if (bytes !== undefined && wanted.has(path)) held.set(path, bytes);
        const telling = this.#telling[next];
        if (telling?.path === path) {
          next += 1;
          if (bytes === 'too large')
            remark({
              kind: 'gap',
              code: 'LAYER_LINKS_UNREAD',
              where: path,
              reason: `the hard link to ${entry.target ?? ''} was not read under its own name: the file is too large`,
              bytes: 0,
            });
          else if (bytes !== undefined)
            await give(telling.index, { ...entry, type: 'file', size: bytes.length }, bytes);
        }
      }
      yield entry;
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
