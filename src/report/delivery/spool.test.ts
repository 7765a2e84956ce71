import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { SinkRecord } from '../../core/sink.ts';
import { openSpool, type Spool } from './spool.ts';

const folderOf = (context: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-spool-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const record = (id: string, type: SinkRecord['type'] = 'finding', filler = ''): SinkRecord => ({
  type,
  id,
  at: '2026-06-01T10:00:00.000Z',
  value: { rule: 'sigma/x', filler },
});

const all = { records: 1000, bytes: 1 << 20 };
const idsOf = (spool: Spool, most = all): readonly string[] => spool.peek(most).records.map(({ id }) => id);
const files = (folder: string): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.spool'));
const small = { bytes: 4000, segmentBytes: 500 };

test('what is appended comes out in order, whole, and again until it is acknowledged', async (context) => {
  await using spool = openSpool(folderOf(context));
  await spool.append([record('a'), record('b', 'incident')]);
  await spool.append([record('c', 'gap')]);
  assert.deepEqual(spool.peek(all).records[1], record('b', 'incident'));
  assert.deepEqual(idsOf(spool), ['a', 'b', 'c']);
  const first = spool.peek({ records: 2, bytes: 1 << 20 });
  await spool.acknowledge(first.end);
  assert.deepEqual(idsOf(spool), ['c']);
  await spool.acknowledge(spool.peek(all).end);
  assert.deepEqual(idsOf(spool), []);
  assert.equal(spool.waitingBytes, 0);
});

test('the next process goes on where this one ended', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder);
    await spool.append([record('a'), record('b'), record('c')]);
    await spool.acknowledge(spool.peek({ records: 1, bytes: 1 << 20 }).end);
  }
  await using spool = openSpool(folder);
  assert.deepEqual(idsOf(spool), ['b', 'c']);
});

test('a file is cut at every byte: whole records stay, what is appended then is read too', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder);
    await spool.append([record('a'), record('b')]);
  }
  const file = join(folder, files(folder)[0] ?? '');
  const whole = readFileSync(file);
  const frame = whole.length / 2;
  for (let length = 0; length < whole.length; length += 1) {
    writeFileSync(file, whole);
    truncateSync(file, length);
    await using spool = openSpool(folder);
    assert.deepEqual(idsOf(spool), length < frame ? [] : ['a'], `cut at ${length}`);
    await spool.append([record('z')]);
    assert.deepEqual(idsOf(spool), length < frame ? ['z'] : ['a', 'z']);
    assert.equal(spool.losses.damagedBytes, 0);
  }
});

test('zeros at the end, as a power cut leaves them, are no damage', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder);
    await spool.append([record('a')]);
  }
  appendFileSync(join(folder, files(folder)[0] ?? ''), Buffer.alloc(5000));
  await using spool = openSpool(folder);
  assert.deepEqual(idsOf(spool), ['a']);
  assert.equal(spool.losses.damagedBytes, 0);
});

test('a changed byte is found: what lies before it comes out, and the loss is told by a gap', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder);
    await spool.append([record('a'), record('b'), record('c')]);
  }
  const file = join(folder, files(folder)[0] ?? '');
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  await using spool = openSpool(folder);
  await spool.append([record('d')]);
  const { records } = spool.peek(all);
  assert.deepEqual(
    records.map(({ type, id }) => (type === 'gap' ? 'gap' : id)),
    ['a', 'gap', 'd'],
  );
  assert.equal(records[1]?.value['code'], 'SINK_RECORDS_DROPPED');
  assert.match(String(records[1]?.value['reason']), /\d+ bytes of the spool were damaged/);
  assert.equal(spool.losses.damagedBytes, 0);
});

test('damage in an older file costs that file, and not those behind it', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder, { bytes: 100_000, segmentBytes: 300 });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await spool.append([record(id)]);
  }
  assert.ok(files(folder).length > 2);
  const file = join(folder, files(folder)[0] ?? '');
  const bytes = readFileSync(file);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  await using spool = openSpool(folder);
  const seen: string[] = [];
  for (let batch = spool.peek(all); batch.records.length > 0; batch = spool.peek(all)) {
    seen.push(...batch.records.map(({ id }) => id));
    await spool.acknowledge(batch.end);
  }
  assert.ok(!seen.includes('a'));
  assert.ok(['e', 'f', 'g', 'h'].every((id) => seen.includes(id)));
  assert.ok(seen.some((id) => id.startsWith('sink-losses:')));
});

test('files that were sent are removed', async (context) => {
  const folder = folderOf(context);
  await using spool = openSpool(folder, { bytes: 100_000, segmentBytes: 300 });
  for (let number = 0; number < 20; number += 1) await spool.append([record(`r${number}`)]);
  const before = files(folder).length;
  for (let batch = spool.peek(all); batch.records.length > 0; batch = spool.peek(all))
    await spool.acknowledge(batch.end);
  assert.ok(before > 5 && files(folder).length === 1, `${before} files before`);
});

test('what finds no room is dropped, counted over a restart, and told once there is room', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder, small);
    for (let number = 0; number < 60; number += 1) await spool.append([record(`r${number}`)]);
    assert.ok(spool.waitingBytes <= 3000);
    assert.ok(spool.losses.records > 20);
  }
  await using spool = openSpool(folder, small);
  const dropped = spool.losses.records;
  assert.ok(dropped > 20);
  const seen: SinkRecord[] = [];
  for (let batch = spool.peek(all); batch.records.length > 0; batch = spool.peek(all)) {
    seen.push(...batch.records);
    await spool.acknowledge(batch.end);
  }
  const kept = seen.filter(({ type }) => type === 'finding');
  const told = seen.filter(({ type }) => type === 'gap');
  assert.equal(kept.length + dropped, 60);
  assert.equal(told.length, 1);
  assert.match(
    String(told[0]?.value['reason']),
    new RegExp(`that ${dropped} records since .*${dropped} of type finding`),
  );
  assert.equal(spool.losses.records, 0);
});

test('a flood of findings leaves room for incidents', async (context) => {
  await using spool = openSpool(folderOf(context), small);
  for (let number = 0; number < 60; number += 1) await spool.append([record(`r${number}`)]);
  const dropped = spool.losses.records;
  await spool.append([record('the incident', 'incident')]);
  assert.equal(spool.losses.records, dropped);
  await spool.append([record('one more finding')]);
  assert.equal(spool.losses.records, dropped + 1);
});

test('the same fact told twice is kept once, also by the next process; a later state of it is another', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder);
    await spool.append([record('incident 1', 'incident'), record('incident 1', 'incident')]);
  }
  await using spool = openSpool(folder);
  await spool.append([record('incident 1', 'incident'), record('incident 1, later', 'incident')]);
  assert.deepEqual(idsOf(spool), ['incident 1', 'incident 1, later']);
});

test('a record that is too large is counted as dropped', async (context) => {
  await using spool = openSpool(folderOf(context));
  await spool.append([record('huge', 'finding', 'x'.repeat(5 << 20)), record('next')]);
  assert.equal(spool.losses.records, 1);
  assert.deepEqual(idsOf(spool), ['next']);
});

test('a record larger than what is asked for at a time comes alone', async (context) => {
  await using spool = openSpool(folderOf(context));
  await spool.append([record('large', 'finding', 'x'.repeat(100_000)), record('next')]);
  const batch = spool.peek({ records: 10, bytes: 1000 });
  assert.deepEqual(
    batch.records.map(({ id }) => id),
    ['large', 'next'],
  );
});

test('two at a time are refused; what a dead process left behind is not in the way', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder);
    await spool.append([record('a')]);
    assert.throws(() => openSpool(folder), { code: 'SINK_SPOOL_IN_USE', kind: 'unavailable' });
  }
  writeFileSync(join(folder, 'lock'), '999999999 1');
  await using spool = openSpool(folder);
  assert.deepEqual(idsOf(spool), ['a']);
});

test('small files that hold anything else are as good as none', async (context) => {
  const folder = folderOf(context);
  {
    await using spool = openSpool(folder);
    await spool.append([record('a')]);
  }
  for (const text of ['', '{', '[]', 'null', '{"segment":-1,"offset":"x"}', '{"segment":1,"offset":99999999}']) {
    writeFileSync(join(folder, 'cursor.json'), text);
    writeFileSync(join(folder, 'losses.json'), text);
    await using spool = openSpool(folder);
    assert.deepEqual(idsOf(spool), ['a'], text);
    assert.equal(spool.losses.records, 0);
  }
});
