/** The auditor's handle on one scanning process: messages out and in, the journal of its threads, and its end. */
import { closeSync, openSync, readFileSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { spawnChild, type Child } from '../io/child-process.ts';
import { confinementOf } from '../io/confinement.ts';
import { encodeMessage, frameHeader, FrameReader, frameTypes } from './frames.ts';
import { journal, scanWord, type FromChild, type ScanInit, type ToChild } from './protocol.ts';

export interface ScanProcessOptions {
  readonly entry: string;
  /** A folder of ours, for the journal and for what the process spools. */
  readonly folder: string;
  /** Where the process may read facts of earlier scans. */
  readonly memoryFolder?: string;
  readonly flags: readonly string[];
  /** Where the process finds its compiled modules. */
  readonly codeCache: string | undefined;
}

/** Where one thread is. */
export interface JournalEntry {
  readonly task: number;
  readonly index: number;
  readonly bytes: number;
  readonly step: number;
}

/** What a process wrote to its error output, as much as a log can bear. */
const complaintBytes = 4096;
const readyMs = 60_000;

let processes = 0;

const openJournal = (folder: string): number => {
  processes += 1;
  const file = join(folder, `journal-${process.pid}-${processes}`);
  const descriptor = openSync(file, 'wx+', 0o600);
  unlinkSync(file);
  return descriptor;
};

export class ScanProcess {
  readonly #child: Child;
  readonly #journal: number;
  readonly #slots = new Float64Array((journal.slotBytes / 8) * journal.slots);
  #death: string | undefined;
  #complaint = '';
  #onMessage: ((message: FromChild) => void) | undefined;
  #wakeWriter: (() => void) | undefined;
  readonly #resolveDeath: (reason: string) => void;
  readonly #resolveReady: () => void;
  readonly #ready: Promise<void>;
  /** Resolves with the reason when the process is gone. */
  readonly died: Promise<string>;

  constructor({ entry, folder, memoryFolder, flags, codeCache }: ScanProcessOptions) {
    this.#journal = openJournal(folder);
    ({ promise: this.died, resolve: this.#resolveDeath } = Promise.withResolvers<string>());
    ({ promise: this.#ready, resolve: this.#resolveReady } = Promise.withResolvers<void>());
    this.#child = spawnChild({
      entry,
      word: scanWord,
      folder,
      confinement: confinementOf(entry),
      flags,
      codeCache,
      readable: memoryFolder === undefined ? [] : [memoryFolder],
      writable: [folder],
      shared: this.#journal,
    });
    const { process: child, channel } = this.#child;
    child.once('error', (thrown) => this.#die(`it could not be started: ${thrown.message}`));
    // Not `exit`: what it said last is still in the socket then.
    child.once('close', (status, signal) =>
      this.#die(signal === null ? `it ended with status ${status}` : `it was ended by ${signal}`),
    );
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString('latin1')).slice(-complaintBytes);
    });
    channel.on('error', () => this.kill('its socket broke'));
    const reader = new FrameReader();
    channel.on('data', (chunk: Buffer) => this.#receive(reader, chunk));
  }

  /** Once, before anything else is sent: what the process works with. */
  begin(init: ScanInit): void {
    if (!this.isAlive) return;
    const payload = serialize(init);
    this.#child.channel.write(frameHeader(frameTypes.init, payload.length));
    this.#child.channel.write(payload);
  }

  get pid(): number {
    return this.#child.process.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#death === undefined;
  }

  /** The end of what it said on its error output: for a log. */
  get complaint(): string {
    return this.#complaint;
  }

  /** Rejects never: a process that does not get ready is killed. */
  async ready(): Promise<void> {
    const late = new AbortController();
    const timeout = delay(readyMs, 'late', { ref: false, signal: late.signal }).catch(() => 'ready');
    const first = await Promise.race([this.#ready, this.died, timeout]);
    late.abort();
    if (first === 'late') this.kill(`it was not ready after ${readyMs / 1000} seconds`);
  }

  /** Who is told what the process says; one at a time. A listener that throws ends the process: it speaks nonsense. */
  listen(listener: ((message: FromChild) => void) | undefined): void {
    this.#onMessage = listener;
  }

  send(message: ToChild): void {
    if (this.isAlive) this.#child.channel.write(encodeMessage(message));
  }

  /** Resolves when the bytes are on their way and their memory may be used again, also when the process died. */
  async sendData(chunk: Uint8Array): Promise<void> {
    if (!this.isAlive || chunk.length === 0) return;
    const { channel } = this.#child;
    await new Promise<void>((resolve) => {
      this.#wakeWriter = resolve;
      channel.cork();
      channel.write(frameHeader(frameTypes.data, chunk.length));
      channel.write(chunk, () => resolve());
      channel.uncork();
    });
  }

  /** Where every thread is; readable also after the process died. */
  readJournal(): readonly JournalEntry[] {
    const values = this.#slots;
    const count = readSync(this.#journal, new Uint8Array(values.buffer), 0, values.byteLength, 0);
    const entries: JournalEntry[] = [];
    for (let at = 0; (at + 4) * 8 <= count; at += 4)
      entries.push({
        task: values[at] ?? 0,
        index: values[at + 1] ?? journal.idle,
        bytes: values[at + 2] ?? 0,
        step: values[at + 3] ?? 0,
      });
    return entries;
  }

  /** Resident bytes, 0 where the system does not tell. */
  residentBytes(): number {
    if (process.platform !== 'linux') return 0;
    try {
      return Number(readFileSync(`/proc/${this.pid}/statm`, 'latin1').split(' ')[1]) * 4096;
    } catch {
      return 0;
    }
  }

  kill(reason: string): void {
    this.#child.process.kill('SIGKILL');
    this.#die(reason);
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    const { process: child, channel } = this.#child;
    const gone =
      child.exitCode === null && child.signalCode === null && child.pid !== undefined
        ? new Promise<void>((resolve) => child.once('close', () => resolve()))
        : Promise.resolve();
    this.kill('it was closed');
    channel.destroy();
    await gone;
    closeSync(this.#journal);
  }

  #receive(reader: FrameReader, chunk: Buffer): void {
    try {
      for (const { type, payload } of reader.read(chunk)) {
        if (type !== frameTypes.message) throw new TypeError('not a message');
        const message = JSON.parse(Buffer.from(payload).toString()) as FromChild;
        if (message.type === 'ready') this.#resolveReady();
        else if (message.type === 'broken') this.kill(`it gave up: ${message.reason}`);
        else this.#onMessage?.(message);
      }
    } catch (thrown) {
      this.kill(`it speaks nonsense: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }

  #die(reason: string): void {
    if (this.#death !== undefined) return;
    this.#death = reason;
    this.#wakeWriter?.();
    this.#resolveDeath(reason);
  }
}
