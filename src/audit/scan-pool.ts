/** Scanning processes, kept between layers and images. At most as many as there are cores. */
import type { ScanProcess } from './scan-process.ts';

interface Waiting {
  readonly resolve: (process: ScanProcess) => void;
  readonly reject: (thrown: unknown) => void;
}

export class ScanPool {
  readonly #cores: number;
  readonly #open: () => ScanProcess;
  readonly #idle: ScanProcess[] = [];
  readonly #busy = new Set<ScanProcess>();
  readonly #queue: Waiting[] = [];
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(cores: number, open: () => ScanProcess) {
    this.#cores = Math.max(1, cores);
    this.#open = open;
  }

  /** Threads for each busy process, so that every core has something to do. */
  get threads(): number {
    return Math.max(
      1,
      Math.floor(this.#cores / Math.max(1, Math.min(this.#cores, this.#busy.size + this.#queue.length))),
    );
  }

  /** Processes that are there, at work or not. */
  get size(): number {
    return this.#idle.length + this.#busy.size;
  }

  /** Waits for a process; every one that is taken is given back. */
  async take(): Promise<ScanProcess> {
    if (this.#closed) throw new TypeError('the pool is closed');
    const kept = this.#takeIdle();
    if (kept !== undefined || this.#busy.size < this.#cores) {
      const process = kept ?? this.#open();
      this.#busy.add(process);
      return process;
    }
    return new Promise((resolve, reject) => this.#queue.push({ resolve, reject }));
  }

  /** A process that is not alive, or not usable any more, is replaced. */
  async give(process: ScanProcess, usable: boolean): Promise<void> {
    this.#busy.delete(process);
    process.listen(undefined);
    const next = this.#queue.shift();
    const keep = usable && process.isAlive && !this.#closed;
    if (!keep) await process.close();
    if (next !== undefined) {
      const successor = keep ? process : this.#open();
      this.#busy.add(successor);
      next.resolve(successor);
    } else if (keep) {
      this.#idle.push(process);
      this.#spread();
    } else this.#spread();
  }

  /** Lets go of idle processes that have grown past so many resident bytes, so that what is done next finds the memory free. */
  relieve(maximumBytes: number): void {
    for (const process of this.#idle.filter((idle) => idle.residentBytes() > maximumBytes)) {
      this.#idle.splice(this.#idle.indexOf(process), 1);
      const closing = process.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new TypeError('the pool was closed'));
    await Promise.all([
      ...[...this.#idle.splice(0), ...this.#busy].map((process) => process.close()),
      ...this.#closing,
    ]);
    this.#busy.clear();
  }

  /** Cores that became free go to the layers that are left. */
  #spread(): void {
    if (this.#busy.size === 0 || this.#busy.size >= this.#cores) return;
    for (const process of this.#busy) process.send({ type: 'threads', count: this.threads });
  }

  #takeIdle(): ScanProcess | undefined {
    for (;;) {
      const process = this.#idle.pop();
      if (process === undefined || process.isAlive) return process;
      void process.close();
    }
  }
}
