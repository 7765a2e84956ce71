/** A content → the places in it where marked words may lie, at more than a gigabyte a second, by the WebAssembly of `assembly/word-search`. */
import { u32At } from '../../formats/little-endian.ts';
import { wordSearchModule } from './word-search.module.ts';

interface Searcher {
  readonly memory: WebAssembly.Memory;
  readonly PLACES: WebAssembly.Global;
  readonly CONTENT: WebAssembly.Global;
  readonly ROOM: WebAssembly.Global;
  readonly MAPS: WebAssembly.Global;
  mark(map: number, word: number): void;
  search(map: number, from: number, size: number): number;
  count(): number;
}

/** Maps share one memory, so that contents always lie in the same, which stays in the processor's cache. */
class Shelf {
  readonly searcher: Searcher;
  readonly bytes: Uint8Array;
  readonly places: DataView;
  used = 0;

  constructor() {
    const compiled = new WebAssembly.Module(Buffer.from(wordSearchModule, 'base64'));
    this.searcher = new WebAssembly.Instance(compiled).exports as unknown as Searcher;
    const { buffer } = this.searcher.memory;
    this.bytes = new Uint8Array(buffer);
    this.places = new DataView(buffer, this.searcher.PLACES.value);
  }
}

let newest: Shelf | undefined;

const wordSize = 4;
/** Folds letters, as the search does. */
const fold = 0x5f5f5f5f;
/** The folded word of four bytes at a place, as the search reads it. What folding makes equal is to be told apart by comparing. */
export const wordAt = (bytes: Uint8Array, at: number): number => u32At(bytes, at) & fold;

export class WordSearch {
  readonly #shelf: Shelf;
  readonly #map: number;

  constructor() {
    if (newest === undefined || newest.used >= newest.searcher.MAPS.value) newest = new Shelf();
    this.#shelf = newest;
    this.#map = newest.used;
    newest.used += 1;
  }

  /** From now on the folded word is looked for. */
  mark(word: number): void {
    this.#shelf.searcher.mark(this.#map, word);
  }

  /** Visits, in order, every even place at which a marked word begins, and a few others. */
  visit(content: Uint8Array, onPlace: (place: number) => void): void {
    const { searcher, bytes, places } = this.#shelf;
    const room = searcher.ROOM.value;
    const start = searcher.CONTENT.value;
    // A word may begin in the last bytes of one block and end in the next.
    for (let offset = 0; offset + wordSize <= content.length; offset += room - 2) {
      const block = content.length - offset <= room ? content.length - offset : room;
      bytes.set(offset === 0 && block === content.length ? content : content.subarray(offset, offset + block), start);
      for (let from = 0; from < block;) {
        from = searcher.search(this.#map, from, block);
        const end = wordSize * searcher.count();
        for (let at = 0; at < end; at += wordSize) onPlace(offset + places.getUint32(at, true));
      }
    }
  }
}
