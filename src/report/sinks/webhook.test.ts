import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeContext } from '../../../test/fakes/context.ts';
import { startHttpReceiver, type TakenRequest } from '../../../test/fakes/http-receiver.ts';
import { sinkContract, someRecord, type Received } from '../../../test/contracts/sink.contract.ts';
import { ocsfProblems } from '../../../test/contracts/ocsf-schema.ts';
import { readSinkSettings } from '../delivery/sink-settings.ts';
import { webhook } from './webhook.ts';

const recordsOf = ({ body }: TakenRequest): readonly Received[] =>
  (JSON.parse(body) as { readonly records: readonly Record<string, unknown>[] }).records.map((document) => ({
    id: String(document['record']),
    document,
  }));

sinkContract(webhook, async (secret) => {
  const server = await startHttpReceiver(() => ({ status: 204, body: '' }));
  return {
    settings: { url: `${server.url}/hook`, key: secret, token: secret },
    received: () => server.taken.flatMap(recordsOf),
    troubles: server.troubles,
    heal: () => server.heal(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

const now = new Date('2026-06-01T10:00:00.000Z');
const open = (given: Readonly<Record<string, unknown>>, environment: Record<string, string> = {}) =>
  webhook.open(readSinkSettings(webhook, given, environment), {
    ...fakeContext({ now: () => now }),
    print: async () => undefined,
  });
const { signal } = new AbortController();

test('a request is signed over its time and its body; sent again, it has the same name', async () => {
  await using server = await startHttpReceiver(() => ({ status: 200, body: 'ok' }));
  const sink = await open({ url: server.url, key: { variable: 'HOOK_KEY' } }, { HOOK_KEY: 'k' });
  await sink.send([someRecord(1)], signal);
  await sink.send([someRecord(1)], signal);
  await sink.send([someRecord(2)], signal);
  await sink.close();
  const [first, again, other] = server.taken;
  assert.ok(first !== undefined);
  const [, seconds = '', code = ''] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(first.headers['tidewaiter-signature'])) ?? [];
  assert.equal(Number(seconds), now.getTime() / 1000);
  const sign = (body: string, time = seconds): string =>
    createHmac('sha256', 'k').update(`${time}.${body}`).digest('hex');
  assert.equal(code, sign(first.body));
  assert.notEqual(code, sign(`${first.body} `));
  assert.notEqual(code, sign(first.body, String(Number(seconds) + 1)));
  assert.equal(first.headers['tidewaiter-delivery'], again?.headers['tidewaiter-delivery']);
  assert.notEqual(first.headers['tidewaiter-delivery'], other?.headers['tidewaiter-delivery']);
});

test('two states of one incident are two records, and say which is the later one', async () => {
  await using server = await startHttpReceiver(() => ({ status: 200, body: 'ok' }));
  const sink = await open({ url: server.url, key: 'k' });
  const state = (number: number, revision: number) => ({
    ...someRecord(number, { value: { id: 'digest/x', revision: 'a word of the incident' } }),
    state: { of: 'incident-of:1', revision },
  });
  await sink.send([state(1, 10), state(2, 11)], signal);
  await sink.close();
  assert.deepEqual(
    server.taken.flatMap(recordsOf).map(({ id, document }) => [id, document['id'], document['revision']]),
    [
      ['record-1', 'digest/x', 10],
      ['record-2', 'digest/x', 11],
    ],
  );
});

test('the check that the documentation shows takes our requests, and neither changed nor old ones', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/sinks.md'), 'utf8');
  const code = /```js\n([^]*?)```/.exec(text)?.[1] ?? '';
  const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    readonly isGenuine: (header: string, body: string, key: string, now: number) => boolean;
  };
  await using server = await startHttpReceiver(() => ({ status: 200, body: '' }));
  const sink = await open({ url: server.url, key: 'k' });
  await sink.send([someRecord(1, { value: { title: 'ünï' } })], signal);
  await sink.close();
  const [request] = server.taken;
  assert.ok(request !== undefined);
  const header = String(request.headers['tidewaiter-signature']);
  const time = now.getTime() / 1000;
  assert.equal(isGenuine(header, request.body, 'k', time + 299), true);
  assert.equal(isGenuine(header, request.body, 'k', time + 301), false);
  assert.equal(isGenuine(header, `${request.body} `, 'k', time), false);
  assert.equal(isGenuine(header, request.body, 'l', time), false);
  assert.equal(isGenuine('t=1,v1=', request.body, 'k', time), false);
});

test('a receiver that finds the request wrong ends it; one that is busy says when to come back', async () => {
  const replies = [
    { status: 413, body: 'too large' },
    { status: 503, body: '' },
  ];
  await using server = await startHttpReceiver(() => replies.shift() ?? { status: 200, body: '' });
  const sink = await open({ url: server.url, key: 'k' });
  await assert.rejects(sink.send([someRecord(1)], signal), { code: 'SINK_BATCH_REFUSED', kind: 'malformed' });
  assert.equal((await sink.send([someRecord(1)], signal)).state, 'later');
  await server.troubles['is busy, and says until when']?.();
  const busy = await sink.send([someRecord(1)], signal);
  assert.equal(busy.state === 'later' ? busy.afterMs : undefined, 1000);
  await sink.close();
});

test('with the format ocsf the records are events that keep to the schema', async () => {
  await using server = await startHttpReceiver(() => ({ status: 200, body: '' }));
  const sink = await open({ url: server.url, key: 'k', format: 'ocsf' });
  const incident = {
    subject: { kind: 'container', id: 'abc' },
    severity: 'critical',
    title: 'pulled, started, called out',
    findings: [{ rule: 'sigma/x', techniques: ['T1204.003'], evidence: [{ kind: 'event', field: 'a', value: 'b' }] }],
    chain: [{ step: 'pull', at: 5, event: 'e', what: 'ci pulled it' }],
    events: ['e'],
    opened: 5,
    updated: 6,
    state: 'open',
  };
  await sink.send(
    [
      someRecord(1),
      someRecord(2, { type: 'incident', value: incident }),
      someRecord(3, { type: 'gap', value: { where: 'x', code: 'RECORD_DAMAGED', reason: 'cut off', bytes: 3 } }),
      someRecord(4, {
        type: 'incident',
        value: { severity: '__proto__', findings: 'none', chain: [5, null], events: [{}], opened: 'x' },
      }),
    ],
    signal,
  );
  await sink.close();
  const events = server.taken.flatMap((request) => recordsOf(request).map(({ document }) => document));
  assert.equal(events.length, 4);
  assert.deepEqual(
    events.flatMap((event) => ocsfProblems(event)),
    [],
  );
  assert.equal(events[1]?.['severity_id'], 5);
});

test('plain HTTP goes to this machine alone, unless a person says so', async () => {
  const sink = await open({ url: 'http://192.0.2.1:9/', key: 'k' });
  await assert.rejects(sink.send([someRecord(1)], signal), { code: 'PLAIN_HTTP_REFUSED' });
  await sink.close();
});

test('credentials in the address, another scheme, and a key that is missing or would write a header are refused', async () => {
  for (const [given, pattern] of [
    [{ url: 'https://me:secret@hook.example/', key: 'k' }, /holds a user name or password/],
    [{ url: 'ftp://hook.example/', key: 'k' }, /no https: or http: address/],
    [{ url: 'https://hook.example/' }, /key .* is missing/],
    [{ url: 'https://hook.example/', key: 'a\r\nx: y' }, /control characters/],
    [{ url: 'https://hook.example/', key: { variable: 'NOT_SET' } }, /variable NOT_SET, which is not set/],
    [{ url: 'https://hook.example/', key: { file: '/nonexistent' } }, /file that cannot be read/],
  ] as const)
    await assert.rejects(async () => open(given), { code: 'SINK_SETTING_INVALID', message: pattern });
});
