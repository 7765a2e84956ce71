/** Logs of programs and words of people: engines, registries, logins, schedulers; chat, mail and tickets; from syslog, the journal, JSON or plain text. */
import type { Event, EventActor, EventPlace } from '../../core/event.ts';
import type { RecordOrigin, Sensor } from '../../core/sensor.ts';
import { jsonAt, numberAt, textAt } from '../../formats/records/json-member.ts';
import { parseLogfmt } from '../../formats/records/logfmt.ts';
import { parseMimeMessage } from '../../formats/records/mime-message.ts';
import { parseSyslogLine } from '../../formats/records/syslog-line.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { namedImages } from '../application/named-images.ts';
import { assembleMail } from '../application/mail.ts';
import { readAccessLine, readEngineLine, readRegistryRequest, type LineDeed } from '../application/engine-lines.ts';
import { readableTexts, textsOf } from '../application/record-texts.ts';
import { withDeeds } from '../command-line/command-deeds.ts';
import { asRecord, bounded, eventId, member, text, toTime, unrecognised } from '../event-parts.ts';
import { yearlessTime } from '../yearless-time.ts';

interface Said {
  readonly message: string;
  readonly at: number | undefined;
  readonly host?: string | undefined;
  readonly program?: string | undefined;
  readonly place?: EventPlace;
  readonly who?: string | undefined;
  readonly fields: JsonObject;
  /** What is searched for images, where that is more than the message. */
  readonly texts?: string;
  /** Bounds left something out. */
  readonly cut?: boolean;
}

/** Names of programs → Sigma's names of their logs. */
const services: Readonly<Record<string, string>> = {
  sshd: 'sshd',
  'sshd-session': 'sshd',
  sudo: 'sudo',
  cron: 'cron',
  CRON: 'cron',
  crond: 'cron',
  dockerd: 'docker',
  docker: 'docker',
  containerd: 'containerd',
  crio: 'crio',
  kubelet: 'kubelet',
  registry: 'registry',
  clamd: 'clamav',
  vsftpd: 'vsftpd',
};

/** Of programs of Kubernetes (klog): `I0102 03:04:05.678901    1234 kubelet.go:2447] …`. */
const klogHead = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d)\.\d{6}\s+\d+ [\w.-]{1,100}:\d+\] /;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const klogTime = (message: string, receivedAt: number): number | undefined => {
  const found = klogHead.exec(message);
  const month = months[Number(found?.[1]) - 1];
  return month === undefined ? undefined : yearlessTime(`${month} ${found?.[2]} ${found?.[3]}`, receivedAt);
};

const fromLine = (line: string, origin: RecordOrigin): Said => {
  const syslog = parseSyslogLine(line);
  const message = syslog?.message ?? line;
  const pairs = parseLogfmt(message);
  const at =
    toTime(pairs?.['time'] ?? pairs?.['ts']) ??
    toTime(syslog?.at) ??
    klogTime(message, origin.receivedAt) ??
    (syslog?.yearless === undefined ? undefined : yearlessTime(syslog.yearless, origin.receivedAt));
  return {
    message: pairs?.['msg'] ?? message,
    at,
    host: syslog?.host,
    program: syslog?.program,
    fields: { ...pairs, message, ...text('host', syslog?.host), ...text('program', syslog?.program) },
  };
};

const fromMail = (lines: readonly unknown[]): Said => {
  const mail = parseMimeMessage(lines.filter((line) => typeof line === 'string').join('\n'));
  const { from, subject, date, id, texts } = mail;
  const time = date === undefined ? Number.NaN : Date.parse(date.replace(/\s*\([^)]*\)\s*$/, ''));
  return {
    message: bounded(subject ?? ''),
    at: Number.isNaN(time) ? undefined : time,
    who: from,
    texts: texts.join('\n'),
    cut: !mail.complete,
    fields: { ...text('from', from), ...text('subject', subject), ...text('date', date), ...text('messageId', id) },
  };
};

const messageNames = [
  'message',
  'msg',
  'MESSAGE',
  'log',
  'text',
  'body',
  'description',
  'content',
  'event',
  'short_description',
];
const timeNames = [
  '@timestamp',
  'timestamp',
  'time',
  'ts',
  'eventTime',
  'created',
  'created_at',
  'createdDateTime',
  'date',
];
const authorNames = ['user', 'username', 'author', 'from', 'sender', 'reporter', 'user_name', 'caller_id', 'creator'];

const firstText = (fields: JsonObject, names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = jsonAt(fields, name);
    const found =
      typeof value === 'string'
        ? value
        : (textAt(value, 'content') ??
          textAt(value, 'name') ??
          textAt(value, 'displayName') ??
          textAt(value, 'user', 'displayName') ??
          textAt(value, 'login') ??
          textAt(value, 'email'));
    if (found !== undefined && found !== '') return found;
  }
  return undefined;
};

/** Of the journal's fields: beginnings that several share. */
const ofContainer = 'CONTAINER_';
const ofSyslog = 'SYSLOG_';

const fromJournal = (fields: JsonObject): Said => ({
  message: textAt(fields, 'MESSAGE') ?? '',
  at: toTime(fields['__REALTIME_TIMESTAMP'] ?? fields['_SOURCE_REALTIME_TIMESTAMP']),
  host: textAt(fields, '_HOSTNAME'),
  program: textAt(fields, `${ofSyslog}IDENTIFIER`) ?? textAt(fields, '_COMM'),
  // Of Docker's and Podman's journald driver.
  place: {
    ...text('container', textAt(fields, `${ofContainer}NAME`)),
    ...text('containerId', textAt(fields, `${ofContainer}ID_FULL`) ?? textAt(fields, `${ofContainer}ID`)),
  },
  fields,
});

const firstTime = (fields: unknown): number | undefined => {
  for (const name of timeNames) {
    const value = jsonAt(fields, name);
    const time = value === undefined ? undefined : toTime(value);
    if (time !== undefined) return time;
  }
  return undefined;
};

const fromJson = (fields: JsonObject): Said => {
  if ('MESSAGE' in fields && ('_HOSTNAME' in fields || '__REALTIME_TIMESTAMP' in fields)) return fromJournal(fields);
  const message = firstText(fields, messageNames) ?? '';
  return {
    message,
    at: firstTime(fields) ?? ('fields' in fields ? firstTime(fields['fields']) : undefined),
    host: textAt(fields, 'host') ?? textAt(fields, 'hostname') ?? textAt(fields, 'host', 'name'),
    program:
      textAt(fields, 'program') ??
      textAt(fields, 'app') ??
      textAt(fields, 'logger') ??
      textAt(fields, 'process', 'name'),
    who: firstText(fields, authorNames),
    fields,
  };
};

/** Of a registry that logs its requests as fields (Distribution, with logfmt or JSON). */
const requestOf = (fields: JsonObject): LineDeed | undefined => {
  const path = textAt(fields, 'http.request.uri');
  const status = numberAt(fields, 'http.response.status');
  if (path === undefined || status === undefined) return undefined;
  return readRegistryRequest({
    method: textAt(fields, 'http.request.method') ?? '',
    path,
    status,
    host: textAt(fields, 'http.request.host'),
    user: textAt(fields, 'auth.user.name'),
    address: textAt(fields, 'http.request.remoteaddr'),
    agent: textAt(fields, 'http.request.useragent'),
  });
};

export const applicationLog: Sensor = {
  id: 'application-log',
  about: 'logs of engines, registries and logins, and images named in chat, mail and tickets',
  logsource: { product: 'linux', service: 'syslog' },
  framing: 'text',
  assemble: assembleMail,
  parse: (record, origin) => {
    const object = asRecord(record);
    const isMail = Array.isArray(record);
    if (object === undefined && typeof record !== 'string' && !isMail) return unrecognised(origin, 'application-log');
    const said = isMail
      ? fromMail(record as readonly unknown[])
      : object === undefined
        ? fromLine(typeof record === 'string' ? record : '', origin)
        : fromJson(object);
    const pairs = object === undefined && !isMail ? parseLogfmt(said.message) : undefined;
    const message = pairs?.['msg'] ?? said.message;
    const deed = isMail
      ? undefined
      : (requestOf(pairs ?? said.fields) ?? readEngineLine(message) ?? readAccessLine(message));
    const service =
      (Object.hasOwn(services, said.program ?? '') ? services[said.program ?? ''] : undefined) ??
      (object === undefined || said.program !== undefined ? 'syslog' : undefined);
    const who: EventActor | undefined = said.who === undefined ? undefined : { name: bounded(said.who) };
    const base: Event = {
      id: eventId('application-log', origin.fingerprint()),
      at: deed?.at ?? said.at ?? toTime(origin.envelope?.['time']) ?? origin.receivedAt,
      logsource: {
        product: 'linux',
        ...text('service', service),
        ...(deed?.action === 'exec' ? { category: 'process_creation' } : {}),
      },
      action: deed?.action ?? 'other',
      ...member('outcome', deed?.outcome),
      ...member('actor', deed?.actor ?? who),
      place: { ...origin.place, ...text('host', said.host ?? origin.place?.host), ...said.place, ...deed?.place },
      ...member('image', deed?.image),
      ...member('process', deed?.process),
      ...text('target', deed?.target),
      fields: said.fields,
    };
    if (deed !== undefined) return deed.action === 'exec' ? withDeeds(base) : [base];
    const texts = said.texts ?? (object === undefined ? readableTexts(message).join('\n') : textsOf(object));
    const named = namedImages(texts);
    const cut: readonly Event[] =
      said.cut === true ? [{ ...base, id: `${base.id}/cut`, target: 'a mail of which not everything was read' }] : [];
    if (named.length === 0) return [base, ...cut];
    const names = named.map(({ image, said: words }, index): Event => ({
      ...base,
      id: index === 0 ? base.id : `${base.id}/${index}`,
      action: 'name',
      logsource: { category: 'message', ...text('service', service) },
      image,
      target: words,
    }));
    return [...names, ...cut];
  },
};
