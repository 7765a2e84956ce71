/** A record, as it would come, through the reader of a sensor. */
import type { Event, EventPlace } from '../../src/core/event.ts';
import type { Gap } from '../../src/core/gap.ts';
import type { Sensor } from '../../src/core/sensor.ts';
import { SensorReader, type ReaderLimits } from '../../src/watch/framing/sensor-reader.ts';

export interface Sensed {
  readonly events: readonly Event[];
  readonly gaps: readonly Gap[];
}

export const receivedAt = Date.parse('2026-03-01T00:00:00Z');

export interface SensedOptions {
  readonly where?: string;
  readonly place?: EventPlace;
  readonly limits?: Partial<ReaderLimits>;
  /** Bytes that come at once. */
  readonly step?: number;
}

/** Of text or bytes as they are; of anything else as JSON. */
export const readAll = (sensor: Sensor, record: unknown, options: SensedOptions = {}): Sensed => {
  const bytes =
    record instanceof Uint8Array ? record : Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
  const { where = 'test', place, limits, step = 65_536 } = options;
  const reader = new SensorReader(sensor, {
    where,
    now: () => receivedAt,
    ...(place === undefined ? {} : { place }),
    ...(limits === undefined ? {} : { limits }),
  });
  const batches = [];
  for (let at = 0; at < bytes.length; at += step) batches.push(reader.push(bytes.subarray(at, at + step)));
  batches.push(reader.finish());
  return { events: batches.flatMap(({ events }) => events), gaps: batches.flatMap(({ gaps }) => gaps) };
};
