/** What was worked out, and what it read → what must be worked out again once something was written. */

/** Told of everything that is looked up and of everything that changes, by one name for each place where something is known. */
export interface ReadsAndWrites {
  read(key: string): void;
  wrote(key: string): void;
}

export class Dependencies<Reader extends object> implements ReadsAndWrites {
  readonly #readers = new Map<string, Set<Reader>>();
  readonly #keysOf = new Map<Reader, ReadonlySet<string>>();
  /** Since last asked, and only what somebody read. */
  readonly #written = new Set<string>();
  #reading: Set<string> | undefined;

  read(key: string): void {
    this.#reading?.add(key);
  }

  wrote(key: string): void {
    if (this.#readers.has(key)) this.#written.add(key);
  }

  /** What is read meanwhile takes the place of what the reader read before. Not within another one. */
  track<Result>(reader: Reader, work: () => Result): Result {
    const keys = new Set<string>();
    this.#reading = keys;
    try {
      return work();
    } finally {
      this.#reading = undefined;
      this.#replace(reader, keys);
    }
  }

  forget(reader: Reader): void {
    this.#replace(reader, new Set());
  }

  /** Whose reading is out of date since last asked. */
  takeStale(): ReadonlySet<Reader> {
    const stale = new Set([...this.#written].flatMap((key) => [...(this.#readers.get(key) ?? [])]));
    this.#written.clear();
    return stale;
  }

  #replace(reader: Reader, keys: ReadonlySet<string>): void {
    for (const key of this.#keysOf.get(reader) ?? []) {
      if (keys.has(key)) continue;
      const readers = this.#readers.get(key);
      readers?.delete(reader);
      if (readers?.size === 0) this.#readers.delete(key);
    }
    for (const key of keys) {
      const readers = this.#readers.get(key);
      if (readers === undefined) this.#readers.set(key, new Set([reader]));
      else readers.add(reader);
    }
    if (keys.size === 0) this.#keysOf.delete(reader);
    else this.#keysOf.set(reader, keys);
  }
}
