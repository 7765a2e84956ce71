/** What AWS tells over EventBridge: machines, machine images, tasks of ECS with the digests that run (Amazon EC2 and ECS, "events"), findings of GuardDuty. */
import type { EventAction } from '../../core/event-action.ts';
import type { Event, EventPlace } from '../../core/event.ts';
import type { RecordOrigin, Sensor } from '../../core/sensor.ts';
import { jsonAt, listAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import {
  asRecord,
  bounded,
  capped,
  eventId,
  imageOr,
  text,
  timeOr,
  unknownImage,
  unrecognised,
} from '../event-parts.ts';

const logsource = { product: 'aws', service: 'eventbridge' } as const;

const instanceStates: Readonly<Record<string, EventAction>> = {
  running: 'start',
  stopped: 'stop',
  terminated: 'delete',
};

const imageStates: Readonly<Record<string, EventAction>> = {
  available: 'image-register',
  deregistered: 'delete',
  failed: 'fail',
};

const taskStates: Readonly<Record<string, EventAction>> = { RUNNING: 'start', STOPPED: 'stop' };

const wordIn = (table: Readonly<Record<string, EventAction>>, word: string | undefined): EventAction =>
  word !== undefined && Object.hasOwn(table, word) ? (table[word] ?? 'other') : 'other';

type Change = Pick<Event, 'action' | 'image' | 'target' | 'process' | 'outcome'> & {
  readonly place?: EventPlace;
  readonly key?: string;
  readonly service?: string;
};

/** What GuardDuty found, about a container where it says one, else about the machine (GuardDuty, "finding details"). */
const readFinding = (detail: JsonObject): readonly Change[] => {
  const resource = objectAt(detail, 'resource');
  const machine = objectAt(resource, 'instanceDetails');
  const workload = objectAt(resource, 'kubernetesDetails', 'kubernetesWorkloadDetails');
  const task = objectAt(resource, 'ecsClusterDetails', 'taskDetails');
  const container = [
    objectAt(resource, 'containerDetails'),
    ...listAt(workload, 'containers'),
    ...listAt(task, 'containers'),
  ].find((one) => textAt(one, 'image') !== undefined || textAt(one, 'id') !== undefined);
  const ami = textAt(machine, 'imageId');
  const image: Event['image'] =
    container !== undefined
      ? imageOr(textAt(container, 'image'), 'the finding names no image of its container')
      : ami === undefined
        ? undefined
        : { kind: 'machine', cloud: 'aws', written: bounded(ami) };
  const process = objectAt(detail, 'service', 'runtimeDetails', 'process');
  const hash = textAt(process, 'executableSha256');
  const known = {
    ...text('executable', textAt(process, 'executablePath') ?? textAt(process, 'name')),
    ...(hash === undefined ? {} : text('hash', `sha256:${hash.toLowerCase()}`)),
  };
  const containerId = textAt(container, 'id');
  return [
    {
      action: 'other',
      service: 'guardduty',
      ...(image === undefined ? {} : { image }),
      ...(Object.keys(known).length === 0 ? {} : { process: known }),
      place: {
        ...text('instance', textAt(machine, 'instanceId')),
        ...text(
          'cluster',
          textAt(resource, 'eksClusterDetails', 'name') ?? textAt(resource, 'ecsClusterDetails', 'name'),
        ),
        ...text('namespace', textAt(workload, 'namespace')),
        ...(textAt(workload, 'type') === 'pods' ? text('pod', textAt(workload, 'name')) : {}),
        ...text('container', textAt(container, 'name')),
        ...(containerId === undefined ? {} : text('containerId', containerId.replace(/^[a-z-]+:\/\//, ''))),
      },
      ...text('target', textAt(detail, 'type')),
      // Told again with each change of its count.
      key: ['finding', textAt(detail, 'id') ?? '', textAt(detail, 'updatedAt') ?? ''].join(' '),
    },
  ];
};

const readers: Readonly<Record<string, (detail: JsonObject) => readonly Change[]>> = {
  'GuardDuty Finding': readFinding,
  'EC2 Instance State-change Notification': (detail) => {
    const action = wordIn(instanceStates, textAt(detail, 'state'));
    return [
      {
        action,
        place: text('instance', textAt(detail, 'instance-id')),
        ...(action === 'start' ? { image: unknownImage('a change of a machine’s state names no image') } : {}),
        ...text('target', textAt(detail, 'state')),
      },
    ];
  },
  'EC2 AMI State Change': (detail) => {
    const id = textAt(detail, 'ImageId');
    const image: Event['image'] =
      id === undefined
        ? unknownImage('the event names no image')
        : { kind: 'machine', cloud: 'aws', written: bounded(id) };
    return [
      { action: wordIn(imageStates, textAt(detail, 'State')), image, ...text('target', textAt(detail, 'State')) },
    ];
  },
  'ECS Task State Change': (detail) => {
    const task = textAt(detail, 'taskArn');
    const cluster = text('cluster', textAt(detail, 'clusterArn')?.replace(/^.*cluster\//, ''));
    const target = text('target', textAt(detail, 'taskDefinitionArn') ?? task);
    const containers = listAt(detail, 'containers').slice(0, 16_384);
    if (containers.length === 0)
      return [
        {
          action: wordIn(taskStates, textAt(detail, 'lastStatus')),
          image: unknownImage('the event names no container'),
          place: cluster,
          ...target,
        },
      ];
    return containers.map((container) => {
      const status = textAt(container, 'lastStatus') ?? textAt(detail, 'lastStatus');
      return {
        action: wordIn(taskStates, status),
        image: imageOr(textAt(container, 'image'), 'the event names no image', {
          resolved: textAt(container, 'imageDigest'),
        }),
        place: {
          ...cluster,
          ...text('container', textAt(container, 'name')),
          ...text('containerId', textAt(container, 'runtimeId') ?? textAt(container, 'containerArn')),
        },
        ...target,
        // A task tells its containers again with each change of its own: each starts once.
        key: [textAt(container, 'containerArn') ?? task ?? '', textAt(container, 'name') ?? '', status ?? ''].join(' '),
      };
    });
  },
};

const eventsOf = (detail: JsonObject, type: string, origin: RecordOrigin): readonly Event[] | undefined => {
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  const own = eventId('aws-event', origin.envelope?.['id'] ?? origin.fingerprint());
  return read?.(detail).map(({ key, place, service, ...change }, index) => ({
    id: key === undefined || key.trim() === '' ? `${own}/${index}` : eventId('aws-event', key),
    at: timeOr(origin, jsonAt(detail, 'updatedAt'), origin.envelope?.['time']),
    logsource: service === undefined ? logsource : { ...logsource, service },
    ...change,
    ...(change.action === 'fail' ? { outcome: 'failure' as const } : {}),
    place: { ...origin.place, cloud: 'aws', ...place },
    fields: detail,
  }));
};

export const awsEvent: Sensor = {
  id: 'aws-event',
  about: 'changes of state over EventBridge: EC2 machines and images, ECS tasks; findings of GuardDuty',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const detail = asRecord(record);
    const type = origin.envelope?.['type'];
    const events = detail === undefined || type === undefined ? undefined : eventsOf(detail, type, origin);
    return (events === undefined ? undefined : capped(events)) ?? unrecognised(origin, 'aws-event');
  },
};
