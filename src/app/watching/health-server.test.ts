import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Gap } from '../../core/gap.ts';
import { openHealthServer } from './health-server.ts';
import type { WatchFigures } from './metrics-text.ts';
import { WatchCounts } from './watch-counts.ts';

const gap: Gap = { where: 'x', code: 'LOG_LOST', reason: '', bytes: 0 };

const figuresOf = (counts: WatchCounts): WatchFigures => ({
  counts,
  incidents: [
    { state: 'open', severity: 'high' },
    { state: 'open', severity: 'high' },
    { state: 'suppressed', severity: 'low' },
  ],
  forgotten: { nodes: 3 },
  rules: { used: 120, refused: 1 },
  sinks: [{ name: 'siem "a"', state: { delivered: 5, refused: 1, waitingBytes: 2048, dropped: 0, failures: 2 } }],
  judge: { waiting: 4, running: 1, judged: 9, failed: 2, dropped: 0 },
});

const open = async (counts: WatchCounts, now: () => number = () => 0) => {
  const server = await openHealthServer({ listen: '0', figures: () => figuresOf(counts), now });
  const url = server.about.replace(/^answering on |\/metrics$/g, '');
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`${url}${path}`, { method });
    return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
  };
  return { server, url, get };
};

test('it is ready when everything listens, and not while what is found cannot be kept; it is ill when that lasts', async () => {
  const counts = new WatchCounts();
  let now = 0;
  const { server, get } = await open(counts, () => now);
  await using _closed = server;
  assert.deepEqual([(await get('/healthz')).status, (await get('/readyz')).status], [200, 503]);
  counts.ready = true;
  assert.equal((await get('/readyz')).status, 200);
  counts.stuck('the disk is full', now);
  assert.deepEqual([(await get('/healthz')).status, (await get('/readyz')).status], [200, 503]);
  now = 61_000;
  assert.equal((await get('/healthz')).status, 503);
  counts.moving();
  assert.deepEqual([(await get('/healthz')).status, (await get('/readyz')).status], [200, 200]);
});

test('metrics are lines that Prometheus reads: every sample is declared, names are escaped', async () => {
  const counts = new WatchCounts();
  counts.ready = true;
  counts.took('docker', [{ at: 1000 }, { at: 2000 }], 5000);
  counts.took('docker', [{ at: 4000 }], 5000);
  counts.followed({ gaps: [gap, gap], detections: [], incidents: [] });
  const { server, get } = await open(counts);
  await using _closed = server;
  const { text, type } = await get('/metrics');
  assert.match(type ?? '', /^text\/plain; version=0\.0\.4/);
  const declared = new Set([...text.matchAll(/^# TYPE (\S+) (?:counter|gauge)$/gm)].map(([, name]) => name));
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('#')) continue;
    const name = /^(tidewaiter_\w+)(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})? -?[\d.e+]+$/.exec(line)?.[1];
    assert.ok(name !== undefined && declared.has(name), line);
  }
  for (const line of [
    'tidewaiter_ready 1',
    'tidewaiter_events_total{sensor="docker"} 3',
    'tidewaiter_lag_seconds{sensor="docker"} 1',
    'tidewaiter_gaps_total{code="LOG_LOST"} 2',
    'tidewaiter_incidents{state="open",severity="high"} 2',
    'tidewaiter_sink_spool_bytes{sink="siem \\"a\\""} 2048',
    'tidewaiter_judge_waiting 4',
    'tidewaiter_dropped_total{what="nodes"} 3',
  ])
    assert.ok(text.split('\n').includes(line), line);
});

test('anything else is refused, and rubbish does not end it', async () => {
  const { server, url, get } = await open(new WatchCounts());
  await using _closed = server;
  assert.deepEqual([(await get('/')).status, (await get('/metrics', 'POST')).status], [404, 405]);
  assert.deepEqual(await get('/healthz', 'HEAD').then(({ status, text }) => [status, text]), [200, '']);
  const { port, hostname } = new URL(url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.end('\u0000\u0001 rubbish\r\n\r\n'));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
  assert.equal((await get('/healthz')).status, 200);
});

test('an address that is none is misuse, one that is taken unavailable; without a host it is loopback', async () => {
  const parts = { figures: () => figuresOf(new WatchCounts()), now: () => 0 };
  for (const listen of ['x:y', 'http://127.0.0.1:1', '70000', ''])
    await assert.rejects(openHealthServer({ ...parts, listen }), { code: 'LISTENER_INVALID' }, listen);
  const { server, url } = await open(new WatchCounts());
  await using _closed = server;
  assert.equal(new URL(url).hostname, '127.0.0.1');
  await assert.rejects(openHealthServer({ ...parts, listen: new URL(url).host }), {
    code: 'LISTENER_ADDRESS_UNUSABLE',
  });
});
