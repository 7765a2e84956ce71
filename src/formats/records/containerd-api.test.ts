import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { contentSize, isNamespace, listImages, listNamespaces, listTasks, readContent } from './containerd-api.ts';
import { encodeProtobuf, parseProtobuf, type ProtobufField } from './protobuf.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const listed = (...messages: readonly (readonly ProtobufField[])[]): Uint8Array =>
  encodeProtobuf(messages.map((message) => [1, encodeProtobuf(message)]));
const image = (target: readonly ProtobufField[]): Uint8Array =>
  listed([
    [1, 'name'],
    [3, encodeProtobuf(target)],
  ]);
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return 'none';
};

test('an image record has a name and a target whose digest is one', () => {
  const target: readonly ProtobufField[] = [
    [1, 'application/vnd.oci.image.manifest.v1+json'],
    [2, digest],
    [3, 405],
  ];
  assert.deepEqual(
    listImages.decode(image(target), 'x').map(({ name, target: { digest, size } }) => [name, digest, size]),
    [['name', digest, 405]],
  );
  assert.equal(
    codeOf(() => listImages.decode(image([[2, 'sha256:../../etc']]), 'x')),
    'DIGEST_INVALID',
  );
  assert.equal(
    codeOf(() =>
      listImages.decode(
        image([
          [2, digest],
          [3, -1],
        ]),
        'x',
      ),
    ),
    'PROTOBUF_INVALID',
  );
});

test('a namespace is written in its own grammar: its name becomes a header and part of a reference', () => {
  assert.deepEqual(listNamespaces.decode(listed([[1, 'k8s.io']], [[1, 'moby']]), 'x'), ['k8s.io', 'moby']);
  for (const name of ['', 'a//b', 'a\r\nb', 'a'.repeat(77), '-a', 'a..b']) {
    assert.equal(isNamespace(name), false, name);
    assert.equal(
      codeOf(() => listNamespaces.decode(listed([[1, name]]), 'x')),
      'PROTOBUF_INVALID',
    );
  }
});

test('tasks are those of containers, not of what is executed inside them', () => {
  const reply = listed(
    [
      [1, 'c1'],
      [2, 'c1'],
      [4, 2],
    ],
    [
      [1, 'c1'],
      [2, 'shell'],
      [4, 3],
    ],
    [
      [2, 'c2'],
      [4, 99],
    ],
  );
  assert.deepEqual(listTasks.decode(reply, 'x'), [
    { containerId: 'c1', state: 'running' },
    { containerId: 'c2', state: 'unknown' },
  ]);
});

test('a read asks for digest, offset and size, and gives the bytes', () => {
  const asked = parseProtobuf(readContent.encode({ digest, offset: 2 ** 33, size: 7 }), 'x');
  assert.deepEqual([asked.text(1), asked.number(2), asked.number(3)], [digest, 2 ** 33, 7]);
  assert.deepEqual(readContent.decode(encodeProtobuf([[2, Buffer.from('abc')]]), 'x'), Buffer.from('abc'));
  assert.equal(contentSize.decode(listed([[2, 12]]), 'x'), 12);
  assert.equal(
    codeOf(() => contentSize.decode(listed([[2, -12]]), 'x')),
    'PROTOBUF_INVALID',
  );
});
