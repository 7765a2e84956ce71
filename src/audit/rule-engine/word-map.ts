/**
 * Literals of five bytes and more → which of them a content holds, at about a gigabyte a second. The content is read as words of four
 * bytes at every second byte, case folded; of each literal two words in a row are in a bit map, so that one of them is met wherever the
 * literal lies. Where the bit of a word is set, the literals with that word are compared.
 */
import { rarity } from './literal-rarity.ts';

/** Folds letters; what else it makes equal is told apart by the comparison. */
const fold = 0x5f5f5f5f;
const spread = 0x9e3779b1;
/** 32 KiB: in the processor's nearest cache, and thin enough that a text sets few bits off. */
const bitShift = 32 - 18;
const headShift = 32 - 15;

const lower = Uint8Array.from({ length: 256 }, (_, code) => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code));

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The folded word of four bytes at a place, as the content is read: in this machine's byte order. */
const wordAt = (bytes: Uint8Array, at: number): number => {
  const [first = 0, second = 0, third = 0, fourth = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  const word = isLittleEndian
    ? first | (second << 8) | (third << 16) | (fourth << 24)
    : fourth | (third << 8) | (second << 16) | (first << 24);
  return word & fold;
};

/** Literals that share the high bits of a word's hash, as a list. */
interface Entry {
  readonly word: number;
  readonly literal: number;
  readonly bytes: Uint8Array;
  /** Where in the literal the word lies. */
  readonly at: number;
  readonly next: Entry | undefined;
}

export class WordMap {
  readonly #bits = new Int32Array(1 << (32 - bitShift - 5));
  readonly #entries = Array.from<Entry | undefined>({ length: 1 << (32 - headShift) });
  #isEmpty = true;

  /** `text`: one character a byte. Of its stretches the rarest stands for it. */
  add(literal: number, text: string): void {
    this.#isEmpty = false;
    const bytes = Uint8Array.from(Buffer.from(text, 'latin1'));
    const scores = Array.from({ length: text.length - 3 }, (_, at) => wordScore(text.slice(at, at + 4)));
    const stretches = Array.from({ length: text.length - 4 }, (_, at) => (scores[at] ?? 0) + (scores[at + 1] ?? 0));
    const best = stretches.indexOf(Math.max(...stretches));
    for (const at of [best, best + 1]) {
      const word = wordAt(bytes, at);
      const hash = Math.imul(word, spread);
      const bit = hash >>> bitShift;
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << bit);
      const head = hash >>> headShift;
      this.#entries[head] = { word, literal, bytes, at, next: this.#entries[head] };
    }
  }

  /** Adds to `hits` the literals that the content holds and `found` does not mark yet, and marks them there. */
  search(content: Uint8Array, found: Uint8Array, hits: number[]): void {
    if (this.#isEmpty) return;
    const first = (4 - (content.byteOffset & 3)) & 3;
    const end = content.length - 4;
    const words =
      end < first
        ? new Int32Array(0)
        : new Int32Array(content.buffer, content.byteOffset + first, (content.length - first) >> 2);
    const bits = this.#bits;
    let before = 0;
    let index = 0;
    // Two words at a time: a turn of a loop costs as much as one.
    for (const last = words.length - 1; index < last; index += 2) {
      const own = (words[index] as number) & fold;
      const next = (words[index + 1] as number) & fold;
      const ahead = isLittleEndian ? (before >>> 16) | (own << 16) : (before << 16) | (own >>> 16);
      const between = isLittleEndian ? (own >>> 16) | (next << 16) : (own << 16) | (next >>> 16);
      before = next;
      const aheadBit = Math.imul(ahead, spread) >>> bitShift;
      const ownBit = Math.imul(own, spread) >>> bitShift;
      const betweenBit = Math.imul(between, spread) >>> bitShift;
      const nextBit = Math.imul(next, spread) >>> bitShift;
      // A shift takes the low five bits of its distance.
      const isAhead = (bits[aheadBit >>> 5] as number) >>> aheadBit;
      const isOwn = (bits[ownBit >>> 5] as number) >>> ownBit;
      const isBetween = (bits[betweenBit >>> 5] as number) >>> betweenBit;
      const isNext = (bits[nextBit >>> 5] as number) >>> nextBit;
      if (((isAhead | isOwn | isBetween | isNext) & 1) === 0) continue;
      const place = first + index * 4;
      if ((isAhead & 1) === 1 && index > 0) this.#look(ahead, content, place - 2, found, hits);
      if ((isOwn & 1) === 1) this.#look(own, content, place, found, hits);
      if ((isBetween & 1) === 1) this.#look(between, content, place + 2, found, hits);
      if ((isNext & 1) === 1) this.#look(next, content, place + 4, found, hits);
    }
    // What lies before the first aligned word, and behind the last pair.
    for (let place = 0; place < first && place <= end; place += 1)
      this.#look(wordAt(content, place), content, place, found, hits);
    for (let place = Math.max(0, first + index * 4 - 2); place <= end; place += 1)
      this.#look(wordAt(content, place), content, place, found, hits);
  }

  #look(word: number, content: Uint8Array, place: number, found: Uint8Array, hits: number[]): void {
    for (let entry = this.#entries[Math.imul(word, spread) >>> headShift]; entry !== undefined; entry = entry.next) {
      const { literal, bytes } = entry;
      if (entry.word !== word || found[literal] === 1) continue;
      const start = place - entry.at;
      if (start < 0 || start + bytes.length > content.length || !isAt(bytes, content, start)) continue;
      found[literal] = 1;
      hits.push(literal);
    }
  }
}

const isAt = (literal: Uint8Array, content: Uint8Array, start: number): boolean => {
  for (let index = 0; index < literal.length; index += 1)
    if (lower[content[start + index] as number] !== lower[literal[index] as number]) return false;
  return true;
};

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

/** Pairs that are rare, and characters that differ from one another: rulers, indentation and padding are everywhere. */
const wordScore = (word: string): number => {
  const text = word.toLowerCase();
  const different = new Set(text).size;
  if (different < 3) return 0;
  let score = different + (rarity(text) - text.length);
  for (let at = 0; at < 3; at += 1) {
    const pair = text.slice(at, at + 2);
    score += commonPairs.has(pair) ? 0 : /^[a-z ]{2}$/.test(pair) ? 3 : 4;
  }
  return score;
};
