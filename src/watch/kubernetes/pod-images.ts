/** What a request to Kubernetes asks to run → its images with the rights of each container. */
import type { EventImage, EventRights } from '../../core/event.ts';
import { jsonAt, listAt, textAt } from '../../formats/records/json-member.ts';
import { parseKubernetesPod, type PodContainer, type PodDescription } from '../../formats/records/kubernetes-pod.ts';
import { boundedRights, imageOr, member } from '../event-parts.ts';

export interface AskedContainer {
  readonly name: string;
  readonly image: EventImage;
  readonly rights?: EventRights;
  readonly command: readonly string[];
}

const rightsOf = (pod: PodDescription, container: PodContainer): EventRights | undefined =>
  boundedRights({
    ...(container.privileged ? { privileged: true } : {}),
    ...(pod.hostNetwork ? { hostNetwork: true } : {}),
    ...(pod.hostProcesses ? { hostProcesses: true } : {}),
    ...(pod.hostIpc ? { hostIpc: true } : {}),
    ...(container.hostPaths.length === 0 ? {} : { hostPaths: container.hostPaths }),
    ...(container.addedCapabilities.length === 0 ? {} : { capabilities: container.addedCapabilities }),
    ...(container.pullPolicy === undefined ? {} : { pullPolicy: container.pullPolicy }),
  });

export const containersOf = (pod: PodDescription, kind?: PodContainer['kind']): readonly AskedContainer[] =>
  pod.containers
    .filter((container) => kind === undefined || container.kind === kind)
    .map((container) => {
      const rights = rightsOf(pod, container);
      return {
        name: container.name,
        image: imageOr(container.image, 'the container names no image', { resolved: container.imageId }),
        ...member('rights', rights),
        command: [...container.command, ...container.arguments],
      };
    });

/** A JSON Patch (RFC 6902): images stand at a path, or in the object that is put there. */
const fromPatch = (patch: readonly unknown[]): readonly AskedContainer[] =>
  patch.slice(0, 16_384).flatMap((operation): readonly AskedContainer[] => {
    const path = textAt(operation, 'path') ?? '';
    const value = jsonAt(operation, 'value');
    if (/\/(?:initContainers|containers|ephemeralContainers)\/[^/]+\/image$/.test(path) && typeof value === 'string')
      return [{ name: '', image: imageOr(value, ''), command: [] }];
    if (/\/(?:initContainers|containers|ephemeralContainers)\/[^/]+$/.test(path))
      return containersOf(parseKubernetesPod({ spec: { containers: [value] } }) ?? emptyPod);
    return containersOf(parseKubernetesPod({ spec: value }) ?? parseKubernetesPod(value) ?? emptyPod);
  });

const emptyPod: PodDescription = { containers: [], hostNetwork: false, hostProcesses: false, hostIpc: false };

export interface AskedPod {
  readonly containers: readonly AskedContainer[];
  readonly node?: string | undefined;
}

/** Of what the server answered, since that is what will run; else of what was asked for. undefined when neither shows a container. */
export const askedPod = (request: unknown, response: unknown): AskedPod | undefined => {
  const answered = parseKubernetesPod(response);
  if (answered !== undefined) return { containers: containersOf(answered), node: answered.node };
  if (Array.isArray(request)) {
    const containers = fromPatch(request as readonly unknown[]);
    return containers.length === 0 ? undefined : { containers };
  }
  const asked = parseKubernetesPod(request);
  return asked === undefined ? undefined : { containers: containersOf(asked), node: asked.node };
};

/** What is put beside the containers of a running pod: of the request, since a patch names the new ones alone; else of what the answer has. */
export const addedContainers = (request: unknown, response: unknown): AskedPod | undefined => {
  for (const body of [request, response]) {
    const pod = parseKubernetesPod(body);
    const containers = pod === undefined ? [] : containersOf(pod, 'ephemeral');
    if (containers.length > 0) return { containers, node: pod?.node };
  }
  return askedPod(request, undefined);
};

export interface RunningContainer {
  readonly name: string;
  readonly id: string;
  readonly image: EventImage;
  readonly startedAt: string | undefined;
}

/** What a node says that runs, in the status it reports. */
export const runningContainers = (status: unknown): readonly RunningContainer[] =>
  ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'].flatMap((group) =>
    listAt(status, 'status', group)
      .slice(0, 16_384)
      .flatMap((container): readonly RunningContainer[] => {
        const id = textAt(container, 'containerID');
        if (id === undefined || jsonAt(container, 'state', 'running') === undefined) return [];
        const image = imageOr(textAt(container, 'image'), 'the status names no image', {
          resolved: textAt(container, 'imageID'),
        });
        return [
          {
            name: textAt(container, 'name') ?? '',
            id: id.replace(/^[a-z-]+:\/\//, ''),
            image,
            startedAt: textAt(container, 'state', 'running', 'startedAt'),
          },
        ];
      }),
  );
