import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { referenceHint, requireReferences } from './reference-hint.ts';

let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tw-hint-'));
  await writeFile(join(folder, 'app.tar'), '');
  await mkdir(join(folder, 'layout'));
  await writeFile(join(folder, 'layout', 'oci-layout'), '{}');
  await mkdir(join(folder, 'tree'));
});
after(() => rm(folder, { recursive: true }));

test('a path in place of a name: what would read it', () => {
  assert.match(
    referenceHint(join(folder, 'app.tar')) ?? '',
    /docker-archive:\/.*app\.tar reads what docker save wrote/,
  );
  assert.match(referenceHint(join(folder, 'layout')) ?? '', /write oci:\/.*layout$/);
  assert.match(referenceHint(join(folder, 'tree')) ?? '', /rootfs:\/.*tree reads an unpacked tree/);
  assert.equal(referenceHint(join(folder, 'gone.tar')), undefined);
});

test('a scheme that was mistyped is no name of an image', () => {
  assert.match(referenceHint('dokcer-archive:app.tar') ?? '', /did you mean docker-archive:app\.tar\?/);
  assert.match(referenceHint('docker:nginx') ?? '', /did you mean docker:\/\/nginx or docker-daemon:nginx\?/);
  for (const name of ['nginx:1.27', 'registry.example:5000/app', 'docker://nginx', 'postgres:16'])
    assert.equal(referenceHint(name), undefined, name);
});

test('misuse says what to write instead, and keeps a password to itself', () => {
  assert.throws(
    () => requireReferences(['nginx', 'https://user:hunter2@registry.example/app']),
    (thrown: Error) => {
      assert.match(thrown.message, /leave https:\/\/ out/);
      return !thrown.message.includes('hunter2');
    },
  );
  for (const input of ['-', 'docker-archive:-', 'oci-archive:-'])
    assert.throws(() => requireReferences([input]), /not read from standard input/);
  assert.throws(() => requireReferences([`${folder}/app.tar`]), /docker-archive:/);
  assert.throws(() => requireReferences(['UPPER']), /lower case$/);
  requireReferences(['nginx', 'oci:-', 'docker-archive:app.tar']);
});
