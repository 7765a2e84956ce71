import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { completeLockfile, findUncompiled } from './complete-lockfile.ts';

const lockfile = (wanted: Readonly<Record<string, string>>, more: Readonly<Record<string, object>> = {}) => ({
  lockfileVersion: 3,
  packages: { '': {}, 'node_modules/tool': { version: '1.0.0', dev: true, optionalDependencies: wanted }, ...more },
});

test('an absent platform package is added with its os, cpu and version', () => {
  const { lockfile: complete, added } = completeLockfile(lockfile({ '@tool/binding-win32-arm64-msvc': '1.2.3' }));
  assert.deepEqual(added, ['node_modules/@tool/binding-win32-arm64-msvc']);
  assert.deepEqual(complete.packages['node_modules/@tool/binding-win32-arm64-msvc'], {
    version: '1.2.3',
    cpu: ['arm64'],
    dev: true,
    optional: true,
    os: ['win32'],
  });
});

test('a package that the lockfile has is left as it is', () => {
  const present = { version: '1.2.3', integrity: 'sha512-AA==', os: ['linux'] };
  const key = 'node_modules/@tool/binding-linux-x64-gnu';
  const { lockfile: complete, added } = completeLockfile(
    lockfile({ '@tool/binding-linux-x64-gnu': '1.2.3' }, { [key]: present }),
  );
  assert.deepEqual(added, []);
  assert.deepEqual(complete.packages[key], present);
});

test('a nested copy counts as present', () => {
  const key = 'node_modules/tool/node_modules/tool-linux-x64';
  assert.deepEqual(completeLockfile(lockfile({ 'tool-linux-x64': '1.2.3' }, { [key]: {} })).added, []);
});

test('a name without a platform, or a range, is a problem and never guessed', () => {
  assert.match(completeLockfile(lockfile({ fsevents: '2.3.3' })).problems.join(), /fsevents@2\.3\.3, wanted by/);
  assert.match(completeLockfile(lockfile({ 'tool-linux-x64': '^1.2.3' })).problems.join(), /tool-linux-x64@\^1\.2\.3/);
});

test('a package that forbids npm to compile it is marked, and only that one', () => {
  const [one, other] = ['node_modules/one', 'node_modules/other'];
  const { lockfile: complete, added } = completeLockfile(lockfile({}, { [one]: {}, [other]: {} }), [one]);
  assert.deepEqual(added, [one]);
  assert.deepEqual([complete.packages[one]?.gypfile, complete.packages[other]?.gypfile], [false, undefined]);
  assert.deepEqual(completeLockfile(complete, [one]).added, []);
});

test('the committed lockfiles are complete', () => {
  for (const file of ['package-lock.json', 'scripts/runtime/package-lock.json']) {
    const path = join(import.meta.dirname, '..', file);
    const lockfile = JSON.parse(readFileSync(path, 'utf8'));
    const { added, problems } = completeLockfile(lockfile, findUncompiled(dirname(path), lockfile));
    assert.deepEqual({ added, problems }, { added: [], problems: [] }, file);
  }
});

test('every runtime dependency of the committed lockfiles carries an integrity hash', () => {
  for (const file of ['package-lock.json', 'scripts/runtime/package-lock.json']) {
    const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8')) as {
      packages: Record<string, { dev?: boolean; integrity?: string }>;
    };
    const bare = Object.entries(packages)
      .filter(([key, entry]) => key !== '' && entry.dev !== true && entry.integrity === undefined)
      .map(([key]) => key);
    assert.deepEqual(bare, [], file);
  }
});

test('no package of the committed lockfiles declares an install script, so that a plain npm install runs none either', () => {
  for (const file of ['package-lock.json', 'scripts/runtime/package-lock.json']) {
    const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean; gypfile?: boolean }>;
    };
    const folder = dirname(join(import.meta.dirname, '..', file));
    const scripted = Object.keys(packages).filter(
      (key) =>
        packages[key]?.hasInstallScript === true ||
        (packages[key]?.gypfile !== false && existsSync(join(folder, key, 'binding.gyp'))),
    );
    assert.deepEqual(scripted, [], file);
  }
});
