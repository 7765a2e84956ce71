/** Container runtimes of Kubernetes on this machine, through CRI → their images and the pods whose containers are made of them. */
import type { Digest } from '../../core/digest.ts';
import type { Use, UseState } from '../../core/use.ts';
import {
  listRuntimeContainers,
  listRuntimeImages,
  listRuntimePods,
  type ContainerState,
  type RuntimeContainer,
  type RuntimeImage,
} from '../../formats/records/cri-api.ts';
import { runtimeSockets, type EngineSocket } from '../../io/engine-sockets.ts';
import { grpcStatus, openGrpc, refusedWith, type GrpcConnection } from '../../io/grpc-client.ts';
import type { Finder, Holding } from '../finder.ts';
import { digestInName, idOf } from '../image-digest.ts';
import { surveyPlaces } from '../survey-place.ts';

const states: Readonly<Record<ContainerState, UseState>> = {
  created: 'stopped',
  running: 'running',
  exited: 'stopped',
  // The runtime lost sight of it: it may well run.
  unknown: 'running',
};

const digestsOf = (references: readonly string[]): readonly Digest[] =>
  references.map((reference) => idOf(reference) ?? digestInName(reference)).filter((digest) => digest !== undefined);

const isMadeOf = ({ imageReferences }: RuntimeContainer, { id, digests }: RuntimeImage): boolean =>
  imageReferences.some((reference) => reference === id || idOf(reference) === idOf(id) || digests.includes(reference));

const surveyRuntime = async (connection: GrpcConnection, { label }: EngineSocket): Promise<readonly Holding[]> => {
  const images = await connection.require(listRuntimeImages, undefined);
  const containers = await connection.require(listRuntimeContainers, undefined);
  const pods = new Map((await connection.require(listRuntimePods, undefined)).map((pod) => [pod.id, pod]));
  const toUse = ({ id, name, podId, state }: RuntimeContainer, names: readonly string[]): Use => {
    const pod = pods.get(podId);
    return {
      engine: 'cri',
      at: label,
      state: states[state],
      names,
      container: { id, ...(name === '' ? {} : { name }) },
      ...(pod === undefined ? {} : { pod: { namespace: pod.namespace, name: pod.name } }),
    };
  };
  const stored = images.map((image): Holding => {
    const made = containers.filter((container) => isMadeOf(container, image));
    const id = idOf(image.id);
    return {
      exact: id === undefined ? [] : [id],
      loose: digestsOf(image.digests),
      uses:
        made.length === 0
          ? [{ engine: 'cri', at: label, state: 'stored', names: image.tags }]
          : made.map((container) => toUse(container, image.tags)),
    };
  });
  // The image was removed, or the runtime names it as no list does: the container stays.
  const lost = containers
    .filter((container) => !images.some((image) => isMadeOf(container, image)))
    .map((container): Holding => ({
      exact: [],
      loose: digestsOf(container.imageReferences),
      uses: [toUse(container, container.image === '' ? [] : [container.image])],
    }));
  return [...stored, ...lost];
};

export const cri: Finder = {
  id: 'cri',
  about: 'runtimes of Kubernetes: at CONTAINER_RUNTIME_ENDPOINT, else at the usual sockets',
  find: (machine, context) =>
    surveyPlaces(
      'cri',
      context,
      () => runtimeSockets(context.environment, machine.root),
      async (socket) => {
        await using connection = await openGrpc(socket, context);
        try {
          return await surveyRuntime(connection, socket);
        } catch (thrown) {
          // containerd without its CRI plugin.
          if (refusedWith(thrown) === grpcStatus.unimplemented && !socket.chosen) return undefined;
          throw thrown;
        }
      },
    ),
};
