/** One layer → LayerFacts: read, sent to a scanning process, watched; and begun again behind a file that ends the process. */
import type { Context } from '../core/context.ts';
import { digestAlgorithm } from '../core/digest.ts';
import { isFault } from '../core/fault.ts';
import type { Layer } from '../core/image.ts';
import { statedCompression } from '../formats/unwrap-layer.ts';
import { BlobReader } from './blob-reader.ts';
import { LayerAttempt, type Outcome } from './layer-attempt.ts';
import type { LayerFacts } from './layer-facts.ts';
import { LayerState } from './layer-state.ts';
import { wholeGap, type LayerTask, type PlacedGap } from './protocol.ts';
import type { ScanPool } from './scan-pool.ts';
import type { Alarm, WatchLimits } from './watchdog.ts';

export interface LayerJobOptions {
  readonly pool: ScanPool;
  readonly context: Context;
  readonly watch: WatchLimits;
  /** A layer is begun again so many times; then its remaining files are only listed. */
  readonly restarts: number;
  readonly recallFiles: boolean;
  readonly onProgress: (stored: number) => void;
}

/** Scanned by one thread before a second one is ready. */
const smallLayer = 8 * 2 ** 20;

let tasks = 0;

/**
 * Positions of files that ended a process. A second thread's file is innocent, and of several small ones all but one: a run with one
 * thread shows which.
 */
const condemnedBy = (alarm: Alarm): readonly number[] => (alarm.suspects.length === 1 ? alarm.suspects : []);

class LayerJob {
  readonly #layer: Layer;
  readonly #name: string;
  readonly #where: string;
  readonly #options: LayerJobOptions;
  readonly #state = new LayerState();

  constructor(layer: Layer, name: string, where: string, options: LayerJobOptions) {
    this.#layer = layer;
    this.#name = name;
    this.#where = where;
    this.#options = options;
  }

  async run(): Promise<{ readonly facts: LayerFacts; readonly state: LayerState }> {
    const { restarts, context } = this.#options;
    let alone = false;
    let inspect = true;
    for (let attempt = 0; ;) {
      const outcome = await this.#attempt(inspect, alone);
      if (outcome.kind === 'done') return this.#finish(outcome, inspect);
      if (outcome.kind === 'stopped') return this.#stop(outcome.blob);
      const { alarm } = outcome;
      context.log.warn(`scanning process ended at ${this.#where}: ${alarm.reason}`);
      if (!inspect) return this.#giveUp(alarm);
      const condemned = condemnedBy(alarm);
      for (const index of condemned) this.#state.culprits.set(index, { code: alarm.code, reason: alarm.reason });
      // Whose fault it was is asked once more, of one thread that tells of every content. That is no restart behind a culprit.
      if (condemned.length === 0 && !alone) alone = true;
      else {
        // Not one file but the layer's own structure, or the machine.
        inspect = condemned.length > 0 && attempt < restarts;
        attempt += 1;
      }
    }
  }

  async #attempt(inspect: boolean, alone: boolean): Promise<Outcome> {
    const { pool, context, watch } = this.#options;
    const process = await pool.take();
    // Nothing was sent yet: the process is as good as before.
    let usable = true;
    try {
      if (context.signal.aborted) return { kind: 'stopped', blob: new BlobReader(undefined, 0) };
      await process.ready();
      usable = false;
      tasks += 1;
      const task = this.#task(tasks, inspect, alone, alone || this.#isSmall() ? 1 : pool.threads);
      const options = { context, watch, onProgress: this.#options.onProgress };
      const outcome = await new LayerAttempt(this.#layer, task, process, this.#state, options).outcome();
      usable = outcome.kind === 'done';
      return outcome;
    } finally {
      await pool.give(process, usable);
    }
  }

  #isSmall(): boolean {
    return this.#layer.size !== undefined && this.#layer.size < smallLayer;
  }

  #task(task: number, inspect: boolean, precise: boolean, threads: number): LayerTask {
    const { digest, diffId, mediaType, annotations = {} } = this.#layer;
    return {
      type: 'layer',
      task,
      where: this.#where,
      whiteouts: digest !== undefined || diffId !== undefined,
      diffIdAlgorithm: diffId === undefined ? 'sha256' : digestAlgorithm(diffId),
      mediaType,
      annotations,
      name: this.#name,
      threads,
      precise,
      known: this.#state.known(),
      condemned: [...this.#state.culprits.keys()],
      inspect,
      recallFiles: this.#options.recallFiles,
    };
  }

  #finish(
    { end, blob, gaps }: Extract<Outcome, { kind: 'done' }>,
    inspected: boolean,
  ): Awaited<ReturnType<LayerJob['run']>> {
    const { restarts } = this.#options;
    const abandoned: PlacedGap[] = inspected
      ? []
      : [
          wholeGap(
            'LAYER_ABANDONED',
            `the scan was begun again ${restarts} times; files that were left are only listed`,
            0,
          ),
        ];
    const rest = end.fault === null ? 0 : Math.max(0, blob.stored - end.read);
    // Where the source broke off, that is what the parser met too.
    const broken = end.fault === null || gaps.length > 0 ? [] : [wholeGap(end.fault.code, end.fault.reason, rest)];
    const shape = end.isTar ? [] : [notTarGap(this.#layer)];
    const facts = this.#state.toFacts(readingOf(blob), end, [...gaps, ...broken, ...shape, ...abandoned], rest);
    const circumstantial =
      this.#state.culprits.size > 0 || !inspected || gaps.length > 0 || facts.gaps.some(isCircumstantial);
    return { facts: { ...facts, circumstantial }, state: this.#state };
  }

  /** The caller's time is up. What is known so far counts. */
  #stop(blob: BlobReader): Awaited<ReturnType<LayerJob['run']>> {
    const { reason } = this.#options.context.signal as { reason: unknown };
    const code = isFault(reason) ? reason.code : 'SCAN_STOPPED';
    return this.#rest(
      wholeGap(code, isFault(reason) ? reason.message : 'the scan was stopped', this.#left(blob)),
      blob,
    );
  }

  #giveUp(alarm: Alarm): Awaited<ReturnType<LayerJob['run']>> {
    return this.#rest(wholeGap('LAYER_ABANDONED', `the scan ended each time: ${alarm.reason}`, this.#layer.size ?? 0));
  }

  #rest(gap: PlacedGap, blob?: BlobReader): Awaited<ReturnType<LayerJob['run']>> {
    const facts = this.#state.toFacts({ stored: blob?.stored ?? 0 }, undefined, [gap], gap.bytes);
    return { facts: { ...facts, circumstantial: true }, state: this.#state };
  }

  #left(blob: BlobReader): number {
    return Math.max(0, (this.#layer.size ?? blob.stored) - blob.stored);
  }
}

/** Everything was examined, as one file; but what calls itself a layer and is none may be something else to an engine. */
const notTarGap = ({ mediaType }: Layer): PlacedGap => ({
  ...wholeGap('LAYER_NOT_TAR', 'the bytes are no tar: they were examined as one file', 0),
  executable: statedCompression(mediaType) !== undefined,
});

/** Gaps that another scan of the same bytes may not have. */
const isCircumstantial = ({ code }: PlacedGap): boolean => code.endsWith('_TIMED_OUT') || code.endsWith('_FAILED');

const readingOf = (blob: BlobReader): { stored: number; digest?: NonNullable<ReturnType<BlobReader['digest']>> } => {
  const digest = blob.digest();
  return { stored: blob.stored, ...(digest === undefined ? {} : { digest }) };
};

/** Never throws for anything that the layer, its source or the scan may do. `name`: what content that is no tar is called. */
export const auditLayer = (
  layer: Layer,
  name: string,
  where: string,
  options: LayerJobOptions,
): ReturnType<LayerJob['run']> => new LayerJob(layer, name, where, options).run();
