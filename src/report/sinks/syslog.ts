/** Records → messages of RFC 5424 to a log server, over TLS, TCP or UDP. */
import { hostname } from 'node:os';
import { misuse } from '../../core/fault.ts';
import type { Sink, SinkSettings } from '../../core/sink.ts';
import { formatSetting } from '../delivery/record-text.ts';
import {
  openSyslogConnection,
  transports,
  writeMessages,
  type SyslogConnection,
  type SyslogTarget,
} from '../syslog/connection.ts';
import { facilities, toSyslogMessages } from '../syslog/message.ts';

/** RFC 5425, 4.1; RFC 5426, 3.3; and what is usual for TCP. */
const usualPorts = { tls: 6514, tcp: 601, udp: 514 } as const;

const toTarget = (settings: SinkSettings): SyslogTarget => {
  const transport = transports.find((one) => one === settings.text('transport')) ?? 'tls';
  const host = settings.text('host') ?? '';
  if (URL.parse(`https://${host.includes(':') ? `[${host}]` : host}/`)?.pathname !== '/' || /[/@?#\s]/.test(host))
    throw misuse('SINK_SETTING_INVALID', 'the setting host of the sink syslog is a name or an address, without port');
  return { transport, host, port: settings.number('port') || usualPorts[transport] };
};

export const syslog: Sink = {
  id: 'syslog',
  about: 'messages to a log server (RFC 5424) over TLS, TCP or UDP',
  settings: [
    { name: 'host', kind: 'text', required: true, about: 'name or address of the log server' },
    {
      name: 'transport',
      kind: 'choice',
      values: transports,
      default: 'tls',
      about: 'tls; or tcp, which everybody on the way can read and change; or udp, which loses messages in silence too',
    },
    {
      name: 'port',
      kind: 'number',
      default: 0,
      minimum: 0,
      maximum: 65_535,
      about: '0: the usual one, 6514 for tls, 601 for tcp, 514 for udp',
    },
    {
      name: 'facility',
      kind: 'choice',
      values: facilities,
      default: 'local0',
      about: 'what messages are filed under',
    },
    { name: 'hostname', kind: 'text', about: 'who sends (default: the name of this machine)' },
    {
      name: 'datagram-bytes',
      kind: 'number',
      default: 2048,
      minimum: 1024,
      maximum: 65_000,
      about: 'udp only: a longer message says what it is about and how much was left out',
    },
    formatSetting,
  ],
  open: async (settings, context) => {
    const target = toTarget(settings);
    const source = {
      facility: settings.text('facility') ?? 'local0',
      host: settings.text('hostname') ?? hostname(),
      processId: process.pid,
      format: settings.text('format'),
      maximumBytes: target.transport === 'udp' ? settings.number('datagram-bytes') : 0,
    };
    let connection: SyslogConnection | undefined;
    return {
      async send(batch, signal) {
        if (connection?.isOpen !== true) {
          connection?.close();
          connection = await openSyslogConnection(target, context, signal);
        }
        const messages = batch.flatMap((record) => toSyslogMessages(record, source));
        try {
          await writeMessages(connection, target, messages, signal);
        } catch (thrown) {
          connection.close();
          connection = undefined;
          throw thrown;
        }
        return { state: 'taken', refused: [] };
      },
      async close() {
        connection?.close();
      },
    };
  },
};
