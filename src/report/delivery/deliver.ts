/**
 * Records → one sink, by way of a spool: in order, each until the sink has it. Whoever offers records waits for the disk and never for
 * the receiver, so that a sink that is slow or dead holds up nobody but itself.
 */
import { isFault, type Fault } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { OpenSink, SinkContext, SinkOutcome, SinkRecord, SinkRefusal } from '../../core/sink.ts';
import { pause } from '../../io/retry.ts';
import type { Batch, Spool } from './spool.ts';

export interface DeliveryLimits {
  readonly batchRecords: number;
  readonly batchBytes: number;
  /** The longest time that one attempt may take. */
  readonly attemptMs: number;
  /** The pause after the first failure; it doubles. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** A receiver that asks for a longer pause is asked again after this one. */
  readonly longestRetryAfterMs: number;
}

export const usualDeliveryLimits: DeliveryLimits = {
  batchRecords: 500,
  batchBytes: 1024 * 1024,
  attemptMs: 60_000,
  pauseMs: 500,
  longestPauseMs: 60_000,
  longestRetryAfterMs: 3_600_000,
};

export interface DeliveryState {
  readonly delivered: number;
  readonly refused: number;
  readonly waitingBytes: number;
  readonly dropped: number;
  /** Attempts in a row that failed; 0: it goes well. */
  readonly failures: number;
  /** Why the last attempt failed; absent when it did not. */
  readonly problem?: string;
}

export interface Delivery {
  readonly name: string;
  /** Kept, or dropped and counted, once it resolves. @throws {Fault} unavailable `SINK_SPOOL_FAILED` */
  offer(records: readonly SinkRecord[]): Promise<void>;
  state(): DeliveryState;
  /** True when everything that was offered is delivered; false when that took longer than `timeoutMs`. */
  drain(timeoutMs: number): Promise<boolean>;
  /** What is not delivered stays in the spool, for the next process. */
  close(): Promise<void>;
}

export interface DeliveryParts {
  /** As the configuration calls it. */
  readonly name: string;
  readonly sink: OpenSink;
  readonly spool: Spool;
  readonly limits?: DeliveryLimits;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Full jitter: receivers that come back are not met by all their senders at once. */
export const pauseAfter = (limits: DeliveryLimits, failures: number, afterMs: number | undefined, random: number) => {
  const ceiling = Math.min(limits.longestPauseMs, limits.pauseMs * 2 ** Math.min(failures - 1, 30));
  const own = ceiling / 2 + (ceiling / 2) * random;
  return Math.max(own, Math.min(afterMs ?? 0, limits.longestRetryAfterMs));
};

const refusalRecord = (name: string, record: SinkRecord, reason: string, at: string): SinkRecord => ({
  type: 'gap',
  id: `sink-refused:${record.id}`.slice(0, 256),
  at,
  value: {
    where: `sink ${name}, record ${record.id}`,
    code: 'SINK_RECORD_REFUSED',
    reason: toPlainText(reason, 500),
    bytes: 0,
  },
});

/** Whoever closes does not wait for a sink that hangs; a sink that runs into its time limit ends by itself. */
const untilAborted = async <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

class SpooledDelivery implements Delivery {
  readonly name: string;
  readonly #parts: DeliveryParts;
  readonly #limits: DeliveryLimits;
  readonly #context: SinkContext;
  readonly #stop = new AbortController();
  readonly #pump: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #idle = Promise.withResolvers<void>();
  #delivered = 0;
  #refused = 0;
  #failures = 0;
  #problem: string | undefined;

  constructor(parts: DeliveryParts, context: SinkContext) {
    this.name = parts.name;
    this.#parts = parts;
    this.#limits = parts.limits ?? usualDeliveryLimits;
    this.#context = context;
    this.#pump = this.#run();
  }

  async offer(records: readonly SinkRecord[]): Promise<void> {
    await this.#parts.spool.append(records);
    this.#wake.resolve();
  }

  state(): DeliveryState {
    const { waitingBytes, losses } = this.#parts.spool;
    return {
      delivered: this.#delivered,
      refused: this.#refused,
      waitingBytes,
      dropped: losses.records,
      failures: this.#failures,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  async drain(timeoutMs: number): Promise<boolean> {
    const late = AbortSignal.timeout(timeoutMs);
    const over = new Promise<boolean>((resolve) => {
      late.addEventListener('abort', () => resolve(false), { once: true });
    });
    while (this.#parts.spool.waitingBytes > 0) {
      this.#wake.resolve();
      if (!(await Promise.race([this.#idle.promise.then(() => true), over]))) return false;
    }
    return true;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the sink is closed'));
    this.#wake.resolve();
    await this.#pump;
    await this.#parts.sink.close();
    await this.#parts.spool[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      try {
        await this.#deliverAll(signal);
        this.#idle.resolve();
        this.#idle = Promise.withResolvers();
        await this.#wake.promise;
      } catch (thrown) {
        if (signal.aborted) return;
        // The disk, as a rule: what is in the spool stays there, and is tried again.
        if (!isFault(thrown)) throw thrown;
        await this.#failed(thrown.message, undefined, signal);
      }
    }
  }

  async #deliverAll(signal: AbortSignal): Promise<void> {
    const { spool } = this.#parts;
    const { batchRecords, batchBytes } = this.#limits;
    for (;;) {
      const batch = spool.peek({ records: batchRecords, bytes: batchBytes });
      if (batch.records.length === 0 || signal.aborted) return;
      await this.#deliver(batch, signal);
      if (signal.aborted) return;
      await spool.acknowledge(batch.end);
    }
  }

  /** Ends when the sink has every record of the batch or refused it for good, or at the signal. */
  async #deliver({ records }: Batch, signal: AbortSignal): Promise<void> {
    const refusals: SinkRecord[] = [];
    // Halves of a batch that is refused as a whole, so that one bad record does not take its neighbours along.
    const parts: (readonly SinkRecord[])[] = [records];
    while (parts.length > 0 && !signal.aborted) {
      const part = parts.shift() ?? [];
      const outcome = await this.#attempt(part, signal);
      if (outcome instanceof Error && part.length > 1) {
        const half = Math.ceil(part.length / 2);
        parts.unshift(part.slice(0, half), part.slice(half));
      } else if (outcome instanceof Error)
        refusals.push(...this.#refuse(part, [{ id: part[0]?.id ?? '', reason: outcome.message }]));
      else if (outcome.state === 'taken') {
        this.#failures = 0;
        this.#problem = undefined;
        this.#delivered += part.length - outcome.refused.length;
        refusals.push(...this.#refuse(part, outcome.refused));
      } else {
        parts.unshift(part);
        await this.#failed(outcome.reason, outcome.afterMs, signal);
      }
    }
    if (refusals.length > 0 && !signal.aborted) await this.#parts.spool.append(refusals);
  }

  /** A Fault: this will never be taken as it is. */
  async #attempt(part: readonly SinkRecord[], signal: AbortSignal): Promise<SinkOutcome | Fault> {
    const limit = AbortSignal.timeout(this.#limits.attemptMs);
    try {
      return await untilAborted(this.#parts.sink.send(part, AbortSignal.any([signal, limit])), signal);
    } catch (thrown) {
      if (limit.aborted || signal.aborted) return { state: 'later', reason: 'the receiver did not answer in time' };
      if (!isFault(thrown)) throw thrown;
      // A setting or a certificate that must be corrected is no fault of the records.
      const isRefusal = thrown.kind === 'malformed' || thrown.kind === 'limit';
      return isRefusal ? thrown : { state: 'later', reason: thrown.message };
    }
  }

  async #failed(reason: string, afterMs: number | undefined, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    this.#problem = toPlainText(reason, 300);
    const waitMs = pauseAfter(this.#limits, this.#failures, afterMs, (this.#parts.random ?? Math.random)());
    const fields = { sink: this.name, failures: this.#failures, waitMs: Math.round(waitMs), reason: this.#problem };
    if (this.#failures === 1) this.#context.log.warn('a sink takes nothing; its records wait', fields);
    else this.#context.log.debug('a sink still takes nothing', fields);
    await pause(waitMs, signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  }

  /** Told in the log, and to the sink itself; not of what already tells of a refusal, or a sink that refuses all would never be done. */
  #refuse(part: readonly SinkRecord[], refused: readonly SinkRefusal[]): readonly SinkRecord[] {
    this.#refused += refused.length;
    const at = this.#context.now().toISOString();
    return refused.flatMap(({ id, reason }) => {
      this.#context.log.warn('a sink refuses a record', {
        sink: this.name,
        record: id,
        reason: toPlainText(reason, 300),
      });
      const record = part.find((one) => one.id === id);
      return record === undefined || record.id.startsWith('sink-refused:')
        ? []
        : [refusalRecord(this.name, record, reason, at)];
    });
  }
}

export const startDelivery = (parts: DeliveryParts, context: SinkContext): Delivery =>
  new SpooledDelivery(parts, context);
