/** A sensor → the same, that remembers of each Event in which file and line its record stood. */
import type { Event } from '../../core/event.ts';
import { isGap, type Sensor } from '../../core/sensor.ts';

export interface RecordPlace {
  /** A file, a socket, an address. */
  readonly file: string;
  readonly line?: number;
}

/** `name: line 12`, as readers write it; names may hold anything. */
export const toRecordPlace = (where: string): RecordPlace => {
  const found = /^(.*): lines? (\d+)(?: to \d+)?$/s.exec(where);
  return found === null ? { file: where } : { file: found[1] ?? where, line: Number(found[2]) };
};

export interface LocatedRecords {
  readonly sensor: Sensor;
  placeOf(event: Event): RecordPlace | undefined;
  /** Records that were handed to the sensor. */
  readonly count: number;
  /** When the last Event happened: what a record without a time of its own is taken to be of. 0 before the first. */
  readonly lastAt: number;
}

export const locateRecords = (sensor: Sensor): LocatedRecords => {
  const places = new WeakMap<Event, string>();
  let count = 0;
  let lastAt = 0;
  return {
    sensor: {
      ...sensor,
      parse: (record, origin) => {
        count++;
        const result = sensor.parse(record, origin);
        if (!isGap(result))
          for (const event of result) {
            places.set(event, origin.where);
            lastAt = event.at;
          }
        return result;
      },
    },
    placeOf: (event) => {
      const where = places.get(event);
      return where === undefined ? undefined : toRecordPlace(where);
    },
    get count() {
      return count;
    },
    get lastAt() {
      return lastAt;
    },
  };
};
