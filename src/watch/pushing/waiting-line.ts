/** Pieces that were pushed and wait to be taken: bounded, so that whoever pushes is told to come again. */
import type { Intake } from '../../core/listener.ts';

export interface LineLimits {
  readonly pieces: number;
  readonly bytes: number;
}

export class WaitingLine {
  readonly #limits: LineLimits;
  readonly #signal: AbortSignal;
  #waiting: Intake[] = [];
  #bytes = 0;
  #wake = Promise.withResolvers<void>();

  constructor(limits: LineLimits, signal: AbortSignal) {
    this.#limits = limits;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  /** False: there is no room, or nobody takes anything any more. */
  offer(intake: Intake): boolean {
    const { pieces, bytes } = this.#limits;
    if (this.#signal.aborted || this.#waiting.length >= pieces) return false;
    if (this.#waiting.length > 0 && this.#bytes + intake.bytes.length > bytes) return false;
    this.#waiting.push(intake);
    this.#bytes += intake.bytes.length;
    this.#wake.resolve();
    return true;
  }

  async *intakes(): AsyncGenerator<Intake, void, undefined> {
    while (!this.#signal.aborted) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
        continue;
      }
      this.#bytes -= next.bytes.length;
      yield next;
    }
  }

  #end(): void {
    for (const { settle } of this.#waiting.splice(0)) settle?.(false);
    this.#wake.resolve();
  }
}
