/** The ids of the events that were seen last: as many as there is room for. */

export class KnownIds {
  readonly #room: number;
  readonly #ids = new Set<string>();
  /** In the order in which they came, round and round. */
  readonly #ring: string[] = [];
  #next = 0;

  constructor(room: number) {
    this.#room = room;
  }

  /** True when the id is known; otherwise it is from now on, and the one known longest may be forgotten. */
  isKnown(id: string): boolean {
    if (this.#ids.has(id)) return true;
    if (this.#room < 1) return false;
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#ids.delete(oldest);
    this.#ring[this.#next] = id;
    this.#ids.add(id);
    this.#next = (this.#next + 1) % this.#room;
    return false;
  }
}
