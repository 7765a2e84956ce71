/** Looks at a scanning process from outside, a few times a second: does every thread get on, is the main thread alive, does it stay within its memory? */
import { journal, type HeaderRow } from './protocol.ts';
import type { ScanProcess } from './scan-process.ts';

export interface WatchLimits {
  /** One content may take this long, and a second more for each mebibyte. */
  readonly fileTimeoutMs: number;
  /** Resident memory of the process. */
  readonly memoryBytes: number;
}

/** `suspects`: positions of the entries that the threads were at. */
export interface Alarm {
  readonly code: 'FILE_TIMED_OUT' | 'SCAN_PROCESS_DIED';
  readonly reason: string;
  readonly suspects: readonly number[];
}

const tickMs = 250;
/** An archive may take this many times the limit of one content of its size: its members are watched one by one. */
const archiveFactor = 10;
const mebibyte = 2 ** 20;

interface Watched {
  index: number;
  step: number;
  /** When this content, and when this entry, was first seen. */
  contentSince: number;
  entrySince: number;
}

export class Watchdog {
  readonly #process: ScanProcess;
  readonly #task: number;
  readonly #limits: WatchLimits;
  readonly #rowAt: (index: number) => HeaderRow | undefined;
  readonly #threads: Watched[] = [];
  readonly #timer: NodeJS.Timeout;
  #aliveSince: number;
  #steps = -1;

  /** `onAlarm` is called at most once. */
  constructor(
    process: ScanProcess,
    task: number,
    limits: WatchLimits,
    rowAt: (index: number) => HeaderRow | undefined,
    onAlarm: (alarm: Alarm) => void,
  ) {
    this.#process = process;
    this.#task = task;
    this.#limits = limits;
    this.#rowAt = rowAt;
    this.#aliveSince = performance.now();
    this.#timer = setInterval(() => {
      const alarm = this.#judge(performance.now());
      if (alarm === undefined) return;
      this.stop();
      onAlarm(alarm);
    }, tickMs);
  }

  /** A sign of life of the main thread. */
  beat(steps: number, waits: boolean): void {
    if (steps !== this.#steps || waits) this.#aliveSince = performance.now();
    this.#steps = steps;
  }

  /** Entries that the threads are at now, or were when the process died; none where it may have been one of several small contents. */
  suspects(): readonly number[] {
    const places = this.#process
      .readJournal()
      .filter(({ task, index }) => task === this.#task && index !== journal.idle);
    return places.some(({ index }) => index === journal.several) ? [] : places.map(({ index }) => index);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #allowance(bytes: number): number {
    return this.#limits.fileTimeoutMs + (1000 * Math.max(0, bytes)) / mebibyte;
  }

  #judge(now: number): Alarm | undefined {
    const resident = this.#process.residentBytes();
    if (resident > this.#limits.memoryBytes) {
      const megabytes = Math.round(this.#limits.memoryBytes / mebibyte);
      const reason = `the scanning process used more than ${megabytes} MiB of memory`;
      return { code: 'SCAN_PROCESS_DIED', reason, suspects: this.suspects() };
    }
    const late = this.#lateThread(now);
    if (late !== undefined) return late;
    if (now - this.#aliveSince <= 3 * this.#limits.fileTimeoutMs) return undefined;
    const reason = `the scanning process made no progress for ${Math.round((now - this.#aliveSince) / 1000)} seconds`;
    return { code: 'SCAN_PROCESS_DIED', reason, suspects: [] };
  }

  #lateThread(now: number): Alarm | undefined {
    for (const [slot, { task, index, bytes, step }] of this.#process.readJournal().entries()) {
      const watched = (this.#threads[slot] ??= { index: journal.idle, step: -1, contentSince: now, entrySince: now });
      const isElsewhere = task !== this.#task || index === journal.idle;
      if (isElsewhere || watched.step !== step) watched.contentSince = now;
      // One of the scanners is the main thread: while it is at a content, that content's time counts.
      if (!isElsewhere) this.#aliveSince = now;
      // Small contents may follow one another for as long as they like.
      if (isElsewhere || watched.index !== index || index === journal.several)
        watched.entrySince = watched.contentSince;
      watched.index = index;
      watched.step = step;
      const whole = archiveFactor * this.#allowance(this.#rowAt(index)?.[5] ?? bytes);
      if (now - watched.contentSince <= this.#allowance(bytes) && now - watched.entrySince <= whole) continue;
      const seconds = Math.round((now - watched.entrySince) / 1000);
      return {
        code: 'FILE_TIMED_OUT',
        reason: `not examined within ${seconds} seconds`,
        suspects: index < 0 ? [] : [index],
      };
    }
    return undefined;
  }
}
