import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesOf, type ByteStream } from '../core/bytes.ts';
import { collect } from '../core/collect.ts';
import { unavailable } from '../core/fault.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { openFileBytes, sectionOf } from './file-bytes.ts';
import { spool } from './spool.ts';

const inFolder = async (run: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-bytes-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 7 + (at >> 9)) & 255));

test('a file is read at random and streamed from anywhere, the same bytes', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'f'), content);
    await using bytes = await openFileBytes(join(folder, 'f'));
    assert.equal(bytes.size, content.length);
    for (const offset of [0, 1, 1_048_575, 1_048_576, 2_999_999, 3_000_000, 4_000_000]) {
      assert.ok(content.subarray(offset).equals(await collect(bytes.stream(offset), 1e7)), `stream ${offset}`);
      assert.ok(content.subarray(offset, offset + 1000).equals(await bytes.read(offset, 1000)), `read ${offset}`);
    }
  }));

test('two streams of one file do not disturb each other', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'f'), content);
    await using bytes = await openFileBytes(join(folder, 'f'));
    const both = await Promise.all([collect(bytes.stream(), 1e7), collect(bytes.stream(500_000), 1e7)]);
    assert.ok(content.equals(both[0] ?? Buffer.alloc(0)));
    assert.ok(content.subarray(500_000).equals(both[1] ?? Buffer.alloc(0)));
  }));

test('a file that became shorter is a Fault, never a silent end', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'f'), content);
    await using bytes = await openFileBytes(join(folder, 'f'));
    await truncate(join(folder, 'f'), 1_500_000);
    await assert.rejects(collect(bytes.stream(), 1e7), { code: 'FILE_CHANGED', kind: 'unavailable' });
    assert.equal((await bytes.read(1_400_000, 200_000)).length, 100_000);
  }));

test('a section gives its own bytes only, and fails where the whole is too short', async () => {
  const whole = bytesOf(content.subarray(0, 1000));
  const inside = sectionOf(whole, 100, 200, 'x');
  assert.ok(content.subarray(100, 300).equals(await collect(inside.stream(), 1e4)));
  assert.ok(content.subarray(150, 300).equals(await collect(inside.stream(50), 1e4)));
  assert.ok(content.subarray(290, 300).equals(await inside.read(190, 50)));
  assert.equal((await inside.read(300, 10)).length, 0);
  assert.equal((await collect(inside.stream(200), 1e4)).length, 0);
  await assert.rejects(collect(sectionOf(whole, 900, 200, 'x').stream(), 1e4), { code: 'ARCHIVE_TRUNCATED' });
});

const chunks = async function* (count: number, failure?: Error): ByteStream {
  for (let at = 0; at < count; at += 1) yield content.subarray(at * 1000, at * 1000 + 1000);
  if (failure !== undefined) throw failure;
};

test('what is spooled is read back, and gone afterwards', () =>
  inFolder(async (folder) => {
    const context = { ...fakeContext(), temporaryFolder: async () => folder };
    const heard: number[] = [];
    const bytes = await spool(chunks(3), context, 'x', (total) => heard.push(total));
    assert.ok(content.subarray(0, 3000).equals(await bytes.read(0, 9000)));
    assert.deepEqual(heard, [1000, 2000, 3000]);
    await bytes[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(folder), []);
  }));

test('a spool that fails, is too large or is stopped leaves nothing behind', () =>
  inFolder(async (folder) => {
    const controller = new AbortController();
    const context = {
      ...fakeContext({ limits: { bytes: 2500 }, signal: controller.signal }),
      temporaryFolder: async () => folder,
    };
    await assert.rejects(spool(chunks(1, unavailable('GONE', 'gone')), context, 'x'), { code: 'GONE' });
    await assert.rejects(spool(chunks(3), context, 'x'), { code: 'SPOOL_TOO_LARGE', kind: 'limit' });
    controller.abort(unavailable('STOPPED', 'stopped'));
    await assert.rejects(spool(chunks(1), context, 'x'), { code: 'STOPPED' });
    assert.deepEqual(await readdir(folder), []);
  }));
