/** Starts scanning processes, in a temporary folder of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Analyzer } from '../core/analyzer.ts';
import type { Limits } from '../core/budget.ts';
import { copyCodeCache, fillCodeCache } from '../io/code-cache.ts';
import { usualWindowBytes } from './content-windows.ts';
import type { Knowledge } from './knowledge.ts';
import { ScanProcess } from './scan-process.ts';

export interface ScanProcessesOptions {
  /** Absolute path of the module that calls `runScanWorker`. */
  readonly workerEntry: string;
  /** Where scanning processes may read the memory's facts of files themselves. */
  readonly memoryFolder?: string;
  readonly windowBytes?: number;
  readonly spoolBytes?: number;
  readonly limits: Limits;
}

const mebibyte = 2 ** 20;
const overlapBytes = 256 * 1024;

/**
 * A scanning process has a small heap, past which gigabytes of contents flow in buffers: they would keep the incremental collector at
 * work all the time, and helping threads would cost the cores that scan. Larger spaces would only be filled with what nobody needs. Few
 * functions are worth being compiled a second time for a run of seconds.
 */
const engineFlags: readonly string[] = [
  '--max-old-space-size=1024',
  '--initial-old-space-size=64',
  '--max-semi-space-size=8',
  '--no-incremental-marking',
  '--single-threaded-gc',
  '--invocation-count-for-turbofan=12000',
];

export class ScanProcesses {
  readonly #options: ScanProcessesOptions;
  #folder: string | undefined;
  #codeCache: string | undefined;
  #ahead: ScanProcess | undefined;

  constructor(options: ScanProcessesOptions) {
    this.#options = options;
  }

  /** One process, which loads its modules while rules are read here. */
  startAhead(): void {
    this.#ahead ??= this.#start();
  }

  open(analyzers: readonly Analyzer[], knowledge: Knowledge): ScanProcess {
    const process = this.#ahead ?? this.#start();
    this.#ahead = undefined;
    const { memoryFolder = '', windowBytes = usualWindowBytes, spoolBytes = 8192 * mebibyte, limits } = this.#options;
    process.begin({
      analyzers: analyzers
        .filter((analyzer) => analyzer.open !== undefined)
        .map(({ id }) => ({ id, data: knowledge.dataToOpen(id) })),
      limits,
      arenaBytes: 2 * windowBytes,
      windowBytes,
      overlapBytes: Math.min(overlapBytes, windowBytes / 4),
      spoolFolder: this.#folder ?? '',
      spoolBytes,
      memoryFolder,
      knowledgeKey: knowledge.key,
    });
    return process;
  }

  #start(): ScanProcess {
    const { workerEntry: entry, memoryFolder } = this.#options;
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), 'tidewaiter-scan-'));
      this.#codeCache = copyCodeCache({ entry, flags: engineFlags }, this.#folder);
    }
    return new ScanProcess({
      entry,
      folder: this.#folder,
      flags: engineFlags,
      codeCache: this.#codeCache,
      ...(memoryFolder === undefined ? {} : { memoryFolder }),
    });
  }

  /** After the processes that were opened have been closed. */
  async close(): Promise<void> {
    await this.#ahead?.close();
    this.#ahead = undefined;
    if (this.#folder === undefined) return;
    await fillCodeCache({ entry: this.#options.workerEntry, flags: engineFlags });
    rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}
