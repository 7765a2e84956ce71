/** A scanning thread: batches from shared memory → results. One content at a time, its place told to the watchdog before it is begun. */
import { writeSync } from 'node:fs';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import type { Analyzer } from '../core/analyzer.ts';
import { ContentExaminer, type FactReader, type OpenInspector } from './content-examiner.ts';
import { FileInspection } from './file-inspection.ts';
import { journal, type FileResult, type ScanInit } from './protocol.ts';
import type { ThreadData, ThreadResults, ThreadTask } from './scanner-pool.ts';

/** The file that the auditor opened for us. */
const journalDescriptor = 4;

/** Contents smaller than this are written down together, so many at a time: an image has a hundred thousand of them. */
const smallBytes = 16 * 1024;
const smallContents = 64;

/** The thread's place in the journal, which survives whatever happens to the process. */
class JournalSlot {
  readonly #values = new Float64Array(4);
  readonly #bytes = new Uint8Array(this.#values.buffer);
  readonly #offset: number;
  #small = 0;

  constructor(slot: number) {
    this.#offset = slot * journal.slotBytes;
  }

  /** `precise`: each content by itself. Else the auditor only learns that one of several small ones was at fault, and asks again. */
  begin(task: number, index: number, bytes: number, precise: boolean): void {
    if (precise || bytes >= smallBytes) this.write(task, index, bytes);
    else {
      if (this.#small === 0) this.write(task, journal.several, smallBytes * smallContents);
      this.#small = (this.#small + 1) % smallContents;
    }
  }

  write(task: number, index: number, bytes: number): void {
    if (index !== journal.several) this.#small = 0;
    this.#values[0] = task;
    this.#values[1] = index;
    this.#values[2] = bytes;
    this.#values[3] = (this.#values[3] ?? 0) + 1;
    writeSync(journalDescriptor, this.#bytes, 0, journal.slotBytes, this.#offset);
  }
}

const openInspectors = async (
  analyzers: readonly Analyzer[],
  known: ScanInit['analyzers'],
): Promise<readonly OpenInspector[]> => {
  const inspectors: OpenInspector[] = [];
  for (const { id, data } of known) {
    const analyzer = analyzers.find((candidate) => candidate.id === id);
    if (analyzer?.open !== undefined) inspectors.push({ id, inspector: await analyzer.open(data) });
  }
  return inspectors;
};

export const runScannerThread = async (
  analyzers: readonly Analyzer[],
  openFactReader: ((folder: string) => FactReader) | undefined,
): Promise<void> => {
  const port = parentPort;
  if (port === null) throw new TypeError('not a thread');
  const { init, memory, slot } = workerData as ThreadData;
  const { windowBytes, overlapBytes, limits, spoolFolder, spoolBytes, memoryFolder, knowledgeKey } = init;
  const place = new JournalSlot(slot);
  const tasks: ThreadTask[] = [];
  let working = false;
  let current = -1;
  let precise = false;

  const inspectors = await openInspectors(analyzers, init.analyzers);
  const reader = memoryFolder === '' ? undefined : openFactReader?.(memoryFolder);
  const inspection = new FileInspection({
    examiner: new ContentExaminer(inspectors, reader, knowledgeKey),
    memory: Buffer.from(memory),
    sizes: { windowBytes, overlapBytes },
    limits,
    spoolFolder,
    spoolBytes,
    spoolName: `${process.pid}-${threadId}`,
    begin: (index, bytes) => place.begin(current, index, bytes, precise),
  });

  const work = async (): Promise<void> => {
    working = true;
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      if (task.task !== current) inspection.beginTask(task.recallFiles);
      current = task.task;
      precise = task.precise;
      const results: FileResult[] = [];
      for (const piece of task.pieces) {
        const result = await inspection.inspect(piece);
        if (result !== undefined) results.push(result);
      }
      if (tasks.length === 0) place.write(current, journal.idle, 0);
      const answer: ThreadResults = { extent: task.extent, results };
      port.postMessage(answer);
    }
    working = false;
  };

  port.on('message', (task: ThreadTask) => {
    tasks.push(task);
    if (!working) void work();
  });
};
