import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { isFault } from '../../core/fault.ts';
import { stateFolderOf } from '../state-file.ts';
import { openTrustMemory } from './trust-memory.ts';

const withFolder = async (run: (folder: string) => Promise<void> | void): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-trust-memory-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const isUnusable = (thrown: unknown): boolean =>
  isFault(thrown) && thrown.kind === 'unavailable' && thrown.code === 'STATE_UNUSABLE';

test('what was kept is recalled by the next process too; what was never kept is not', () =>
  withFolder((folder) => {
    const memory = openTrustMemory(join(folder, 'state'));
    assert.equal(memory.recall('notary', 'a'), undefined);
    assert.equal(memory.replace('notary', 'a', undefined, 'one'), true);
    assert.equal(memory.recall('trusted-root', 'a'), undefined, 'spaces are apart');
    memory.close();
    const next = openTrustMemory(join(folder, 'state'));
    assert.equal(next.recall('notary', 'a'), 'one');
    next.close();
  }));

test('a value is replaced only if it is still the one that was read', () =>
  withFolder((folder) => {
    const [one, other] = [openTrustMemory(folder), openTrustMemory(folder)];
    assert.equal(one.replace('notary', 'a', undefined, '1'), true);
    assert.equal(other.replace('notary', 'a', undefined, '2'), false, 'somebody was first');
    assert.equal(other.recall('notary', 'a'), '1');
    assert.equal(other.replace('notary', 'a', '1', '2'), true);
    assert.equal(one.replace('notary', 'a', '1', '3'), false);
    assert.equal(one.recall('notary', 'a'), '2');
    one.close();
    other.close();
  }));

test('several processes that count at once lose no count, from the first use on', () =>
  withFolder(async (folder) => {
    const script = join(folder, 'count.ts');
    await writeFile(
      script,
      `import { openTrustMemory } from ${JSON.stringify(join(import.meta.dirname, 'trust-memory.ts'))};
       const memory = openTrustMemory(${JSON.stringify(join(folder, 'state'))});
       for (let done = 0; done < 20;) {
         const before = memory.recall('notary', 'count');
         if (memory.replace('notary', 'count', before, String(Number(before ?? 0) + 1))) done += 1;
       }
       memory.close();`,
    );
    const count = () => promisify(execFile)(process.execPath, [script], { timeout: 30_000 });
    await Promise.all([count(), count(), count(), count()]);
    const memory = openTrustMemory(join(folder, 'state'));
    assert.equal(memory.recall('notary', 'count'), '80');
    memory.close();
  }));

test('a damaged file is unavailable, never a first use, and stays where it is', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'trust-memory.sqlite');
    await writeFile(file, 'this is no database, and what it held is lost'.repeat(100), { mode: 0o600 });
    const memory = openTrustMemory(folder);
    assert.throws(() => memory.recall('notary', 'a'), isUnusable);
    assert.throws(() => memory.replace('notary', 'a', undefined, 'mine'), isUnusable);
    memory.close();
    assert.deepEqual(await readdir(folder), ['trust-memory.sqlite']);
  }));

test('a file that is damaged while it is in use is unavailable too', () =>
  withFolder(async (folder) => {
    const first = openTrustMemory(folder);
    for (let key = 0; key < 200; key += 1) first.replace('notary', `key ${key}`, undefined, 'x'.repeat(200));
    first.close();
    const file = join(folder, 'trust-memory.sqlite');
    const { readFile } = await import('node:fs/promises');
    const bytes = await readFile(file);
    bytes.fill(0xff, 4096);
    await writeFile(file, bytes);
    const memory = openTrustMemory(folder);
    assert.throws(() => memory.recall('notary', 'key 7'), isUnusable);
    memory.close();
  }));

test('a file of another version, of others to write, or with other tables is unavailable', () =>
  withFolder(async (folder) => {
    const place = (name: string): string => join(folder, name);
    const make = async (name: string, sql: string): Promise<void> => {
      await mkdir(place(name), { mode: 0o700 });
      const database = new Database(join(place(name), 'trust-memory.sqlite'));
      database.exec(sql);
      database.close();
      await chmod(join(place(name), 'trust-memory.sqlite'), 0o600);
    };
    await make('newer', 'PRAGMA user_version = 99; CREATE TABLE other (x);');
    await make('stranger', 'PRAGMA user_version = 1; CREATE TABLE other (x);');
    for (const name of ['newer', 'stranger']) {
      const memory = openTrustMemory(place(name));
      assert.throws(() => memory.recall('notary', 'a'), isUnusable, name);
      memory.close();
    }
    await mkdir(place('open'));
    await chmod(place('open'), 0o777);
    assert.throws(() => openTrustMemory(place('open')).recall('notary', 'a'), isUnusable);
  }));

test('state lies where the XDG specification says; a path that is not absolute is ignored', () => {
  assert.equal(stateFolderOf({ XDG_STATE_HOME: '/var/state', HOME: '/home/me' }, '/root'), '/var/state/tidewaiter');
  assert.equal(
    stateFolderOf({ XDG_STATE_HOME: 'state', HOME: '/home/me' }, '/root'),
    '/home/me/.local/state/tidewaiter',
  );
  assert.equal(stateFolderOf({}, '/root'), '/root/.local/state/tidewaiter');
});
