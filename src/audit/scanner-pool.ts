/** The scanning threads of one process: batches go out, results come back, extents of the arena are released. */
import { Worker } from 'node:worker_threads';
import type { Arena } from './arena.ts';
import type { Batch, Scanners } from './file-feeder.ts';
import { journal, type FileResult, type ScanInit } from './protocol.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly init: ScanInit;
  readonly memory: SharedArrayBuffer;
  /** Its place in the journal. */
  readonly slot: number;
}

export interface ThreadTask extends Batch {
  readonly task: number;
  readonly recallFiles: boolean;
  readonly precise: boolean;
}

export interface ThreadResults {
  readonly extent: number;
  readonly results: readonly FileResult[];
}

interface Thread {
  readonly worker: Worker;
  waiting: number;
}

/** Old space of one thread's heap; contents lie outside it. */
/** What parsing leaves behind is short-lived: a larger nursery only keeps more memory from the machine. */
const youngHeapMb = 24;
const threadHeapMb = 512;

export class ScannerPool implements Scanners {
  readonly #threads: Thread[] = [];
  readonly #entry: string;
  readonly #init: ScanInit;
  readonly #arena: Arena;
  readonly #onResults: (results: readonly FileResult[]) => void;
  readonly #onBroken: (reason: string) => void;
  #outstanding = 0;
  #given: Pick<ThreadTask, 'task' | 'recallFiles' | 'precise'> = { task: 0, recallFiles: false, precise: false };
  #resolveIdle: (() => void) | undefined;

  constructor(options: {
    readonly entry: string;
    readonly init: ScanInit;
    readonly arena: Arena;
    readonly onResults: (results: readonly FileResult[]) => void;
    readonly onBroken: (reason: string) => void;
  }) {
    this.#entry = options.entry;
    this.#init = options.init;
    this.#arena = options.arena;
    this.#onResults = options.onResults;
    this.#onBroken = options.onBroken;
  }

  get isIdle(): boolean {
    return this.#outstanding === 0;
  }

  /** Starts threads until there are `count`; none is stopped. */
  setCount(count: number): void {
    while (this.#threads.length < Math.min(count, journal.slots)) this.#start();
  }

  begin({ task, recallFiles, precise }: Pick<ThreadTask, 'task' | 'recallFiles' | 'precise'>): void {
    this.#given = { task, recallFiles, precise };
  }

  dispatch(batch: Batch, thread?: number): number {
    let chosen = thread ?? 0;
    if (thread === undefined)
      for (const [place, { waiting }] of this.#threads.entries())
        if (waiting < (this.#threads[chosen]?.waiting ?? Infinity)) chosen = place;
    const target = this.#threads[chosen];
    if (target === undefined) throw new RangeError('no scanning thread');
    target.waiting += 1;
    this.#outstanding += 1;
    const task: ThreadTask = { ...batch, ...this.#given };
    target.worker.postMessage(task, []);
    return chosen;
  }

  /** Resolves when every batch came back. */
  async idle(): Promise<void> {
    if (this.#outstanding === 0) return;
    await new Promise<void>((resolve) => {
      this.#resolveIdle = resolve;
    });
  }

  #start(): void {
    const slot = this.#threads.length;
    const workerData: ThreadData = { init: this.#init, memory: this.#arena.memory, slot };
    const worker = new Worker(new URL(this.#entry), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMb, maxYoungGenerationSizeMb: youngHeapMb },
    });
    const thread: Thread = { worker, waiting: 0 };
    worker.on('message', ({ extent, results }: ThreadResults) => {
      thread.waiting -= 1;
      this.#outstanding -= 1;
      this.#arena.release(extent);
      this.#onResults(results);
      if (this.#outstanding === 0) this.#resolveIdle?.();
    });
    worker.on('error', (error: Error) => this.#onBroken(`a scanning thread failed: ${error.message}`));
    worker.on('exit', (code) => this.#onBroken(`a scanning thread ended with status ${code}`));
    this.#threads.push(thread);
  }
}
