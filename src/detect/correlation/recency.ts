/** Values by key, in the order in which they were last used. A Map in the order of insertion would slow down with every value that moved. */

interface Link<Value> {
  readonly key: string;
  readonly value: Value;
  older: Link<Value> | undefined;
  newer: Link<Value> | undefined;
}

export class Recency<Value> {
  readonly #links = new Map<string, Link<Value>>();
  #oldest: Link<Value> | undefined;
  #newest: Link<Value> | undefined;

  get size(): number {
    return this.#links.size;
  }

  /** The value that was used longest ago. */
  get oldest(): Value | undefined {
    return this.#oldest?.value;
  }

  #append(link: Link<Value>): void {
    link.older = this.#newest;
    link.newer = undefined;
    if (this.#newest === undefined) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
  }

  #remove(link: Link<Value>): void {
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === undefined) this.#newest = link.older;
    else link.newer.older = link.older;
  }

  /** The value, which counts as used now; made when there is none. */
  use(key: string, make: () => Value): Value {
    const known = this.#links.get(key);
    if (known !== undefined) {
      if (known !== this.#newest) {
        this.#remove(known);
        this.#append(known);
      }
      return known.value;
    }
    const link: Link<Value> = { key, value: make(), older: undefined, newer: undefined };
    this.#links.set(key, link);
    this.#append(link);
    return link.value;
  }

  /** Forgets the value that was used longest ago, and gives it. */
  takeOldest(): Value | undefined {
    const link = this.#oldest;
    if (link === undefined) return undefined;
    this.#remove(link);
    this.#links.delete(link.key);
    return link.value;
  }
}
