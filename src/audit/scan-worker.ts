/** What a scanning process and each of its threads run: the same module, told apart by the thread it is in. */
import { isMainThread } from 'node:worker_threads';
import type { Analyzer } from '../core/analyzer.ts';
import type { FactReader } from './content-examiner.ts';
import { scanWord } from './protocol.ts';
import { runScanChild } from './scan-child.ts';
import { runScannerThread } from './scanner-thread.ts';

export interface ScanWorkerOptions {
  readonly analyzers: readonly Analyzer[];
  /** `import.meta.url` of the module that calls this. */
  readonly entry: string;
  /** Opens the memory of past scans for reading only. */
  readonly openFactReader?: (folder: string) => FactReader;
}

/** Called by the module that `AuditorOptions.workerEntry` names. Does nothing where that module is only loaded. */
export const runScanWorker = async ({ analyzers, entry, openFactReader }: ScanWorkerOptions): Promise<void> => {
  if (!isMainThread) await runScannerThread(analyzers, openFactReader);
  else if (process.argv[2] === scanWord) await runScanChild({ entry, analyzers, openFactReader });
};
