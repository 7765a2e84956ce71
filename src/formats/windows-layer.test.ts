import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWindowsLayer, toWindowsPath } from './windows-layer.ts';

test('a layer is a Windows layer when all its paths lie in the known folders', () => {
  assert.ok(
    isWindowsLayer(['Files', 'Files/Windows/System32/x.dll', 'Hives', 'Hives/System_Delta', 'UtilityVM/Files/y']),
  );
  assert.ok(!isWindowsLayer(['Files', 'Files/x', 'etc/passwd']));
  assert.ok(!isWindowsLayer(['Hives', 'Hives/x']));
  assert.ok(!isWindowsLayer(['']));
});

test('paths on the system drive are those below Files', () => {
  assert.equal(toWindowsPath('Files/Windows/x.dll'), 'Windows/x.dll');
  assert.equal(toWindowsPath('Hives/System_Delta'), undefined);
  assert.equal(toWindowsPath('FilesX/a'), undefined);
});
