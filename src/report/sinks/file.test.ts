import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fakeContext } from '../../../test/fakes/context.ts';
import { sinkContract, someRecord, type Received } from '../../../test/contracts/sink.contract.ts';
import { readSinkSettings } from '../delivery/sink-settings.ts';
import { file } from './file.ts';

const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];

const toReceived = (line: string): Received => {
  const document = JSON.parse(line) as Record<string, unknown>;
  return { id: String(document['record']), document };
};

sinkContract(file, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-file-'));
  const place = join(folder, 'logs');
  const path = join(place, 'records.jsonl');
  mkdirSync(place);
  return {
    settings: { path },
    received: () => [`${place}.away/records.jsonl`, path].flatMap(linesOf).map(toReceived),
    troubles: {
      'the folder is gone': () => renameSync(place, `${place}.away`),
    },
    heal: () => {
      mkdirSync(place, { recursive: true });
    },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

const openFile = async (context: TestContext, given: Readonly<Record<string, unknown>> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-file-'));
  const path = join(folder, 'records.jsonl');
  const settings = readSinkSettings(file, { path, ...given }, {});
  const open = () => file.open(settings, { ...fakeContext(), print: async () => undefined });
  const sink = await open();
  context.after(async () => {
    await sink.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { signal } = new AbortController();
  return { folder, path, sink, open, send: (number: number) => sink.send([someRecord(number)], signal) };
};

test('a full file gives way to a new one; the oldest go', async (context) => {
  const { folder, path, send } = await openFile(context, { megabytes: 0.001, keep: 2 });
  for (let number = 0; number < 30; number += 1) await send(number);
  assert.deepEqual(readdirSync(folder).sort(), ['records.jsonl', 'records.jsonl.1', 'records.jsonl.2']);
  const kept = [`${path}.2`, `${path}.1`, path].flatMap(linesOf).map((line) => toReceived(line).id);
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, index) => `record-${30 - kept.length + index}`),
  );
});

test('a file that somebody moved away is begun anew', async (context) => {
  const { path, send } = await openFile(context);
  await send(1);
  renameSync(path, `${path}.moved`);
  await send(2);
  assert.equal(linesOf(path).length, 1);
  assert.equal(linesOf(`${path}.moved`).length, 1);
});

test('a line that a crash cut off is taken back; it is sent again whole', async (context) => {
  const { path, sink, open, send } = await openFile(context);
  await send(1);
  await sink.close();
  appendFileSync(path, '{"type":"finding","rec');
  const next = await open();
  await next.send([someRecord(2)], new AbortController().signal);
  await next.close();
  assert.deepEqual(
    linesOf(path).map((line) => toReceived(line).id),
    ['record-1', 'record-2'],
  );
});

test('a symbolic link is not followed, and no folder written to', async (context) => {
  const { folder, path, send } = await openFile(context);
  symlinkSync(join(folder, 'elsewhere'), path);
  await assert.rejects(send(1), { code: 'SINK_UNREACHABLE', kind: 'unavailable', message: /symbolic link/ });
  rmSync(path);
  mkdirSync(path);
  await assert.rejects(send(1), { code: 'SINK_UNREACHABLE' });
  assert.ok(!existsSync(join(folder, 'elsewhere')));
});
