/** containerd on this machine → the images in each of its namespaces, and the containers made of them. */
import { collect } from '../../core/collect.ts';
import type { Context } from '../../core/context.ts';
import { unavailable } from '../../core/fault.ts';
import { isDigest, type Digest } from '../../core/digest.ts';
import type { Use, UseState } from '../../core/use.ts';
import {
  contentSize,
  listContainers,
  listImages,
  listNamespaces,
  listTasks,
  namespaceHeader,
  readContent,
  type StoredContainer,
  type StoredImage,
  type TaskState,
} from '../../formats/records/containerd-api.ts';
import { containerdSockets, type EngineSocket } from '../../io/engine-sockets.ts';
import { grpcStatus, openGrpc, type GrpcConnection, type GrpcHeaders } from '../../io/grpc-client.ts';
import type { Finder, Holding } from '../finder.ts';
import { addIdleStores } from '../idle-stores.ts';
import { storedPlatforms, type StoredPlatform } from '../stored-platforms.ts';
import { surveyPlaces } from '../survey-place.ts';

const states: Readonly<Record<TaskState, UseState>> = {
  unknown: 'running',
  created: 'stopped',
  running: 'running',
  stopped: 'stopped',
  paused: 'paused',
};

/** Labels that CRI and nerdctl put on their containers. */
const podOf = (labels: StoredContainer['labels']): Pick<Use, 'pod'> => {
  const name = labels.get('io.kubernetes.pod.name');
  const namespace = labels.get('io.kubernetes.pod.namespace');
  return name === undefined || namespace === undefined ? {} : { pod: { namespace, name } };
};

const toUse = (
  { id, labels }: StoredContainer,
  tasks: ReadonlyMap<string, TaskState>,
): Pick<Use, 'state' | 'container' | 'pod'> => {
  const task = tasks.get(id);
  const name = labels.get('io.kubernetes.container.name') ?? labels.get('nerdctl/name');
  return {
    state: task === undefined ? 'stopped' : states[task],
    container: { id, ...(name === undefined ? {} : { name }) },
    ...podOf(labels),
  };
};

/** Blobs of one namespace, as `storedPlatforms` asks for them. */
const blobsOf = (connection: GrpcConnection, headers: GrpcHeaders, maximum: number) => {
  const sizeOf = async (digest: Digest): Promise<number | undefined> => {
    const answer = await connection.call(contentSize, digest, headers);
    if ('reply' in answer) return answer.reply;
    if (answer.status === grpcStatus.notFound) return undefined;
    throw unavailable('ENGINE_REFUSES', `status ${answer.status}: ${answer.message}`, connection.label);
  };
  return {
    has: async (digest: Digest): Promise<boolean> => (await sizeOf(digest)) !== undefined,
    read: async (digest: Digest): Promise<Uint8Array | undefined> =>
      (await sizeOf(digest)) === undefined
        ? undefined
        : collect(connection.stream(readContent, { digest, offset: 0, size: 0 }, headers), maximum, digest),
  };
};

interface Place {
  readonly engine: Pick<Use, 'engine' | 'at' | 'namespace'>;
  readonly environment: Readonly<Record<string, string>>;
  readonly namespace: string;
}

/** Two builds for one platform in an index can only be told apart by their digests. */
const referenceOf = (
  { namespace }: Place,
  { target }: StoredImage,
  one: StoredPlatform | undefined,
  all: readonly StoredPlatform[],
): { readonly reference: string; readonly platform?: string } => {
  const whole = { reference: `containerd:${namespace}//${target.digest}` };
  if (one === undefined || one.manifest === target.digest) return whole;
  const isOnly = one.platform !== undefined && all.filter(({ platform }) => platform === one.platform).length === 1;
  return isOnly ? { ...whole, platform: one.platform } : { reference: `containerd:${namespace}//${one.manifest}` };
};

const toHolding = (
  place: Place,
  records: readonly StoredImage[],
  one: StoredPlatform | undefined,
  all: readonly StoredPlatform[],
  made: readonly Pick<Use, 'state' | 'container' | 'pod'>[],
): Holding => {
  const [first] = records;
  if (first === undefined) throw new Error('a holding without a record');
  const { digest } = first.target;
  // CRI names each image a second time, by the digest of its config.
  const names = records.map(({ name }) => name).filter((name) => !isDigest(name));
  const common = { ...place.engine, names };
  return {
    exact: one === undefined ? [] : [one.manifest, one.config],
    loose: one?.manifest === digest ? [] : [digest],
    reading: { environment: place.environment, ...referenceOf(place, first, one, all) },
    uses: made.length === 0 ? [{ ...common, state: 'stored' }] : made.map((use) => ({ ...common, ...use })),
  };
};

/** Containers whose image nobody can name any more: the record was removed while they stayed, or there never was one. */
const lostHolding = (place: Place, container: StoredContainer, tasks: ReadonlyMap<string, TaskState>): Holding => ({
  exact: [],
  loose: [],
  uses: [
    {
      ...place.engine,
      names: container.image === '' ? [] : [container.image],
      ...toUse(container, tasks),
    },
  ],
});

const surveyNamespace = async (
  connection: GrpcConnection,
  { label }: EngineSocket,
  namespace: string,
  context: Context,
): Promise<readonly Holding[]> => {
  const headers = { [namespaceHeader]: namespace };
  const place: Place = {
    engine: { engine: 'containerd', at: label, namespace },
    environment: { CONTAINERD_ADDRESS: label },
    namespace,
  };
  const images = await connection.require(listImages, undefined, headers);
  const containers = await connection.require(listContainers, undefined, headers);
  const tasks = new Map(
    (await connection.require(listTasks, undefined, headers)).map(({ containerId, state }) => [containerId, state]),
  );
  const blobs = blobsOf(connection, headers, context.limits.record);
  const holdings: Holding[] = [];
  for (const records of Map.groupBy(images, ({ target }) => target.digest).values()) {
    const [first] = records;
    if (first === undefined) continue;
    const names = new Set(records.map(({ name }) => name));
    const made = containers.filter(({ image }) => names.has(image)).map((container) => toUse(container, tasks));
    const stored = await storedPlatforms(first.target, blobs.read, blobs.has);
    if (stored.length === 0) holdings.push(toHolding(place, records, undefined, stored, made));
    // containerd does not say which platform a container was made of: nearly always there is one.
    else for (const one of stored) holdings.push(toHolding(place, records, one, stored, made));
  }
  const known = new Set(images.map(({ name }) => name));
  for (const container of containers)
    // Docker makes containers from folders of its own, and says itself of what images they are.
    if (!known.has(container.image) && !(container.image === '' && /^(?:plugins\.)?moby$/.test(namespace)))
      holdings.push(lostHolding(place, container, tasks));
  return holdings;
};

export const containerd: Finder = {
  id: 'containerd',
  about: 'containerd, in every namespace: at CONTAINERD_ADDRESS, else at its usual sockets',
  find: async (machine, context) => {
    const survey = await surveyPlaces(
      'containerd',
      context,
      () => containerdSockets(context.environment, machine.root),
      async (socket) => {
        await using connection = await openGrpc(socket, context);
        const holdings: Holding[] = [];
        for (const namespace of await connection.require(listNamespaces, undefined))
          holdings.push(...(await surveyNamespace(connection, socket, namespace, context)));
        return holdings;
      },
    );
    return addIdleStores('containerd', machine.root, survey, Boolean(context.environment['CONTAINERD_ADDRESS']));
  },
};
