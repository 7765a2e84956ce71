import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bytesOf } from '../../core/bytes.ts';
import type { Event } from '../../core/event.ts';
import type { Gap } from '../../core/gap.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { applicationLog } from '../sensors/application-log.ts';
import { docker } from '../sensors/docker.ts';
import { SensorReader, readRecords } from './sensor-reader.ts';

const record = (number: number): string =>
  JSON.stringify({ Type: 'image', Action: 'pull', id: `registry.example/a:${number}`, time: 1_767_323_045 + number });

const ids = (events: readonly Event[]): readonly string[] => events.map(({ id }) => id);

test('in whatever pieces the bytes come, the same Events with the same ids', () => {
  const log = `${record(1)}\n${record(2)}${record(3)}\r\n\n${record(4)}`;
  const whole = readAll(docker, log).events;
  assert.equal(whole.length, 4);
  for (const step of [1, 2, 7, 64]) assert.deepEqual(readAll(docker, log, { step }).events, whole);
});

test('reading that goes on where it stopped gives what reading at once gives', () => {
  const [first, second] = [`one\ntwo\n`, `three\n`];
  const options = { where: 'x', now: () => 0 };
  const at = new SensorReader(applicationLog, { ...options, offset: first.length, line: 3 }).push(Buffer.from(second));
  const whole = new SensorReader(applicationLog, options).push(Buffer.from(first + second));
  assert.deepEqual(at.events, whole.events.slice(2));
});

test('a log that was renamed keeps its ids where it has an identity; its successor has others', () => {
  const read = (where: string, identity?: string): readonly string[] =>
    ids(
      new SensorReader(applicationLog, { where, now: () => 0, ...(identity === undefined ? {} : { identity }) }).push(
        Buffer.from('same\n'),
      ).events,
    );
  assert.deepEqual(read('x', 'inode 1'), read('x.1', 'inode 1'));
  assert.notDeepEqual(read('x', 'inode 1'), read('x', 'inode 2'));
  assert.notDeepEqual(read('x'), read('y'));
});

test('records of one wrapper that are equal are two', () => {
  const line = { message: 'same', timestamp: 1, ingestionTime: 1 };
  assert.equal(new Set(ids(readAll(applicationLog, { events: [line, line] }).events)).size, 2);
});

test('a record that has a list too is no wrapper: nothing it says is lost', () => {
  for (const name of ['Records', 'events', 'value', 'entries']) {
    const { events } = readAll(applicationLog, { message: 'docker pull evil.example/x:1', [name]: [] });
    assert.deepEqual(
      events.map(({ action }) => action),
      ['name'],
      name,
    );
  }
  assert.deepEqual(readAll(docker, { Records: [] }), { events: [], gaps: [] });
});

test('a log of another kind is one gap, not a million', () => {
  const { events, gaps } = readAll(docker, 'GET /\n'.repeat(5000), { where: 'x' });
  assert.equal(events.length, 0);
  assert.ok(gaps.length < 5, `${gaps.length} gaps`);
  assert.equal(gaps[0]?.where, 'x: lines 1 to 5000');
});

test('interleaved with other output, cut off and damaged: gaps by line, and every whole record', () => {
  const lines = [
    record(1),
    record(2).slice(0, 30),
    record(3),
    '{"Type":"image","Action":',
    record(4),
    '\u0000\u0001',
    '[1,2',
    record(5),
  ];
  const { events, gaps } = readAll(docker, lines.join('\n'), { where: 'x' });
  assert.deepEqual(
    events.map(({ image }) => (image?.kind === 'container' ? image.written.at(-1) : '')),
    ['1', '3', '4', '5'],
  );
  assert.deepEqual(
    gaps.map(({ where }) => where),
    ['x: line 2', 'x: line 4', 'x: line 6', 'x: line 7'],
  );
});

test('bounds of lines, values and nesting are told as such', () => {
  const limits = { line: 200, value: 300, depth: 5, text: 50 };
  const lines = ['x'.repeat(300), 'y'.repeat(60), `${'['.repeat(6)}${']'.repeat(6)}`, record(1)];
  const { events, gaps } = readAll(docker, lines.join('\n'), { where: 'x', limits });
  assert.equal(events.length, 1);
  assert.deepEqual(
    gaps.map(({ kind, code }) => [kind, code]),
    Array.from({ length: 3 }, () => ['limit', ['RECORD', 'BEYOND', 'BOUNDS'].join('_')]),
  );
});

test('packed or not, a file gives the same', async () => {
  const text = Buffer.from(`${record(1)}\n${record(2)}\n`);
  const read = async (bytes: Uint8Array): Promise<{ events: Event[]; gaps: Gap[] }> => {
    const all = { events: [] as Event[], gaps: [] as Gap[] };
    for await (const batch of readRecords(docker, bytesOf(bytes).stream(), { where: 'x', now: () => 0 })) {
      all.events.push(...batch.events);
      all.gaps.push(...batch.gaps);
    }
    return all;
  };
  const plain = await read(text);
  assert.deepEqual([plain.events.length, plain.gaps.length], [2, 0]);
  assert.deepEqual(await read(gzipSync(text)), plain);
  assert.deepEqual(await read(new Uint8Array(0)), { events: [], gaps: [] });
  const bomb = await read(gzipSync(Buffer.alloc(200 * 2 ** 20)));
  assert.ok(bomb.gaps.length > 0 && bomb.events.length === 0);
});
