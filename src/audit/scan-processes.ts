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
}

/** What a scanning process is told of the audit that it works for. */
export interface ScanSizes {
  readonly windowBytes?: number;
  readonly spoolBytes?: number;
  readonly limits: Limits;
}

const mebibyte = 2 ** 20;
const overlapBytes = 256 * 1024;

/**
 * A scanning process has a small heap, past which gigabytes of contents flow in buffers: they would keep the incremental collector at
 * work all the time, and helping threads would cost the cores that scan. Larger spaces would only be filled with what nobody needs. Few
 * functions are worth being compiled a second time for a run of seconds. Where a module's path leads through links is not asked for each
 * of hundreds: the entry's own path has none, and no package that is loaded there needs another.
 */
const engineFlags: readonly string[] = [
  '--max-old-space-size=1024',
  '--initial-old-space-size=64',
  '--max-semi-space-size=8',
  '--no-incremental-marking',
  '--single-threaded-gc',
  '--invocation-count-for-turbofan=40000',
  '--preserve-symlinks',
  '--preserve-symlinks-main',
];

/** Whoever makes it closes it, after the processes that were opened have been closed; closing it twice does nothing. */
export class ScanProcesses implements AsyncDisposable {
  readonly #options: ScanProcessesOptions;
  #folder: string | undefined;
  #codeCache: string | undefined;
  readonly #ahead: ScanProcess[] = [];
  #wereOpened = false;

  constructor(options: ScanProcessesOptions) {
    this.#options = options;
  }

  /** So many processes, which load their modules while modules and rules are loaded here: they are the first to be opened. */
  startAhead(count: number): void {
    while (this.#ahead.length < count) this.#ahead.push(this.#start());
  }

  open(analyzers: readonly Analyzer[], knowledge: Knowledge, sizes: ScanSizes): ScanProcess {
    const process = this.#ahead.shift() ?? this.#start();
    this.#wereOpened = true;
    const { windowBytes = usualWindowBytes, spoolBytes = 8192 * mebibyte, limits } = sizes;
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
      memoryFolder: this.#options.memoryFolder ?? '',
      knowledgeKey: knowledge.key,
    });
    return process;
  }

  #start(): ScanProcess {
    const { workerEntry: entry, memoryFolder } = this.#options;
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), 'tidewaiter-scan-'));
      this.#codeCache = copyCodeCache({ entry, flags: engineFlags });
    }
    return new ScanProcess({
      entry,
      folder: this.#folder,
      flags: engineFlags,
      codeCache: this.#codeCache,
      ...(memoryFolder === undefined ? {} : { memoryFolder }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#ahead.splice(0).map((process) => process.close()));
    const folder = this.#folder;
    if (folder === undefined) return;
    this.#folder = undefined;
    // Who was interrupted, or told of a mistake, does not wait for the next scan to be quicker.
    if (this.#wereOpened) await fillCodeCache({ entry: this.#options.workerEntry, flags: engineFlags });
    for (const made of [folder, ...(this.#codeCache === undefined ? [] : [this.#codeCache])])
      rmSync(made, { recursive: true, force: true });
  }
}
