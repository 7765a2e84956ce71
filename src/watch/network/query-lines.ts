/** Lines of servers for names → who asked for what: CoreDNS, BIND, dnsmasq, Unbound. */
import type { RecordOrigin } from '../../core/sensor.ts';
import { parseSyslogLine } from '../../formats/records/syslog-line.ts';
import { text, timeOr, toTime } from '../event-parts.ts';
import { yearlessTime } from '../yearless-time.ts';
import { plainName, type Flow } from './flow-event.ts';

interface Server {
  readonly name: string;
  readonly pattern: RegExp;
}

const client = String.raw`(?<client>[0-9a-fA-F.:]{2,45})`;
const asked = String.raw`(?<query>[^\s"]{1,255})`;
const kind = String.raw`(?<type>[A-Z0-9]{1,10})`;

const servers: readonly Server[] = [
  // Plugin `log`: [INFO] 192.0.2.1:5353 - 7 "A IN example. udp 40 false 512" NOERROR qr 100 0.01s
  {
    name: 'coredns',
    pattern: new RegExp(
      String.raw`(?:^|\s)\[?${client}\]?:(?<port>\d{1,5}) - \d+ "${kind} IN ${asked} (?:udp|tcp)\b[^"]{0,256}" (?<rcode>\S{1,32})`,
    ),
  },
  // Category `queries`: 22-Nov-2026 15:29:16.123 queries: info: client @0x7f 192.0.2.1#5353 (example): query: example IN A + (192.0.2.53)
  {
    name: 'bind',
    pattern: new RegExp(
      String.raw`client (?:@\S{1,32} )?${client}#(?<port>\d{1,5}) \([^)]{0,256}\): (?:view \S{1,64}: )?query: ${asked} IN ${kind}`,
    ),
  },
  // Option log-queries: dnsmasq[99]: query[A] example from 192.0.2.1
  {
    name: 'dnsmasq',
    pattern: new RegExp(String.raw`dnsmasq\[\d{1,10}\]: (?:\d+ \S{1,64} )?query\[${kind}\] ${asked} from ${client}`),
  },
  // Option log-queries: [1767323045] unbound[99:0] info: 192.0.2.1 example. A IN
  {
    name: 'unbound',
    pattern: new RegExp(String.raw`unbound\[\d{1,10}(?::\d{1,4})?\]:? (?:query|info): ${client} ${asked} ${kind} IN\b`),
  },
];

/** `22-Nov-2026 15:29:16.123` */
const bindTime = /^(\d{2}-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d(?:\.\d{1,6})?) /;
const unboundTime = /^\[(\d{9,11})\] /;

/** By the line's own time where it has one, in whatever form. */
const timeOf = (line: string, origin: RecordOrigin): number => {
  const bind = bindTime.exec(line)?.[1];
  const own = bind === undefined ? Number.NaN : Date.parse(`${bind.replaceAll('-', ' ')} UTC`);
  if (!Number.isNaN(own)) return own;
  const syslog = parseSyslogLine(line);
  const seconds = unboundTime.exec(line)?.[1] ?? /^(\d{4}-\d\d-\d\dT\S{8,24})\s/.exec(line)?.[1];
  const read = toTime(seconds) ?? toTime(syslog?.at);
  if (read !== undefined) return read;
  const written = syslog?.yearless ?? /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) /.exec(line)?.[1];
  return (
    (written === undefined ? undefined : yearlessTime(written, origin.receivedAt)) ??
    timeOr(origin, origin.envelope?.['time'])
  );
};

const lineLimit = 8192;

/** undefined for a line of another kind. */
export const readQueryLine = (line: string, origin: RecordOrigin): Flow | undefined => {
  if (line.length > lineLimit) return undefined;
  for (const { name, pattern } of servers) {
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) continue;
    const port = groups['port'] === undefined ? undefined : Number(groups['port']);
    return {
      observer: name,
      service: 'dns',
      action: 'resolve',
      at: timeOf(line, origin),
      connection: {
        ...text('sourceAddress', groups['client']),
        ...(port === undefined ? {} : { sourcePort: port }),
        ...text('name', plainName(groups['query'])),
      },
      fields: {
        server: name,
        client: groups['client'],
        ...(port === undefined ? {} : { port }),
        type: groups['type'],
        query: groups['query'],
        ...text('rcode', groups['rcode']),
      },
    };
  }
  return undefined;
};
