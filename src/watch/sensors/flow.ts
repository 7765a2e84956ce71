/** Who spoke with whom: logs of network monitors, of clouds' networks, and of servers for names. */
import type { RecordAssembler, RecordOrigin, RecordPiece, Sensor } from '../../core/sensor.ts';
import { ZeekLogReader } from '../../formats/records/zeek-log.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { asRecord, numbered, text, unrecognised } from '../event-parts.ts';
import {
  flowLimit,
  isVpcHead,
  isVpcRow,
  readAzureFlows,
  readResolver,
  readVpc,
  vpcDefaultFields,
} from '../network/cloud-flows.ts';
import { readConntrack } from '../network/conntrack.ts';
import { flowEvent, plainName, type Flow } from '../network/flow-event.ts';
import { readHubble, readSuricata, readZeek, type FlowReader } from '../network/monitors.ts';

const readers: readonly FlowReader[] = [readZeek, readSuricata, readHubble, readResolver, readVpc, readAzureFlows];

/** CoreDNS, plugin `log`: `[INFO] 192.0.2.1:5353 - 7 "A IN example. udp 40 false 512" NOERROR qr 100 0.01s`. */
const coreDnsPattern =
  /(?:^|\s)([0-9a-fA-F.:[\]]{3,45}):(\d{1,5}) - \d+ "(\S{1,10}) IN (\S{1,255}) (udp|tcp)\b[^"]*" (\S+)/;
/** BIND, category `queries`. */
const bindPattern = /client (?:@\S+ )?([0-9a-fA-F.:]{2,45})#(\d{1,5}) \([^)]*\): query: (\S{1,255}) IN (\S{1,10})/;

const readQueryLine = (line: string): JsonObject | undefined => {
  const core = coreDnsPattern.exec(line);
  if (core !== null)
    return { server: 'coredns', client: core[1], port: Number(core[2]), type: core[3], query: core[4], rcode: core[6] };
  const bind = bindPattern.exec(line);
  return bind === null
    ? undefined
    : { server: 'bind', client: bind[1], port: Number(bind[2]), query: bind[3], type: bind[4] };
};

const parseQuery = (fields: JsonObject, origin: RecordOrigin): ReturnType<Sensor['parse']> => {
  const name = plainName(String(fields['query']));
  return [
    flowEvent(
      {
        observer: String(fields['server']),
        service: 'dns',
        action: 'resolve',
        at: origin.receivedAt,
        connection: {
          sourceAddress: String(fields['client']),
          sourcePort: Number(fields['port']),
          ...text('name', name),
        },
        fields,
      },
      origin,
    ),
  ];
};

/** Of one table: Zeek writes eight lines, with some hundred names at most. */
const headLines = 32;
const headCharacters = 64 * 1024;

/** Rows get their columns' names from the head of their own log. */
const assembleTables = (): RecordAssembler => {
  const zeek = new ZeekLogReader();
  let head: string[] = [];
  const keepHead = (line: string, isFirst: boolean): void => {
    if (isFirst) head = [];
    if (head.length < headLines && line.length < headCharacters) head.push(line);
  };
  let isZeek = false;
  let columns = vpcDefaultFields;
  const row = (piece: RecordPiece, line: string): readonly RecordPiece[] => {
    if (line.startsWith('#') || isZeek) {
      const record = zeek.read(line);
      isZeek ||= record === 'head';
      if (record === 'head') keepHead(line, line.startsWith('#separator'));
      if (record !== undefined) return record === 'head' ? [] : [{ ...piece, value: record }];
    }
    const words = line.split(/[ ,\t]+/, 128);
    if (isVpcHead(words)) {
      columns = words;
      keepHead(line, true);
      return [];
    }
    if (!isVpcRow(words, columns)) return [piece];
    return [{ ...piece, value: Object.fromEntries(columns.map((name, index) => [name, words[index]])) }];
  };
  return {
    push: (piece) => (typeof piece.value === 'string' ? row(piece, piece.value) : [piece]),
    finish: () => [],
    head: () => head,
  };
};

const toEvents = (flows: readonly Flow[], origin: RecordOrigin): ReturnType<Sensor['parse']> =>
  numbered(
    flows.map((one) => flowEvent(one, origin)),
    flowLimit,
  );

export const flow: Sensor = {
  id: 'flow',
  about:
    'network flow and DNS: Zeek, Suricata, Hubble, conntrack, VPC, NSG and VNet flow logs, Route 53, CoreDNS, BIND',
  logsource: { category: 'firewall' },
  framing: 'text',
  assemble: assembleTables,
  parse: (record, origin) => {
    if (typeof record === 'string') {
      const tracked = readConntrack(record, origin);
      if (tracked !== undefined) return toEvents(tracked, origin);
      const query = readQueryLine(record);
      return query === undefined ? unrecognised(origin, 'flow', 'a line of another kind') : parseQuery(query, origin);
    }
    const fields = asRecord(record);
    if (fields !== undefined)
      for (const read of readers) {
        const flows = read(fields, origin);
        if (flows !== undefined) return toEvents(flows, origin);
      }
    return unrecognised(origin, 'flow');
  },
};
