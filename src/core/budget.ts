/** What hostile input may cost: every parser spends from a Budget and throws a Fault `limit` when it is used up. */
import { overLimit } from './fault.ts';

export interface Limits {
  /** Unpacked bytes of one layer or one archive. */
  readonly bytes: number;
  /** Unpacked bytes for each packed byte, judged once more than `ratioFloor` bytes came out. */
  readonly ratio: number;
  readonly ratioFloor: number;
  /** Entries of one tree. */
  readonly entries: number;
  /** Archives inside archives. */
  readonly depth: number;
  /** One path or link target, in bytes. */
  readonly path: number;
  /** One header, record or manifest read as a whole, in bytes. */
  readonly record: number;
}

export const defaultLimits: Limits = {
  bytes: 64 * 2 ** 30,
  ratio: 1100,
  ratioFloor: 64 * 2 ** 20,
  entries: 2_000_000,
  depth: 5,
  path: 16 * 1024,
  record: 8 * 2 ** 20,
};

/** Counts what one parser run uses. A child budget spends from its parent too, so that nesting cannot multiply. */
export class Budget {
  readonly limits: Limits;
  readonly where: string;
  readonly depth: number;
  #bytes = 0;
  #entries = 0;
  readonly #parent: Budget | undefined;

  constructor(limits: Limits = defaultLimits, where = '', parent?: Budget) {
    this.limits = limits;
    this.where = where;
    this.#parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  get bytesSpent(): number {
    return this.#bytes;
  }

  get entriesSpent(): number {
    return this.#entries;
  }

  /** @throws {Fault} `UNPACKED_TOO_LARGE` */
  spendBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.limits.bytes)
      throw overLimit('UNPACKED_TOO_LARGE', `more than ${this.limits.bytes} bytes unpacked`, this.where);
    this.#parent?.spendBytes(count);
  }

  /** @throws {Fault} `RATIO_TOO_HIGH`: a decompression bomb. */
  checkRatio(packed: number, unpacked: number): void {
    if (unpacked > this.limits.ratioFloor && unpacked > packed * this.limits.ratio)
      throw overLimit('RATIO_TOO_HIGH', `${packed} packed bytes gave more than ${unpacked} bytes`, this.where);
  }

  /** @throws {Fault} `ENTRIES_TOO_MANY` */
  spendEntry(): void {
    this.#entries += 1;
    if (this.#entries > this.limits.entries)
      throw overLimit('ENTRIES_TOO_MANY', `more than ${this.limits.entries} entries`, this.where);
    this.#parent?.spendEntry();
  }

  /** The budget for an archive found inside. @throws {Fault} `NESTING_TOO_DEEP` */
  nested(where: string): Budget {
    if (this.depth >= this.limits.depth)
      throw overLimit('NESTING_TOO_DEEP', `archives nested deeper than ${this.limits.depth}`, where);
    return new Budget(this.limits, where, this);
  }
}
