/** What network monitors log → flows: Zeek, Suricata, Hubble. */
import type { EventPlace } from '../../core/event.ts';
import type { RecordOrigin } from '../../core/sensor.ts';
import { jsonAt, listAt, numberAt, objectAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { member, text, timeOr } from '../event-parts.ts';
import { plainName, protocolName, type Flow } from './flow-event.ts';

export type FlowReader = (fields: JsonObject, origin: RecordOrigin) => readonly Flow[] | undefined;

const answerLimit = 64;

/** Numbers and texts, for ids. */
const wordsOf = (...values: readonly unknown[]): readonly (string | number)[] =>
  values.filter((value) => typeof value === 'string' || typeof value === 'number');

/** Zeek, base/protocols: columns are called `id.orig_h`; some writers nest them. */
export const readZeek: FlowReader = (fields, origin) => {
  const inner = isJsonObject(fields['id']) ? fields['id'] : undefined;
  const column = (name: string): unknown => fields[`id.${name}`] ?? inner?.[name];
  const source = column('orig_h');
  const address = column('resp_h');
  if (typeof source !== 'string' || typeof address !== 'string') return undefined;
  const query = textAt(fields, 'query');
  const service = textAt(fields, '_path') ?? (query !== undefined ? 'dns' : 'conn');
  const name = query ?? textAt(fields, 'server_name') ?? textAt(fields, 'host');
  const answers = textsAt(fields, 'answers').slice(0, answerLimit);
  const state = textAt(fields, 'conn_state');
  const bytes = (numberAt(fields, 'orig_bytes') ?? 0) + (numberAt(fields, 'resp_bytes') ?? 0);
  const uid = textAt(fields, 'uid');
  const local = fields['local_orig'];
  return [
    {
      observer: 'zeek',
      service,
      action: service === 'dns' ? 'resolve' : 'connect',
      at: timeOr(origin, fields['ts'], fields['@timestamp']),
      id: uid === undefined ? undefined : [uid, service, ...wordsOf(fields['ts'], fields['trans_id'])].join(':'),
      // A reset or no answer at all: REJ, S0.
      refused: state === 'REJ',
      connection: {
        ...(local === true ? { direction: 'out' as const } : {}),
        ...text('protocol', protocolName(textAt(fields, 'proto'))),
        sourceAddress: source.slice(0, 64),
        ...member('sourcePort', numberAt(fields, 'id.orig_p') ?? numberAt(inner, 'orig_p')),
        address: address.slice(0, 64),
        ...member('port', numberAt(fields, 'id.resp_p') ?? numberAt(inner, 'resp_p')),
        ...text('name', plainName(name)),
        ...(answers.length === 0 ? {} : { answers }),
        ...(bytes === 0 ? {} : { bytes }),
      },
      fields,
    },
  ];
};

/** Suricata, "Eve JSON Format": versions 1 to 3 of its DNS records. */
export const readSuricata: FlowReader = (fields, origin) => {
  const kind = textAt(fields, 'event_type');
  const source = textAt(fields, 'src_ip');
  if (kind === undefined || source === undefined) return undefined;
  const dns = objectAt(fields, 'dns');
  const query = textAt(dns, 'rrname') ?? textAt(dns, 'queries', 0, 'rrname') ?? textAt(dns, 'query', 0, 'rrname');
  const answers = [...listAt(dns, 'answers').map((answer) => textAt(answer, 'rdata')), textAt(dns, 'rdata')]
    .filter((answer) => answer !== undefined)
    .slice(0, answerLimit);
  const name =
    query ?? textAt(fields, 'tls', 'sni') ?? textAt(fields, 'http', 'hostname') ?? textAt(fields, 'quic', 'sni');
  const isAnswer = kind === 'dns' && /^(?:answer|response)$/.test(textAt(dns, 'type') ?? '');
  const flow = jsonAt(fields, 'flow_id');
  const bytes = (numberAt(fields, 'flow', 'bytes_toserver') ?? 0) + (numberAt(fields, 'flow', 'bytes_toclient') ?? 0);
  const at = timeOr(origin, fields['timestamp']);
  const ends = {
    sourceAddress: source,
    ...member('sourcePort', numberAt(fields, 'src_port')),
    ...text('address', textAt(fields, 'dest_ip')),
    ...member('port', numberAt(fields, 'dest_port')),
  };
  return [
    {
      observer: 'suricata',
      service: kind,
      action:
        kind === 'dns'
          ? 'resolve'
          : /^(?:flow|netflow|tls|http|alert|ssh|quic|drop|anomaly|fileinfo)$/.test(kind)
            ? 'connect'
            : 'other',
      at,
      id:
        typeof flow === 'number' || typeof flow === 'string'
          ? [flow, kind, ...wordsOf(fields['timestamp'], jsonAt(fields, 'tx_id'), jsonAt(dns, 'id'))].join(':')
          : undefined,
      refused: kind === 'drop' || textAt(fields, 'alert', 'action') === 'blocked',
      ...(textAt(fields, 'host') === undefined ? {} : { place: text('host', textAt(fields, 'host')) }),
      connection: {
        ...text('protocol', protocolName(textAt(fields, 'proto'))),
        // An answer comes from the server: who asked is the source of the question.
        ...(isAnswer
          ? {
              sourceAddress: textAt(fields, 'dest_ip') ?? '',
              ...member('sourcePort', ends.port),
              address: source,
              ...member('port', ends.sourcePort),
            }
          : ends),
        ...text('name', plainName(name)),
        ...(answers.length === 0 ? {} : { answers }),
        ...(bytes === 0 ? {} : { bytes }),
      },
      fields,
    },
  ];
};

const endpoint = (flow: unknown, side: 'source' | 'destination'): EventPlace => ({
  ...text('namespace', textAt(flow, side, 'namespace')),
  ...text('pod', textAt(flow, side, 'pod_name')),
});

/** Cilium Hubble, observer.proto: as `hubble observe -o json` and its exporter write it. */
export const readHubble: FlowReader = (record, origin) => {
  const flow = isJsonObject(record['flow']) ? record['flow'] : record;
  const source = textAt(flow, 'IP', 'source') ?? textAt(flow, 'ip', 'source');
  const verdict = textAt(flow, 'verdict');
  if (source === undefined || verdict === undefined) return undefined;
  const [protocol, ports] = Object.entries(objectAt(flow, 'l4'))[0] ?? [undefined, undefined];
  const names = textsAt(flow, 'destination_names');
  const dns = objectAt(flow, 'l7', 'dns');
  const query = textAt(dns, 'query');
  const answers = textsAt(dns, 'ips').slice(0, answerLimit);
  const direction = textAt(flow, 'traffic_direction');
  const reply = flow['is_reply'] === true || jsonAt(flow, 'is_reply', 'value') === true;
  const inward = direction === 'INGRESS';
  // Where it happened is the side that this node watches.
  const place: EventPlace = {
    ...text('host', textAt(flow, 'node_name') ?? textAt(record, 'node_name')),
    ...text('cluster', textAt(flow, inward ? 'destination' : 'source', 'cluster_name')),
    ...endpoint(flow, inward !== reply ? 'destination' : 'source'),
  };
  const uuid = textAt(flow, 'uuid');
  return [
    {
      observer: 'hubble',
      service: query === undefined ? 'flow' : 'dns',
      // Packets of an answer belong to a connection that was told already.
      action: query !== undefined ? 'resolve' : reply ? 'other' : 'connect',
      at: timeOr(origin, jsonAt(flow, 'time'), jsonAt(record, 'time')),
      id: uuid,
      refused: verdict === 'DROPPED' || verdict === 'ERROR',
      place,
      connection: {
        ...(direction === 'EGRESS' ? { direction: 'out' as const } : inward ? { direction: 'in' as const } : {}),
        ...text('protocol', protocolName(protocol)),
        sourceAddress: source,
        ...member('sourcePort', numberAt(ports, 'source_port')),
        ...text('address', textAt(flow, 'IP', 'destination') ?? textAt(flow, 'ip', 'destination')),
        ...member('port', numberAt(ports, 'destination_port')),
        ...text('name', plainName(query ?? names[0])),
        ...(answers.length === 0 ? {} : { answers }),
      },
      fields: record,
    },
  ];
};
