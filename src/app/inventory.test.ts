import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { AuditResult } from '../audit/audit-result.ts';
import type { InventoryEntry } from '../core/analyzer.ts';
import { inventoryLimits } from '../core/program-inventory.ts';
import { decodeInventory, encodeInventory } from '../store/backends/inventory-bytes.ts';
import type { Image } from '../core/image.ts';
import { openInventories, openInventoryKeeper, toInventory } from './inventory.ts';

const hash = (digit: string): string => digit.repeat(64);
const digest = (digit: string): `sha256:${string}` => `sha256:${hash(digit)}`;

const entry = (path: string, more: Partial<InventoryEntry> = {}): InventoryEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 1,
  modified: 0,
  layerIndex: 0,
  hidden: false,
  ...more,
});

const seen = (
  inventory: readonly InventoryEntry[],
  context: Partial<AuditResult['context']> = {},
): Pick<AuditResult, 'identity' | 'layers' | 'inventory' | 'context'> => ({
  identity: { manifest: digest('1'), config: digest('2'), index: digest('3'), diffIds: [] },
  layers: [
    { index: 0, digest: digest('4'), mediaType: '', bytes: 0, files: 0, recalled: false, createdBy: 'COPY / /' },
  ],
  inventory,
  context: { launched: new Set(), ...context },
});

const at = '2026-03-01T10:00:00.000Z';
const keptOf = (inventory: readonly InventoryEntry[]) => {
  const made = toInventory({ reference: 'registry.example/app:1' }, seen(inventory), at);
  const kept = made === undefined ? undefined : decodeInventory(encodeInventory(made));
  assert.ok(kept !== undefined);
  return kept;
};

suite('the inventory of an image', () => {
  test('programs with their digests, data without, links with where they lead', () => {
    const kept = keptOf([
      entry('usr', { type: 'directory', mode: 0o755 }),
      entry('usr/bin/tool', { mode: 0o755, sha256: hash('a'), kind: 'elf' }),
      entry('usr/lib/a.so', { sha256: hash('b'), kind: 'elf', layerIndex: 1 }),
      entry('etc/config', { sha256: hash('c'), kind: 'text' }),
      entry('bin', { type: 'symlink', mode: 0o777, target: 'usr/bin' }),
    ]);
    assert.equal(kept.files, 4);
    assert.deepEqual(kept.file('usr/bin/tool'), {
      path: 'usr/bin/tool',
      layerIndex: 0,
      executable: true,
      program: true,
      sha256: hash('a'),
    });
    assert.deepEqual(kept.file('usr/lib/a.so'), {
      path: 'usr/lib/a.so',
      layerIndex: 1,
      executable: false,
      program: true,
      sha256: hash('b'),
    });
    assert.deepEqual(kept.file('etc/config'), { path: 'etc/config', layerIndex: 0, executable: false, program: false });
    assert.equal(kept.file('bin')?.target, 'usr/bin');
    assert.equal(kept.file('usr'), undefined);
    assert.equal(kept.holding(hash('b'))?.path, 'usr/lib/a.so');
    assert.equal(kept.holding(hash('c')), undefined);
  });

  test('what later layers deleted or replaced is not in it', () => {
    const kept = keptOf([
      entry('bin/gone', { hidden: true, mode: 0o755, sha256: hash('a'), kind: 'elf' }),
      entry('bin/tool', { hidden: true, mode: 0o755, sha256: hash('b'), kind: 'elf' }),
      entry('bin/tool', { layerIndex: 1, mode: 0o755, sha256: hash('c'), kind: 'elf' }),
    ]);
    assert.equal(kept.file('bin/gone'), undefined);
    assert.equal(kept.file('bin/tool')?.sha256, hash('c'));
    assert.equal(kept.holding(hash('b')), undefined);
  });

  test('a hard link has the content that it was made of, also when its first name is another file now', () => {
    const kept = keptOf([
      entry('bin/perl', { hidden: true, mode: 0o755, sha256: hash('a'), kind: 'elf' }),
      entry('bin/perl5', { type: 'hardlink', target: 'bin/perl', mode: 0o755 }),
      entry('bin/perl5.36', { type: 'hardlink', target: './bin/perl5', mode: 0o755 }),
      entry('bin/perl', { layerIndex: 1, mode: 0o755, sha256: hash('b'), kind: 'elf' }),
    ]);
    assert.equal(kept.file('bin/perl5')?.sha256, hash('a'));
    assert.equal(kept.file('bin/perl5.36')?.sha256, hash('a'));
    assert.equal(kept.file('bin/perl')?.sha256, hash('b'));
  });

  test('a name that no file system takes shifts nothing', () => {
    const kept = keptOf([
      entry('a\0b', { mode: 0o755, sha256: hash('a'), kind: 'elf' }),
      entry('l', { type: 'symlink', target: 'x\0y' }),
      entry('ok', { mode: 0o755, sha256: hash('b'), kind: 'elf' }),
    ]);
    assert.equal(kept.file('ok')?.sha256, hash('b'));
    assert.equal(kept.file('l')?.target, 'x');
  });

  test('what the image does at its start is kept with it', () => {
    const context = {
      launched: new Set(['usr/bin/tool']),
      announced: { programs: ['tool'], hosts: ['files.example'] },
    };
    const made = toInventory(
      { reference: 'registry.example/app:1' },
      seen([entry('usr/bin/tool', { mode: 0o755 })], context),
      at,
    );
    assert.deepEqual([made?.launched, made?.announced], [['usr/bin/tool'], context.announced]);
    assert.deepEqual([made?.own, made?.shared], [[digest('1'), digest('2')], digest('3')]);
    assert.deepEqual(made?.layers, [{ digest: digest('4'), createdBy: 'COPY / /' }]);
  });

  test('beyond the bound no file is kept, and that is said', () => {
    const many = Array.from({ length: inventoryLimits.files + 1 }, (_, index) => entry(`f${index}`));
    const made = toInventory({ reference: 'registry.example/app:1' }, seen(many), at);
    assert.match(made?.incomplete ?? '', /400001 files/);
    assert.deepEqual(made?.files.paths, []);
  });

  test('of a layer that was not read to its end nothing is claimed', () => {
    const made = toInventory({ reference: 'x' }, seen([entry('a', { mode: 0o755 })], { partial: true }), at);
    assert.match(made?.incomplete ?? '', /not read to its end/);
    assert.deepEqual(made?.files.paths, []);
  });

  test('what has no digest of its own has no inventory', () => {
    assert.equal(toInventory({ reference: 'x' }, { ...seen([]), identity: { diffIds: [] } }, at), undefined);
  });
});

const image = {
  reference: 'registry.example/app:1',
  identity: { manifest: digest('1'), config: digest('2'), diffIds: [] },
} as unknown as Image;
const audited = (context: Partial<AuditResult['context']> = {}): AuditResult =>
  seen([entry('bin/tool', { mode: 0o755, sha256: hash('a'), kind: 'elf' })], context) as unknown as AuditResult;

const withHome = (
  work: (open: (atOnce?: boolean) => ReturnType<typeof openInventoryKeeper>, known: () => number) => void,
): void => {
  const home = mkdtempSync(join(tmpdir(), 'tw-keeper-'));
  const warned: string[] = [];
  const context = {
    environment: { HOME: home },
    log: { debug: () => undefined, warn: (message: string) => warned.push(message) },
    now: () => new Date(at),
  };
  using inventories = openInventories(context);
  try {
    const known = (): number =>
      ['1', '2'].filter((name) => inventories.of([digest(name)])?.file('bin/tool') !== undefined).length;
    work((atOnce) => openInventoryKeeper(context, atOnce), known);
    assert.deepEqual(warned, []);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

suite('what keeps inventories', () => {
  test('an image is wanted once, and written when all is done', () =>
    withHome((open, known) => {
      assert.equal(known(), 0);
      {
        using keeper = open();
        keeper.wanted(image)?.(audited());
        assert.equal(known(), 0);
      }
      assert.equal(known(), 2);
      using again = open();
      assert.equal(again.wanted(image), undefined);
    }));

  test('before the next one, or at once where that is asked for', () =>
    withHome((open, known) => {
      using keeper = open(true);
      keeper.wanted(image)?.(audited());
      assert.equal(known(), 2);
    }));

  test('what was not read to its end is wanted again', () =>
    withHome((open, known) => {
      {
        using keeper = open();
        keeper.wanted(image)?.(audited({ partial: true }));
      }
      assert.equal(known(), 0);
      using again = open();
      assert.ok(again.wanted(image) !== undefined);
    }));

  test('what has no digest is not wanted', () =>
    withHome((open) => {
      using keeper = open();
      assert.equal(keeper.wanted({ ...image, identity: { diffIds: [] } }), undefined);
    }));
});
