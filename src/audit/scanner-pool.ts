/** The scanners of one process: one in its main thread, further ones in threads of their own. Batches go out, results come back. */
import { Worker } from 'node:worker_threads';
import type { Analyzer } from '../core/analyzer.ts';
import type { Arena } from './arena.ts';
import type { FactReader } from './content-examiner.ts';
import type { Batch, Scanners } from './file-feeder.ts';
import { journal, type FileResult, type ScanInit } from './protocol.ts';
import { openScanner, type Scanner, type ScannerOptions, type ScannerTask } from './scanner.ts';

/** What a further thread is started with. */
export type ThreadData = Pick<ScannerOptions, 'init' | 'memory' | 'slot'>;

export interface ThreadResults {
  readonly extent: number;
  readonly results: readonly FileResult[];
}

type TaskSettings = Pick<ScannerTask, 'task' | 'recallFiles' | 'precise'>;

interface Thread {
  readonly worker: Worker;
  waiting: number;
}

/** What parsing leaves behind is short-lived: a larger nursery only keeps more memory from the machine. */
const youngHeapMb = 24;
/** Old space of one thread's heap; contents lie outside it. */
const threadHeapMb = 512;
/** Batches that wait for a further thread before the main thread, which reads the layer, lends a hand. */
const waitingBatches = 2;
/** The scanner in the main thread. */
const own = 0;

export interface ScannerPoolOptions {
  readonly entry: string;
  readonly analyzers: readonly Analyzer[];
  readonly openFactReader: ((folder: string) => FactReader) | undefined;
  readonly init: ScanInit;
  readonly arena: Arena;
  readonly onResults: (results: readonly FileResult[]) => void;
  readonly onBroken: (reason: string) => void;
}

export class ScannerPool implements Scanners {
  readonly #threads: Thread[] = [];
  readonly #options: ScannerPoolOptions;
  readonly #own: Promise<Scanner>;
  #outstanding = 0;
  #given: TaskSettings = { task: 0, recallFiles: false, precise: false };
  #resolveIdle: (() => void) | undefined;

  constructor(options: ScannerPoolOptions) {
    this.#options = options;
    const { analyzers, openFactReader, init, arena, onBroken } = options;
    this.#own = openScanner({ analyzers, openFactReader, init, memory: arena.memory, slot: own });
    this.#own.catch((thrown: unknown) => onBroken(`the scanner could not be opened: ${String(thrown)}`));
  }

  get isIdle(): boolean {
    return this.#outstanding === 0;
  }

  /** Starts threads until there are `count` scanners; none is stopped. */
  setCount(count: number): void {
    while (this.#threads.length + 1 < Math.min(count, journal.slots)) this.#start();
  }

  begin({ task, recallFiles, precise }: TaskSettings): void {
    this.#given = { task, recallFiles, precise };
  }

  /** The main thread scans only where every other one has enough to do: whoever waits for the answer reads no further meanwhile. */
  async dispatch(batch: Batch, scanner?: number): Promise<number> {
    const chosen = scanner ?? this.#choose();
    const thread = this.#threads[chosen - 1];
    const task: ScannerTask = { ...batch, ...this.#given };
    this.#outstanding += 1;
    if (thread === undefined) await this.#scan(task);
    else {
      thread.waiting += 1;
      thread.worker.postMessage(task, []);
    }
    return chosen;
  }

  /** Resolves when every batch came back. */
  async idle(): Promise<void> {
    if (this.#outstanding === 0) return;
    await new Promise<void>((resolve) => {
      this.#resolveIdle = resolve;
    });
  }

  #choose(): number {
    let chosen = own;
    let least = waitingBatches;
    for (const [place, { waiting }] of this.#threads.entries())
      if (waiting < least) {
        chosen = place + 1;
        least = waiting;
      }
    return chosen;
  }

  async #scan(task: ScannerTask): Promise<void> {
    const scanner = await this.#own;
    try {
      const results = await scanner.scan(task);
      scanner.rest();
      this.#settle(task.extent, results);
    } catch (thrown) {
      // A bug of ours: it must not pass for damage of the layer that is being read.
      this.#options.onBroken(`the scanner failed: ${thrown instanceof Error ? (thrown.stack ?? '') : String(thrown)}`);
      await new Promise(() => undefined);
    }
  }

  #settle(extent: number, results: readonly FileResult[]): void {
    this.#outstanding -= 1;
    this.#options.arena.release(extent);
    this.#options.onResults(results);
    if (this.#outstanding === 0) this.#resolveIdle?.();
  }

  #start(): void {
    const { entry, init, arena, onBroken } = this.#options;
    const workerData: ThreadData = { init, memory: arena.memory, slot: this.#threads.length + 1 };
    const worker = new Worker(new URL(entry), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMb, maxYoungGenerationSizeMb: youngHeapMb },
    });
    const thread: Thread = { worker, waiting: 0 };
    worker.on('message', ({ extent, results }: ThreadResults) => {
      thread.waiting -= 1;
      this.#settle(extent, results);
    });
    worker.on('error', (error: Error) => onBroken(`a scanning thread failed: ${error.message}`));
    worker.on('exit', (code) => onBroken(`a scanning thread ended with status ${code}`));
    this.#threads.push(thread);
  }
}
