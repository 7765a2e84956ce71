/** What Google Cloud logs of its networks → flows: VPC flow logs, firewall rules' logs, Cloud DNS (their `jsonPayload` in a LogEntry). */
import type { EventPlace } from '../../core/event.ts';
import { numberAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { member, text, timeOr } from '../event-parts.ts';
import { plainName, protocolName } from './flow-event.ts';
import type { FlowReader } from './monitors.ts';

/** Google writes 64-bit numbers as text. */
const numberOf = (value: unknown, name: string): number | undefined =>
  numberAt(value, name) ?? (/^\d{1,15}$/.test(textAt(value, name) ?? '') ? Number(textAt(value, name)) : undefined);

const protocolOf = (connection: unknown): string | undefined =>
  protocolName(numberAt(connection, 'protocol') ?? textAt(connection, 'protocol'));

const machineOf = (payload: unknown, side: 'src' | 'dest'): EventPlace => {
  const machine = objectAt(payload, `${side}_instance`);
  const details = objectAt(payload, `${side}_gke_details`);
  return {
    ...text('account', textAt(machine, 'project_id')),
    ...text('region', textAt(machine, 'zone') ?? textAt(machine, 'region')),
    ...text('instance', textAt(machine, 'vm_name')),
    ...text('cluster', textAt(details, 'cluster', 'cluster_name')),
    ...text('namespace', textAt(details, 'pod', 'pod_namespace')),
    ...text('pod', textAt(details, 'pod', 'pod_name')),
  };
};

const readConnection = (fields: JsonObject, payload: JsonObject, time: number): ReturnType<FlowReader> => {
  const connection = objectAt(payload, 'connection');
  const source = textAt(connection, 'src_ip');
  const address = textAt(connection, 'dest_ip') ?? textAt(connection, 'dst_ip');
  if (source === undefined || address === undefined) return undefined;
  const disposition = textAt(payload, 'disposition');
  const inward = textAt(payload, 'reporter') === 'DEST' || textAt(payload, 'rule_details', 'direction') === 'INGRESS';
  const own = objectAt(payload, 'instance');
  return [
    {
      observer: 'gcp',
      service: disposition === undefined ? 'vpcflow' : 'firewall',
      action: 'connect',
      at: time,
      id: textAt(fields, 'insertId'),
      refused: disposition === 'DENIED',
      // Where it was seen: the side that reports it.
      place: {
        cloud: 'gcp',
        ...machineOf(payload, inward ? 'dest' : 'src'),
        ...text('account', textAt(own, 'project_id')),
        ...text('region', textAt(own, 'zone')),
        ...text('instance', textAt(own, 'vm_name')),
      },
      connection: {
        direction: inward ? 'in' : 'out',
        ...text('protocol', protocolOf(connection)),
        sourceAddress: source,
        ...member('sourcePort', numberAt(connection, 'src_port')),
        address,
        ...member('port', numberAt(connection, 'dest_port') ?? numberAt(connection, 'dst_port')),
        ...member('bytes', numberOf(payload, 'bytes_sent')),
      },
      fields,
    },
  ];
};

/** `example.\t300\tIN\ta\t192.0.2.1`, one below the other. */
const answersOf = (data: string): readonly string[] =>
  data
    .slice(0, 65_536)
    .split('\n', 64)
    .map((line) => line.split('\t').at(-1)?.trim() ?? '')
    .filter((answer) => answer !== '');

export const readGoogleFlows: FlowReader = (fields, origin) => {
  const payload = objectAt(fields, 'jsonPayload');
  const time = timeOr(origin, payload['start_time'], fields['timestamp'], fields['receiveTimestamp']);
  const query = textAt(payload, 'queryName');
  if (query === undefined) return readConnection(fields, payload, time);
  const answers = answersOf(textAt(payload, 'rdata') ?? '');
  // `PROJECT.MACHINE`
  const machine = textAt(payload, 'vmInstanceName');
  return [
    {
      observer: 'gcp',
      service: 'dns',
      action: 'resolve',
      at: time,
      id: textAt(fields, 'insertId'),
      place: {
        cloud: 'gcp',
        ...text('account', textAt(payload, 'vmProjectId') ?? textAt(fields, 'resource', 'labels', 'project_id')),
        ...text('region', textAt(payload, 'vmZoneName') ?? textAt(payload, 'location')),
        ...text('instance', machine?.slice(machine.indexOf('.') + 1)),
      },
      connection: {
        direction: 'out',
        ...text('protocol', protocolName(textAt(payload, 'protocol'))),
        ...text('sourceAddress', textAt(payload, 'sourceIP')),
        ...text('name', plainName(query)),
        ...(answers.length === 0 ? {} : { answers }),
      },
      fields,
    },
  ];
};
