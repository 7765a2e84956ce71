import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codesOf, streamOf, type Walked, walkAll } from '../../test/builders/streams.ts';
import type { FileEntry } from '../core/file-entry.ts';
import { tarOf, type TarEntrySpec } from './tar-writer.ts';
import { tar } from './trees/tar.ts';
import { toLayerEntry } from './whiteout.ts';
import type { OnRemark } from './wrapper.ts';

async function* mapped(entries: AsyncIterable<FileEntry>, remark: OnRemark): AsyncIterable<FileEntry> {
  for await (const entry of entries) yield toLayerEntry(entry, remark);
}

const layer = (...specs: readonly TarEntrySpec[]): Promise<Walked> =>
  walkAll((budget, remark) => mapped(tar.walk(streamOf(tarOf(specs)), budget, remark), remark));

test('a whiteout is a deletion of the name behind its prefix, at any depth', async () => {
  const walked = await layer({ path: 'a/b/.wh.c' }, { path: '.wh.top' }, { path: 'a/.wh.name.wh.x' });
  assert.deepEqual(
    walked.entries.map(({ path, type }) => [path, type]),
    [
      ['a/b/c', 'deletion'],
      ['top', 'deletion'],
      ['a/name.wh.x', 'deletion'],
    ],
  );
  assert.deepEqual(walked.remarks, []);
});

test('an opaque mark empties its directory; aufs metadata and other names stay', async () => {
  const walked = await layer(
    { path: 'a/.wh..wh..opq' },
    { path: '.wh..wh.aufs' },
    { path: 'a/.whatever' },
    { path: '.wh.d/file' },
  );
  assert.deepEqual(
    walked.entries.map(({ path, type }) => [path, type]),
    [
      ['a', 'opaque'],
      ['.wh..wh.aufs', 'file'],
      ['a/.whatever', 'file'],
      ['.wh.d/file', 'file'],
    ],
  );
});

test('a whiteout of no name is left as it is and remarked on', async () => {
  const walked = await layer({ path: 'a/.wh.' }, { path: 'a/.wh..' }, { path: 'a/.wh...' });
  assert.deepEqual(codesOf(walked), ['WHITEOUT_INVALID', 'WHITEOUT_INVALID', 'WHITEOUT_INVALID']);
  assert.ok(walked.entries.every(({ type }) => type === 'file'));
});

test('content of a whiteout is never given, and remarked on with its size', async () => {
  const walked = await layer({ path: 'a/.wh.b', content: 'hidden' }, { path: 'c', content: 'shown' });
  assert.deepEqual(
    walked.entries.map(({ path, size, text }) => [path, size, text]),
    [
      ['a/b', 0, ''],
      ['c', 5, 'shown'],
    ],
  );
  assert.deepEqual(
    walked.remarks.map(({ kind, code, bytes }) => [kind, code, bytes]),
    [['gap', 'WHITEOUT_HAS_CONTENT', 6]],
  );
});

const yes = Buffer.from('y');
const zero = { major: 0, minor: 0 };

test('marks by which overlay file systems delete and redirect are remarked on, in entries of every type', async () => {
  const walked = await layer(
    { path: 'etc/passwd', type: 'character-device', device: zero },
    { path: 'usr', type: 'directory', xattrs: { 'trusted.overlay.opaque': yes } },
    { path: 'opt', type: 'directory', xattrs: { 'user.overlay.opaque': yes } },
    { path: 'srv', type: 'directory', xattrs: { 'user.fuseoverlayfs.opaque': yes } },
    { path: 'etc/shadow', xattrs: { 'trusted.overlay.whiteout': Buffer.alloc(0) } },
    { path: 'a', type: 'directory', xattrs: { 'trusted.overlay.redirect': Buffer.from('/opt/x') } },
    { path: 'b', xattrs: { 'user.overlay.metacopy': Buffer.alloc(0) } },
    { path: 'c', xattrs: { 'trusted.overlay.origin': Buffer.from([0, 251]) } },
  );
  assert.deepEqual(
    walked.remarks.map(({ kind, code, where }) => [kind, code.slice('LAYER_OVERLAY_'.length), where]),
    [
      ['ambiguity', 'DELETION', 'etc/passwd'],
      ['ambiguity', 'DELETION', 'usr'],
      ['ambiguity', 'DELETION', 'opt'],
      ['ambiguity', 'DELETION', 'srv'],
      ['ambiguity', 'DELETION', 'etc/shadow'],
      ['ambiguity', 'REDIRECT', 'a'],
      ['ambiguity', 'REDIRECT', 'b'],
      ['ambiguity', 'TRACE', 'c'],
    ],
  );
  assert.equal(walked.entries.length, 8);
});

test('other devices and attributes are no such marks', async () => {
  const walked = await layer(
    { path: 'dev/null', type: 'character-device', device: { major: 1, minor: 3 } },
    { path: 'dev/a', type: 'character-device', device: { major: 0, minor: 1 } },
    { path: 'dev/b', type: 'block-device', device: zero },
    { path: 'c', xattrs: { 'security.capability': yes, 'user.overlay': yes, 'user.x.overlay.opaque': yes } },
    { path: 'd', xattrs: { 'user.containers.override_stat': yes } },
    { path: 'e' },
  );
  assert.deepEqual(walked.remarks, []);
});
