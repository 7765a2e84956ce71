import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { deadProgram } from '../../../test/builders/package-image.ts';
import { berkeleyOf, blobOf } from '../../../test/builders/rpmdb.ts';
import type { InspectedFile } from '../../core/analyzer.ts';
import type { FileKind } from '../../core/file-kind.ts';
import { parseDigestsText } from './checked-files.ts';
import { openPackageInspector } from './inspector.ts';
import { packagesIn } from './record-facts.ts';
import { hasLinkedModules } from './linked-modules.ts';
import { recordKindOf } from './record-place.ts';

const fileOf = (path: string, kind: FileKind, size: number): InspectedFile => ({
  path,
  kind,
  size,
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  modified: 0,
  sha256: '',
  windowOffset: 0,
  overlap: 0,
  lastWindow: true,
});

const factsOf = (path: string, kind: FileKind, content: Uint8Array): unknown =>
  openPackageInspector().inspect(fileOf(path, kind, content.length), content, {})?.facts;

test('records are known by their places, and by nothing else', () => {
  for (const [path, kind] of [
    ['var/lib/dpkg/status', 'dpkg-status'],
    ['var/lib/dpkg/status.d/base', 'dpkg-status'],
    ['var/lib/dpkg/status.d/base.md5sums', 'dpkg-md5sums'],
    ['var/lib/dpkg/info/bash.list', 'dpkg-list'],
    ['var/lib/dpkg/info/bash.postinst', undefined],
    ['var/lib/rpm/Packages', 'rpmdb'],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite', 'rpmdb'],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite-wal', 'rpmdb-journal'],
    ['var/lib/rpm/Name', undefined],
    ['lib/apk/db/installed', 'apk'],
    ['usr/lib/apk/db/installed', 'apk'],
    ['opt/lib/apk/db/installed', undefined],
    ['home/var/lib/dpkg/status', undefined],
    ['etc/os-release', 'os-release'],
    ['a/node_modules/b/package.json', 'npm'],
    ['a/node_modules/@b/c/package.json', 'npm'],
    ['a/node_modules/b/lib/package.json', undefined],
    ['a/package.json', undefined],
    ['x/y-1.dist-info/METADATA', 'python-metadata'],
    ['x/y-1.egg-info', 'python-metadata'],
    ['x/METADATA', undefined],
    ['usr/lib/ruby/gems/3.1.0/specifications/x-1.gemspec', 'gem'],
    ['src/x.gemspec', undefined],
    ['a.jar!/META-INF/maven/g/a/pom.properties', 'maven'],
    ['a.jar!/META-INF/MANIFEST.MF', 'jar-manifest'],
    ['META-INF/MANIFEST.MF', undefined],
  ] as const)
    assert.equal(recordKindOf(path), kind, path);
});

test('digests are taken of programs in system folders only, and only those that a record may hold', () => {
  const elf = deadProgram('x');
  const musl = deadProgram('x', '/lib/ld-musl-x86_64.so.1');
  const alpine = Buffer.concat([deadProgram('x'), Buffer.from('GCC: (Wolfi 13.2.0) 13.2.0\0')]);
  const names = (path: string, kind: FileKind, content: Uint8Array): readonly string[] => {
    const facts = factsOf(path, kind, content);
    return typeof facts === 'string' ? Object.keys(parseDigestsText(facts)) : [];
  };
  assert.deepEqual(names('usr/bin/x', 'elf', elf), ['md5']);
  assert.deepEqual(names('usr/lib/x86_64-linux-gnu/x.so', 'elf', alpine), ['md5']);
  assert.deepEqual(names('bin/x', 'elf', musl), ['sha1']);
  assert.deepEqual(names('usr/bin/x', 'elf', alpine), ['md5', 'sha1']);
  assert.deepEqual(names('usr/bin/x', 'script', Buffer.from('#!/bin/sh\n')), ['md5', 'sha1']);
  for (const path of ['usr/local/bin/x', 'opt/x', 'usr/lib64/x.so', 'app/x', 'usr/bin/a.jar!/x'])
    assert.deepEqual(names(path, 'elf', elf), [], path);
  assert.deepEqual(names('usr/share/doc/x', 'text', Buffer.from('x')), []);
  const facts = factsOf('usr/bin/x', 'elf', elf);
  assert.equal(parseDigestsText(String(facts)).md5, hash('md5', elf).slice(0, 24));
});

test('a large plug-in is not compared, a large program on the path is', () => {
  const content = Buffer.concat([deadProgram('x'), Buffer.alloc(600 * 1024)]);
  assert.equal(factsOf('usr/lib/app/x.so', 'elf', content), undefined);
  assert.equal(typeof factsOf('usr/bin/x', 'elf', content), 'string');
});

test('most files are not wanted, told by the header', () => {
  const inspector = openPackageInspector();
  const wanted = (path: string, kind: FileKind): boolean | undefined =>
    inspector.wants?.(fileOf(path, kind, 100), kind);
  assert.ok(wanted('usr/bin/x', 'script') === true && wanted('opt/x', 'elf') === true);
  for (const path of ['usr/share/doc/x', 'opt/x.py', 'usr/lib/x/data', 'srv/a.jar!/x.class'])
    assert.equal(wanted(path, 'text'), false, path);
});

test('facts that depend on the name say so in their scope', () => {
  const inspector = openPackageInspector();
  const of = (path: string, kind: FileKind): string => inspector.scope(fileOf(path, kind, 100), kind);
  assert.notEqual(of('usr/bin/x', 'elf'), of('usr/lib/x86_64-linux-gnu/x', 'elf'));
  assert.notEqual(of('usr/bin/x', 'elf'), of('opt/x', 'elf'));
  assert.notEqual(of('a/b-1.dist-info/RECORD', 'text'), of('c/b-1.dist-info/RECORD', 'text'));
  assert.notEqual(of('var/lib/dpkg/status', 'text'), of('var/lib/dpkg/info/a.list', 'text'));
  assert.equal(of('opt/x', 'elf'), of('srv/y', 'elf'));
});

test('a database that comes in windows is read as a whole, once', () => {
  const header = (name: string): Buffer =>
    blobOf({ 1000: name, 1001: '1', 1002: '1', 1116: [0], 1117: ['x'], 1118: ['/'] });
  const bytes = berkeleyOf(['a', 'b', 'c'].map(header));
  const inspector = openPackageInspector();
  const [step, overlap] = [700, 100];
  const said: unknown[] = [];
  for (let offset = 0; ; offset += step - overlap) {
    const content = bytes.subarray(offset, offset + step);
    const lastWindow = offset + step >= bytes.length;
    const file = {
      ...fileOf('var/lib/rpm/Packages', 'data', bytes.length),
      windowOffset: offset,
      overlap: offset === 0 ? 0 : overlap,
      lastWindow,
    };
    // The memory of a window is used again.
    const memory = Buffer.from(content);
    const inspection = inspector.inspect(file, memory, {});
    memory.fill(0);
    if (inspection !== undefined) said.push(inspection.facts);
    if (lastWindow) break;
  }
  assert.equal(said.length, 1);
  assert.deepEqual(
    packagesIn(said[0] as never, 'p')
      .map(({ name }) => name)
      .sort(),
    ['a', 'b', 'c'],
  );
});

test('a record that breaks off leaves nothing behind for the next one', () => {
  const inspector = openPackageInspector();
  const first = { ...fileOf('var/lib/rpm/Packages', 'data', 10), lastWindow: false };
  assert.equal(inspector.inspect(first, Buffer.from('rubbish'), {}), undefined);
  const bytes = berkeleyOf([blobOf({ 1000: 'a', 1001: '1', 1002: '1' })]);
  assert.equal(inspector.inspect({ ...first, size: bytes.length }, bytes, {}), undefined);
  const last = { ...first, windowOffset: bytes.length, lastWindow: true };
  const inspection = inspector.inspect(last, Buffer.alloc(0), {});
  assert.deepEqual([packagesIn(inspection?.facts ?? null, 'p').length, inspection?.gaps], [1, undefined]);
});

test('programs of Go and Rust are told by a look at both ends', () => {
  assert.equal(hasLinkedModules('elf', deadProgram('x')), false);
  assert.equal(hasLinkedModules('text', Buffer.from('Go\0\0')), false);
  const marked = Buffer.concat([deadProgram(''), Buffer.from('Go\0\0')]);
  assert.equal(hasLinkedModules('elf', marked), true);
  assert.equal(hasLinkedModules('elf', Buffer.concat([deadProgram(''), Buffer.from('.dep-v0\0')])), true);
  // What only looks so is no fact.
  assert.equal(factsOf('opt/x', 'elf', marked), undefined);
});
