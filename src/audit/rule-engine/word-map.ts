/**
 * Literals of three bytes and more → where a content holds them, at about a gigabyte a second. The content is read as words of four
 * bytes at every second byte, case folded; of each literal such words are marked that one of them is met wherever the literal lies.
 * Where a marked word may lie, the literals with that word are compared.
 */
import { rarity } from './literal-rarity.ts';
import { wordAt, WordSearch } from './word-search.ts';

/** A word leads to the list of literals that have it: by so many bits of its hash. */
const headBits = 15;
const headOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - headBits);

const lower = Uint8Array.from({ length: 256 }, (_, code) => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code));

/** Literals that share the high bits of a word's hash, as a list. */
interface Entry {
  readonly word: number;
  readonly literal: number;
  readonly bytes: Uint8Array;
  /** Where in the literal the word lies; -1 where the word begins with a byte before it. */
  readonly at: number;
  readonly next: Entry | undefined;
}

/** Literals shorter than a word lie at an even place and end before its end, or begin behind its start. */
const wordSize = 4;
/** What folding leaves of a byte, for each that makes a difference. */
const foldedBytes = [...new Set(Array.from({ length: 256 }, (_, byte) => byte & 0x5f))];

export class WordMap {
  readonly #words = new WordSearch();
  readonly #entries = Array.from<Entry | undefined>({ length: 1 << headBits });
  /** Of three bytes. */
  readonly #shortest: { readonly literal: number; readonly bytes: Uint8Array }[] = [];
  #isEmpty = true;

  /** `text`: three characters or more, one a byte. Upper and lower case are alike. */
  add(literal: number, text: string): void {
    this.#isEmpty = false;
    const bytes = Uint8Array.from(Buffer.from(text, 'latin1'));
    if (bytes.length > wordSize) {
      const best = rarestStretch(text);
      this.#enter(wordAt(bytes, best), literal, bytes, best);
      this.#enter(wordAt(bytes, best + 1), literal, bytes, best + 1);
      return;
    }
    if (bytes.length < wordSize) this.#shortest.push({ literal, bytes });
    // At an even place, and at an odd one: there a word begins with the byte before.
    for (const behind of bytes.length === wordSize ? [[]] : foldedBytes.map((byte) => [byte]))
      this.#enter(wordAt(Uint8Array.from([...bytes, ...behind]), 0), literal, bytes, 0);
    for (const before of foldedBytes) this.#enter(wordAt(Uint8Array.from([before, ...bytes]), 0), literal, bytes, -1);
  }

  #enter(word: number, literal: number, bytes: Uint8Array, at: number): void {
    this.#words.mark(word);
    const head = headOf(word);
    this.#entries[head] = { word, literal, bytes, at, next: this.#entries[head] };
  }

  /** Visits the places of literals, about in their order, except those of literals that `found` marks, by now or already. */
  visit(content: Uint8Array, found: Uint8Array, onFound: (literal: number, start: number) => void): void {
    if (this.#isEmpty) return;
    this.#words.visit(content, (place) => {
      const word = wordAt(content, place);
      for (let entry = this.#entries[headOf(word)]; entry !== undefined; entry = entry.next)
        if (entry.word === word && found[entry.literal] !== 1) {
          const start = place - entry.at;
          if (isAt(entry.bytes, content, start)) onFound(entry.literal, start);
        }
    });
    // Where the last three bytes begin at an even place, no word begins there.
    const last = content.length - wordSize + 1;
    if (last >= 0 && last % 2 === 0)
      for (const { literal, bytes } of this.#shortest)
        if (found[literal] !== 1 && isAt(bytes, content, last)) onFound(literal, last);
  }
}

const isAt = (literal: Uint8Array, content: Uint8Array, start: number): boolean => {
  if (start < 0 || start + literal.length > content.length) return false;
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

/** Where the two words in a row begin that stand for the whole. */
const rarestStretch = (text: string): number => {
  const scores = Array.from({ length: text.length - 3 }, (_, at) => wordScore(text.slice(at, at + wordSize)));
  const stretches = Array.from({ length: text.length - 4 }, (_, at) => (scores[at] ?? 0) + (scores[at + 1] ?? 0));
  return stretches.indexOf(Math.max(...stretches));
};
