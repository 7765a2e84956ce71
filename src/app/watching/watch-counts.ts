/** What a watch did since it began, for whoever asks how it is. */
import type { Followed } from '../follow/follower.ts';

export interface SensorCounts {
  readonly events: number;
  /** When the last event happened, and how long after that it was taken. In milliseconds. */
  readonly lastAt: number;
  readonly lagMs: number;
}

/** Codes are of a closed list, and sensors too; nothing that a record holds may make more of them. */
const maximumNames = 500;

const add = (counts: Map<string, number>, name: string): void => {
  const key = counts.has(name) || counts.size < maximumNames ? name : 'other';
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

export class WatchCounts {
  readonly #sensors = new Map<string, SensorCounts>();
  readonly #gaps = new Map<string, number>();
  readonly #findings = new Map<string, number>();
  #stuck: { readonly since: number; readonly reason: string } | undefined;
  waitingPieces = 0;
  waitingBytes = 0;
  ready = false;

  took(sensor: string, events: readonly { readonly at: number }[], now: number): void {
    const last = events.at(-1);
    if (last === undefined) return;
    const before = this.#sensors.get(sensor)?.events ?? 0;
    this.#sensors.set(sensor, {
      events: before + events.length,
      lastAt: last.at,
      lagMs: Math.max(0, now - last.at),
    });
  }

  followed({ gaps, detections }: Followed): void {
    for (const { code } of gaps) add(this.#gaps, code);
    for (const { detection } of detections) add(this.#findings, detection.severity);
  }

  /** What was found cannot be kept, and nothing is read on. */
  stuck(reason: string, now: number): void {
    this.#stuck ??= { since: now, reason };
  }

  moving(): void {
    this.#stuck = undefined;
  }

  get problem(): { readonly since: number; readonly reason: string } | undefined {
    return this.#stuck;
  }

  get sensors(): ReadonlyMap<string, SensorCounts> {
    return this.#sensors;
  }

  get gaps(): ReadonlyMap<string, number> {
    return this.#gaps;
  }

  get findings(): ReadonlyMap<string, number> {
    return this.#findings;
  }
}
