/** The text of a condition and the searches it names → a Criterion. Rules specification 2.1, “Condition”. */
import { listed, quoted, refuse } from './rule-problem.ts';
import type { Criterion } from './criterion.ts';
import { anyText, openPattern, withWildcards } from './text-pattern.ts';

const maximumTokens = 2000;
const maximumDepth = 64;

const tokenPattern = /\s*(?:([()|])|([^\s()|]+))/y;

const tokensOf = (text: string, line: number): readonly string[] => {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  for (const end = text.trimEnd().length; tokenPattern.lastIndex < end;) {
    const found = tokenPattern.exec(text);
    if (found === null) break;
    tokens.push(found[1] ?? found[2] ?? '');
    if (tokens.length > maximumTokens) refuse(`The condition has more than ${maximumTokens} words.`, line);
  }
  return tokens;
};

/** “Matching is done with * wildcards (any number of characters) at arbitrary positions in the pattern.” */
const toNamePattern = (text: string): ((name: string) => boolean) =>
  openPattern(
    withWildcards(
      text.split('*').flatMap((piece, position) => (position === 0 ? [piece] : [anyText, piece])),
      false,
      false,
    ),
  );

class ConditionReader {
  readonly #tokens: readonly string[];
  readonly #searches: ReadonlyMap<string, Criterion>;
  readonly #line: number;
  readonly used = new Set<string>();
  #position = 0;

  constructor(tokens: readonly string[], searches: ReadonlyMap<string, Criterion>, line: number) {
    this.#tokens = tokens;
    this.#searches = searches;
    this.#line = line;
  }

  read(): Criterion {
    const test = this.#readOr(0);
    const rest = this.#tokens[this.#position];
    if (rest === '|')
      refuse('Aggregations behind “|” are no longer part of Sigma: write a correlation rule.', this.#line);
    if (rest !== undefined) refuse(`The condition does not go on with ${quoted(rest)}.`, this.#line);
    return test;
  }

  /** A word of the language, whatever its case, unless a search has that name. */
  #takes(word: string, offset = 0): boolean {
    const token = this.#tokens[this.#position + offset];
    return token !== undefined && token.toLowerCase() === word && !this.#searches.has(token);
  }

  #take(word: string): boolean {
    if (!this.#takes(word)) return false;
    this.#position++;
    return true;
  }

  /** Least binding first: or, and, not, x of, brackets. */
  #readOr(depth: number): Criterion {
    const of = [this.#readAnd(depth)];
    while (this.#take('or')) of.push(this.#readAnd(depth));
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'any', of };
  }

  #readAnd(depth: number): Criterion {
    const of = [this.#readNot(depth)];
    while (this.#take('and')) of.push(this.#readNot(depth));
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'all', of };
  }

  #readNot(depth: number): Criterion {
    if (depth > maximumDepth) refuse(`The condition is nested deeper than ${maximumDepth} levels.`, this.#line);
    if (this.#take('not')) return { kind: 'not', of: this.#readNot(depth + 1) };
    if (this.#take('(')) {
      const test = this.#readOr(depth + 1);
      if (!this.#take(')')) refuse('The condition lacks a closing bracket.', this.#line);
      return test;
    }
    if (this.#takes('of', 1) && ['1', 'any', 'all'].some((word) => this.#takes(word))) return this.#readOf();
    return this.#readName();
  }

  #readOf(): Criterion {
    // “any of” is not in the specification; its reference implementation takes it for “1 of”.
    const kind = this.#takes('all') ? 'all' : 'any';
    this.#position += 2;
    const them = this.#takes('them');
    const pattern = this.#tokens[this.#position++];
    if (pattern === undefined || /^[()|]$/.test(pattern)) return refuse('“of” needs a name or “them”.', this.#line);
    const matches = toNamePattern(them ? '*' : pattern);
    // “… across all defined search identifiers not starting with an underscore”; a pattern that asks for underscores gets them.
    const names = [...this.#searches.keys()].filter(
      (name) => matches(name) && (!name.startsWith('_') || (!them && pattern.startsWith('_'))),
    );
    if (names.length === 0)
      refuse(`No search identifier is meant by ${quoted(pattern)}; there are ${this.#known()}.`, this.#line);
    for (const name of names) this.used.add(name);
    const of = names.map((name) => this.#searches.get(name)).filter((test) => test !== undefined);
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };
  }

  #known(): string {
    return listed(this.#searches.keys());
  }

  #readName(): Criterion {
    const name = this.#tokens[this.#position++];
    if (name === undefined) return refuse('The condition ends too early.', this.#line);
    const test = this.#searches.get(name);
    if (test === undefined)
      return refuse(
        `The condition names ${quoted(name)}, which is not defined; there are ${this.#known()}.`,
        this.#line,
      );
    this.used.add(name);
    return test;
  }
}

export interface ReadCondition {
  readonly test: Criterion;
  /** The searches that the condition names. */
  readonly used: ReadonlySet<string>;
}

/** Refuses what the grammar does not have, and names without a definition. */
export const readCondition = (text: string, searches: ReadonlyMap<string, Criterion>, line: number): ReadCondition => {
  const reader = new ConditionReader(tokensOf(text, line), searches, line);
  return { test: reader.read(), used: reader.used };
};
