import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamOf, type WalkedEntry, walkAll } from '../../test/builders/streams.ts';
import { Budget } from '../core/budget.ts';
import { Fault } from '../core/fault.ts';
import { nameFromBytes } from './name-bytes.ts';
import { paxRecord, tarHeader, tarOf, type TarEntrySpec } from './tar-writer.ts';
import { tar } from './trees/tar.ts';

const roundTrip = async (spec: TarEntrySpec): Promise<WalkedEntry> => {
  const bytes = tarOf([spec]);
  assert.equal(bytes.length % 512, 0);
  const { entries, fault, remarks } = await walkAll((budget, remark) => tar.walk(streamOf(bytes), budget, remark));
  assert.deepEqual([fault, remarks], [undefined, []]);
  assert.equal(entries.length, 1);
  return entries[0] ?? assert.fail();
};

test('every field of a plain file comes back', async () => {
  const entry = await roundTrip({
    path: 'a/b',
    content: 'text',
    mode: 0o4755,
    uid: 7,
    gid: 8,
    userName: 'me',
    modified: 99,
  });
  assert.deepEqual(entry, {
    path: 'a/b',
    type: 'file',
    mode: 0o4755,
    uid: 7,
    gid: 8,
    size: 4,
    modified: 99,
    userName: 'me',
    text: 'text',
  });
});

test('what ustar has no room for goes into pax records', async () => {
  const path = `${'deep/'.repeat(60)}größe`;
  const target = `${'x'.repeat(120)}/${nameFromBytes(Uint8Array.of(0xff))}`;
  const entry = await roundTrip({
    path,
    type: 'symlink',
    target,
    uid: 3_000_000_000,
    gid: 2 ** 40,
    modified: -1.5,
    userName: 'ä',
  });
  assert.deepEqual(
    [entry.path, entry.target, entry.uid, entry.gid, entry.modified, entry.userName],
    [path, target, 3_000_000_000, 2 ** 40, -1.5, 'ä'],
  );
});

test('extended attributes keep every byte', async () => {
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  const entry = await roundTrip({ path: 'f', xattrs: { 'security.capability': all, 'user.eq=al': Uint8Array.of(10) } });
  assert.deepEqual([...(entry.xattrs?.get('security.capability') ?? [])], [...all]);
});

test('every type of entry comes back as itself', async () => {
  for (const type of ['directory', 'fifo', 'socket', 'character-device', 'block-device'] as const)
    assert.equal((await roundTrip({ path: 'x', type })).type, type);
  assert.equal((await roundTrip({ path: 'x', type: 'hardlink', target: 'y' })).target, 'y');
});

test('deletions and opaques are written under their names in a layer', async () => {
  assert.equal((await roundTrip({ path: 'a/b', type: 'deletion' })).path, 'a/.wh.b');
  assert.equal((await roundTrip({ path: 'b', type: 'deletion' })).path, '.wh.b');
  assert.equal((await roundTrip({ path: 'a', type: 'opaque' })).path, 'a/.wh..wh..opq');
});

test('a size of 8 GiB and more is stated in full', async () => {
  const size = 10 * 2 ** 30;
  const header = tarHeader({ path: 'big', size });
  const entries = tar.walk(streamOf(header), new Budget(), () => undefined);
  for await (const entry of entries) {
    assert.equal(entry.size, size);
    break;
  }
});

test('the length of a pax record counts its own digits', () => {
  for (const length of [1, 5, 88, 89, 90, 91, 92, 93, 986, 987, 988, 989, 990]) {
    const record = Buffer.from(paxRecord('key', 'x'.repeat(length)));
    assert.equal(Number(record.toString().split(' ', 1)[0]), record.length);
  }
});

test('content in what is no file is refused', () => {
  assert.throws(
    () => tarOf([{ path: 'd', type: 'directory', content: 'x' }]),
    (thrown) => thrown instanceof Fault && thrown.code === 'TAR_ENTRY_INVALID',
  );
});
