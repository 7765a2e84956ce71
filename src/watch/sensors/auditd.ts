/** The Linux audit log: commands, connections, files and logins, as the kernel and user space record them. */
import type { Event, EventActor } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { auditText, parseAuditLine, type AuditLine } from '../../formats/records/audit-line.ts';
import { assembleAuditLines } from '../audit-log/assemble.ts';
import { readAuditDeed } from '../audit-log/deed.ts';
import { withDeeds } from '../command-line/command-deeds.ts';
import { bounded, eventId, capped, member, text, unrecognised } from '../event-parts.ts';

/** Of a process that nobody logged in for: (uint32) -1. */
const nobody = '4294967295';

/** Who logged in, whatever user the process became since. */
const actorOf = (records: readonly AuditLine[]): EventActor | undefined => {
  for (const record of records) {
    const { fields } = record;
    const login = fields['AUID'] ?? fields['auid'];
    const name =
      login !== undefined && login !== nobody && login !== 'unset' && login !== '-1'
        ? login
        : (auditText(record, 'acct') ?? fields['UID'] ?? fields['uid']);
    const address = fields['addr'] ?? fields['hostname'];
    if (name !== undefined)
      return { name: bounded(name), ...(address === undefined || address === '?' ? {} : text('address', address)) };
  }
  return undefined;
};

/** What the kernel writes in hexadecimal when it must. */
const encoded = 'exe comm cwd name cmd acct proctitle data key'.split(' ');

/** As received, with what the kernel had to write in hexadecimal readable again. */
const fieldsOf = (record: AuditLine, call: string | undefined): Readonly<Record<string, unknown>> => {
  const fields: Record<string, unknown> = { ...record.fields, type: record.type };
  const names = record.type === 'EXECVE' ? Object.keys(record.fields).filter((name) => /^a\d+$/.test(name)) : encoded;
  for (const name of names) if (name in record.fields) fields[name] = auditText(record, name) ?? fields[name];
  if (call !== undefined && record.type === 'SYSCALL') fields[record.type] ??= call;
  return fields;
};

export const auditd: Sensor = {
  id: 'auditd',
  about: 'the Linux audit log',
  logsource: { product: 'linux', service: 'auditd' },
  framing: 'text',
  assemble: assembleAuditLines,
  parse: (record, origin) => {
    const lines = typeof record === 'string' ? [record] : Array.isArray(record) ? (record as readonly unknown[]) : [];
    const records = lines.flatMap((line) => (typeof line === 'string' ? (parseAuditLine(line) ?? []) : []));
    const [first] = records;
    if (first === undefined || records.length < lines.length)
      return unrecognised(origin, 'auditd', 'a line that is none of the audit log');
    const deed = readAuditDeed(records);
    const actor = actorOf(records);
    const base = eventId(
      'auditd',
      first.node ?? origin.place?.host ?? '',
      first.serial === 0 ? origin.fingerprint() : `${first.atMs}:${first.serial}`,
    );
    // The deed stands on one record, so that it happened once; rules of one record see each.
    const main =
      records.find(({ type }) => type === 'EXECVE') ?? records.find(({ type }) => type === 'SYSCALL') ?? first;
    const events = records.map((one, index): Event => {
      const isMain = one === main;
      return {
        id: records.length === 1 ? `${base}:${one.type}` : `${base}:${one.type}/${index}`,
        at: one.atMs === 0 ? origin.receivedAt : one.atMs,
        logsource: { product: 'linux', service: 'auditd', ...(isMain ? member('category', deed.category) : {}) },
        action: isMain ? deed.action : 'other',
        ...member('outcome', deed.outcome),
        ...member('actor', actor),
        place: { ...origin.place, ...text('host', one.node ?? origin.place?.host) },
        ...member('process', deed.process),
        ...(isMain ? member('connection', deed.connection) : {}),
        ...(isMain ? text('target', deed.target) : {}),
        fields: fieldsOf(one, deed.call),
      };
    });
    return capped(events.flatMap((event) => (event.action === 'exec' ? withDeeds(event) : [event])));
  },
};
