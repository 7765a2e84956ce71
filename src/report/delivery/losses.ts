/** What a spool could not keep → counts that outlive the process, and the gap record that tells of them. */
import { sinkRecordTypes, type SinkRecord, type SinkRecordType } from '../../core/sink.ts';

export interface Losses {
  readonly records: number;
  readonly byType: Readonly<Partial<Record<SinkRecordType, number>>>;
  /** ISO 8601: when the first was lost. */
  readonly since: string;
  /** Bytes of files that were not what had been written there. */
  readonly damagedBytes: number;
}

export const noLosses: Losses = { records: 0, byType: {}, since: '', damagedBytes: 0 };

const countOf = (value: unknown): number => (Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0);

/** Whatever is in the file. */
export const parseLosses = (value: unknown): Losses => {
  const { records, byType, since, damagedBytes } = (value ?? {}) as Partial<Record<keyof Losses, unknown>>;
  const types = (byType ?? {}) as Partial<Record<SinkRecordType, unknown>>;
  return {
    records: countOf(records),
    byType: Object.fromEntries(
      sinkRecordTypes.flatMap((type) => (countOf(types[type]) === 0 ? [] : [[type, countOf(types[type])]])),
    ),
    since: typeof since === 'string' ? since.slice(0, 40) : '',
    damagedBytes: countOf(damagedBytes),
  };
};

export const withDropped = (losses: Losses, record: SinkRecord, now: Date): Losses => ({
  ...losses,
  records: losses.records + 1,
  byType: { ...losses.byType, [record.type]: (losses.byType[record.type] ?? 0) + 1 },
  since: losses.since === '' ? now.toISOString() : losses.since,
});

export const withDamage = (losses: Losses, bytes: number, now: Date): Losses => ({
  ...losses,
  damagedBytes: losses.damagedBytes + bytes,
  since: losses.since === '' ? now.toISOString() : losses.since,
});

/** Equal losses give the same id. */
export const lossRecord = (losses: Losses, folder: string, now: Date): SinkRecord => {
  const { records, byType, since, damagedBytes } = losses;
  const kinds = Object.entries(byType).map(([type, count]) => `${count} of type ${type}`);
  const reasons = [
    ...(records === 0
      ? []
      : [`the sink took too little, so that ${records} records since ${since} were dropped: ${kinds.join(', ')}`]),
    ...(damagedBytes === 0 ? [] : [`${damagedBytes} bytes of the spool were damaged`]),
  ];
  const at = now.toISOString();
  return {
    type: 'gap',
    id: `sink-losses:${since}:${records}:${damagedBytes}`,
    at,
    value: { where: folder, code: 'SINK_RECORDS_DROPPED', reason: reasons.join('; '), bytes: damagedBytes },
  };
};
