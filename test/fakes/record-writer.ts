/** A process that offers records to a file sink until it is killed: `record-writer.ts FOLDER FIRST`. Says each number once it is kept. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SinkContext } from '../../src/core/sink.ts';
import { startDelivery, usualDeliveryLimits } from '../../src/report/delivery/deliver.ts';
import { readSinkSettings } from '../../src/report/delivery/sink-settings.ts';
import { openSpool } from '../../src/report/delivery/spool.ts';
import { file } from '../../src/report/sinks/file.ts';
import { fakeContext } from './context.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const context: SinkContext = { ...fakeContext(), print: async () => undefined };
const sink = await file.open(readSinkSettings(file, { path: join(folder, 'records.jsonl') }, {}), context);
const delivery = startDelivery(
  {
    name: 'file',
    sink,
    spool: openSpool(join(folder, 'spool'), { bytes: 1 << 26, segmentBytes: 20_000 }),
    limits: { ...usualDeliveryLimits, batchRecords: 7 },
  },
  context,
);
for (let number = Number(first); ; number += 3) {
  const records = [number, number + 1, number + 2].map((one) => ({
    type: 'finding' as const,
    id: `record-${one}`,
    at: '2026-06-01T10:00:00.000Z',
    value: { title: 'x'.repeat(one % 700) },
  }));
  await delivery.offer(records);
  writeSync(1, `${number + 3}\n`);
}
