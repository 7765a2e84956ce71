/** Who spoke with whom: logs of network monitors, of clouds' networks, and of servers for names. */
import type { RecordAssembler, RecordOrigin, RecordPiece, Sensor } from '../../core/sensor.ts';
import { ZeekLogReader } from '../../formats/records/zeek-log.ts';
import { asRecord, numbered, unrecognised } from '../event-parts.ts';
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
import { flowEvent, type Flow } from '../network/flow-event.ts';
import { readGoogleFlows } from '../network/google-flows.ts';
import { readHubble, readSuricata, readZeek, type FlowReader } from '../network/monitors.ts';
import { readQueryLine } from '../network/query-lines.ts';

const readers: readonly FlowReader[] = [
  readZeek,
  readSuricata,
  readHubble,
  readResolver,
  readVpc,
  readAzureFlows,
  readGoogleFlows,
];

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
    'network flow and DNS: Zeek, Suricata, Hubble, conntrack, flow logs of clouds, CoreDNS, BIND, dnsmasq, Unbound',
  logsource: { category: 'firewall' },
  framing: 'text',
  assemble: assembleTables,
  parse: (record, origin) => {
    if (typeof record === 'string') {
      const tracked = readConntrack(record, origin);
      if (tracked !== undefined) return toEvents(tracked, origin);
      const query = readQueryLine(record, origin);
      return query === undefined ? unrecognised(origin, 'flow', 'a line of another kind') : [flowEvent(query, origin)];
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
