/** What clouds log of their networks → flows: VPC flow logs, NSG and VNet flow logs, Route 53 resolver queries. */
import { listAt, numberAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import type { EventPlace } from '../../core/event.ts';
import { member, text, timeOr } from '../event-parts.ts';
import { plainName, protocolName, type Flow } from './flow-event.ts';
import type { FlowReader } from './monitors.ts';

/** Amazon VPC, "Flow log records": the default format, and the names that a custom one may have. */
export const vpcDefaultFields =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );

const vpcName = /^(?:[a-z0-9]+-)*[a-z0-9]+$/;

/** The first line of a file of VPC flow logs names its columns. */
export const isVpcHead = (words: readonly string[]): boolean =>
  words.length > 3 &&
  words.every((word) => vpcName.test(word)) &&
  words.includes('srcaddr') &&
  words.includes('dstaddr');

export const isVpcRow = (words: readonly string[], columns: readonly string[]): boolean =>
  words.length === columns.length && (columns !== vpcDefaultFields || /^[2-9]$/.test(words[0] ?? ''));

const dash = (value: string | undefined): string | undefined => (value === '-' ? undefined : value);

/** Columns by name, with dashes; Parquet and Athena have the same with underscores. */
export const readVpc: FlowReader = (fields, origin) => {
  const column = (name: string): string | undefined => {
    const value = fields[name] ?? fields[name.replaceAll('-', '_')];
    return typeof value === 'number' ? String(value) : typeof value === 'string' ? dash(value) : undefined;
  };
  if (!('srcaddr' in fields) || !('dstaddr' in fields) || 'query_name' in fields) return undefined;
  const status = column('log-status');
  const source = column('srcaddr');
  const direction = column('flow-direction');
  const place: EventPlace = {
    cloud: 'aws',
    ...text('account', column('account-id')),
    ...text('region', column('region')),
    ...text('instance', column('instance-id') ?? column('interface-id')),
  };
  const flow: Flow = {
    observer: 'aws',
    service: 'vpcflow',
    // NODATA and SKIPDATA: nothing went by, or the cloud could not keep up.
    action: source === undefined || (status !== undefined && status !== 'OK') ? 'other' : 'connect',
    at: timeOr(origin, column('start'), column('end')),
    refused: column('action') === 'REJECT',
    place,
    connection: {
      ...(direction === 'egress' ? { direction: 'out' } : direction === 'ingress' ? { direction: 'in' } : {}),
      ...text('protocol', protocolName(column('protocol'))),
      ...text('sourceAddress', column('pkt-srcaddr') ?? source),
      ...member('sourcePort', numberAt(column('srcport') === undefined ? [] : [column('srcport')], 0)),
      ...text('address', column('pkt-dstaddr') ?? column('dstaddr')),
      ...member('port', numberAt(column('dstport') === undefined ? [] : [column('dstport')], 0)),
      ...member('bytes', numberAt(column('bytes') === undefined ? [] : [column('bytes')], 0)),
    },
    fields,
  };
  return [flow];
};

/** Route 53 Resolver, "Values that appear in VPC Resolver query logs". */
export const readResolver: FlowReader = (fields, origin) => {
  const query = textAt(fields, 'query_name');
  if (query === undefined || textAt(fields, 'srcaddr') === undefined) return undefined;
  const answers = listAt(fields, 'answers')
    .map((answer) => textAt(answer, 'Rdata'))
    .filter((answer) => answer !== undefined)
    .slice(0, 64);
  return [
    {
      observer: 'aws',
      service: 'route53',
      action: 'resolve',
      at: timeOr(origin, fields['query_timestamp']),
      refused: textAt(fields, 'firewall_rule_action') === 'BLOCK',
      place: {
        cloud: 'aws',
        ...text('account', textAt(fields, 'account_id')),
        ...text('region', textAt(fields, 'region')),
        ...text('instance', textAt(fields, 'srcids', 'instance')),
      },
      connection: {
        direction: 'out',
        ...text('protocol', protocolName(textAt(fields, 'transport'))),
        ...text('sourceAddress', textAt(fields, 'srcaddr')),
        ...member('sourcePort', numberAt(fields, 'srcport')),
        ...text('name', plainName(query)),
        ...(answers.length === 0 ? {} : { answers }),
      },
      fields,
    },
  ];
};

/** Of one record: an hour of a busy machine is one of Azure's. */
export const flowLimit = 65_536;

const tupleOf = (tuple: string): readonly string[] => tuple.split(',', 32);

/** Version 1 and 2: time, addresses, ports, T|U, I|O, A|D[, B|C|E, packets and bytes both ways]. */
const nsgFlow = (tuple: string, place: EventPlace, fields: JsonObject): Flow | undefined => {
  const [time, source, address, sourcePort, port, protocol, direction, decision, state, , sent, , received] =
    tupleOf(tuple);
  if (decision === undefined || time === undefined) return undefined;
  const number = (word: string | undefined): number | undefined => numberAt([word ?? ''], 0);
  const bytes = (number(sent) ?? 0) + (number(received) ?? 0);
  return {
    observer: 'azure',
    service: 'nsgflow',
    action: state === 'C' || state === 'E' ? 'other' : 'connect',
    at: (number(time) ?? 0) * (time.length > 11 ? 1 : 1000),
    id: undefined,
    refused: decision === 'D',
    place,
    connection: {
      direction: direction === 'O' ? 'out' : 'in',
      ...text('protocol', protocol === 'T' ? 'tcp' : protocol === 'U' ? 'udp' : protocolName(protocol)),
      ...text('sourceAddress', source),
      ...member('sourcePort', number(sourcePort)),
      ...text('address', address),
      ...member('port', number(port)),
      ...(bytes === 0 ? {} : { bytes }),
    },
    fields,
  };
};

/** Of virtual networks: state B|C|E|D stands behind the direction, and D is refused. */
const vnetFlow = (tuple: string, place: EventPlace, fields: JsonObject): Flow | undefined => {
  const [time, source, address, sourcePort, port, protocol, direction, state, , , sent, , received] = tupleOf(tuple);
  if (state === undefined) return undefined;
  const order = [
    time,
    source,
    address,
    sourcePort,
    port,
    protocol,
    direction,
    state === 'D' ? 'D' : 'A',
    state === 'D' ? 'B' : state,
  ];
  const flow = nsgFlow([...order, '', sent, '', received].map((word) => word ?? '').join(','), place, fields);
  return flow === undefined ? undefined : { ...flow, service: 'vnetflow' };
};

/** Azure Network Watcher, "Flow logging for network security groups", "Virtual network flow logs". */
export const readAzureFlows: FlowReader = (fields) => {
  const isNsg = isJsonObject(fields['properties']) && 'flows' in fields['properties'];
  const isVnet = isJsonObject(fields['flowRecords']);
  if (!isNsg && !isVnet) return undefined;
  const resource =
    textAt(fields, 'resourceId') ?? textAt(fields, 'targetResourceID') ?? textAt(fields, 'flowLogResourceID');
  const place: EventPlace = {
    cloud: 'azure',
    ...text('account', /^\/subscriptions\/([^/]+)/i.exec(resource ?? '')?.[1]),
    ...text('instance', textAt(fields, 'macAddress')),
  };
  const groups = isNsg
    ? listAt(fields, 'properties', 'flows').flatMap((rule) => listAt(rule, 'flows'))
    : listAt(objectAt(fields, 'flowRecords'), 'flows').flatMap((flow) => listAt(flow, 'flowGroups'));
  const flows: Flow[] = [];
  for (const group of groups)
    for (const tuple of listAt(group, 'flowTuples')) {
      if (typeof tuple !== 'string' || flows.length > flowLimit) continue;
      const mac = textAt(group, 'mac');
      const where = { ...place, ...text('instance', mac ?? place.instance) };
      const flow = isNsg ? nsgFlow(tuple, where, { tuple }) : vnetFlow(tuple, where, { tuple });
      if (flow !== undefined) flows.push(flow);
    }
  return flows;
};
