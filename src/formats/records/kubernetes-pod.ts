/** A Kubernetes object, or a piece of one as a patch sends it → the containers that it asks for (Kubernetes API reference, PodSpec v1). */
import { jsonAt, listAt, numberAt, objectAt, textAt, textsAt } from './json-member.ts';

export interface PodContainer {
  readonly name: string;
  readonly kind: 'init' | 'main' | 'ephemeral';
  readonly image?: string;
  readonly pullPolicy?: string;
  readonly command: readonly string[];
  readonly arguments: readonly string[];
  readonly privileged: boolean;
  readonly addedCapabilities: readonly string[];
  /** Folders of the host that are mounted into it. */
  readonly hostPaths: readonly string[];
  /** What the node pulled, as its status says. */
  readonly imageId?: string;
  readonly containerId?: string;
}

export interface PodDescription {
  readonly containers: readonly PodContainer[];
  readonly node?: string;
  readonly serviceAccount?: string;
  readonly hostNetwork: boolean;
  readonly hostProcesses: boolean;
  readonly hostIpc: boolean;
  readonly owner?: string;
}

/** More than a request to a server can hold. */
const containerLimit = 16_384;

const groups = [
  ['initContainers', 'init', 'initContainerStatuses'],
  ['containers', 'main', 'containerStatuses'],
  ['ephemeralContainers', 'ephemeral', 'ephemeralContainerStatuses'],
] as const;

/** Where the specification of pods stands: of a pod, of what makes pods, of what makes what makes pods. */
const specOf = (object: unknown): unknown => {
  for (const path of [
    ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
    ['spec', 'template', 'spec'],
    ['template', 'spec'],
    ['spec'],
  ]) {
    const spec = jsonAt(object, ...path);
    if (groups.some(([group]) => listAt(spec, group).length > 0)) return spec;
  }
  return undefined;
};

/** undefined when the object asks for no container. */
export const parseKubernetesPod = (object: unknown): PodDescription | undefined => {
  const spec = specOf(object);
  if (spec === undefined) return undefined;
  const hostFolders = new Map<string, string>();
  for (const volume of listAt(spec, 'volumes').slice(0, containerLimit)) {
    const path = textAt(volume, 'hostPath', 'path');
    const name = textAt(volume, 'name');
    if (path !== undefined && name !== undefined) hostFolders.set(name, path);
  }
  const containers = groups.flatMap(([group, kind, statusGroup]) =>
    listAt(spec, group)
      .slice(0, containerLimit)
      .map((container): PodContainer => {
        const name = textAt(container, 'name') ?? '';
        const image = textAt(container, 'image');
        const pullPolicy = textAt(container, 'imagePullPolicy');
        const status = listAt(object, 'status', statusGroup)
          .slice(0, containerLimit)
          .find((one) => textAt(one, 'name') === name);
        const imageId = textAt(status, 'imageID');
        const containerId = textAt(status, 'containerID');
        return {
          name,
          kind,
          ...(image === undefined ? {} : { image }),
          ...(pullPolicy === undefined ? {} : { pullPolicy }),
          command: textsAt(container, 'command'),
          arguments: textsAt(container, 'args'),
          privileged: jsonAt(container, 'securityContext', 'privileged') === true,
          addedCapabilities: textsAt(container, 'securityContext', 'capabilities', 'add'),
          hostPaths: listAt(container, 'volumeMounts')
            .slice(0, containerLimit)
            .map((mount) => hostFolders.get(textAt(mount, 'name') ?? ''))
            .filter((path) => path !== undefined),
          ...(imageId === undefined ? {} : { imageId }),
          ...(containerId === undefined ? {} : { containerId }),
        };
      }),
  );
  const node = textAt(spec, 'nodeName');
  const serviceAccount = textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount');
  const owner = objectAt(object, 'metadata', 'ownerReferences', 0);
  const ownerName = textAt(owner, 'name');
  return {
    containers,
    ...(node === undefined ? {} : { node }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    hostNetwork: jsonAt(spec, 'hostNetwork') === true,
    hostProcesses: jsonAt(spec, 'hostPID') === true,
    hostIpc: jsonAt(spec, 'hostIPC') === true,
    ...(ownerName === undefined ? {} : { owner: `${textAt(owner, 'kind') ?? ''}/${ownerName}` }),
  };
};

/** How many containers crashed again and again, as a pod's status counts. */
export const restartsOf = (object: unknown): number =>
  listAt(object, 'status', 'containerStatuses').reduce<number>(
    (sum, status) => sum + (numberAt(status, 'restartCount') ?? 0),
    0,
  );
