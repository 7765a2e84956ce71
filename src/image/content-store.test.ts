import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultOf, inFolder } from '../../test/contracts/image-source.contract.ts';
import { startFakeGrpcServer, type FakeProcedure } from '../../test/fakes/grpc-server.ts';
import { collect } from '../core/collect.ts';
import { contentSize, readContent } from '../formats/records/containerd-api.ts';
import { encodeProtobuf } from '../formats/records/protobuf.ts';
import { openGrpc } from '../io/grpc-client.ts';
import { openContentStore } from './content-store.ts';
import type { StoredFiles } from './stored-files.ts';

const path = `blobs/sha256/${'a'.repeat(64)}`;

const withStore = (procedures: Readonly<Record<string, FakeProcedure>>, run: (files: StoredFiles) => Promise<void>) =>
  inFolder(async (folder, context) => {
    const socketPath = join(folder, 'c.sock');
    await using _ = await startFakeGrpcServer(socketPath, procedures);
    await using files = openContentStore(await openGrpc({ socketPath, label: 'unix://test' }, context), 'demo');
    await run(files);
  });

const sized: FakeProcedure = () => ({ messages: [encodeProtobuf([[1, encodeProtobuf([[2, 10]])]])] });
const bytes =
  (text: string): FakeProcedure =>
  () => ({ messages: [encodeProtobuf([[2, Buffer.from(text)]])] });

test('a blob has its size, and is read whole, in part and from an offset', () =>
  withStore({ [contentSize.path]: sized, [readContent.path]: bytes('0123456789') }, async (files) => {
    const blob = await files.find(path);
    assert.equal(blob?.size, 10);
    assert.equal(Buffer.from(await collect(blob.stream(), 100)).toString(), '0123456789');
    assert.equal((await blob.read(10, 5)).length, 0);
  }));

test('fewer or more bytes than the size says are a Fault, never a shorter layer', async () => {
  for (const [text, code] of [
    ['012345678', 'ENGINE_TRANSFER_BROKEN'],
    ['0123456789a', 'ENGINE_ANSWER_INVALID'],
  ] as const)
    await withStore({ [contentSize.path]: sized, [readContent.path]: bytes(text) }, async (files) => {
      const blob = await files.find(path);
      assert.ok(blob !== undefined);
      assert.match(await faultOf(collect(blob.stream(), 100)), new RegExp(code));
    });
});

test('what is not there is undefined; what is refused is a Fault; other paths are not asked for', async () => {
  await withStore({ [contentSize.path]: () => ({ status: 5, message: 'not found' }) }, async (files) => {
    assert.equal(await files.find(path), undefined);
    for (const other of ['index.json', 'blobs/sha256/short', `blobs/md5/${'a'.repeat(32)}`, '../../etc/passwd'])
      assert.equal(await files.find(other), undefined);
  });
  await withStore({ [contentSize.path]: () => ({ status: 7, message: 'no' }) }, async (files) => {
    assert.match(await faultOf(files.find(path)), /ENGINE_REFUSES/);
  });
});
