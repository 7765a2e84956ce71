/** Containers as runtimes of Kubernetes and kubelets tell of them: `crictl events`, `ps` and `inspect` as JSON, and pods as a kubelet lists them (cri-api, runtime.v1). */
import type { EventAction } from '../../core/event-action.ts';
import type { Event, EventImage, EventPlace, EventRights } from '../../core/event.ts';
import type { RecordOrigin, Sensor } from '../../core/sensor.ts';
import { jsonAt, listAt, numberAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { parseKubernetesPod } from '../../formats/records/kubernetes-pod.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import {
  asRecord,
  bounded,
  boundedRights,
  capped,
  eventId,
  imageOr,
  member,
  text,
  timeOr,
  toTime,
  unknownImage,
  unrecognised,
} from '../event-parts.ts';
import { containersOf, runningContainers } from '../kubernetes/pod-images.ts';

const logsource = { product: 'cri', service: 'containers' } as const;

const actions: Readonly<Record<string, EventAction>> = {
  CONTAINER_CREATED_EVENT: 'create',
  CONTAINER_STARTED_EVENT: 'start',
  CONTAINER_STOPPED_EVENT: 'stop',
  CONTAINER_DELETED_EVENT: 'delete',
};

/** By the labels that kubelets put on everything, or by what a sandbox says of itself. */
const podOf = (container: unknown, sandbox?: unknown): EventPlace => {
  const label = (name: string): string | undefined => textAt(container, 'labels', `io.kubernetes.${name}`);
  return {
    ...text('namespace', label('pod.namespace') ?? textAt(sandbox, 'metadata', 'namespace')),
    ...text('pod', label('pod.name') ?? textAt(sandbox, 'metadata', 'name')),
    ...text('container', label('container.name') ?? textAt(container, 'metadata', 'name')),
  };
};

const imageOf = (container: unknown): EventImage =>
  imageOr(
    textAt(container, 'image', 'userSpecifiedImage') ?? textAt(container, 'image', 'image'),
    'the runtime names no image of the container',
    { resolved: textAt(container, 'imageRef') },
  );

/** The runtime's own record of what a kubelet asked for, beside the status that `crictl inspect` prints. */
const rightsOf = (container: unknown, info: unknown): EventRights | undefined => {
  const context = objectAt(info, 'config', 'linux', 'security_context');
  const shared = objectAt(context, 'namespace_options');
  const hostPaths = listAt(container, 'mounts')
    .slice(0, 256)
    .map((mount) => textAt(mount, 'hostPath'))
    // What a kubelet mounts into every container is no folder of the host that somebody asked for.
    .filter((path) => path !== undefined && (!path.startsWith('/var/lib/kubelet/pods/') || path.includes('..')));
  const isNode = (name: string): boolean => shared[name] === 2 || shared[name] === 'NODE';
  const capabilities = listAt(context, 'capabilities', 'add_capabilities').filter((one) => typeof one === 'string');
  return boundedRights({
    ...(context['privileged'] === true ? { privileged: true } : {}),
    ...(isNode('network') ? { hostNetwork: true } : {}),
    ...(isNode('pid') ? { hostProcesses: true } : {}),
    ...(isNode('ipc') ? { hostIpc: true } : {}),
    ...(hostPaths.length === 0 ? {} : { hostPaths: hostPaths.filter((path) => path !== undefined) }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
  });
};

/** Before a runtime knows the end of a container it says zero. */
const known = (time: unknown): unknown => (time === '0' || time === 0 || time === '' ? undefined : time);

interface Told {
  readonly container: unknown;
  readonly sandbox?: unknown;
  readonly info?: unknown;
  readonly id: string;
  readonly action: EventAction;
  readonly at: unknown;
  readonly fields: JsonObject;
}

const toEvent = ({ container, sandbox, info, id, action, at, fields }: Told, origin: RecordOrigin): Event => {
  const code = numberAt(container, 'exitCode') ?? 0;
  const failed = action === 'stop' && (code !== 0 || textAt(container, 'reason') === 'OOMKilled');
  const rights = action === 'create' || action === 'start' ? rightsOf(container, info) : undefined;
  // A runtime that was asked again says the same: what happened to one container has one id.
  return {
    id: eventId('cri', id, action),
    at: timeOr(origin, known(at)),
    logsource,
    action,
    ...(failed ? { outcome: 'failure' as const } : {}),
    place: { ...origin.place, ...podOf(container, sandbox), containerId: bounded(id) },
    image: imageOf(container),
    ...member('rights', rights),
    ...text('target', failed ? (textAt(container, 'reason') ?? `exit code ${code}`) : undefined),
    fields,
  };
};

/** One message of GetContainerEvents. The sandbox of a pod is a container to the runtime, and of no image that anybody named. */
const fromStream = (fields: JsonObject, kind: string, origin: RecordOrigin): readonly Event[] => {
  const id = textAt(fields, 'containerId') ?? '';
  const sandbox = objectAt(fields, 'podSandboxStatus');
  const action = Object.hasOwn(actions, kind) ? (actions[kind] ?? 'other') : 'other';
  const at = jsonAt(fields, 'createdAt');
  const container = listAt(fields, 'containersStatuses').find((one) => textAt(one, 'id') === id);
  if (container !== undefined) return [toEvent({ container, sandbox, id, action, at, fields }, origin)];
  const isSandbox = textAt(sandbox, 'id') === id;
  return [
    {
      id: eventId('cri', id, isSandbox ? `sandbox ${action}` : action),
      at: timeOr(origin, known(at)),
      logsource,
      action: isSandbox ? 'other' : action,
      place: { ...origin.place, ...podOf(undefined, sandbox), ...(isSandbox ? {} : text('containerId', id)) },
      ...(isSandbox ? {} : { image: unknownImage('the runtime no longer tells of the container') }),
      fields,
    },
  ];
};

const stateActions: Readonly<Record<string, EventAction>> = {
  CONTAINER_CREATED: 'create',
  CONTAINER_RUNNING: 'start',
  CONTAINER_EXITED: 'stop',
};

const fromStatus = (container: unknown, info: unknown, fields: JsonObject, origin: RecordOrigin): readonly Event[] => {
  const id = textAt(container, 'id');
  const state = textAt(container, 'state') ?? '';
  const action = Object.hasOwn(stateActions, state) ? stateActions[state] : undefined;
  if (id === undefined || action === undefined) return [];
  const time = (name: string): unknown => known(jsonAt(container, name));
  const at = action === 'stop' ? (time('finishedAt') ?? time('createdAt')) : (time('startedAt') ?? time('createdAt'));
  return [toEvent({ container, info, id, action, at, fields }, origin)];
};

/** A pod as a kubelet has it: what it asks for, with what runs of it. */
const fromPod = (pod: JsonObject, origin: RecordOrigin): readonly Event[] => {
  const asked = parseKubernetesPod(pod);
  const containers = asked === undefined ? [] : containersOf(asked);
  const place: EventPlace = {
    ...origin.place,
    ...text('host', textAt(pod, 'spec', 'nodeName') ?? origin.place?.host),
    ...text('namespace', textAt(pod, 'metadata', 'namespace')),
    ...text('pod', textAt(pod, 'metadata', 'name')),
  };
  // Where a kubelet read it: in a file of its own, or from the cluster.
  const source = textAt(pod, 'metadata', 'annotations', 'kubernetes.io/config.source');
  return runningContainers(pod).map(({ name, id, image, startedAt }): Event => {
    const words = containers.find((one) => one.name === name);
    return {
      id: eventId('cri', id, 'start'),
      at: toTime(startedAt) ?? origin.receivedAt,
      logsource,
      action: 'start',
      place: { ...place, ...text('container', name), containerId: bounded(id) },
      image,
      ...member('rights', words?.rights),
      ...text('target', source === undefined ? undefined : `source ${source}`),
      fields: { metadata: pod['metadata'], container: name },
    };
  });
};

export const cri: Sensor = {
  id: 'cri',
  about: 'containers as CRI runtimes and kubelets tell of them: crictl events, ps, inspect; pods of a kubelet',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    if (fields === undefined) return unrecognised(origin, 'cri');
    const kind = textAt(fields, 'containerEventType');
    if (kind !== undefined && textAt(fields, 'containerId') !== undefined) return fromStream(fields, kind, origin);
    const containers = listAt(fields, 'containers');
    if (containers.some((one) => textAt(one, 'podSandboxId') !== undefined))
      return capped(containers.flatMap((one) => (isJsonObject(one) ? fromStatus(one, undefined, one, origin) : [])));
    if (Array.isArray(fields['containers']) && containers.length === 0) return [];
    const status = jsonAt(fields, 'status');
    if (textAt(status, 'id') !== undefined && textAt(status, 'state')?.startsWith('CONTAINER_') === true)
      return fromStatus(status, jsonAt(fields, 'info'), { status }, origin);
    // A watch wraps each pod in its kind of change.
    const pod = isJsonObject(fields['object']) ? fields['object'] : fields;
    if (isJsonObject(pod['spec']) && isJsonObject(pod['metadata']) && listAt(pod, 'spec', 'containers').length > 0)
      return capped(fromPod(pod, origin));
    return unrecognised(origin, 'cri');
  },
};
