/** What following one script may cost: work, and the bytes of all that comes out. Told by counting, never by a clock: equal input, equal end. */

export interface EvaluationLimits {
  /** Work of all kinds: a command, a word, a file looked up, a stretch of text made or held against a pattern. */
  readonly steps: number;
  readonly actions: number;
  /** Bytes of all actions together. */
  readonly actionBytes: number;
  /** Texts inside texts, functions inside functions. */
  readonly depth: number;
}

export type EvaluationLimit = 'steps' | 'actions' | 'depth' | 'syntax';

/** Nothing more is followed. Thrown to leave everything at once, and caught only where the evaluation began. */
export class EvaluationEnded extends Error {
  readonly limit: EvaluationLimit;

  constructor(limit: EvaluationLimit) {
    super(`the script was not followed to its end: ${limit}`);
    this.limit = limit;
  }
}

/** A text costs where it comes to be, so that what is held at one time is bounded by what was ever made. */
const bytesForAStep = 32;
/** Characters of a text against characters of a pattern. */
const comparisonsForAStep = 256;

export class EvaluationMeter {
  #steps: number;
  #actions: number;
  #actionBytes: number;

  constructor(limits: EvaluationLimits) {
    this.#steps = limits.steps;
    this.#actions = limits.actions;
    this.#actionBytes = limits.actionBytes;
  }

  /** @throws {EvaluationEnded} */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new EvaluationEnded('steps');
  }

  get left(): number {
    return this.#steps;
  }

  /** @throws {EvaluationEnded} */
  spendText(length: number): void {
    this.spend(length / bytesForAStep);
  }

  /** @throws {EvaluationEnded} */
  spendMatch(pattern: string, text: string): void {
    this.spend((pattern.length * text.length) / comparisonsForAStep);
  }

  /** @throws {EvaluationEnded} */
  spendAction(bytes: number): void {
    this.#actions -= 1;
    this.#actionBytes -= bytes;
    if (this.#actions < 0 || this.#actionBytes < 0) throw new EvaluationEnded('actions');
    this.spendText(bytes);
  }
}
