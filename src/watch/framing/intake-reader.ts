/** Pieces of logs, as a listener hands them out → Events, Gaps, and what is to be remembered with them. */
import type { Intake, ListenerPosition } from '../../core/listener.ts';
import type { Sensor } from '../../core/sensor.ts';
import { SensorReader, type SensorBatch } from './sensor-reader.ts';

export interface ReadIntake extends SensorBatch {
  readonly position?: ListenerPosition;
}

/** Logs that are open at once: a follower of many files ends those that are rotated away. */
const openLimit = 100_000;

/** One for each listener. `sensorOf` gives the sensor of a piece that names one, or the listener's own. */
export class IntakeReader {
  readonly #sensorOf: (id: string | undefined) => Sensor;
  readonly #now: () => number;
  readonly #readers = new Map<string, SensorReader>();

  constructor(sensorOf: (id: string | undefined) => Sensor, now: () => number) {
    this.#sensorOf = sensorOf;
    this.#now = now;
  }

  take(intake: Intake): ReadIntake {
    const { bytes, last, gaps, position } = intake;
    const reader = this.#readerOf(intake);
    const read = bytes.length === 0 ? { events: [], gaps: [] } : reader.push(bytes);
    const rest = last ? reader.finish() : { events: [], gaps: [] };
    if (last) this.#readers.delete(intake.log);
    return {
      events: [...read.events, ...rest.events],
      gaps: [...gaps, ...read.gaps, ...rest.gaps],
      ...(position === undefined ? {} : { position: position(reader.settled) }),
    };
  }

  #readerOf({ log, where, from, place, sensor }: Intake): SensorReader {
    const known = this.#readers.get(log);
    if (known !== undefined) return known;
    const reader = new SensorReader(this.#sensorOf(sensor), {
      where,
      identity: log,
      now: this.#now,
      offset: from.offset,
      line: from.line,
      ...(from.head === undefined ? {} : { head: from.head }),
      ...(place === undefined ? {} : { place }),
    });
    if (this.#readers.size >= openLimit) {
      const [oldest] = this.#readers.keys();
      if (oldest !== undefined) this.#readers.delete(oldest);
    }
    this.#readers.set(log, reader);
    return reader;
  }
}
