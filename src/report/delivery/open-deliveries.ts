/** What a configuration says of sinks → deliveries that run, each with a spool of its own. */
import { join } from 'node:path';
import { misuse } from '../../core/fault.ts';
import { didYouMean } from '../../core/nearest.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Sink, SinkContext, SinkRecord, SinkRecordType } from '../../core/sink.ts';
import { sinks } from '../sinks/index.ts';
import { startDelivery, type Delivery, type DeliveryLimits } from './deliver.ts';
import { readSinkSettings } from './sink-settings.ts';
import { openSpool, usualSpoolLimits } from './spool.ts';

/** One entry: what every sink has, and the settings of its own. */
export interface SinkEntry {
  /** Id of the sink. */
  readonly sink: string;
  /** Tells two of the same kind apart, and names the spool; the id where nothing else is said. */
  readonly name?: string;
  /** Which records; absent: all. */
  readonly types?: readonly SinkRecordType[];
  /** Bound of its spool. */
  readonly spoolMegabytes?: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface DeliveryOptions {
  /** Where spools lie, one folder each. */
  readonly folder: string;
  readonly limits?: DeliveryLimits;
}

export interface Deliveries {
  readonly all: readonly Delivery[];
  /** Every sink that wants them has them on its disk, once it resolves. @throws {Fault} unavailable `SINK_SPOOL_FAILED` */
  offer(records: readonly SinkRecord[]): Promise<void>;
  /** True when everything is delivered. */
  drain(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** A name becomes a folder: nothing that leads elsewhere. */
const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

const sinkOf = (id: string): Sink => {
  const found = sinks.find((sink) => sink.id === id);
  if (found !== undefined) return found;
  const ids = sinks.map((sink) => sink.id);
  throw misuse(
    'SINK_SETTING_INVALID',
    `there is no sink "${toPlainText(id, 60)}"${didYouMean(id, ids)}; there are ${ids.join(', ')}`,
  );
};

const nameOf = ({ sink, name = sink }: SinkEntry, taken: ReadonlySet<string>): string => {
  if (!namePattern.test(name))
    throw misuse('SINK_SETTING_INVALID', `"${toPlainText(name, 60)}" is no name of a sink: a-z 0-9 -`);
  if (taken.has(name))
    throw misuse('SINK_SETTING_INVALID', `two sinks are called ${name}; give one of them another name`);
  return name;
};

const openOne = async (
  entry: SinkEntry,
  name: string,
  { folder, limits }: DeliveryOptions,
  context: SinkContext,
): Promise<Delivery> => {
  const sink = sinkOf(entry.sink);
  const opened = await sink.open(readSinkSettings(sink, entry.settings, context.environment), context);
  try {
    const bytes = entry.spoolMegabytes === undefined ? usualSpoolLimits.bytes : entry.spoolMegabytes * 1024 * 1024;
    const spool = openSpool(join(folder, name), { ...usualSpoolLimits, bytes }, () => context.now());
    return startDelivery({ name, sink: opened, spool, ...(limits === undefined ? {} : { limits }) }, context);
  } catch (thrown) {
    await opened.close();
    throw thrown;
  }
};

/**
 * All of them, or none: what was opened before one that cannot be is closed again.
 * @throws {Fault} misuse `SINK_SETTING_INVALID`; unavailable `SINK_SPOOL_IN_USE`, `SINK_SPOOL_FAILED`
 */
export const openDeliveries = async (
  entries: readonly SinkEntry[],
  options: DeliveryOptions,
  context: SinkContext,
): Promise<Deliveries> => {
  const opened: { readonly delivery: Delivery; readonly types: readonly SinkRecordType[] | undefined }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map(({ delivery }) => delivery.close()));
  };
  const names = new Set<string>();
  try {
    for (const entry of entries) {
      const name = nameOf(entry, names);
      names.add(name);
      opened.push({ delivery: await openOne(entry, name, options, context), types: entry.types });
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    all: opened.map(({ delivery }) => delivery),
    async offer(records) {
      const outcomes = await Promise.allSettled(
        opened.map(({ delivery, types }) =>
          delivery.offer(types === undefined ? records : records.filter(({ type }) => types.includes(type))),
        ),
      );
      // One full disk does not keep the others from having them; whoever offers hears of it all the same.
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
    async drain(timeoutMs) {
      const done = await Promise.all(opened.map(({ delivery }) => delivery.drain(timeoutMs)));
      return done.every(Boolean);
    },
    close,
  };
};
