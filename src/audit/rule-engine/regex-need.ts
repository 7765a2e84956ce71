/** A regular expression of a rule → the literals that every match of it contains, and how long a match can be. */
import { allOf, anyOf, frequencyOf, maximumLiterals, type Need } from './need.ts';

/**
 * What is known of a piece of a regular expression: `exact`, the only texts that it matches, where those are few; `need`, what
 * every match contains. Both undefined: nothing.
 */
interface Known {
  readonly exact?: readonly string[];
  readonly need?: Need | undefined;
  /** No match has more bytes. */
  readonly longest: number;
}

const emptyMatch: Known = { exact: [''], longest: 0 };
/** One byte, or one character where the text is UTF-8. */
const someCharacter: Known = { longest: 4 };

const exactly = (texts: readonly string[]): Known => ({
  exact: texts,
  longest: Math.max(...texts.map(({ length }) => length)),
});

/** Without those that hold another one: where they are, that one is. */
const shortestOnes = (literals: readonly string[]): readonly string[] =>
  [...new Set(literals)].filter(
    (literal, _, all) => !all.some((other) => other !== literal && literal.includes(other)),
  );

/** Undefined where one of the literals is shorter than `shortest`, or a row of one character, of which contents are full. */
export const literalNeed = (literals: readonly string[] | undefined, shortest: number): Need | undefined =>
  literals !== undefined &&
  literals.length > 0 &&
  literals.every((literal) => literal.length >= shortest && new Set(literal).size > 1)
    ? { literals: shortestOnes(literals) }
    : undefined;

const joined = (left: readonly string[], right: readonly string[]): readonly string[] | undefined =>
  left.length * right.length > maximumLiterals ? undefined : left.flatMap((start) => right.map((end) => start + end));

/** What begins a group behind its bracket: a name, flags for the group, or neither. The verbose flag would make blanks mean nothing. */
const groupStart = /\?(?:P?<\w+>|[imsuU-]*:)/y;
/** Flags for what follows, in the brackets of a group. */
const flagsAlone = /\?[imsuU-]+\)/y;
const repetition = /(?:[?*+]|\{(\d*)(,?)(\d*)\})\??/y;

/** Reads the syntax that YARA and YARA-X share. Where there is more to it, nothing is known of the whole. */
class RegexReader {
  readonly #text: string;
  readonly #shortest: number;
  #at = 0;
  isUnreadable = false;

  constructor(text: string, shortest: number) {
    this.#text = text;
    this.#shortest = shortest;
  }

  /** Everything that a piece is known to need. */
  needOf({ exact, need }: Known): Need | undefined {
    const literal = literalNeed(exact, this.#shortest);
    if (literal === undefined || need === undefined) return literal ?? need;
    return frequencyOf(literal) <= frequencyOf(need) ? literal : need;
  }

  alternatives(): Known {
    const branches = [this.#sequence()];
    while (this.#text[this.#at] === '|') {
      this.#at += 1;
      branches.push(this.#sequence());
    }
    const [only] = branches;
    if (branches.length === 1 && only !== undefined) return only;
    const exact = branches.flatMap((branch) => branch.exact ?? []);
    const isExact = branches.every((branch) => branch.exact !== undefined) && exact.length <= maximumLiterals;
    const needs = branches.map((branch) => this.needOf(branch));
    return {
      ...(isExact ? { exact } : {}),
      need: needs.every((need) => need !== undefined) ? anyOf(needs) : undefined,
      longest: Math.max(...branches.map(({ longest }) => longest)),
    };
  }

  #sequence(): Known {
    let run: readonly string[] = [''];
    const needs: Need[] = [];
    let isExact = true;
    let longest = 0;
    const close = (next: readonly string[]): void => {
      const literal = literalNeed(run, this.#shortest);
      if (literal !== undefined) needs.push(literal);
      run = next;
    };
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const item = this.#repeated(this.#item());
      if (this.isUnreadable) break;
      longest += item.longest;
      if (item.exact === undefined && item.need !== undefined) needs.push(item.need);
      const longer = item.exact === undefined ? undefined : joined(run, item.exact);
      if (longer !== undefined) {
        run = longer;
        continue;
      }
      isExact = false;
      close(item.exact ?? ['']);
    }
    if (isExact) return { exact: run, longest };
    close(['']);
    return { need: allOf(needs), longest };
  }

  #item(): Known {
    const character = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (character === '\\') return this.#escape();
    if (character === '^' || character === '$') return emptyMatch;
    if (character === '.') return someCharacter;
    if (character === '[') return this.#class();
    if (character !== '(') return exactly([Buffer.from(character, 'utf8').toString('latin1')]);
    if (this.#accept(flagsAlone) !== null) return emptyMatch;
    if (this.#accept(groupStart) === null && this.#text[this.#at] === '?') return this.#giveUp();
    const inside = this.alternatives();
    this.#at += 1;
    return inside;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #accept(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #giveUp(): Known {
    this.isUnreadable = true;
    return { longest: Infinity };
  }

  #escape(): Known {
    const escaped = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (escaped === 'x') {
      const digits = this.#text.slice(this.#at, this.#at + 2);
      this.#at += 2;
      return /^[0-9A-Fa-f]{2}$/.test(digits)
        ? exactly([String.fromCharCode(Number.parseInt(digits, 16))])
        : this.#giveUp();
    }
    if (/[bBAz]/.test(escaped)) return emptyMatch;
    const control = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\u0007' }[escaped];
    if (control !== undefined) return exactly([control]);
    if (/[dDsSwW]/.test(escaped)) return someCharacter;
    return /^[^A-Za-z0-9]$/.test(escaped) ? exactly([Buffer.from(escaped, 'utf8').toString('latin1')]) : this.#giveUp();
  }

  /** A class of a few plain characters is that many alternatives; a hyphen is one of them at either end. */
  #class(): Known {
    const start = this.#at;
    if (this.#text[this.#at] === '^') this.#at += 1;
    if (this.#text[this.#at] === ']') this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== ']')
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    const inside = this.#text.slice(start, this.#at);
    this.#at += 1;
    // A class in a class, of which there are named ones: its end is not the end.
    if (inside.replaceAll(/\\./gs, '').includes('[')) return this.#giveUp();
    // oxlint-disable-next-line no-control-regex
    return inside.length <= 3 && inside !== '' && /^-?[^\\^\-\u0080-\uffff]*-?$/.test(inside)
      ? exactly([...new Set(Array.from(inside))])
      : someCharacter;
  }

  #repeated(once: Known): Known {
    let item = once;
    for (let match = this.#accept(repetition); match !== null; match = this.#accept(repetition)) {
      const [sign, least, most] = countsOf(match);
      const longest = most === 0 || item.longest === 0 ? 0 : most * item.longest;
      if (sign === '?' && item.exact !== undefined) item = { exact: ['', ...item.exact], longest };
      else item = least === 0 ? { longest } : { need: this.needOf(item), longest };
    }
    return item;
  }
}

/** The sign of a repetition, how often what is before it must and may be there. */
const countsOf = ([text, least = '', comma, most = '']: RegExpExecArray): readonly [string, number, number] => {
  const sign = text[0] ?? '';
  if (sign === '?') return [sign, 0, 1];
  if (sign !== '{') return [sign, sign === '+' ? 1 : 0, Infinity];
  return [sign, Number(least), comma === '' ? Number(least) : most === '' ? Infinity : Number(most)];
};

/** `longest`: in bytes, Infinity where there is no bound. */
export const readRegex = (
  text: string,
  shortest: number,
): { readonly need: Need | undefined; readonly longest: number } => {
  const reader = new RegexReader(text, shortest);
  const known = reader.alternatives();
  // What is left then is behind a bracket that closes nothing.
  if (reader.isUnreadable || !reader.isAtEnd) return { need: undefined, longest: Infinity };
  return { need: reader.needOf(known), longest: known.longest };
};
