/** Many literals, found in a text in one pass: each by one sequence of a few characters in it (a gram) that few others have. */

/** A literal and what it stands for. */
export interface Literal {
  readonly text: string;
  readonly rules: readonly number[];
}

interface Place {
  readonly text: string;
  /** How many characters of the literal stand before the end of its gram. */
  readonly before: number;
  readonly rules: readonly number[];
}

/** Spreads character codes; any odd constant serves. */
const mix = (code: number): number => Math.imul(code, 0x9e3779b1) >>> 7;

const mixed = Int32Array.from({ length: 256 }, (_, code) => mix(code));

/** The literals that are at least `length` long, by grams of that length. */
class GramTable {
  readonly #shift: number;
  readonly #mask: number;
  /** One bit for each hash: whether any literal has it. Small enough to stay in the processor's cache. */
  readonly #known: Uint32Array;
  readonly #places = new Map<number, Place[]>();

  constructor(literals: readonly Literal[], length: number) {
    // A multiple of the length, so that the character before the gram has been shifted out.
    const bits = length === 4 && literals.length > 2000 ? 20 : 16;
    this.#shift = bits / length;
    this.#mask = 2 ** bits - 1;
    this.#known = new Uint32Array(2 ** (bits - 5));
    const counts = new Map<number, number>();
    const hashes = literals.map(({ text }) => this.#hashes(text, length));
    for (const list of hashes) for (const hash of new Set(list)) counts.set(hash, (counts.get(hash) ?? 0) + 1);
    for (const [position, { text, rules }] of literals.entries()) {
      const list = hashes[position] ?? [];
      let best = 0;
      for (const [at, hash] of list.entries())
        if ((counts.get(hash) ?? 0) < (counts.get(list[best] ?? 0) ?? 0)) best = at;
      const hash = list[best] ?? 0;
      const word = hash >>> 5;
      this.#known[word] = (this.#known[word] ?? 0) | (1 << (hash & 31));
      const place = { text, before: best + length - 1, rules };
      const places = this.#places.get(hash);
      if (places === undefined) this.#places.set(hash, [place]);
      else places.push(place);
    }
  }

  #hashes(text: string, length: number): readonly number[] {
    const hashes: number[] = [];
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      hash = ((hash << this.#shift) ^ mix(text.charCodeAt(at))) & this.#mask;
      if (at >= length - 1) hashes.push(hash);
    }
    return hashes;
  }

  find(text: string, found: (rules: readonly number[]) => void): void {
    const known = this.#known;
    const shift = this.#shift;
    const mask = this.#mask;
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      hash = ((hash << shift) ^ (code < 256 ? (mixed[code] ?? 0) : mix(code))) & mask;
      if (((known[hash >>> 5] ?? 0) & (1 << (hash & 31))) === 0) continue;
      for (const place of this.#places.get(hash) ?? [])
        if (at >= place.before && text.startsWith(place.text, at - place.before)) found(place.rules);
    }
  }
}

/** Finds literals of any length from one character. */
export class GramIndex {
  readonly #tables: readonly GramTable[];

  constructor(literals: readonly Literal[]) {
    const long = literals.filter(({ text }) => text.length >= 4);
    const short = literals.filter(({ text }) => text.length === 2 || text.length === 3);
    const single = literals.filter(({ text }) => text.length === 1);
    this.#tables = [
      { of: long, length: 4 },
      { of: short, length: 2 },
      { of: single, length: 1 },
    ]
      .filter(({ of }) => of.length > 0)
      .map(({ of, length }) => new GramTable(of, length));
  }

  /** Calls `found` for each literal at least once when it is in the text. */
  find(text: string, found: (rules: readonly number[]) => void): void {
    for (const table of this.#tables) table.find(text, found);
  }
}
