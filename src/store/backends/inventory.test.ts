import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import Database from 'better-sqlite3';
import type { Digest } from '../../core/digest.ts';
import { fileFlags, type ScannedInventory } from '../../core/program-inventory.ts';
import { openInventoryStore, type InventoryStoreOptions } from './inventory.ts';
import { decodeInventory, encodeInventory } from './inventory-bytes.ts';

const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}`;

const scanned = (own: readonly Digest[], more: Partial<ScannedInventory> = {}): ScannedInventory => ({
  reference: `registry.example/${own[0]?.slice(7, 11) ?? ''}`,
  at: '2026-03-01T10:00:00.000Z',
  own,
  layers: [],
  volumes: [],
  launched: [],
  announced: { programs: [], hosts: [] },
  files: {
    paths: ['bin/tool'],
    flags: Uint8Array.of(fileFlags.executable),
    layers: Uint16Array.of(0),
    targets: [],
    hashes: [],
  },
  ...more,
});

const withFolder = (work: (folder: string, warnings: string[]) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'tw-inventory-'));
  try {
    work(folder, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const open = (folder: string, warnings: string[], options: Partial<InventoryStoreOptions> = {}) =>
  openInventoryStore(folder, {
    log: { debug: () => undefined, warn: (message) => warnings.push(message) },
    now: () => new Date(1e12),
    ...options,
  });

suite('what is remembered of the files of images', () => {
  test('by each of its names, also in another process', () =>
    withFolder((folder, warnings) => {
      const first = open(folder, warnings);
      assert.equal(first.has([digest('1'), digest('2')]), false);
      first.keep(scanned([digest('1'), digest('2')], { shared: digest('3') }));
      first.close();
      const second = open(folder, warnings);
      assert.equal(second.has([digest('1'), digest('2')], digest('3')), true);
      for (const name of ['1', '2', '3'])
        assert.equal(second.of([digest(name)])?.file('bin/tool')?.executable, true, name);
      assert.equal(second.of([digest('4')]), undefined);
      second.close();
      assert.deepEqual(warnings, []);
    }));

  test('an index that names images of two platforms names neither', () =>
    withFolder((folder, warnings) => {
      const store = open(folder, warnings);
      store.keep(scanned([digest('1')], { shared: digest('9') }));
      store.keep(scanned([digest('2')], { shared: digest('9') }));
      assert.equal(store.of([digest('9')]), undefined);
      assert.equal(store.of([digest('9'), digest('2')])?.reference, 'registry.example/2222');
      store.close();
    }));

  test('an image that is reached by an index later is known by it from then on', () =>
    withFolder((folder, warnings) => {
      const store = open(folder, warnings);
      store.keep(scanned([digest('1')]));
      assert.equal(store.of([digest('9')]), undefined);
      assert.equal(store.has([digest('1')], digest('9')), true);
      assert.equal(store.of([digest('9')])?.reference, 'registry.example/1111');
      store.close();
    }));

  test('a manifest that nobody scanned is missing, although its config is known', () =>
    withFolder((folder, warnings) => {
      const store = open(folder, warnings);
      store.keep(scanned([digest('1'), digest('c')]));
      assert.equal(store.has([digest('2'), digest('c')]), false);
      store.close();
    }));

  test('the longest unscanned go first, by number and by bytes, never the newest', () =>
    withFolder((folder, warnings) => {
      let time = 0;
      const now = () => new Date((time += 1000));
      const few = open(folder, warnings, { maximumImages: 2, now });
      for (const name of ['1', '2', '3']) few.keep(scanned([digest(name)]));
      assert.deepEqual(
        ['1', '2', '3'].map((name) => few.of([digest(name)]) !== undefined),
        [false, true, true],
      );
      few.close();
      const small = open(folder, warnings, { maximumBytes: 1, now });
      small.keep(scanned([digest('4')]));
      assert.deepEqual(
        ['2', '3', '4'].map((name) => small.of([digest(name)]) !== undefined),
        [false, false, true],
      );
      small.close();
    }));

  test('more images than are unpacked at once are answered all the same', () =>
    withFolder((folder, warnings) => {
      const store = open(folder, warnings, { openFiles: 2 });
      for (const name of ['1', '2', '3', '4']) store.keep(scanned([digest(name)]));
      for (const name of ['1', '2', '3', '4', '1']) assert.equal(store.of([digest(name)])?.own[0], digest(name));
      store.close();
    }));

  test('what is damaged is told, and nothing is claimed', () =>
    withFolder((folder, warnings) => {
      const store = open(folder, warnings);
      store.keep(scanned([digest('1')]));
      store.close();
      const database = new Database(join(folder, 'inventories.sqlite'));
      database.prepare('UPDATE inventory SET value = ?').run(Buffer.from('rubbish'));
      database.close();
      const again = open(folder, warnings);
      assert.equal(again.of([digest('1')]), undefined);
      assert.match(warnings.join(), /cannot be read/);
      again.close();
    }));

  test('a file that is no database is set aside', () =>
    withFolder((folder, warnings) => {
      writeFileSync(join(folder, 'inventories.sqlite'), 'x'.repeat(5000), { mode: 0o600 });
      const store = open(folder, warnings);
      assert.equal(store.of([digest('1')]), undefined);
      store.keep(scanned([digest('1')]));
      assert.equal(store.of([digest('1')])?.own[0], digest('1'));
      assert.match(warnings.join(), /set aside/);
      store.close();
    }));

  test('a folder that cannot be used fails nothing and misses nothing', () =>
    withFolder((folder, warnings) => {
      writeFileSync(join(folder, 'file'), '');
      const store = open(join(folder, 'file'), warnings);
      assert.equal(store.has([digest('1')]), true);
      store.keep(scanned([digest('1')]));
      assert.equal(store.of([digest('1')]), undefined);
      assert.equal(warnings.length, 1, warnings.join('\n'));
      store.close();
    }));
});

suite('the bytes of an inventory', () => {
  const bytes = Buffer.from(encodeInventory(scanned([digest('1')])));

  test('anything cut or turned is no inventory, and never an exception', () => {
    for (let length = 0; length < bytes.length; length += 1)
      assert.equal(decodeInventory(bytes.subarray(0, length)), undefined);
    for (let place = 0; place < bytes.length; place += 1) {
      const turned = Buffer.from(bytes);
      turned[place] = (turned[place] ?? 0) ^ 0x55;
      const decoded = decodeInventory(turned);
      if (decoded !== undefined) assert.equal(decoded.file('bin/tool')?.path, 'bin/tool');
    }
  });
});
