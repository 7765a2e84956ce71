/**
 * What is asked of containerd, and its answers → plain data. Field numbers: the .proto files in `api/` of github.com/containerd/containerd
 * (Apache-2.0), the same from 1.0 to 2.x.
 */
import { parseDigest } from '../../core/digest.ts';
import { malformed } from '../../core/fault.ts';
import type { Descriptor } from '../../core/image.ts';
import { encodeProtobuf, parseProtobuf, type ProtobufMessage } from './protobuf.ts';

/** One remote procedure: its gRPC path, and how its messages are written and read. */
export interface RemoteProcedure<Request, Reply> {
  readonly path: string;
  encode(request: Request): Uint8Array;
  decode(reply: Uint8Array, where: string): Reply;
}

/** Every request but those for namespaces carries the namespace in this header. */
export const namespaceHeader = 'containerd-namespace';

/** containerd's own grammar of a namespace (`identifiers` package). */
export const isNamespace = (text: string): boolean =>
  text.length <= 76 && /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/.test(text);

/** An image record: a name and what it points to. The name is whatever a client wrote. */
export interface StoredImage {
  readonly name: string;
  readonly target: Descriptor;
  readonly labels: ReadonlyMap<string, string>;
}

export interface StoredContainer {
  readonly id: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Name of an image record, which may be gone; '' for a container from a folder. */
  readonly image: string;
}

export type TaskState = 'unknown' | 'created' | 'running' | 'stopped' | 'paused';

export interface StoredTask {
  readonly containerId: string;
  readonly state: TaskState;
}

const taskStates: readonly TaskState[] = ['unknown', 'created', 'running', 'stopped', 'paused', 'paused'];

const empty = (): Uint8Array => new Uint8Array();

const decodeDescriptor = (message: ProtobufMessage, where: string): Descriptor => {
  const size = message.number(3);
  if (size < 0) throw malformed('PROTOBUF_INVALID', `a descriptor with the size ${size}`, where);
  return { mediaType: message.text(1), digest: parseDigest(message.text(2), where), size };
};

export const listNamespaces: RemoteProcedure<undefined, readonly string[]> = {
  path: '/containerd.services.namespaces.v1.Namespaces/List',
  encode: empty,
  decode: (reply, where) =>
    parseProtobuf(reply, where)
      .messages(1)
      .map((namespace) => {
        const name = namespace.text(1);
        if (!isNamespace(name)) throw malformed('PROTOBUF_INVALID', 'a namespace whose name cannot be one', where);
        return name;
      }),
};

export const listImages: RemoteProcedure<undefined, readonly StoredImage[]> = {
  path: '/containerd.services.images.v1.Images/List',
  encode: empty,
  decode: (reply, where) =>
    parseProtobuf(reply, where)
      .messages(1)
      .map((image) => ({
        name: image.text(1),
        target: decodeDescriptor(image.message(3), where),
        labels: image.textMap(2),
      })),
};

export const listContainers: RemoteProcedure<undefined, readonly StoredContainer[]> = {
  path: '/containerd.services.containers.v1.Containers/List',
  encode: empty,
  decode: (reply, where) =>
    parseProtobuf(reply, where)
      .messages(1)
      .map((container) => ({ id: container.text(1), labels: container.textMap(2), image: container.text(3) })),
};

export const listTasks: RemoteProcedure<undefined, readonly StoredTask[]> = {
  path: '/containerd.services.tasks.v1.Tasks/List',
  encode: empty,
  decode: (reply, where) =>
    parseProtobuf(reply, where)
      .messages(1)
      // An exec inside a container has an id of its own; the container's first process has none, or the container's.
      .filter((task) => task.text(2) === '' || task.text(2) === task.text(1) || task.text(1) === '')
      .map((task) => ({ containerId: task.text(1) || task.text(2), state: taskStates[task.number(4)] ?? 'unknown' })),
};

/** Bytes of one blob in the content store. */
export const contentSize: RemoteProcedure<string, number> = {
  path: '/containerd.services.content.v1.Content/Info',
  encode: (digest) => encodeProtobuf([[1, digest]]),
  decode: (reply, where) => {
    const size = parseProtobuf(reply, where).message(1).number(2);
    if (size < 0) throw malformed('PROTOBUF_INVALID', `a blob of ${size} bytes`, where);
    return size;
  },
};

/** The reply is one of many. `size` 0: all that follows. */
export const readContent: RemoteProcedure<
  { readonly digest: string; readonly offset: number; readonly size: number },
  Uint8Array
> = {
  path: '/containerd.services.content.v1.Content/Read',
  encode: ({ digest, offset, size }) =>
    encodeProtobuf([
      [1, digest],
      [2, offset],
      [3, size],
    ]),
  decode: (reply, where) => parseProtobuf(reply, where).bytes(2),
};
