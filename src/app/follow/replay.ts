/** Records in files → findings, incidents and gaps. Contacts nobody, and reads no clock: the same records give the same lines. */
import { open, stat } from 'node:fs/promises';
import type { ByteStream } from '../../core/bytes.ts';
import { isFault, misuse, unavailable } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { Incident } from '../../core/incident.ts';
import type { Sensor } from '../../core/sensor.ts';
import { readRecords } from '../../watch/framing/sensor-reader.ts';
import { sensors } from '../../watch/sensors/index.ts';
import type { Follower, FollowedEvent, LocatedDetection } from './follower.ts';
import { nearest } from '../nearest.ts';
import { forgottenOf } from './forgotten.ts';
import { locateRecords, type LocatedRecords } from './located-records.ts';
import { mergeByTime, type Timed } from './merge-by-time.ts';

export interface ReplaySource {
  readonly sensor: string;
  /** `-`: standard input. */
  readonly file: string;
}

export interface ReplaySummary {
  readonly records: number;
  readonly events: number;
  readonly findings: number;
  readonly incidents: number;
  readonly gaps: number;
  /** Rules that were asked, and how many could not be used. */
  readonly rules: { readonly used: number; readonly refused: number };
  /** What the bounds made us forget: above zero, something may have been missed. Only what is. */
  readonly dropped?: Readonly<Record<string, number>>;
}

export type ReplayLine =
  | { readonly type: 'finding'; readonly finding: LocatedDetection }
  | { readonly type: 'incident'; readonly incident: Incident }
  | { readonly type: 'gap'; readonly gap: Gap }
  | { readonly type: 'summary'; readonly summary: ReplaySummary };

export const sensorNames: readonly string[] = sensors.map(({ id }) => id);

/** @throws {Fault} misuse `SENSOR_UNKNOWN` */
export const sensorOf = (id: string): Sensor => {
  const sensor = sensors.find((candidate) => candidate.id === id);
  if (sensor === undefined) {
    const near = nearest(id, sensorNames);
    throw misuse(
      'SENSOR_UNKNOWN',
      `there is no sensor "${id.slice(0, 80)}"; ${near === undefined ? '' : `did you mean ${near}? `}there are ${sensorNames.join(', ')}`,
    );
  }
  return sensor;
};

/** Logs that are open at once; more are read group after group, in the order of their first events. */
const openAtOnce = 64;
const eventsAtOnce = 1000;

/** Where records come from, and when to stop. */
export interface ReplayInput {
  /** What `-` stands for. */
  readonly input?: NodeJS.ReadableStream & { destroy(reason?: Error): unknown };
  /** Ends the reading of a source that may never end by itself. */
  readonly signal?: AbortSignal;
}

const inspectRecords = async (file: string): Promise<void> => {
  if (file === '-') return;
  const found = await stat(file).catch((thrown: NodeJS.ErrnoException) => {
    throw thrown.code === 'ENOENT'
      ? misuse('RECORDS_NOT_FOUND', `there is no file ${file}`)
      : unavailable('RECORDS_UNREADABLE', `cannot read ${file}: ${thrown.message}`, file, thrown);
  });
  if (found.isDirectory()) throw misuse('RECORDS_NOT_FOUND', `${file} is a folder: name the files in it`);
};

const openRecords = async (file: string, { input = process.stdin, signal }: ReplayInput): Promise<ByteStream> => {
  if (file === '-') {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => void input.destroy(signal.reason as Error), { once: true });
    return input as unknown as ByteStream;
  }
  await inspectRecords(file);
  const handle = await open(file);
  return handle.createReadStream({ highWaterMark: 1 << 18, ...(signal === undefined ? {} : { signal }) });
};

type Item = { readonly kind: 'event'; readonly followed: FollowedEvent } | { readonly kind: 'gap'; readonly gap: Gap };

async function* readSource(
  { file }: ReplaySource,
  located: LocatedRecords,
  input: ReplayInput,
): AsyncGenerator<Timed<Item>, void, undefined> {
  // A gap stands where it is in its own log.
  let at = Number.NEGATIVE_INFINITY;
  try {
    const stream = await openRecords(file, input);
    for await (const { events, gaps } of readRecords(located.sensor, stream, {
      where: file,
      now: () => located.lastAt,
    })) {
      for (const gap of gaps) yield { at, item: { kind: 'gap', gap } };
      for (const event of events) {
        const place = located.placeOf(event);
        at = event.at;
        yield { at, item: { kind: 'event', followed: { event, ...(place === undefined ? {} : { place }) } } };
      }
    }
  } catch (thrown) {
    if (isFault(thrown) && thrown.kind === 'misuse') throw thrown;
    const code = (thrown as NodeJS.ErrnoException).code;
    if (!isFault(thrown) && (typeof code !== 'string' || !/^E[A-Z]+$/.test(code))) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    yield {
      at,
      item: {
        kind: 'gap',
        gap: {
          where: file,
          code: isFault(thrown) ? thrown.code : 'RECORDS_UNREADABLE',
          reason,
          bytes: 0,
          kind: 'unavailable',
        },
      },
    };
  }
}

type Opened = { readonly source: ReplaySource; readonly records: LocatedRecords };

const firstEventOf = async (source: ReplaySource, input: ReplayInput): Promise<number> => {
  // Standard input can be read only once.
  if (source.file === '-') return Number.NEGATIVE_INFINITY;
  for await (const { item } of readSource(source, locateRecords(sensorOf(source.sensor)), input))
    if (item.kind === 'event') return item.followed.event.at;
  return Number.NEGATIVE_INFINITY;
};

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** In an order that does not depend on how the sources were named: by file, and where not all are open at once by their first event. */
const inOrder = async (sources: readonly ReplaySource[], input: ReplayInput): Promise<readonly Opened[]> => {
  const named = sources
    .toSorted((one, other) => compareText(one.file, other.file) || compareText(one.sensor, other.sensor))
    .map((source) => ({ source, records: locateRecords(sensorOf(source.sensor)) }));
  if (named.length <= openAtOnce) return named;
  const timed: { readonly opened: Opened; readonly at: number }[] = [];
  for (const opened of named) timed.push({ opened, at: await firstEventOf(opened.source, input) });
  return timed
    .toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .map(({ opened }) => opened);
};

/**
 * Findings and gaps as they come, then every incident as it is at the end, then one summary.
 * @throws {Fault} misuse: an unknown sensor, a file that is not there
 */
export async function* replayRecords(
  sources: readonly ReplaySource[],
  follower: Follower,
  input: ReplayInput = {},
): AsyncGenerator<ReplayLine, void, undefined> {
  for (const { file, sensor } of sources) {
    sensorOf(sensor);
    await inspectRecords(file);
  }
  const located = await inOrder(sources, input);
  let pending: FollowedEvent[] = [];
  const flush = function* (): Generator<ReplayLine> {
    const { detections } = follower.take({ events: pending, gaps: [] }, undefined, false);
    pending = [];
    for (const finding of detections) yield { type: 'finding', finding };
  };
  let gaps = 0;
  for (let first = 0; first < located.length; first += openAtOnce) {
    const group = located.slice(first, first + openAtOnce);
    for await (const item of mergeByTime(group.map(({ source, records }) => readSource(source, records, input)))) {
      if (item.kind === 'event') {
        pending.push(item.followed);
        if (pending.length >= eventsAtOnce) yield* flush();
        continue;
      }
      yield* flush();
      gaps++;
      yield { type: 'gap', gap: item.gap };
    }
  }
  yield* flush();
  const { incidents } = follower.take({ events: [], gaps: [] });
  for (const incident of incidents) yield { type: 'incident', incident };
  const { events, findings } = follower.figures();
  const dropped = forgottenOf(follower.figures());
  yield {
    type: 'summary',
    summary: {
      records: located.reduce((sum, { records }) => sum + records.count, 0),
      events,
      findings,
      incidents: incidents.length,
      gaps,
      rules: {
        used: follower.rules.rules.rules.length,
        refused: follower.rules.refused.length + follower.rules.unreadable.length,
      },
      ...(Object.keys(dropped).length === 0 ? {} : { dropped }),
    },
  };
}
