import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPackageRoot, packageRoot } from './package-root.ts';

test('the root is the folder of our own package.json', () => {
  const { name } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { name: string };
  assert.equal(name, 'tidewaiter');
});

test('the nearest package.json wins over one further up', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-root-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const inner = join(folder, 'node_modules/tidewaiter');
  mkdirSync(join(inner, 'dist/app'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  assert.equal(findPackageRoot(join(inner, 'dist/app')), folder);
  writeFileSync(join(inner, 'package.json'), '{}');
  assert.equal(findPackageRoot(join(inner, 'dist/app')), inner);
});

test('a folder outside every package is an error', () => {
  assert.throws(() => findPackageRoot('/proc'), /no package\.json above \/proc/);
});
