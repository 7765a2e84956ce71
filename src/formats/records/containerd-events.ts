/**
 * The event stream of containerd → plain data, in the words of its own JSON. Field numbers: the .proto files in `api/events`,
 * `api/services/events/v1` and `api/types` of github.com/containerd/containerd (Apache-2.0), the same from 1.2 to 2.x.
 */
import { encodeProtobuf, parseProtobuf, type ProtobufMessage } from './protobuf.ts';
import type { RemoteProcedure } from './containerd-api.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';

/** The reply is one of many: an envelope, as bytes, so that one that cannot be read is not the end of the others. */
export const subscribeEvents: RemoteProcedure<undefined, Uint8Array> = {
  path: '/containerd.services.events.v1.Events/Subscribe',
  encode: () => new Uint8Array(),
  decode: (reply) => reply,
};

/** Content of images and layers of snapshots come and go by the dozen, and are about no container and no image by name. */
const concerns = /^\/(?:images|containers|tasks)\//;

type Reader = (message: ProtobufMessage) => JsonObject;

const exitOf = (message: ProtobufMessage, id: number, pid: number, status: number): JsonObject => ({
  container_id: message.text(1),
  id: message.text(id),
  pid: message.number(pid),
  exit_status: message.number(status),
});

const named: Reader = (message) => ({ name: message.text(1) });
const ofContainer: Reader = (message) => ({ container_id: message.text(1) });

const readers: Readonly<Record<string, Reader>> = {
  ContainerCreate: (message) => ({ id: message.text(1), image: message.text(2) }),
  ContainerUpdate: (message) => ({ id: message.text(1), image: message.text(2) }),
  ContainerDelete: (message) => ({ id: message.text(1) }),
  ImageCreate: named,
  ImageUpdate: named,
  ImageDelete: named,
  TaskCreate: (message) => ({ container_id: message.text(1), bundle: message.text(2), pid: message.number(6) }),
  TaskStart: (message) => ({ container_id: message.text(1), pid: message.number(2) }),
  TaskExit: (message) => exitOf(message, 2, 3, 4),
  TaskDelete: (message) => exitOf(message, 5, 2, 3),
  TaskOOM: ofContainer,
  TaskPaused: ofContainer,
  TaskResumed: ofContainer,
  TaskCheckpointed: ofContainer,
  TaskExecAdded: (message) => ({ container_id: message.text(1), exec_id: message.text(2) }),
  TaskExecStarted: (message) => ({
    container_id: message.text(1),
    exec_id: message.text(2),
    pid: message.number(3),
  }),
};

/** `containerd.events.TaskStart`, `containerd.services.images.v1.ImageCreate`, with the host of a URL in front of it or without. */
const typeOf = (url: string): string =>
  /^(?:[^/]*\/)?containerd\.(?:events|services\.images\.v1)\.(\w{1,64})$/.exec(url)?.[1] ?? '';

/** google.protobuf.Timestamp, to the nanosecond. */
const timeOf = (message: ProtobufMessage): string | undefined => {
  const [seconds, nanoseconds] = [message.number(1), message.number(2)];
  if (Math.abs(seconds) > 8e12 || nanoseconds < 0 || nanoseconds > 999_999_999 || seconds === 0) return undefined;
  const whole = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${whole}.${nanoseconds.toString().padStart(9, '0')}Z`;
};

export interface ContainerdEvent {
  readonly timestamp: string;
  readonly namespace: string;
  readonly topic: string;
  /** Empty where the kind is not known here. */
  readonly event: JsonObject;
}

/**
 * undefined: it concerns neither images nor containers.
 * @throws {Fault} malformed `PROTOBUF_INVALID`, limit `PROTOBUF_TOO_LARGE`
 */
export const parseContainerdEvent = (envelope: Uint8Array, where: string): ContainerdEvent | undefined => {
  const message = parseProtobuf(envelope, where);
  const topic = message.text(3);
  if (!concerns.test(topic)) return undefined;
  const any = message.message(4);
  const kind = typeOf(any.text(1));
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  return {
    timestamp: timeOf(message.message(1)) ?? '',
    namespace: message.text(2),
    topic,
    event: read === undefined ? {} : read(parseProtobuf(any.bytes(2), where)),
  };
};

/** What the event of its creation does not say of a container. */
export interface MadeContainer {
  readonly labels: ReadonlyMap<string, string>;
  readonly image: string;
  /** What it is to run, by the runtime specification in it. */
  readonly args: readonly string[];
}

const argsOf = (spec: Uint8Array): readonly string[] => {
  try {
    const read: unknown = JSON.parse(Buffer.from(spec).toString('utf8'));
    const own = isJsonObject(read) ? read['process'] : undefined;
    const args = isJsonObject(own) ? own['args'] : undefined;
    return Array.isArray(args) ? args.filter((arg) => typeof arg === 'string').slice(0, 64) : [];
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return [];
    throw thrown;
  }
};

export const getContainer: RemoteProcedure<string, MadeContainer> = {
  path: '/containerd.services.containers.v1.Containers/Get',
  encode: (id) => encodeProtobuf([[1, id]]),
  decode: (reply, where) => {
    const container = parseProtobuf(reply, where).message(1);
    // The specification is JSON, in an `Any`.
    return { labels: container.textMap(2), image: container.text(3), args: argsOf(container.message(5).bytes(2)) };
  },
};

/** The digest that an image's name leads to. */
export const getImageDigest: RemoteProcedure<string, string> = {
  path: '/containerd.services.images.v1.Images/Get',
  encode: (name) => encodeProtobuf([[1, name]]),
  decode: (reply, where) => parseProtobuf(reply, where).message(1).message(3).text(2),
};
