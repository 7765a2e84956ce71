/** Images that wait to be judged: the oldest first, each once, no more than the bound. */
import type { JudgeTarget } from './judge-target.ts';

export class JudgeQueue {
  readonly #maximum: number;
  /** By their first key. */
  readonly #waiting = new Map<string, JudgeTarget>();
  readonly #taken = new Map<string, JudgeTarget>();
  /** Every key of those that wait or are being judged → the first one. */
  readonly #keys = new Map<string, string>();
  /** Since the last time that it was asked: for whoever tells. */
  #dropped = 0;
  #droppedEver = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get dropped(): number {
    return this.#droppedEver;
  }

  /** Waits, or is being judged. */
  has({ keys }: Pick<JudgeTarget, 'keys'>): boolean {
    return keys.some((key) => this.#keys.has(key));
  }

  /** False: there is no room. */
  add(target: JudgeTarget): boolean {
    if (this.has(target)) return true;
    const [first] = target.keys;
    if (first === undefined) return true;
    if (this.#waiting.size >= this.#maximum) {
      this.#dropped += 1;
      this.#droppedEver += 1;
      return false;
    }
    this.#waiting.set(first, target);
    for (const key of target.keys) this.#keys.set(key, first);
    return true;
  }

  /** The oldest; it is not forgotten before `done`. */
  take(): JudgeTarget | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    this.#waiting.delete(first[0]);
    this.#taken.set(...first);
    return first[1];
  }

  /** Whatever waits or is being judged under one of these is answered. */
  done({ keys }: Pick<JudgeTarget, 'keys'>): void {
    for (const key of keys) {
      const first = this.#keys.get(key);
      if (first === undefined) continue;
      const target = this.#waiting.get(first) ?? this.#taken.get(first);
      for (const known of target?.keys ?? []) this.#keys.delete(known);
      this.#waiting.delete(first);
      this.#taken.delete(first);
    }
  }

  /** How many found no room since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
