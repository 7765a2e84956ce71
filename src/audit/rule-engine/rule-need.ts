/** A rule → what a content must hold in any case for it to match: literals to look for before the rule itself is run. */
import { allOf, anyOf, atLeast, type Need } from './need.ts';
import { patternNeed } from './pattern-need.ts';
import type { SourcePattern, SourceRule, SourceToken } from './yara-source.ts';

/** A part of a condition: whether it was understood, and what it needs. */
type Part = { readonly need: Need | undefined } | undefined;

class ConditionReader {
  readonly #tokens: readonly SourceToken[];
  readonly #patterns: readonly SourcePattern[];
  #at = 0;

  constructor(rule: SourceRule) {
    this.#tokens = rule.condition;
    this.#patterns = rule.patterns;
  }

  get #text(): string {
    return this.#tokens[this.#at]?.text ?? '';
  }

  #accept(text: string): boolean {
    if (this.#text !== text) return false;
    this.#at += 1;
    return true;
  }

  /** Undefined as soon as one branch may hold without any literal. */
  alternatives(): Need | undefined {
    const branches = [this.#conjunction()];
    while (this.#accept('or')) branches.push(this.#conjunction());
    return anyOf(branches);
  }

  #conjunction(): Need | undefined {
    const parts = [this.#unit()];
    while (this.#accept('and')) parts.push(this.#unit());
    return allOf(parts.filter((part) => part !== undefined));
  }

  /** What is no plain pattern, set of patterns or bracket is passed over; so is whatever follows `not`. */
  #unit(): Need | undefined {
    const start = this.#at;
    const part = this.#pattern() ?? this.#set() ?? this.#brackets();
    if (part !== undefined && this.#isAtEnd()) return part.need;
    this.#at = start;
    this.#skip();
    return undefined;
  }

  #isAtEnd(): boolean {
    return ['', 'and', 'or', ')'].includes(this.#text);
  }

  #pattern(): Part {
    const pattern = this.#patterns.find(({ id }) => id === this.#text);
    if (pattern === undefined) return undefined;
    this.#at += 1;
    return { need: patternNeed(pattern) };
  }

  /** `any of them`, `2 of ($a*, $b)`. A pattern without a literal may always be there: it counts as found. */
  #set(): Part {
    const count = this.#tokens[this.#at];
    const isNumber = count?.kind === 'number' && /^[1-9]\d*$/.test(count.text);
    if (!isNumber && count?.text !== 'any' && count?.text !== 'all') return undefined;
    if (this.#tokens[this.#at + 1]?.text !== 'of') return undefined;
    this.#at += 2;
    const names = this.#names();
    const patterns = this.#patterns.filter(({ id }) =>
      names?.some((name) => (name.endsWith('*') ? id.startsWith(name.slice(0, -1)) : id === name)),
    );
    if (patterns.length === 0) return undefined;
    const wanted = isNumber ? Number(count.text) : count?.text === 'any' ? 1 : patterns.length;
    return { need: atLeast(wanted, patterns.map(patternNeed)) };
  }

  #names(): readonly string[] | undefined {
    if (this.#accept('them')) return ['$*'];
    if (!this.#accept('(')) return undefined;
    const names: string[] = [];
    for (;;) {
      if (!this.#text.startsWith('$')) return undefined;
      names.push(this.#text);
      this.#at += 1;
      if (this.#accept(')')) return names;
      if (!this.#accept(',')) return undefined;
    }
  }

  #brackets(): Part {
    if (!this.#accept('(')) return undefined;
    const need = this.alternatives();
    return this.#accept(')') ? { need } : undefined;
  }

  #skip(): void {
    let depth = 0;
    while (this.#at < this.#tokens.length && (depth > 0 || !this.#isAtEnd())) {
      if (this.#text === '(') depth += 1;
      if (this.#text === ')') depth -= 1;
      this.#at += 1;
    }
  }
}

/** Undefined: nothing is needed, the rule must be run over every content. */
export const needOf = (rule: SourceRule): Need | undefined => new ConditionReader(rule).alternatives();
