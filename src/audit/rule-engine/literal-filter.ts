/**
 * Many rules' needs → which of the rules a content could match at all, at about a gigabyte a second. The content is read as aligned
 * words of four bytes, case folded; a bit map says whether a word stands in any literal, and then the literal is compared. Of a
 * literal of seven bytes four words in a row are in the map, so that one of them is aligned wherever the literal lies. Shorter ones
 * have two words in a map of their own, for which the content is read at every second byte.
 */
import { rarity } from './literal-rarity.ts';
import type { Need } from './need.ts';

/** Folds letters; what else it makes equal is told apart by the comparison. */
const fold = 0x5f5f5f5f;
const spread = 0x9e3779b1;
const mapBits = 19;
const mapShift = 32 - mapBits;

const lower = Uint8Array.from({ length: 256 }, (_, code) => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code));

interface Entry {
  readonly literal: number;
  readonly bytes: Uint8Array;
  /** Where in the literal the word lies. */
  readonly at: number;
}

/** The word of four bytes at a place, as the content is read: in this machine's byte order. */
const scratch = new ArrayBuffer(4);
const scratchBytes = new Uint8Array(scratch);
const scratchWord = new Int32Array(scratch);
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const wordAt = (bytes: Uint8Array, at: number): number => {
  scratchBytes.set(bytes.subarray(at, at + 4));
  return (scratchWord[0] ?? 0) & fold;
};

/** Words at `step` bytes' distance, looked up in one bit map. */
class WordMap {
  readonly #bits = new Uint8Array(1 << (mapBits - 3));
  readonly #entries = new Map<number, Entry[]>();
  readonly #wordsOfEach: number;

  constructor(wordsOfEach: number) {
    this.#wordsOfEach = wordsOfEach;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Picks the stretch of the literal whose words are rarest. */
  add(literal: number, text: string): void {
    const bytes = Uint8Array.from(Buffer.from(text, 'latin1'));
    let best = 0;
    let bestScore = -1;
    for (let start = 0; start + this.#wordsOfEach + 3 <= bytes.length; start += 1) {
      let score = 0;
      for (let at = start; at < start + this.#wordsOfEach; at += 1) score += wordScore(text.slice(at, at + 4));
      if (score > bestScore) {
        bestScore = score;
        best = start;
      }
    }
    for (let at = best; at < best + this.#wordsOfEach; at += 1) {
      const word = wordAt(bytes, at);
      const bit = Math.imul(word, spread) >>> mapShift;
      this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
      const entries = this.#entries.get(word);
      if (entries === undefined) this.#entries.set(word, [{ literal, bytes, at }]);
      else entries.push({ literal, bytes, at });
    }
  }

  #look(word: number, content: Uint8Array, place: number, found: Uint8Array, hits: number[]): void {
    const entries = this.#entries.get(word);
    if (entries !== undefined) compare(entries, content, place, found, hits);
  }

  /** Adds to `hits` the literals found by aligned words. `found` keeps each to once. */
  searchAligned(content: Uint8Array, found: Uint8Array, hits: number[]): void {
    const first = alignedOffset(content);
    const words = alignedWords(content, first);
    const bits = this.#bits;
    for (let index = 0; index < words.length; index += 1) {
      const word = (words[index] as number) & fold;
      const bit = Math.imul(word, spread) >>> mapShift;
      if (((bits[bit >>> 3] as number) & (1 << (bit & 7))) !== 0)
        this.#look(word, content, first + index * 4, found, hits);
    }
  }

  /** The same by the words at every second byte, which for every other one means two halves of neighbours. */
  searchEverySecond(content: Uint8Array, found: Uint8Array, hits: number[]): void {
    const first = alignedOffset(content);
    const words = alignedWords(content, first);
    const bits = this.#bits;
    let before = 0;
    for (let index = 0; index < words.length; index += 1) {
      const own = (words[index] as number) & fold;
      const between = isLittleEndian ? (before >>> 16) | (own << 16) : (before << 16) | (own >>> 16);
      const bit = Math.imul(own, spread) >>> mapShift;
      const bitBetween = Math.imul(between, spread) >>> mapShift;
      if (((bits[bit >>> 3] as number) & (1 << (bit & 7))) !== 0)
        this.#look(own, content, first + index * 4, found, hits);
      if (((bits[bitBetween >>> 3] as number) & (1 << (bitBetween & 7))) !== 0 && index > 0)
        this.#look(between, content, first + index * 4 - 2, found, hits);
      before = own;
    }
    const end = content.length - 4;
    for (let place = 0; place < Math.min(first, end + 1); place += 1)
      this.#look(wordAt(content, place), content, place, found, hits);
    for (let place = Math.max(0, end - 4); place <= end; place += 1)
      this.#look(wordAt(content, place), content, place, found, hits);
  }
}

/** Where the first word begins that the processor can read in one piece. */
const alignedOffset = (content: Uint8Array): number => (4 - (content.byteOffset & 3)) & 3;

const alignedWords = (content: Uint8Array, first: number): Int32Array =>
  content.length < first + 4
    ? new Int32Array(0)
    : new Int32Array(content.buffer, content.byteOffset + first, (content.length - first) >> 2);

/** The commonest pairs of letters in texts and sources. */
const commonPairs = new Set(
  (
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce ' +
    'li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ' +
    'ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ' +
    'ex ke ui fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls ' +
    'va um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ' +
    'ip ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn sm fl iz ok nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs ' +
    'dy hy ze ks xt bs ik dd pt rp sk xi oe oy ws lv dl rf eu dg wr xa yi nm eb rb tm xc eh tc gy ja hn yp za gg ym sw bj lm cs ii'
  ).split(' '),
);

/** Pairs that are rare, and characters that differ from one another. */
const wordScore = (word: string): number => {
  const text = word.toLowerCase();
  let score = new Set(text).size + (rarity(text) - text.length);
  for (let at = 0; at < 3; at += 1) {
    const pair = text.slice(at, at + 2);
    score += commonPairs.has(pair) ? 0 : /^[a-z ]{2}$/.test(pair) ? 3 : 4;
  }
  return score;
};

const compare = (
  entries: readonly Entry[],
  content: Uint8Array,
  place: number,
  found: Uint8Array,
  hits: number[],
): void => {
  for (const { literal, bytes, at } of entries) {
    if (found[literal] === 1) continue;
    const first = place - at;
    if (first < 0 || first + bytes.length > content.length) continue;
    let index = 0;
    while (index < bytes.length && lower[content[first + index] ?? 0] === lower[bytes[index] ?? 0]) index += 1;
    if (index < bytes.length) continue;
    found[literal] = 1;
    hits.push(literal);
  }
};

/** A need with its literals numbered. */
type NumberedNeed = readonly number[] | { readonly count: number; readonly of: readonly NumberedNeed[] };

const isNumbers = (need: NumberedNeed): need is readonly number[] => Array.isArray(need);

const shortestLong = 7;

export class LiteralFilter {
  readonly #long = new WordMap(4);
  readonly #short = new WordMap(2);
  readonly #needs: readonly NumberedNeed[];
  readonly #found: Uint8Array;
  /** For each literal the needs in which it stands. */
  readonly #users: number[][] = [];

  constructor(needs: readonly Need[]) {
    const numbers = new Map<string, number>();
    const number = (need: Need, user: number): NumberedNeed => {
      if ('of' in need) return { count: need.count, of: need.of.map((part) => number(part, user)) };
      return need.literals.map((literal) => {
        const key = literal.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
        const index = numbers.get(key) ?? numbers.size;
        numbers.set(key, index);
        (this.#users[index] ??= []).push(user);
        return index;
      });
    };
    this.#needs = needs.map(number);
    for (const [literal, index] of numbers)
      (literal.length >= shortestLong ? this.#long : this.#short).add(index, literal);
    this.#found = new Uint8Array(numbers.size);
  }

  /** Positions of the needs that this content meets, in order. */
  met(content: Uint8Array): readonly number[] {
    const hits: number[] = [];
    if (!this.#long.isEmpty) this.#long.searchAligned(content, this.#found, hits);
    if (!this.#short.isEmpty) this.#short.searchEverySecond(content, this.#found, hits);
    if (hits.length === 0) return [];
    const users = new Set(hits.flatMap((literal) => this.#users[literal] ?? []));
    const met = [...users].filter((user) => this.#holds(this.#needs[user] ?? [])).sort((one, other) => one - other);
    for (const literal of hits) this.#found[literal] = 0;
    return met;
  }

  #holds(need: NumberedNeed): boolean {
    if (isNumbers(need)) return need.some((literal) => this.#found[literal] === 1);
    let missing = need.count;
    for (const part of need.of) if (this.#holds(part)) missing -= 1;
    return missing <= 0;
  }
}
