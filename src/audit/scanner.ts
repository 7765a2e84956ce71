/** Batches of contents in shared memory → results. One content at a time, its place told to the watchdog before it is begun. */
import { writeSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import type { Analyzer } from '../core/analyzer.ts';
import { ContentExaminer, type FactReader, type OpenInspector } from './content-examiner.ts';
import type { Batch } from './file-feeder.ts';
import { FileInspection } from './file-inspection.ts';
import { journal, type FileResult, type LayerTask, type ScanInit } from './protocol.ts';

export interface ScannerTask extends Batch, Pick<LayerTask, 'task' | 'recallFiles' | 'precise'> {}

export interface ScannerOptions {
  readonly analyzers: readonly Analyzer[];
  readonly openFactReader: ((folder: string) => FactReader) | undefined;
  readonly init: ScanInit;
  readonly memory: SharedArrayBuffer;
  /** Its place in the journal. */
  readonly slot: number;
}

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

export class Scanner {
  readonly #inspection: FileInspection;
  readonly #place: JournalSlot;
  #task = -1;
  #precise = false;

  constructor(inspectors: readonly OpenInspector[], { init, memory, slot, openFactReader }: ScannerOptions) {
    const { windowBytes, overlapBytes, limits, spoolFolder, spoolBytes, memoryFolder, knowledgeKey } = init;
    const place = new JournalSlot(slot);
    this.#place = place;
    const reader = memoryFolder === '' ? undefined : openFactReader?.(memoryFolder);
    this.#inspection = new FileInspection({
      examiner: new ContentExaminer(inspectors, reader, knowledgeKey),
      memory: Buffer.from(memory),
      sizes: { windowBytes, overlapBytes },
      limits,
      spoolFolder,
      spoolBytes,
      spoolName: `${process.pid}-${threadId}`,
      begin: (index, bytes) => place.begin(this.#task, index, bytes, this.#precise),
    });
  }

  async scan({ task, recallFiles, precise, pieces }: ScannerTask): Promise<readonly FileResult[]> {
    if (task !== this.#task) this.#inspection.beginTask(recallFiles);
    this.#task = task;
    this.#precise = precise;
    const results: FileResult[] = [];
    for (const piece of pieces) {
      const result = await this.#inspection.inspect(piece);
      if (result !== undefined) results.push(result);
    }
    return results;
  }

  /** To be called when there is nothing to scan for now. */
  rest(): void {
    this.#place.write(this.#task, journal.idle, 0);
  }
}

export const openScanner = async (options: ScannerOptions): Promise<Scanner> =>
  new Scanner(await openInspectors(options.analyzers, options.init.analyzers), options);
