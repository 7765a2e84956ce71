import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { MemoryKind } from '../../core/memory.ts';
import { openFactMemory, openFactReader, type SqliteFactMemory } from './sqlite.ts';

interface Place {
  readonly folder: string;
  readonly file: string;
  readonly warnings: string[];
  readonly open: (options?: { readonly maximumBytes?: number; readonly now?: Date }) => SqliteFactMemory;
}

const inFolder = (run: (place: Place) => void): void => {
  const parent = mkdtempSync(join(tmpdir(), 'tidewaiter-store-'));
  const folder = join(parent, 'cache');
  const warnings: string[] = [];
  const log = { debug: () => undefined, warn: (message: string) => void warnings.push(message) };
  try {
    run({
      folder,
      file: join(folder, 'facts.sqlite'),
      warnings,
      open: ({ maximumBytes = 1e9, now = new Date('2025-06-01T00:00:00Z') } = {}) =>
        openFactMemory(folder, { maximumBytes, log, now: () => now }),
    });
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
};

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();
const asides = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => /^facts\.sqlite\.(corrupt|schema)-[^w]*Z$/.test(name));

test('what was remembered is recalled, also by the next process, by kind and key', () =>
  inFolder(({ open, folder }) => {
    const memory = open();
    memory.remember('file', [
      { key: 'a', value: bytes('1') },
      { key: 'b', value: bytes('') },
    ]);
    memory.remember('layer', [{ key: 'a', value: bytes('layer') }]);
    memory.remember('file', [{ key: 'a', value: bytes('2') }]);
    const look = (from: Pick<SqliteFactMemory, 'recall'>): readonly (string | undefined)[] =>
      (['file', 'layer'] as const).flatMap((kind) => ['a', 'b', 'c'].map((key) => textOf(from.recall(kind, key))));
    const expected = ['2', '', undefined, 'layer', undefined, undefined];
    assert.deepEqual(look(memory), expected);
    const reader = openFactReader(folder);
    assert.deepEqual(look(reader), expected);
    reader.close();
    memory.close();
    const next = open();
    assert.deepEqual(look(next), expected);
    next.close();
    const alone = openFactReader(folder);
    assert.deepEqual(look(alone), expected);
    alone.close();
  }));

test('the folder and the file are for their owner only', { skip: process.platform === 'win32' }, () =>
  inFolder(({ open, folder, file }) => {
    const memory = open();
    memory.remember('file', [{ key: 'a', value: bytes('1') }]);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
    assert.ok(existsSync(file));
    memory.close();
  }),
);

test(
  'a folder or file that others may write is not trusted, and is left alone',
  { skip: process.platform === 'win32' },
  () =>
    inFolder(({ open, folder, file, warnings }) => {
      const first = open();
      first.remember('file', [{ key: 'a', value: bytes('1') }]);
      first.close();
      for (const [path, loose, tight] of [
        [folder, 0o770, 0o700],
        [file, 0o602, 0o600],
      ] as const) {
        chmodSync(path, loose);
        const memory = open();
        assert.equal(memory.recall('file', 'a'), undefined);
        memory.close();
        assert.match(warnings.pop() ?? '', /not used: .*can be written by others/);
        const reader = openFactReader(folder);
        assert.equal(reader.recall('file', 'a'), undefined);
        reader.close();
        chmodSync(path, tight);
      }
      const again = open();
      assert.equal(textOf(again.recall('file', 'a')), '1');
      again.close();
      assert.deepEqual(warnings, []);
    }),
);

test('a file that is a link elsewhere is not trusted', { skip: process.platform === 'win32' }, () =>
  inFolder(({ open, folder, file, warnings }) => {
    mkdirSync(folder, { mode: 0o700 });
    symlinkSync('/dev/null', file);
    const memory = open();
    memory.remember('file', [{ key: 'a', value: bytes('1') }]);
    assert.equal(memory.recall('file', 'a'), undefined);
    memory.close();
    assert.match(warnings[0] ?? '', /no regular file/);
  }),
);

test('a folder that cannot be made is a warning and no memory', () =>
  inFolder(({ folder, warnings, open }) => {
    writeFileSync(folder, 'a file');
    const memory = open();
    memory.remember('file', [{ key: 'a', value: bytes('1') }]);
    assert.equal(memory.recall('file', 'a'), undefined);
    memory.close();
    assert.equal(warnings.length, 1);
  }));

for (const [about, damage] of [
  ['is no database', (file: string) => writeFileSync(file, 'x'.repeat(5000), { mode: 0o600 })],
  ['is cut off', (file: string) => truncateSync(file, 5000)],
] as const)
  test(`a file that ${about} is set aside with a warning, and a new one works`, () =>
    inFolder(({ open, folder, file, warnings }) => {
      const first = open();
      first.remember(
        'file',
        Array.from({ length: 500 }, (_, number) => ({ key: `${number}`, value: bytes('v'.repeat(100)) })),
      );
      first.close();
      damage(file);
      const memory = open();
      for (let number = 0; number < 500; number += 1) memory.recall('file', `${number}`);
      memory.close();
      assert.ok(
        warnings.some((text) => /set aside/.test(text)),
        warnings.join(),
      );
      assert.equal(asides(folder).length, 1);
      const next = open();
      next.remember('file', [{ key: 'new', value: bytes('1') }]);
      assert.equal(textOf(next.recall('file', 'new')), '1');
      next.close();
    }));

test('a file of another schema, older or newer, is set aside; old ones do not pile up', () =>
  inFolder(({ open, folder, file, warnings }) => {
    for (const [position, version] of [0, 2, 99, 7].entries()) {
      const memory = open();
      memory.close();
      const database = new Database(file);
      database.pragma(`user_version = ${version}`);
      database.close();
      const next = open({ now: new Date(Date.UTC(2025, 5, 1, position)) });
      next.remember('file', [{ key: 'a', value: bytes('1') }]);
      assert.equal(textOf(next.recall('file', 'a')), '1');
      next.close();
      assert.match(warnings.at(-1) ?? '', /set aside as .*schema-.*another version/);
    }
    assert.equal(asides(folder).length, 2);
  }));

test('a value that was changed in the file, or moved under another key or kind, is forgotten', () =>
  inFolder(({ open, file }) => {
    const memory = open();
    memory.remember('file', [
      { key: 'a', value: bytes('good') },
      { key: 'b', value: bytes('kept') },
    ]);
    memory.close();
    const database = new Database(file);
    database.prepare("UPDATE file SET value = CAST('evil' AS BLOB) WHERE key = 'a'").run();
    database.prepare("INSERT INTO layer SELECT * FROM file WHERE key = 'b'").run();
    database.prepare("INSERT INTO file SELECT 'c', value, checksum, used FROM file WHERE key = 'b'").run();
    database.close();
    const next = open();
    const recalled = (kind: MemoryKind, key: string) => textOf(next.recall(kind, key));
    assert.deepEqual(
      [recalled('file', 'a'), recalled('layer', 'b'), recalled('file', 'c'), recalled('file', 'b')],
      [undefined, undefined, undefined, 'kept'],
    );
    next.close();
  }));

test('at its close the file is brought below the maximum, least recently used first', () =>
  inFolder(({ open, file }) => {
    const day = (number: number): Date => new Date(Date.UTC(2025, 0, number));
    const facts = (prefix: string) =>
      Array.from({ length: 200 }, (_, number) => ({ key: `${prefix}${number}`, value: Buffer.alloc(5000, prefix) }));
    for (const [number, prefix] of ['a', 'b', 'c'].entries()) {
      const memory = open({ now: day(1 + number * 5) });
      memory.remember('layer', facts(prefix));
      memory.close();
    }
    const before = statSync(file).size;
    assert.ok(before > 3_000_000);
    const used = open({ now: day(20), maximumBytes: 2_500_000 });
    for (let number = 0; number < 100; number += 1) used.recall('layer', `a${number}`);
    used.touch(
      'layer',
      Array.from({ length: 100 }, (_, number) => `a${number + 100}`),
    );
    used.close();
    assert.ok(statSync(file).size <= 2_500_000, `${statSync(file).size}`);
    const after = open({ now: day(21) });
    const count = (prefix: string): number =>
      facts(prefix).filter(({ key }) => after.recall('layer', key) !== undefined).length;
    assert.deepEqual([count('a'), count('c')], [200, 200]);
    assert.ok(count('b') < 100);
    after.close();
  }));

test('nothing is evicted below the maximum', () =>
  inFolder(({ open }) => {
    const memory = open({ maximumBytes: 1_000_000 });
    memory.remember(
      'file',
      Array.from({ length: 100 }, (_, number) => ({ key: `${number}`, value: bytes('x'.repeat(1000)) })),
    );
    memory.close();
    const next = open();
    for (let number = 0; number < 100; number += 1) assert.ok(next.recall('file', `${number}`));
    next.close();
  }));

test('after its close a memory forgets and keeps nothing, and says nothing', () =>
  inFolder(({ open, warnings }) => {
    const memory = open();
    memory.close();
    memory.remember('file', [{ key: 'a', value: bytes('1') }]);
    assert.equal(memory.recall('file', 'a'), undefined);
    memory.close();
    assert.deepEqual(warnings, []);
  }));

test('several processes at once begin the same files and lose nothing', () =>
  inFolder(({ folder, warnings, open }) => {
    const names = ['a', 'b', 'c'];
    const files = 100;
    const program = `
      import { openFactMemory } from ${JSON.stringify(join(import.meta.dirname, 'sqlite.ts'))};
      const [folder, name, start] = process.argv.slice(1);
      const log = { debug: (text) => console.error(text), warn: (text) => console.error(text) };
      while (Date.now() < Number(start));
      for (let file = 0; file < ${files}; file += 1) {
        const memory = openFactMemory(file === 0 ? folder : folder + file, { maximumBytes: 1e9, log });
        for (let round = 0; round < (file === 0 ? 20 : 1); round += 1)
          memory.remember('file', Array.from({ length: 50 }, (_, number) => ({ key: name + ':' + round + ':' + number, value: Buffer.from(name) })));
        memory.close();
      }`;
    const start = Date.now() + 300;
    const run = `${names.map((name) => `"$0" --input-type=module -e "$1" "$2" ${name} ${start} &`).join(' ')} wait`;
    const output = execFileSync('sh', ['-c', `{ ${run}; } 2>&1`, process.execPath, program, folder]).toString();
    assert.equal(output, '');
    for (let file = 1; file < files; file += 1) {
      const reader = openFactReader(folder + String(file));
      for (const name of names) assert.equal(textOf(reader.recall('file', `${name}:0:49`)), name);
      reader.close();
    }
    const memory = open();
    for (const name of names)
      for (let round = 0; round < 20; round += 1)
        assert.equal(textOf(memory.recall('file', `${name}:${round}:49`)), name);
    memory.close();
    assert.deepEqual(warnings, []);
  }));

test('a reader of nothing recalls nothing and makes nothing', () =>
  inFolder(({ folder }) => {
    const reader = openFactReader(folder);
    assert.equal(reader.recall('file', 'a'), undefined);
    reader.close();
    assert.ok(!existsSync(folder));
  }));

test('a reader sees what is remembered after it was opened', () =>
  inFolder(({ open, folder }) => {
    const memory = open();
    const reader = openFactReader(folder);
    assert.equal(reader.recall('file', 'a'), undefined);
    memory.remember('file', [{ key: 'a', value: bytes('1') }]);
    assert.equal(textOf(reader.recall('file', 'a')), '1');
    reader.close();
    memory.close();
  }));
