/** `conntrack -E`: what the kernel of a host tells of each connection, before addresses are translated → flows (conntrack(8)). */
import type { RecordOrigin } from '../../core/sensor.ts';
import { numberAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { bounded, member, text, timeOr } from '../event-parts.ts';
import { protocolName, type Flow } from './flow-event.ts';

/** With `-o timestamp` a time stands in front, with `-o extended` the network protocol; protocols without ports have other words. */
const linePattern =
  /^(?:\[(\d{9,11}\.\d{1,9})\])?\s*\[(NEW|UPDATE|DESTROY)\] (?:ipv[46] +\d{1,3} +)?([a-z][a-z0-9-]{0,15}) +(\d{1,3}) (.*)$/;

const lineLimit = 4096;

/** The first word of a name is of the direction in which the connection began; the second one is of the answer. */
const membersOf = (words: string): JsonObject => {
  const members: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const word of words.split(/\s+/, 64)) {
    const equals = word.indexOf('=');
    if (equals <= 0) continue;
    const name = word.slice(0, equals);
    members[name in members ? `reply_${name}` : name] = bounded(word.slice(equals + 1), 128);
  }
  return members;
};

/**
 * Undefined for a line of another kind. Nothing for a connection that only changes its state: it was told when it began, and is told
 * once more when it is over.
 */
export const readConntrack = (line: string, origin: RecordOrigin): readonly Flow[] | undefined => {
  const found = line.length > lineLimit ? null : linePattern.exec(line.trimEnd());
  if (found === null) return undefined;
  const [, stamp, kind = '', protocol = '', number, words = ''] = found;
  const members = membersOf(words);
  const source = textAt(members, 'src');
  const address = textAt(members, 'dst');
  if (source === undefined || address === undefined) return undefined;
  if (kind === 'UPDATE') return [];
  const count = (name: string): number => numberAt(members, name) ?? 0;
  const bytes = count('bytes') + count('reply_bytes');
  const ports = { ...member('sourcePort', numberAt(members, 'sport')), ...member('port', numberAt(members, 'dport')) };
  return [
    {
      observer: 'conntrack',
      service: 'conntrack',
      action: kind === 'NEW' ? 'connect' : 'other',
      at: timeOr(origin, stamp),
      id:
        stamp === undefined
          ? undefined
          : [stamp, kind, number, source, ports.sourcePort ?? '', address, ports.port ?? ''].join(' '),
      connection: {
        ...text('protocol', protocolName(protocol === 'unknown' ? number : protocol)),
        sourceAddress: source,
        address,
        ...ports,
        ...(bytes === 0 ? {} : { bytes }),
      },
      fields: { event: kind, protocol, ...members },
    },
  ];
};
