/** The main thread of a scanning process: takes layers from the auditor one after the other, and answers with entries and results. */
import { deserialize } from 'node:v8';
import type { ChunkClaim } from '../formats/records/layer-toc.ts';
import { Arena } from './arena.ts';
import { AuditorLink } from './auditor-link.ts';
import { BlobQueue } from './blob-queue.ts';
import { FileFeeder } from './file-feeder.ts';
import { FrameReader, frameTypes, type Frame } from './frames.ts';
import { LinkedNames } from './linked-names.ts';
import { recheckLayer, walkLayer } from './layer-walk.ts';
import { toRow, type FileResult, type HeaderRow, type LayerTask, type ScanInit, type ToChild } from './protocol.ts';
import { ScannerPool, type ScannerPoolOptions } from './scanner-pool.ts';
import { TableCheck } from './table-check.ts';

const beatMs = 500;
/** Entries are announced in messages of this many. */
const rowsPerMessage = 512;
/** And results, unless a beat comes first: what was found before a later file ends the process is kept. */
const resultsPerMessage = 1024;

type ScanChildOptions = Pick<ScannerPoolOptions, 'entry' | 'analyzers' | 'openFactReader'>;

class ScanChild {
  readonly #link = new AuditorLink();
  readonly #options: ScanChildOptions;
  #init: ScanInit | undefined;
  #arena: Arena | undefined;
  #pool: ScannerPool | undefined;
  #queue: BlobQueue | undefined;
  #task: LayerTask | undefined;
  #table: TableCheck | undefined;
  #claims: readonly ChunkClaim[] = [];
  #names = new LinkedNames(() => '');
  #feeder: FileFeeder | undefined;
  #results: FileResult[] = [];
  #steps = 0;

  constructor(options: ScanChildOptions) {
    this.#options = options;
  }

  /** Until the auditor closes the socket. */
  async run(): Promise<void> {
    const beat = setInterval(() => this.#beat(), beatMs);
    const reader = new FrameReader();
    for await (const chunk of this.#link.socket as AsyncIterable<Uint8Array>)
      for (const frame of reader.read(chunk)) await this.#handle(frame);
    clearInterval(beat);
  }

  async #handle({ type, payload }: Frame): Promise<void> {
    this.#steps += 1;
    if (type === frameTypes.data) await this.#queue?.push(payload);
    else if (type === frameTypes.init) this.#start(deserialize(payload) as ScanInit);
    else this.#obey(JSON.parse(Buffer.from(payload).toString()) as ToChild);
  }

  #start(init: ScanInit): void {
    this.#init = init;
    this.#arena = new Arena(init.arenaBytes);
    this.#pool = new ScannerPool({
      ...this.#options,
      init,
      arena: this.#arena,
      onResults: (results) => this.#report(results),
      onBroken: (reason) => this.#break(reason),
    });
    this.#link.send({ type: 'ready' });
  }

  #obey(message: ToChild): void {
    switch (message.type) {
      case 'layer':
        this.#queue = new BlobQueue(message.where);
        this.#run(this.#scan(message, this.#queue));
        break;
      case 'again':
        this.#queue = new BlobQueue(this.#task?.where ?? '');
        this.#run(this.#scanAgain(this.#queue));
        break;
      case 'end':
        this.#queue?.end(false);
        break;
      case 'lost':
        this.#queue?.end(true);
        break;
      case 'threads':
        this.#pool?.setCount(message.count);
    }
  }

  async #scan(task: LayerTask, queue: BlobQueue): Promise<void> {
    const [init, arena, pool] = [this.#init, this.#arena, this.#pool];
    if (init === undefined || arena === undefined || pool === undefined) throw new TypeError('a layer before init');
    this.#task = task;
    const table = new TableCheck(task.annotations, init.limits);
    this.#table = table;
    const opened = this.#options.analyzers.filter(({ id }) => init.analyzers.some((known) => known.id === id));
    const names = new LinkedNames((path) =>
      opened
        .map((analyzer) => analyzer.readsAs?.(path) ?? '')
        .join(' ')
        .trim(),
    );
    this.#names = names;
    pool.setCount(task.threads);
    pool.begin(task);
    const known = new Map(task.known);
    const condemned = new Set(task.condemned);
    let rows: HeaderRow[] = [];
    let count = 0;
    const announce = async (): Promise<void> => {
      if (rows.length === 0) return;
      this.#link.send({ type: 'rows', task: task.task, rows });
      rows = [];
      await this.#link.drained();
    };
    const feeder = new FileFeeder({
      arena,
      scanners: pool,
      sizes: init,
      known,
      isInspected: (index) => task.inspect && !condemned.has(index),
      announce,
    });
    this.#feeder = feeder;
    const { end, claims } = await walkLayer(queue.stream(), {
      task,
      limits: init.limits,
      feeder,
      table,
      names,
      announce: (header) => {
        const row = toRow(header);
        rows.push(row);
        table.addEntry(row, header.xattrs);
        if (rows.length >= rowsPerMessage) void announce();
        return count++;
      },
      onStep: () => {
        this.#steps += 1;
      },
      settle: async () => {
        await announce();
        this.#link.send({ type: 'enough', task: task.task });
        await pool.idle();
        this.#sendResults();
      },
    });
    queue.close();
    this.#claims = claims;
    this.#link.send({ ...end, read: queue.read });
  }

  async #scanAgain(queue: BlobQueue): Promise<void> {
    const [init, task, feeder] = [this.#init, this.#task, this.#feeder];
    if (init === undefined || task === undefined || feeder === undefined)
      throw new TypeError('a second reading before the first');
    const recheck = { task, limits: init.limits, claims: this.#claims, names: this.#names, feeder };
    const checked = await recheckLayer(queue.stream(), recheck);
    queue.close();
    this.#link.send({ type: 'enough', task: task.task });
    await this.#pool?.idle();
    this.#sendResults();
    const { task: number } = task;
    const nothing = { diffId: '', bytes: 0, isTar: true, again: [] };
    this.#link.send({ type: 'done', task: number, ...nothing, ...checked, read: queue.read });
  }

  #run(scan: Promise<void>): void {
    void scan.catch((thrown: unknown) =>
      this.#break(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)),
    );
  }

  #report(results: readonly FileResult[]): void {
    this.#steps += 1;
    if (results.length === 0 || this.#task === undefined) return;
    for (const { index, sha256 } of results) this.#table?.setDigest(index, sha256);
    this.#results.push(...results);
    if (this.#results.length >= resultsPerMessage) this.#sendResults();
  }

  /** Each message wakes the auditor, on one of the same cores. */
  #sendResults(): void {
    if (this.#results.length === 0 || this.#task === undefined) return;
    this.#link.send({ type: 'results', task: this.#task.task, results: this.#results });
    this.#results = [];
  }

  #beat(): void {
    this.#sendResults();
    const waits = (this.#queue?.isReaderWaiting ?? true) || this.#pool?.isIdle === false;
    this.#link.send({ type: 'beat', steps: this.#steps, waits });
  }

  /** What is not understood ends the process: the auditor starts another one. The journal keeps the place of every thread. */
  #break(reason: string): void {
    this.#link.send({ type: 'broken', reason });
    this.#link.socket.end(() => process.exit(70));
  }
}

export const runScanChild = async (options: ScanChildOptions): Promise<void> => {
  await new ScanChild(options).run();
  process.exit(0);
};
