/** A further thread of a scanning process: batches come in by message, results go back. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Analyzer } from '../core/analyzer.ts';
import type { FactReader } from './content-examiner.ts';
import { openScanner, type ScannerTask } from './scanner.ts';
import type { ThreadData, ThreadResults } from './scanner-pool.ts';

export const runScannerThread = async (
  analyzers: readonly Analyzer[],
  openFactReader: ((folder: string) => FactReader) | undefined,
): Promise<void> => {
  const port = parentPort;
  if (port === null) throw new TypeError('not a thread');
  const scanner = await openScanner({ analyzers, openFactReader, ...(workerData as ThreadData) });
  const tasks: ScannerTask[] = [];
  let working = false;

  const work = async (): Promise<void> => {
    working = true;
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const results = await scanner.scan(task);
      if (tasks.length === 0) scanner.rest();
      const answer: ThreadResults = { extent: task.extent, results };
      port.postMessage(answer);
    }
    working = false;
  };

  port.on('message', (task: ScannerTask) => {
    tasks.push(task);
    if (!working) void work();
  });
};
