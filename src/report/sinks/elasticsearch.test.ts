import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeContext } from '../../../test/fakes/context.ts';
import { startHttpReceiver, type Reply, type TakenRequest } from '../../../test/fakes/http-receiver.ts';
import {
  openBench,
  patienceMs,
  sinkContract,
  someRecord,
  type Received,
} from '../../../test/contracts/sink.contract.ts';
import { readSinkSettings } from '../delivery/sink-settings.ts';
import { elasticsearch } from './elasticsearch.ts';

interface Item {
  readonly id: string;
  readonly verb: string;
  readonly version?: number;
  readonly document: Readonly<Record<string, unknown>>;
}

const itemsOf = ({ body }: TakenRequest): readonly Item[] => {
  assert.ok(body.endsWith('\n'));
  const lines = body.slice(0, -1).split('\n');
  return lines.flatMap((line, position) => {
    if (position % 2 === 1) return [];
    const action = JSON.parse(line) as Readonly<Record<string, { readonly _id: string; readonly version?: number }>>;
    const [[verb, head] = ['', undefined]] = Object.entries(action);
    const { _id: id = '', version } = head ?? {};
    return [
      {
        id,
        verb,
        ...(version === undefined ? {} : { version }),
        document: JSON.parse(lines[position + 1] ?? '') as Item['document'],
      },
    ];
  });
};

/** A fake of the bulk interface: keeps documents by id, and answers 409 for what is there, as the documentation of `_bulk` has it. */
const fakeIndex = (statusOf: (item: Item) => number = () => 201) => {
  const documents = new Map<string, Item>();
  const reply = (request: TakenRequest): Reply => {
    const items = itemsOf(request).map((item) => {
      const there = documents.get(item.id);
      // With `external_gte` an equal or higher version replaces what is there.
      const conflict = there !== undefined && (item.verb === 'create' || (item.version ?? 0) < (there.version ?? 0));
      const status = conflict ? 409 : statusOf(item);
      if (status === 201) documents.set(item.id, item);
      return {
        [item.verb]: {
          _id: item.id,
          status,
          ...(status < 300 ? {} : { error: { type: 'some_exception', reason: `because of ${status}` } }),
        },
      };
    });
    return {
      status: 200,
      body: JSON.stringify({
        took: 1,
        errors: items.some((item) => Object.values(item).some(({ status }) => status > 299)),
        items,
      }),
    };
  };
  return { documents, reply };
};

sinkContract(elasticsearch, async (secret) => {
  const index = fakeIndex();
  let odd: Reply | undefined;
  const server = await startHttpReceiver((request) => odd ?? index.reply(request));
  const answers = (body: string) => (): void => {
    odd = { status: 200, body };
  };
  return {
    settings: { url: `${server.url}/search/`, user: 'tidewaiter', password: secret },
    received: () => [...index.documents.values()].map((item): Received => item),
    troubles: {
      ...server.troubles,
      'answers what is no JSON': answers('<html>'),
      'answers nothing': answers(''),
      'answers for another number of documents': answers('{"items":[]}'),
      'answers items that say nothing': answers('{"items":[{},null,5,"x"]}'),
    },
    heal: async () => {
      odd = undefined;
      await server.heal();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

const { signal } = new AbortController();
const open = (given: Readonly<Record<string, unknown>>) =>
  elasticsearch.open(readSinkSettings(elasticsearch, given, {}), { ...fakeContext(), print: async () => undefined });

test('what is sent twice is there once, under the name of the record', async () => {
  const { documents, reply } = fakeIndex();
  await using server = await startHttpReceiver(reply);
  const sink = await open({ url: server.url, index: 'alerts-2026', 'api-key': 'abc=' });
  await sink.send([someRecord(1), someRecord(2)], signal);
  const again = await sink.send([someRecord(2), someRecord(3)], signal);
  await sink.close();
  assert.deepEqual(again, { state: 'taken', refused: [] });
  assert.deepEqual([...documents.keys()], ['record-1', 'record-2', 'record-3']);
  assert.equal(server.taken[0]?.path, '/alerts-2026/_bulk');
  assert.equal(server.taken[0].headers.authorization, 'ApiKey abc=');
  assert.equal(documents.get('record-1')?.document['@timestamp'], '2026-06-01T10:00:00.000Z');
});

const stateOf = (number: number, revision: number) => ({
  ...someRecord(number),
  state: { of: 'incident-of:1', revision },
});

test('of an incident that changes, one document holds the latest state, whatever comes when', async () => {
  const { documents, reply } = fakeIndex();
  await using server = await startHttpReceiver(reply);
  const sink = await open({ url: server.url });
  await sink.send([stateOf(1, 10), stateOf(2, 11), someRecord(3)], signal);
  assert.deepEqual([...documents.keys()], ['incident-of:1', 'record-3']);
  assert.equal(documents.get('incident-of:1')?.document['record'], 'record-2');
  assert.equal(documents.get('incident-of:1')?.document['revision'], 11);
  const again = await sink.send([stateOf(1, 10)], signal);
  assert.deepEqual(again, { state: 'taken', refused: [] });
  assert.equal(documents.get('incident-of:1')?.document['record'], 'record-2');
  await sink.close();
});

test('for data streams each state is a document of its own, which is only created', async () => {
  const { documents, reply } = fakeIndex();
  await using server = await startHttpReceiver(reply);
  const sink = await open({ url: server.url, incidents: 'each' });
  await sink.send([stateOf(1, 10), stateOf(2, 11)], signal);
  await sink.close();
  assert.deepEqual(
    [...documents.values()].map(({ id, verb }) => [id, verb]),
    [
      ['record-1', 'create'],
      ['record-2', 'create'],
    ],
  );
});

test('one document that does not fit is named; the others are taken', async () => {
  await using server = await startHttpReceiver(fakeIndex(({ id }) => (id === 'record-2' ? 400 : 201)).reply);
  const sink = await open({ url: server.url });
  const outcome = await sink.send([someRecord(1), someRecord(2), someRecord(3)], signal);
  await sink.close();
  assert.equal(outcome.state, 'taken');
  const refused = outcome.state === 'taken' ? outcome.refused : [];
  assert.deepEqual(
    refused.map(({ id }) => id),
    ['record-2'],
  );
  assert.match(refused[0]?.reason ?? '', /400 .*some_exception: because of 400/);
});

test('one document that finds the server busy brings the batch again', async () => {
  await using server = await startHttpReceiver(fakeIndex(({ id }) => (id === 'record-2' ? 429 : 201)).reply);
  const sink = await open({ url: server.url });
  const outcome = await sink.send([someRecord(1), someRecord(2)], signal);
  await sink.close();
  assert.equal(outcome.state, 'later');
});

test('a refused record is told by a gap, once, and is not told of without end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-bulk-'));
  const { documents, reply } = fakeIndex(({ id }) => (id.includes('record-2') ? 400 : 201));
  await using server = await startHttpReceiver(reply);
  const delivery = await openBench(elasticsearch, { settings: { url: server.url } }, join(folder, 'spool'));
  await delivery.offer([someRecord(1), someRecord(2), someRecord(3), someRecord(20)]);
  assert.ok(await delivery.drain(patienceMs));
  assert.equal(delivery.state().refused, 4);
  await delivery.close();
  assert.deepEqual([...documents.keys()], ['record-1', 'record-3']);
  rmSync(folder, { recursive: true, force: true });
});

test('credentials are one kind or the other; the index is a name', async () => {
  for (const given of [
    { 'api-key': 'x', user: 'me', password: 'y' },
    { user: 'me' },
    { index: '../_cluster' },
    { index: 'UPPER' },
    { index: '_all' },
  ])
    await assert.rejects(async () => open({ url: 'https://search.example', ...given }), {
      code: 'SINK_SETTING_INVALID',
    });
});
