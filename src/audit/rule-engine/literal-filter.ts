/** Many rules' needs → which of the rules a content could match at all. */
import type { Need } from './need.ts';
import { WordMap } from './word-map.ts';

/** A need with its literals numbered. */
type NumberedNeed = readonly number[] | { readonly count: number; readonly of: readonly NumberedNeed[] };

const isNumbers = (need: NumberedNeed): need is readonly number[] => Array.isArray(need);

export class LiteralFilter {
  readonly #words = new WordMap();
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
    for (const [literal, index] of numbers) this.#words.add(index, literal);
    this.#found = new Uint8Array(numbers.size);
  }

  /** Positions of the needs that this content meets, in order. */
  met(content: Uint8Array): readonly number[] {
    const hits: number[] = [];
    this.#words.visit(content, this.#found, (literal) => {
      this.#found[literal] = 1;
      hits.push(literal);
    });
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
