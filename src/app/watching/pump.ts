/**
 * Listeners → the second flow → sinks and memory. The order is the promise: what follows from a piece is on the disk of every sink, then
 * events, incidents and the place to go on from are kept, and only then is whoever sent the piece told so.
 */
import type { Checkpoint } from '../../core/follow-memory.ts';
import type { Intake, OpenListener } from '../../core/listener.ts';
import type { SinkRecord, SinkValue } from '../../core/sink.ts';
import { isFault } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { Log } from '../../core/context.ts';
import { pause } from '../../io/retry.ts';
import { IntakeReader } from '../../watch/framing/intake-reader.ts';
import type { Followed, FollowedEvent, Follower } from '../follow/follower.ts';
import { locateRecords, type LocatedRecords } from '../follow/located-records.ts';
import { sensorOf } from '../follow/replay.ts';
import type { HeldMemory } from './held-memory.ts';
import { toSinkRecords, toVerdictRecord } from './sink-records.ts';
import { WatchCounts } from './watch-counts.ts';

export interface PumpedListener {
  readonly listener: OpenListener;
  /** Of pieces that name none. */
  readonly sensor?: string;
  /** It lives by what the others give, and ends after them. */
  readonly companion?: boolean;
}

export interface PumpParts {
  readonly follower: Follower;
  readonly memory: HeldMemory;
  /** Kept by every sink once it resolves. */
  readonly offer: (records: readonly SinkRecord[]) => Promise<void>;
  /** The verdict that an event of the judge tells of, as `scan` writes it. */
  readonly verdictOf?: (event: FollowedEvent['event']) => SinkValue | undefined;
  readonly show: (followed: Followed) => Promise<void>;
  /** Told once: every listener but companions has ended, and what they gave is kept. */
  readonly idle?: () => void;
  /** Told of what is done. */
  readonly counts?: WatchCounts;
  readonly now: () => Date;
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly intake: Intake;
  readonly source: Source;
  readonly sensor: string;
}

/** What is read ahead of what is kept. */
const aheadPieces = 128;
const aheadBytes = 8 * 2 ** 20;
const retryMs = 1000;
const revisionSource = 'revision';

class Source {
  readonly #located = new Map<string, LocatedRecords>();
  readonly reader: IntakeReader;

  constructor(own: string | undefined, now: () => number) {
    this.reader = new IntakeReader((id) => this.#of(id ?? own ?? '').sensor, now);
  }

  #of(id: string): LocatedRecords {
    const known = this.#located.get(id);
    if (known !== undefined) return known;
    const located = locateRecords(sensorOf(id));
    this.#located.set(id, located);
    return located;
  }

  followed(event: FollowedEvent['event']): FollowedEvent {
    for (const located of this.#located.values()) {
      const place = located.placeOf(event);
      if (place !== undefined) return { event, place };
    }
    return { event };
  }
}

class Pump {
  readonly #parts: PumpParts;
  readonly #queue: Waiting[] = [];
  /** As they are kept. */
  readonly #positions = new Map<string, string>();
  /** Of the last batch, also of an earlier process: clocks are set back now and then. */
  #revision: number;
  readonly #counts: WatchCounts;
  #bytes = 0;
  #arrived = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();
  #reading: number;
  /** Those that are no companions. */
  #leading: number;
  #toldIdle = false;
  #failed = false;

  constructor(parts: PumpParts, listeners: readonly PumpedListener[]) {
    this.#parts = parts;
    this.#counts = parts.counts ?? new WatchCounts();
    const revision = Number(parts.memory.checkpoint(revisionSource));
    this.#revision = Number.isSafeInteger(revision) ? revision : 0;
    this.#reading = listeners.length;
    this.#leading = listeners.filter(({ companion }) => companion !== true).length;
  }

  async read({ listener, sensor, companion }: PumpedListener): Promise<void> {
    const source = new Source(sensor, () => this.#parts.now().getTime());
    try {
      for await (const intake of listener.intakes) {
        this.#queue.push({ intake, source, sensor: intake.sensor ?? sensor ?? '' });
        this.#bytes += intake.bytes.length;
        this.#tellQueue();
        this.#arrived.resolve();
        while (!this.#failed && (this.#queue.length >= aheadPieces || this.#bytes >= aheadBytes))
          await this.#taken.promise;
        if (this.#failed) return;
      }
    } finally {
      this.#reading -= 1;
      if (companion !== true) this.#leading -= 1;
      this.#arrived.resolve();
    }
  }

  /** Ends when every listener has ended and everything that they gave is kept. */
  async work(): Promise<void> {
    try {
      await this.#work();
    } catch (thrown) {
      this.#failed = true;
      this.#taken.resolve();
      for (const { intake } of this.#queue.splice(0)) intake.settle?.(false);
      throw thrown;
    }
  }

  async #work(): Promise<void> {
    for (;;) {
      const group = this.#queue.splice(0);
      this.#bytes = 0;
      this.#tellQueue();
      this.#taken.resolve();
      this.#taken = Promise.withResolvers();
      if (group.length > 0) {
        await this.#keep(group);
        continue;
      }
      if (this.#reading === 0) return;
      if (this.#leading === 0 && !this.#toldIdle) {
        this.#toldIdle = true;
        this.#parts.idle?.();
      }
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }

  #tellQueue(): void {
    this.#counts.waitingPieces = this.#queue.length;
    this.#counts.waitingBytes = this.#bytes;
  }

  async #keep(group: readonly Waiting[]): Promise<void> {
    const events: FollowedEvent[] = [];
    const gaps: Gap[] = [];
    const checkpoints = new Map<string, Checkpoint>();
    const received = this.#parts.now().getTime();
    for (const { intake, source, sensor } of group) {
      const read = source.reader.take(intake);
      this.#counts.took(sensor, read.events, received);
      for (const event of read.events) events.push(source.followed(event));
      gaps.push(...read.gaps);
      if (read.position !== undefined) checkpoints.set(read.position.source, read.position);
    }
    for (const { source, position } of checkpoints.values()) {
      // In the middle of a long line nothing has changed that is worth a write.
      if (this.#positions.get(source) === position) checkpoints.delete(source);
      else this.#positions.set(source, position);
    }
    let kept = false;
    try {
      if (events.length + gaps.length + checkpoints.size === 0) {
        kept = true;
        return;
      }
      const followed = this.#parts.follower.take({ events, gaps });
      this.#counts.followed(followed);
      const now = this.#parts.now();
      this.#revision = Math.max(now.getTime(), this.#revision + 1);
      const verdicts = events.flatMap(({ event }) => {
        const document = event.action === 'judge' ? this.#parts.verdictOf?.(event) : undefined;
        return document === undefined ? [] : [toVerdictRecord(event.id, document, now.toISOString())];
      });
      const records = [...verdicts, ...toSinkRecords(followed, now.toISOString(), this.#revision)];
      if (followed.incidents.length > 0)
        checkpoints.set(revisionSource, { source: revisionSource, position: String(this.#revision) });
      await this.#parts.show(followed);
      if (records.length > 0) await this.#insist(() => this.#parts.offer(records));
      await this.#insist(async () => this.#parts.memory.commit([...checkpoints.values()]));
      kept = true;
    } finally {
      for (const { intake } of group) intake.settle?.(kept);
    }
  }

  /** A disk that is full is waited for: nothing may be confirmed meanwhile, and nothing is read on. */
  async #insist(work: () => Promise<void>): Promise<void> {
    for (let failures = 1; ; failures += 1)
      try {
        await work();
        this.#counts.moving();
        return;
      } catch (thrown) {
        if (!isFault(thrown) || thrown.kind !== 'unavailable' || this.#parts.signal.aborted) throw thrown;
        this.#counts.stuck(thrown.message, this.#parts.now().getTime());
        if (failures === 1)
          this.#parts.log.warn('what was found cannot be kept, and is tried again', { reason: thrown.message });
        await pause(retryMs, this.#parts.signal);
      }
  }
}

/** Until the listeners end, as they do at the signal. */
export const pumpAll = async (
  listeners: readonly PumpedListener[],
  parts: PumpParts,
  /** Ends the listeners when one of them, or what is done with what they give, fails. */
  stop: () => void,
): Promise<void> => {
  const pump = new Pump(parts, listeners);
  const all = [pump.work(), ...listeners.map((listener) => pump.read(listener))];
  const ended = await Promise.allSettled(
    all.map((one) =>
      one.catch((thrown: unknown) => {
        stop();
        throw thrown;
      }),
    ),
  );
  for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
};
