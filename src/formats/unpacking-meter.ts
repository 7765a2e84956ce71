/** Counts what an unpacker gives against what it was fed, and spends it from the budget. */
import type { Budget } from '../core/budget.ts';

export class UnpackingMeter {
  /** Packed bytes handed to the decoder so far. */
  packed = 0;
  #unpacked = 0;
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get unpacked(): number {
    return this.#unpacked;
  }

  /** @throws {Fault} limit `UNPACKED_TOO_LARGE` or `RATIO_TOO_HIGH` */
  spend(count: number): void {
    this.#unpacked += count;
    this.#budget.spendBytes(count);
    this.#budget.checkRatio(this.packed, this.#unpacked);
  }
}
