/** What a scanning process and each of its threads run: the same module, told apart by the thread it is in. */
import { isMainThread } from 'node:worker_threads';
import type { Analyzer } from '../core/analyzer.ts';
import type { FactReader } from './content-examiner.ts';
import { runScanChild } from './scan-child.ts';
import { runScannerThread } from './scanner-thread.ts';

export interface ScanWorkerOptions {
  readonly analyzers: readonly Analyzer[];
  /** `import.meta.url` of the module that calls this. */
  readonly entry: string;
  /** Opens the memory of past scans for reading only. */
  readonly openFactReader?: (folder: string) => FactReader;
}

/** Called by the module that `AuditorOptions.workerEntry` names, and by nothing else. */
export const runScanWorker = async ({ analyzers, entry, openFactReader }: ScanWorkerOptions): Promise<void> =>
  isMainThread ? await runScanChild(entry) : await runScannerThread(analyzers, openFactReader);
