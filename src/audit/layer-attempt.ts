/** One try at a layer with one scanning process: the stored bytes go in, entries and results come out, and the process is watched. */
import type { Context } from '../core/context.ts';
import { isFault } from '../core/fault.ts';
import type { Layer } from '../core/image.ts';
import { BlobReader } from './blob-reader.ts';
import type { LayerState } from './layer-state.ts';
import { wholeGap, type FromChild, type LayerEnd, type LayerTask, type PlacedGap } from './protocol.ts';
import type { ScanProcess } from './scan-process.ts';
import { Watchdog, type Alarm, type WatchLimits } from './watchdog.ts';

export type Outcome =
  | { readonly kind: 'done'; readonly end: LayerEnd; readonly blob: BlobReader; readonly gaps: readonly PlacedGap[] }
  | { readonly kind: 'died'; readonly alarm: Alarm }
  | { readonly kind: 'stopped'; readonly blob: BlobReader };

export interface AttemptOptions {
  readonly context: Context;
  readonly watch: WatchLimits;
  readonly onProgress: (stored: number) => void;
}

/** What ended the waiting before the work was done. */
type Interruption = { readonly alarm: Alarm } | { readonly stopped: true };

class StoppedReading extends Error {}

export class LayerAttempt {
  readonly #layer: Layer;
  readonly #task: LayerTask;
  readonly #process: ScanProcess;
  readonly #state: LayerState;
  readonly #options: AttemptOptions;
  readonly #watchdog: Watchdog;
  readonly #interruption = Promise.withResolvers<Interruption>();
  #answer = Promise.withResolvers<LayerEnd>();
  #wanted = true;
  #over = false;

  constructor(layer: Layer, task: LayerTask, process: ScanProcess, state: LayerState, options: AttemptOptions) {
    this.#layer = layer;
    this.#task = task;
    this.#process = process;
    this.#state = state;
    this.#options = options;
    this.#watchdog = new Watchdog(
      process,
      task.task,
      options.watch,
      (index) => state.rows[index],
      (alarm) => this.#interruption.resolve({ alarm }),
    );
  }

  async outcome(): Promise<Outcome> {
    const { signal } = this.#options.context;
    const stop = (): void => this.#interruption.resolve({ stopped: true });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    void this.#process.died.then((reason) => this.#interruption.resolve({ alarm: this.#deathOf(reason) }));
    const blob = this.#newReader();
    try {
      this.#state.restart();
      this.#process.listen((message) => this.#hear(message));
      this.#process.send(this.#task);
      const first = await this.#read(blob);
      if ('stopped' in first) return { kind: 'stopped', blob };
      if ('alarm' in first) return { kind: 'died', alarm: first.alarm };
      if (first.end.again.length === 0 || first.gaps.length > 0) return { kind: 'done', ...first, blob };
      return { kind: 'done', ...(await this.#readAgain(first.end, blob)), blob };
    } finally {
      this.#over = true;
      this.#watchdog.stop();
      signal.removeEventListener('abort', stop);
    }
  }

  /** Chunks that a table of contents names can only be compared once the table, at the layer's end, is known; links come behind files. */
  async #readAgain(
    end: LayerEnd,
    blob: BlobReader,
  ): Promise<{ readonly end: LayerEnd; readonly gaps: readonly PlacedGap[] }> {
    const second = this.#newReader();
    this.#answer = Promise.withResolvers();
    this.#wanted = true;
    this.#process.send({ type: 'again' });
    const unchecked = (reason: string): readonly PlacedGap[] => end.again.map((code) => wholeGap(code, reason, 0));
    const read = await this.#read(second);
    if ('stopped' in read) return { end, gaps: unchecked('the second reading was stopped') };
    if ('alarm' in read) return { end, gaps: unchecked(`the second reading failed: ${read.alarm.reason}`) };
    const gaps = [
      ...read.gaps,
      ...(read.end.fault === null ? [] : unchecked(`the second reading failed: ${read.end.fault.reason}`)),
      ...(blob.digest() === second.digest() ? [] : unchecked('a second reading gave other bytes')),
    ];
    const remarks = [...end.remarks, ...read.end.remarks];
    return { end: { ...end, remarks, gaps: [...end.gaps, ...read.end.gaps] }, gaps };
  }

  async #read(
    blob: BlobReader,
  ): Promise<{ readonly end: LayerEnd; readonly gaps: readonly PlacedGap[] } | Interruption> {
    const work = Promise.all([this.#answer.promise, this.#feed(blob)]);
    return Promise.race([work.then(([end, gaps]) => ({ end, gaps })), this.#interruption.promise]);
  }

  #newReader(): BlobReader {
    return new BlobReader(this.#layer.digest, this.#options.context.limits.bytes);
  }

  #deathOf(reason: string): Alarm {
    const suspects = this.#watchdog.suspects();
    return { code: 'SCAN_PROCESS_DIED', reason: `the scanning process died: ${reason}`, suspects };
  }

  /** Reads the layer to its end, whether the process wants the bytes or not: the digest is over all of them. Never rejects for a Fault. */
  async #feed(blob: BlobReader): Promise<readonly PlacedGap[]> {
    const { context, onProgress } = this.#options;
    try {
      await blob.read(await this.#layer.open(context), (chunk) => {
        if (this.#over) throw new StoppedReading();
        onProgress(blob.stored);
        return this.#wanted ? this.#process.sendData(chunk) : undefined;
      });
      this.#process.send({ type: 'end' });
      return [];
    } catch (thrown) {
      if (thrown instanceof StoppedReading) return [];
      if (!isFault(thrown)) throw thrown;
      this.#process.send({ type: 'lost' });
      return [wholeGap(thrown.code, thrown.message, Math.max(0, (this.#layer.size ?? 0) - blob.stored))];
    }
  }

  #hear(message: FromChild): void {
    if (message.type === 'beat') {
      this.#watchdog.beat(message.steps, message.waits);
      return;
    }
    // What an earlier task still had to say concerns nobody.
    if (!('task' in message) || message.task !== this.#task.task) return;
    if (message.type === 'rows') this.#state.addRows(message.rows);
    else if (message.type === 'results') this.#state.addResults(message.results);
    else if (message.type === 'enough') this.#wanted = false;
    else this.#answer.resolve(message);
  }
}
