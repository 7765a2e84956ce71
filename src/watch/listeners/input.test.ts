import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { listen, listenerContext } from '../../../test/builders/listening.ts';
import { docker } from '../sensors/docker.ts';
import { input } from './input.ts';

const root = await mkdtemp(join(tmpdir(), 'tw-input-'));
after(() => rm(root, { recursive: true }));

const record = (number: number): string =>
  `${JSON.stringify({ Type: 'image', Action: 'pull', id: `registry.example/a:${number}`, time: 1_767_323_045 + number })}\n`;

test('standard input is read to its end, also a last line without one', async () => {
  const stream = Readable.from([Buffer.from(record(1) + record(2).slice(0, 9)), Buffer.from(record(2).slice(9, -1))]);
  await using listening = await listen(input, { input: '-', stream }, docker);
  await listening.done;
  assert.equal(listening.heard.events.length, 2);
  assert.deepEqual(listening.heard.gaps, []);
});

test('a named pipe outlives its writers', async () => {
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await using listening = await listen(input, { input: pipe }, docker);
  appendFileSync(pipe, record(1));
  await listening.until(({ events }) => events.length === 1);
  appendFileSync(pipe, record(2));
  await listening.until(({ events }) => events.length === 2);
});

test('a plain file is misuse, and one that is not there is unavailable', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  await assert.rejects(input.open({ input: file }, listenerContext(new Map())), /no named pipe/);
  await assert.rejects(input.open({ input: join(root, 'none') }, listenerContext(new Map())), /cannot open/);
});
