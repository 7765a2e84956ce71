import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { listen, listenerContext, type Listening } from '../../../test/builders/listening.ts';
import type { Intake } from '../../core/listener.ts';
import { sensors } from '../sensors/index.ts';
import { httpPush, type HttpPushSettings } from './http-push.ts';

const token = 'a-token-of-some-length';
const secret = 'a-secret-of-some-length';

const sensorOf = (id: string | undefined) => {
  const found = sensors.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no sensor ${id}`);
  return found;
};

const paths: HttpPushSettings['paths'] = [
  { path: '/audit', sensor: 'kubernetes-audit', place: { cluster: 'one' } },
  { path: '/registry', sensor: 'registry-notification', tokens: [token] },
  { path: '/github', sensor: 'registry-notification', signature: { secret } },
  { path: '/events', sensor: 'falco' },
];

const open = (more: Partial<HttpPushSettings> = {}, onIntake?: (intake: Intake) => boolean): Promise<Listening> =>
  listen(
    httpPush,
    { listen: '127.0.0.1:0', paths, ...more },
    sensorOf,
    new Map(),
    onIntake === undefined ? {} : { onIntake },
  );

const addressOf = ({ open: { about } }: Listening): string => about.replace('listening on ', '');

const post = (listening: Listening, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(addressOf(listening) + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
    signal: AbortSignal.timeout(60_000),
  });

const notification = (id: string) => ({
  events: [
    {
      id,
      timestamp: '2026-01-02T03:04:05Z',
      action: 'push',
      target: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        repository: 'team/app',
        tag: '1',
        digest: `sha256:${'a'.repeat(64)}`,
      },
      request: { host: 'registry.example' },
    },
  ],
});

const audit = {
  kind: 'EventList',
  items: [
    {
      kind: 'Event',
      auditID: '11111111-2222-3333-4444-555555555555',
      stage: 'ResponseComplete',
      verb: 'create',
      requestReceivedTimestamp: '2026-01-02T03:04:05.000000Z',
      objectRef: { resource: 'pods', namespace: 'default', name: 'p' },
      user: { username: 'somebody' },
      requestObject: { spec: { containers: [{ name: 'c', image: 'registry.example/app:1' }] } },
      responseStatus: { code: 201 },
    },
  ],
};

test('a batch of audited requests is answered when it is kept, and carries the place of its path', async () => {
  await using listening = await open();
  assert.equal((await post(listening, '/audit', audit)).status, 200);
  const [event] = listening.heard.events;
  assert.equal(event?.place.cluster, 'one');
  assert.equal(event.place.pod, 'p');
  assert.deepEqual(listening.heard.gaps, []);
});

test('the same request again gives the same ids; what is not kept is not answered with success', async () => {
  let keeps = false;
  await using listening = await open({}, () => keeps);
  assert.equal((await post(listening, '/audit', audit)).status, 503);
  keeps = true;
  assert.equal((await post(listening, '/audit', audit)).status, 200);
  const ids = listening.heard.events.map(({ id }) => id);
  assert.equal(ids.length, 2);
  assert.equal(new Set(ids).size, 1);
});

test('a token is asked for before the body is read, and a wrong one is none', async () => {
  await using listening = await open();
  const send = async (authorization?: string) =>
    (await post(listening, '/registry', notification('1'), authorization === undefined ? {} : { authorization }))
      .status;
  assert.equal(await send(), 401);
  assert.equal(await send(`Bearer ${token}x`), 401);
  assert.equal(await send(`Bearer ${token}`), 200);
  assert.equal(await send(token), 200);
  assert.equal(listening.heard.events.length, 2);
});

test('a signature holds for its own body alone', async () => {
  await using listening = await open();
  const body = JSON.stringify(notification('1'));
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const send = async (text: string, headers: Record<string, string>) =>
    (await post(listening, '/github', text, headers)).status;
  assert.equal(await send(body, { 'x-hub-signature-256': signature }), 200);
  assert.equal(await send(`${body} `, { 'x-hub-signature-256': signature }), 401);
  assert.equal(await send(body, {}), 401);
  assert.equal(listening.heard.events.length, 1);
});

test('a CloudEvent whose attributes stand in headers is read as one', async () => {
  await using listening = await open();
  const falco = {
    rule: 'Terminal shell',
    priority: 'Notice',
    time: '2026-01-02T03:04:05Z',
    output: 'x',
    output_fields: {},
  };
  const headers = { 'ce-specversion': '1.0', 'ce-type': 'falco.rule.output.v1', 'ce-id': '7', 'ce-source': 'falco' };
  assert.equal((await post(listening, '/events', falco, headers)).status, 200);
  assert.equal(listening.heard.events.length, 1);
  assert.deepEqual(listening.heard.gaps, []);
});

test('other paths, other methods, packed and large bodies are refused; rubbish is a Gap', async () => {
  await using listening = await open({ bodyBytes: 100 });
  const address = addressOf(listening);
  assert.equal((await fetch(`${address}/audit/x`)).status, 404);
  assert.equal((await fetch(`${address}/audit`)).status, 405);
  assert.equal((await post(listening, '/audit', '{}', { origin: 'http://evil.example' })).status, 403);
  assert.equal((await post(listening, '/audit', '{}', { 'content-encoding': 'gzip' })).status, 415);
  assert.equal((await post(listening, '/audit', 'x'.repeat(101))).status, 413);
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(Buffer.alloc(64)),
  });
  const unbounded = await fetch(`${address}/audit`, {
    method: 'POST',
    body: stream,
    duplex: 'half',
  }).then(
    ({ status }) => status,
    () => 413,
  );
  assert.equal(unbounded, 413);
  assert.equal((await post(listening, '/audit', '\u0000 nothing')).status, 200);
  assert.deepEqual(
    listening.heard.gaps.map(({ code }) => code),
    ['RECORD_DAMAGED'],
  );
});

test('whoever pushes faster than is taken is told to come again', async () => {
  const stop = new AbortController();
  const settings = { listen: '127.0.0.1:0', paths, waitingRequests: 2 };
  const opened = await httpPush.open(settings, {
    ...listenerContext(new Map()),
    signal: stop.signal,
  });
  const send = () =>
    fetch(`${opened.about.replace('listening on ', '')}/audit`, { method: 'POST', body: JSON.stringify(audit) });
  const answers: number[] = [];
  const refused = Promise.withResolvers<void>();
  const sent = [1, 2, 3, 4].map(async () => {
    const { status } = await send();
    // With the second refusal all have arrived, and two of them wait.
    if (answers.push(status) === 2) refused.resolve();
  });
  await refused.promise;
  const iterator = opened.intakes[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done !== true) first.value.settle?.(true);
  stop.abort(new Error('over'));
  await Promise.all(sent);
  await opened.close();
  assert.deepEqual(
    answers.toSorted((one, two) => one - two),
    [200, 429, 429, 503],
  );
});

test('somebody who sends a byte now and then is cut off', async () => {
  await using listening = await open({ requestMs: 200 });
  const { port } = new URL(addressOf(listening));
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('POST /audit HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n');
  const drip = setInterval(() => socket.write('x'), 20);
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(drip);
  assert.deepEqual(listening.heard, { events: [], gaps: [] });
});

const refused: readonly (readonly [string, Partial<HttpPushSettings>, RegExp])[] = [
  ['an address without a port', { listen: 'localhost' }, /HOST:PORT/],
  ['no path', { paths: [] }, /at least one/],
  ['everybody may push', { listen: '0.0.0.0:0', behindProxy: true }, /everybody could push/],
  [
    'a token in the clear',
    { listen: '0.0.0.0:0', paths: [{ path: '/a', sensor: 'falco', tokens: [token] }] },
    /without TLS/,
  ],
  ['a short secret', { paths: [{ path: '/a', sensor: 'falco', tokens: ['short'] }] }, /16 characters/],
  ['two paths of one name', { paths: [paths[0], paths[0]] as HttpPushSettings['paths'] }, /of its own/],
  ['a certificate that is not there', { tls: { certificate: '/nonexistent', key: '/nonexistent' } }, /cannot read/],
];
for (const [what, settings, says] of refused)
  test(`refused: ${what}`, async () => {
    await assert.rejects(
      httpPush.open({ listen: '127.0.0.1:0', paths, ...settings }, listenerContext(new Map())),
      (thrown: Error) => says.test(thrown.message),
    );
  });
