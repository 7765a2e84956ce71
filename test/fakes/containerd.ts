/** A fake containerd: namespaces with image records, containers, tasks and blobs, in the messages of its API. For tests only. */
import { hash } from 'node:crypto';
import {
  contentSize,
  listContainers,
  listImages,
  listNamespaces,
  listTasks,
  readContent,
} from '../../src/formats/records/containerd-api.ts';
import { encodeProtobuf, parseProtobuf, type ProtobufField } from '../../src/formats/records/protobuf.ts';
import type { Built } from '../../src/image/oci-layout-writer.ts';
import { startFakeGrpcServer, type FakeGrpcServer, type FakeProcedure } from './grpc-server.ts';

export interface FakeContainer {
  readonly id: string;
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** As containerd numbers them: 2 runs. Absent: no task. */
  readonly task?: number;
}

export interface FakeNamespace {
  readonly images?: Readonly<Record<string, Built>>;
  readonly containers?: readonly FakeContainer[];
  /** Digests that were dropped. */
  readonly without?: readonly string[];
  /** Digests whose bytes are others than they should be. */
  readonly swapped?: Readonly<Record<string, Uint8Array>>;
}

const labelFields = (labels: Readonly<Record<string, string>> = {}): readonly ProtobufField[] =>
  Object.entries(labels).map(([key, value]) => [
    2,
    encodeProtobuf([
      [1, key],
      [2, value],
    ]),
  ]);

const imageMessage = (name: string, image: Built): Uint8Array =>
  encodeProtobuf([
    [1, name],
    [
      3,
      encodeProtobuf([
        [1, image.mediaType],
        [2, image.manifestDigest],
        [3, image.manifest.length],
      ]),
    ],
  ]);

const listOf = (messages: readonly Uint8Array[]): { messages: readonly Uint8Array[] } => ({
  messages: [encodeProtobuf(messages.map((message) => [1, message]))],
});

/** `more`: procedures of other services on the same socket, or in place of these. */
export const startFakeContainerd = (
  socketPath: string,
  namespaces: Readonly<Record<string, FakeNamespace>>,
  more: Readonly<Record<string, FakeProcedure>> = {},
): Promise<FakeGrpcServer> => {
  const namespaceOf = (headers: Readonly<Record<string, unknown>>): FakeNamespace =>
    namespaces[String(headers['containerd-namespace'])] ?? {};
  const blobOf = ({ images = {}, without = [], swapped = {} }: FakeNamespace, digest: string): Uint8Array | undefined =>
    without.includes(digest)
      ? undefined
      : (swapped[digest] ?? new Map(Object.values(images).flatMap(({ blobs }) => [...blobs])).get(digest as never));
  return startFakeGrpcServer(socketPath, {
    [listNamespaces.path]: () => listOf(Object.keys(namespaces).map((name) => encodeProtobuf([[1, name]]))),
    [listImages.path]: (_, headers) =>
      listOf(Object.entries(namespaceOf(headers).images ?? {}).map(([name, image]) => imageMessage(name, image))),
    [listContainers.path]: (_, headers) =>
      listOf(
        (namespaceOf(headers).containers ?? []).map(({ id, image, labels }) =>
          encodeProtobuf([[1, id], ...labelFields(labels), [3, image]]),
        ),
      ),
    [listTasks.path]: (_, headers) =>
      listOf(
        (namespaceOf(headers).containers ?? []).flatMap(({ id, task }) =>
          task === undefined
            ? []
            : [
                encodeProtobuf([
                  [1, id],
                  [2, id],
                  [4, task],
                ]),
              ],
        ),
      ),
    [contentSize.path]: (request, headers) => {
      const blob = blobOf(namespaceOf(headers), parseProtobuf(request, 'request').text(1));
      return blob === undefined
        ? { status: 5, message: 'content: not found' }
        : { messages: [encodeProtobuf([[1, encodeProtobuf([[2, blob.length]])]])] };
    },
    [readContent.path]: (request, headers) => {
      const asked = parseProtobuf(request, 'request');
      const blob = blobOf(namespaceOf(headers), asked.text(1));
      if (blob === undefined) return { status: 5, message: 'content: not found' };
      const start = asked.number(2);
      const part = blob.subarray(start, start + (asked.number(3) || blob.length));
      const pieces: Uint8Array[] = [];
      // As the real one does: in pieces.
      for (let at = 0; at < part.length; at += 100_000)
        pieces.push(
          encodeProtobuf([
            [1, start + at],
            [2, part.subarray(at, at + 100_000)],
          ]),
        );
      return { messages: pieces };
    },
    ...more,
  });
};

/** A socket's path must be short: below 108 bytes. */
export const socketIn = (folder: string, name: string): string => `${folder}/${hash('sha256', name).slice(0, 8)}.sock`;
