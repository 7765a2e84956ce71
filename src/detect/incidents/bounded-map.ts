/** A map that forgets what was used longest ago. */

export class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();
  /**
   * Where the oldest is: everything before it was forgotten. A new iterator would walk over all that was, since maps keep places of what
   * is deleted for a while.
   */
  readonly #oldest = this.#entries.keys();
  readonly #maximum: number;
  readonly #forgotten: (key: string, value: Value) => void;

  constructor(maximum: number, forgotten: (key: string, value: Value) => void = () => undefined) {
    this.#maximum = maximum;
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Makes it the newest. */
  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#maximum) return;
    const oldest = this.#oldest.next();
    if (oldest.done === true) return;
    const forgotten = this.#entries.get(oldest.value) as Value;
    this.#entries.delete(oldest.value);
    this.#forgotten(oldest.value, forgotten);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.#entries.entries();
  }

  values(): IterableIterator<Value> {
    return this.#entries.values();
  }
}
