import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { applicationLog } from '../sensors/application-log.ts';
import { docker } from '../sensors/docker.ts';
import { falco } from '../sensors/falco.ts';
import { SensorReader } from './sensor-reader.ts';

const record = (number: number): string =>
  JSON.stringify({ Type: 'image', Action: 'pull', id: `registry.example/a:${number}`, time: 1_767_323_045 + number });

const images = (events: readonly Event[]): readonly (string | undefined)[] =>
  events.map(({ image }) => (image?.kind === 'container' ? image.written : undefined));

const bigEndian = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();

test('a log in UTF-16 gives what it gives in UTF-8, in whatever pieces it comes', () => {
  // U+0A0A and U+010A hold bytes that are a line feed elsewhere.
  const text = `${record(1)}\r\n${JSON.stringify({ Type: 'image', Action: 'pull', id: 'b:1', note: '\u0a0a\u010a' })}\n${record(3)}`;
  const little = Buffer.from(`\ufeff${text}`, 'utf16le');
  for (const bytes of [little, bigEndian(little)])
    for (const step of [1, 2, 3, 64, 65_536]) {
      const { events, gaps } = readAll(docker, bytes, { step });
      assert.deepEqual(gaps, []);
      assert.deepEqual(images(events), ['registry.example/a:1', 'b:1', 'registry.example/a:3']);
    }
});

test('reading of such a log goes on where it stopped', () => {
  const options = { where: 'x', now: () => 0 };
  const bytes = Buffer.from('\ufeffone\ntwo\nthree\n', 'utf16le');
  const whole = new SensorReader(applicationLog, options).push(bytes);
  assert.equal(whole.events.length, 3);
  const first = new SensorReader(applicationLog, options);
  const head = first.push(bytes.subarray(0, 13));
  const { settled } = first;
  assert.deepEqual([settled.offset, settled.line], [10, 2]);
  const rest = new SensorReader(applicationLog, { ...options, ...settled }).push(bytes.subarray(settled.offset));
  assert.deepEqual([...head.events, ...rest.events], whole.events);
});

test('one byte, and a mark alone, are a log', () => {
  assert.equal(readAll(applicationLog, Buffer.from('x')).events.length, 1);
  for (const bytes of ['fffe', 'ff', 'fffe41', '']) {
    const { events } = readAll(applicationLog, Buffer.from(bytes, 'hex'));
    assert.ok(events.length <= 1, bytes);
  }
});

const kept = (time: string, kind: string, text: string, stream = 'stdout'): string =>
  `2026-01-02T03:04:${time}.5Z ${stream} ${kind} ${text}\n`;

test('what a runtime cut is joined again, for each stream, with the time at which it began', () => {
  const whole = record(1);
  const log = [
    kept('05', 'F', 'hello'),
    kept('06', 'P', whole.slice(0, 20)),
    kept('07', 'F', 'other', 'stderr'),
    kept('08', 'F', whole.slice(20)),
  ].join('');
  for (const step of [1, 7, 4096]) {
    const { events, gaps } = readAll(applicationLog, log, { step });
    assert.deepEqual(gaps, []);
    assert.deepEqual(
      events.map(({ at, fields }) => [new Date(at).toISOString(), fields['message'] ?? fields['id']]),
      [
        ['2026-01-02T03:04:05.500Z', 'hello'],
        ['2026-01-02T03:04:07.500Z', 'other'],
        ['2026-01-02T03:04:06.500Z', 'registry.example/a:1'],
      ].map(([time, text]) =>
        text === 'registry.example/a:1' ? [new Date(1_767_323_046 * 1000).toISOString(), text] : [time, text],
      ),
    );
  }
  assert.deepEqual(images(readAll(docker, kept('05', 'F', whole)).events), ['registry.example/a:1']);
});

test('what was begun and is not whole is not settled, and at the end it is what it is', () => {
  const reader = new SensorReader(applicationLog, { where: 'x', now: () => 0 });
  assert.equal(reader.push(Buffer.from(kept('05', 'P', 'half'))).events.length, 0);
  assert.deepEqual([reader.settled.offset, reader.settled.line], [0, 1]);
  assert.deepEqual(
    reader.finish().events.map(({ fields }) => fields['message']),
    ['half'],
  );
});

test('a line of another log that looks like a piece waits for nothing', () => {
  const reader = new SensorReader(applicationLog, { where: 'x', now: () => 0 });
  const log = `${kept('05', 'P', 'half')}plain\n`;
  assert.deepEqual(
    reader.push(Buffer.from(log)).events.map(({ fields }) => fields['message']),
    ['half', 'plain'],
  );
  assert.equal(reader.settled.offset, log.length);
});

test('pieces without an end are a gap, and hold no more than one value may', () => {
  const { events, gaps } = readAll(
    applicationLog,
    `${kept('05', 'P', 'x'.repeat(200)).repeat(4)}${kept('06', 'F', 'y')}${kept('07', 'F', 'z')}`,
    {
      limits: { value: 500 },
    },
  );
  assert.equal(gaps[0]?.code, ['RECORD', 'BEYOND', 'BOUNDS'].join('_'));
  assert.deepEqual(
    events.map(({ fields }) => fields['message']),
    ['z'],
  );
});

test('a program’s own log belongs to the pod whose file it is; what a monitor tells does not', () => {
  const path = '/var/log/pods/shop_web-1_0a1b2c3d-0000-4000-8000-000000000001/web/0.log';
  const linked = `/var/log/containers/web-1_shop_web-${'ab'.repeat(32)}.log`;
  const place = (where: string): unknown => readAll(applicationLog, kept('05', 'F', 'x'), { where }).events[0]?.place;
  assert.deepEqual(place(path), { namespace: 'shop', pod: 'web-1', container: 'web' });
  assert.deepEqual(place(linked), { namespace: 'shop', pod: 'web-1', container: 'web', containerId: 'ab'.repeat(32) });
  assert.deepEqual(place('/var/log/pods/x.log'), {});
  const alert = JSON.stringify({ rule: 'r', output: 'o', output_fields: { 'container.id': 'host' } });
  assert.deepEqual(readAll(falco, kept('05', 'F', alert), { where: path }).events[0]?.place, {});
  const shipped = {
    stream: 'stdout',
    log: alert,
    kubernetes: { pod_name: 'falco-1', namespace_name: 'falco', host: 'n1' },
  };
  assert.deepEqual(readAll(falco, shipped).events[0]?.place, { host: 'n1' });
  assert.equal(readAll(applicationLog, { ...shipped, log: 'x' }).events[0]?.place.pod, 'falco-1');
});

test('packed pieces of one wrapper are unpacked to one bound together, and what is beyond it is a gap', () => {
  const bomb = gzipSync(Buffer.alloc(40 * 2 ** 20, 'x')).toString('base64');
  const wrapped = { Records: [1, 2, 3].map(() => ({ eventSource: 'aws:kinesis', kinesis: { data: bomb } })) };
  const { gaps } = readAll(docker, wrapped);
  assert.ok(gaps.some(({ kind }) => kind === 'limit'));
  const small = gzipSync(record(1)).toString('base64');
  const good = readAll(docker, {
    Records: [1, 2].map(() => ({ eventSource: 'aws:kinesis', kinesis: { data: small } })),
  });
  assert.deepEqual([good.events.length, good.gaps], [2, []]);
});
