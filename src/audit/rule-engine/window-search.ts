/**
 * The patterns of many rules, and one window of a large file → where they lie in it, as far as plain search can tell: texts are found
 * outright; of the others it is known near which places a match would be, so that the engine need not look at the rest.
 */
import type { PatternMatch } from './engine-interface.ts';
import { isBounded, type PatternPlace } from './pattern-place.ts';
import { WordMap } from './word-map.ts';

export interface SoughtPattern {
  /** Position of the rule in the pack, and the pattern's name there. */
  readonly rule: number;
  readonly pattern: string;
  readonly place: PatternPlace;
}

/** Bytes of a window, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Sighting {
  /** By rule, what its texts matched. */
  readonly texts: ReadonlyMap<number, readonly PatternMatch[]>;
  /** In order and apart: every match of a pattern whose length has a bound lies in one of them. */
  readonly spans: readonly Span[];
  /** Whether a pattern without such a bound may match. */
  readonly isUnbounded: boolean;
}

/** Matches of one text that are told of a window: as many as engines are asked for. */
const textsKept = 64;
/** Spans closer to one another than this are one: to look at the bytes between costs less than to begin anew. */
const joinedGap = 4096;
/** Where more than this part of a window would have to be looked at, or more spans than this, all of it is one span. */
const denseShare = 1 / 4;
const mostSpans = 1024;

/** What a literal stands for. */
interface Use {
  readonly texts: number[];
  /** Patterns near it, and the longest match among them. */
  readonly near: number[];
  reach: number;
  readonly unbounded: number[];
}

const isAlphanumeric = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a));

export class WindowSearch {
  readonly #patterns: readonly SoughtPattern[];
  readonly #words = new WordMap();
  readonly #uses: Use[] = [];
  /** By pattern, the bytes of those that are texts. */
  readonly #bytes: readonly (Buffer | undefined)[];

  constructor(patterns: readonly SoughtPattern[]) {
    this.#patterns = patterns;
    this.#bytes = patterns.map(({ place }) => ('text' in place ? Buffer.from(place.text, 'latin1') : undefined));
    const numbers = new Map<string, number>();
    const use = (literal: string): Use => {
      const key = literal.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
      const number = numbers.get(key) ?? numbers.size;
      if (number === numbers.size) this.#words.add(number, key);
      numbers.set(key, number);
      return (this.#uses[number] ??= { texts: [], near: [], reach: 0, unbounded: [] });
    };
    for (const [index, { place }] of patterns.entries())
      if ('text' in place) use(place.text).texts.push(index);
      else
        for (const literal of place.literals) {
          const known = use(literal);
          if (!isBounded(place)) known.unbounded.push(index);
          else {
            known.near.push(index);
            known.reach = Math.max(known.reach, place.longest);
          }
        }
  }

  /** Matches that end in the first `overlap` bytes were told with the window before. Patterns of which there is enough are not looked for. */
  search(window: Uint8Array, overlap: number, isEnough: (pattern: SoughtPattern) => boolean): Sighting {
    const enough = this.#patterns.map(isEnough);
    const isOpen = (pattern: number): boolean => enough[pattern] !== true;
    const open = this.#uses.map(({ texts, near, unbounded }) => ({
      texts: texts.filter(isOpen),
      isNear: near.some(isOpen),
      isUnbounded: unbounded.some(isOpen),
    }));
    const done = Uint8Array.from(open, ({ texts, isNear, isUnbounded }) =>
      texts.length === 0 && !isNear && !isUnbounded ? 1 : 0,
    );
    const texts = new Map<number, PatternMatch[]>();
    const counts = new Uint8Array(this.#patterns.length);
    const spans = new Spans(window.length);
    let isUnbounded = false;
    this.#words.visit(window, done, (literal, start) => {
      const use = open[literal];
      if (use === undefined) return;
      if (use.isUnbounded) isUnbounded = true;
      let rest = use.isNear && !spans.isDense;
      if (rest) spans.add(start, this.#uses[literal]?.reach ?? 0, overlap);
      for (const pattern of use.texts) {
        const count = counts[pattern] ?? 0;
        if (count < textsKept) rest = true;
        else continue;
        const match = this.#matchOf(pattern, window, start);
        if (match === undefined || start + match.length <= overlap) continue;
        counts[pattern] = count + 1;
        const rule = this.#patterns[pattern]?.rule ?? 0;
        const known = texts.get(rule);
        if (known === undefined) texts.set(rule, [match]);
        else known.push(match);
      }
      if (!rest) done[literal] = 1;
    });
    return { texts, spans: spans.joined(), isUnbounded };
  }

  /** The literal is there, in whatever case. */
  #matchOf(index: number, window: Uint8Array, start: number): PatternMatch | undefined {
    const [sought, bytes] = [this.#patterns[index], this.#bytes[index]];
    if (sought === undefined || bytes === undefined || !('text' in sought.place)) return undefined;
    const { ignoresCase, isFullWord } = sought.place;
    const end = start + bytes.length;
    if (!ignoresCase && bytes.compare(window, start, end) !== 0) return undefined;
    if (isFullWord && (isAlphanumeric(window[start - 1]) || isAlphanumeric(window[end]))) return undefined;
    return { pattern: sought.pattern, offset: start, length: bytes.length };
  }
}

/** Gathers what must be looked at in a window of so many bytes. */
class Spans {
  readonly #size: number;
  readonly #spans: Span[] = [];
  #bytes = 0;
  isDense = false;

  constructor(size: number) {
    this.#size = size;
  }

  /** Around a place in a match of up to `reach` bytes, with a byte more at each end for word boundaries. */
  add(place: number, reach: number, overlap: number): void {
    const start = Math.max(0, place - reach - 1);
    const end = Math.min(this.#size, place + reach + 1);
    if (end <= overlap) return;
    const last = this.#spans.at(-1);
    if (last !== undefined && start >= last.start && start <= last.end + joinedGap) {
      this.#bytes += Math.max(0, end - last.end);
      this.#spans[this.#spans.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    } else {
      this.#bytes += end - start;
      this.#spans.push({ start, end });
    }
    this.isDense = this.#bytes > this.#size * denseShare || this.#spans.length > mostSpans;
  }

  joined(): readonly Span[] {
    if (this.isDense) return [{ start: 0, end: this.#size }];
    const joined: Span[] = [];
    for (const span of this.#spans.toSorted((one, other) => one.start - other.start)) {
      const last = joined.at(-1);
      if (last === undefined || span.start > last.end + joinedGap) joined.push(span);
      else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    }
    return joined;
  }
}
