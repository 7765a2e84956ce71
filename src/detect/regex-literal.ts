/** A regular expression → a text that everything it matches holds, for the index. RE2's syntax; when in doubt, nothing. */

/** Behind the class that begins at `start`. */
const behindClass = (source: string, start: number): number => {
  let at = start + (source.charAt(start + 1) === '^' ? 2 : 1);
  // A bracket that comes first is one of the class.
  if (source.charAt(at) === ']') at++;
  for (; at < source.length && source.charAt(at) !== ']'; at++) {
    if (source.startsWith('[:', at)) at = Math.max(at, source.indexOf(':]', at) + 1);
    else if (source.charAt(at) === '\\') at++;
  }
  return at + 1;
};

/** Behind the group that begins at `start`. */
const behindGroup = (source: string, start: number): number => {
  let depth = 0;
  for (let at = start; at < source.length;) {
    const character = source.charAt(at);
    if (character === '[') {
      at = behindClass(source, at);
      continue;
    }
    if (character === '(') depth++;
    if (character === ')' && --depth === 0) return at + 1;
    at += character === '\\' ? 2 : 1;
  }
  return source.length;
};

const behindRepeat = (source: string, start: number): number => {
  const count = /^\{\d+(?:,\d*)?\}/.exec(source.slice(start, start + 16));
  return count === null ? start : start + count[0].length;
};

/** Letters that some other letter equals without case though it folds to another: `s` and `ſ`; and all that are not ASCII. */
const isDoubtful = (character: string): boolean => /[sS]|[^ -~]/.test(character);

class Runs {
  longest = '';
  #run = '';
  readonly #insensitive: boolean;

  constructor(insensitive: boolean) {
    this.#insensitive = insensitive;
  }

  take(character: string): void {
    if (this.#insensitive && isDoubtful(character)) this.end();
    else this.#run += character;
  }

  /** The last character may also be absent. */
  dropLast(): void {
    this.#run = this.#run.slice(0, -1);
    this.end();
  }

  end(): void {
    if (this.#run.length > this.longest.length) this.longest = this.#run;
    this.#run = '';
  }
}

/**
 * The longest run of plain characters that stands in the expression outside of groups and classes and is not optional.
 * Empty where there is none, and where it is not certain: alternatives, quotations, characters by number.
 */
export const literalOf = (source: string, insensitive: boolean): string => {
  const runs = new Runs(insensitive || /\(\?[a-zA-Z]*i/.test(source));
  for (let at = 0; at < source.length;) {
    const character = source.charAt(at);
    const next = source.charAt(at + 1);
    if (character === '|') return '';
    if (character === '\\') {
      // Escaped punctuation is itself; letters and digits have meanings of their own, some of which take more text.
      if (/[\dA-Za-z]/.test(next)) {
        if (!/[dDsSwWbBAz]/.test(next)) return '';
        runs.end();
      } else runs.take(next);
      at += 2;
    } else if (character === '[' || character === '(') {
      runs.end();
      at = character === '[' ? behindClass(source, at) : behindGroup(source, at);
    } else if (character === '*' || character === '?') {
      runs.dropLast();
      at++;
    } else if (character === '{' && behindRepeat(source, at) > at) {
      runs.dropLast();
      at = behindRepeat(source, at);
    } else if (character === '+' || character === '.' || character === '^' || character === '$') {
      runs.end();
      at++;
    } else {
      runs.take(character);
      at++;
    }
  }
  runs.end();
  return runs.longest;
};
