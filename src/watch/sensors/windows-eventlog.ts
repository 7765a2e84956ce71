/** The Windows event log as JSON and XML: Sysmon (that of Linux too), Security and others, flattened as Sigma expects it (EventData and UserData). */
import type { Event, EventConnection, EventProcess } from '../../core/event.ts';
import type { RecordOrigin, Sensor } from '../../core/sensor.ts';
import { jsonAt, numberAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { withDeeds } from '../command-line/command-deeds.ts';
import {
  asRecord,
  bounded,
  capped,
  commandLimit,
  eventId,
  member,
  text,
  timeOr,
  unrecognised,
} from '../event-parts.ts';
import { windowsEventKind } from '../windows/event-kinds.ts';
import { assembleEventXml, parseEventXml } from '../windows/event-xml.ts';
import { flattenWindowsEvent, type FlatWindowsEvent } from '../windows/flatten.ts';

/** `0x1a2b` in the Security log, decimal digits in Sysmon's. */
const idOf = (value: unknown): number | undefined => {
  if (typeof value === 'string' && /^0x[0-9a-f]{1,8}$/i.test(value)) return Number.parseInt(value, 16);
  return numberAt([value], 0);
};

const hashOf = (fields: JsonObject): string | undefined => {
  const found = /(?:^|[,;])SHA256=([0-9a-f]{64})/i.exec(textAt(fields, 'Hashes') ?? '');
  return found === null ? undefined : `sha256:${(found[1] ?? '').toLowerCase()}`;
};

const processOf = (fields: JsonObject): EventProcess | undefined => {
  const line =
    textAt(fields, 'CommandLine') ?? textAt(fields, 'ProcessCommandLine') ?? textAt(fields, 'ScriptBlockText');
  const parentLine = textAt(fields, 'ParentCommandLine');
  const process: EventProcess = {
    ...text(
      'executable',
      textAt(fields, 'Image') ??
        textAt(fields, 'NewProcessName') ??
        textAt(fields, 'ProcessName') ??
        textAt(fields, 'Application'),
    ),
    ...(line === undefined ? {} : { commandLine: bounded(line, commandLimit) }),
    ...text('folder', textAt(fields, 'CurrentDirectory')),
    ...member('id', idOf(fields['NewProcessId'] ?? fields['ProcessId'])),
    ...member('parentId', idOf(fields['NewProcessId'] === undefined ? fields['ParentProcessId'] : fields['ProcessId'])),
    ...text('parentExecutable', textAt(fields, 'ParentImage') ?? textAt(fields, 'ParentProcessName')),
    ...(parentLine === undefined ? {} : { parentCommandLine: bounded(parentLine, commandLimit) }),
    ...text('user', textAt(fields, 'User') ?? textAt(fields, 'SubjectUserName')),
    ...text('hash', hashOf(fields)),
  };
  return Object.keys(process).length === 0 ? undefined : process;
};

const connectionOf = (fields: JsonObject, resolves: boolean): EventConnection | undefined => {
  if (resolves) {
    const answers = (textAt(fields, 'QueryResults') ?? '')
      .split(';')
      .map((one) => one.replace(/^::ffff:/, ''))
      .filter((one) => /^[0-9a-f.:]{3,45}$/i.test(one));
    return {
      direction: 'out',
      ...text('name', textAt(fields, 'QueryName')?.toLowerCase()),
      ...(answers.length === 0 ? {} : { answers: answers.slice(0, 64) }),
    };
  }
  const address = textAt(fields, 'DestinationIp') ?? textAt(fields, 'DestAddress');
  if (address === undefined) return undefined;
  const inward = textAt(fields, 'Initiated') === 'false' || fields['Initiated'] === false;
  return {
    direction: inward ? 'in' : 'out',
    ...text('protocol', textAt(fields, 'Protocol')?.toLowerCase()),
    ...text('sourceAddress', textAt(fields, 'SourceIp') ?? textAt(fields, 'SourceAddress')),
    ...member('sourcePort', numberAt(fields, 'SourcePort')),
    address: bounded(address, 64),
    ...member('port', numberAt(fields, 'DestinationPort') ?? numberAt(fields, 'DestPort')),
    ...text('name', textAt(fields, 'DestinationHostname')),
  };
};

/** Of one line: exports have no line ends. */
const xmlLimit = 65_536;

const toEvents = (flat: FlatWindowsEvent, origin: RecordOrigin, part: string): readonly Event[] => {
  const { fields, eventNumber, channel, at } = flat;
  const provider = textAt(fields, 'Provider_Name') ?? '';
  const kind = windowsEventKind(channel, provider, eventNumber, textAt(fields, 'EventType'));
  const process = processOf(fields);
  const user = textAt(fields, 'TargetUserName') ?? textAt(fields, 'User') ?? textAt(fields, 'SubjectUserName');
  const domain =
    textAt(fields, 'TargetUserName') === undefined
      ? textAt(fields, 'SubjectDomainName')
      : textAt(fields, 'TargetDomainName');
  const name =
    user === undefined ? undefined : domain === undefined || user.includes('\\') ? user : `${domain}\\${user}`;
  const host = textAt(fields, 'Computer');
  const number = jsonAt(fields, 'EventRecordID');
  const id =
    typeof number === 'number' || typeof number === 'string'
      ? [host ?? '', channel, number]
      : [origin.fingerprint() + part];
  return withDeeds({
    id: eventId('windows-eventlog', ...id),
    at: timeOr(origin, at, textAt(fields, 'UtcTime')),
    // Sysmon for Linux writes the same records.
    logsource: {
      product: /Linux-Sysmon/i.test(`${channel} ${provider}`) ? 'linux' : 'windows',
      ...text('category', kind.category),
      ...text('service', kind.service),
    },
    action: kind.action,
    ...member('outcome', kind.outcome),
    ...(name === undefined ? {} : { actor: { name: bounded(name), ...text('address', textAt(fields, 'IpAddress')) } }),
    place: { ...origin.place, ...text('host', host) },
    ...(kind.action === 'exec' || kind.action === 'exit' || kind.action === 'connect' || kind.category !== undefined
      ? member('process', process)
      : {}),
    ...(kind.action === 'connect' || kind.action === 'resolve'
      ? member('connection', connectionOf(fields, kind.action === 'resolve'))
      : {}),
    ...text(
      'target',
      textAt(fields, 'TargetFilename') ?? textAt(fields, 'TargetObject') ?? textAt(fields, 'ServiceName'),
    ),
    fields,
  });
};

/** Around a list of events, and before it. */
const wrapping = /^\s*(?:<\?xml[^>]{0,256}\?>\s*)?<\/?Events(?:\s[^>]{0,512})?>\s*$|^\s*<\?xml[^>]{0,256}\?>\s*$/;

const parseText = (line: string, origin: RecordOrigin): ReturnType<Sensor['parse']> => {
  if (wrapping.test(line)) return [];
  const flats = parseEventXml(line).map((one) => (one === undefined ? undefined : flattenWindowsEvent(one)));
  if (flats.length === 0) return unrecognised(origin, 'windows-eventlog', 'a line that is no event');
  const whole = flats.filter((flat) => flat !== undefined);
  // What cannot be read beside what can is one event more: a Gap alone would leave the others out.
  if (whole.length === 0) return unrecognised(origin, 'windows-eventlog', 'an event that is cut off or damaged');
  const events = whole.flatMap((flat, index) => toEvents(flat, origin, flats.length === 1 ? '' : `/${index}`));
  const [last] = events.slice(-1);
  return whole.length === flats.length || last === undefined
    ? capped(events, xmlLimit)
    : [
        ...capped(events, xmlLimit),
        { ...last, id: `${last.id}/cut`, action: 'other', target: 'an event that is cut off or damaged' },
      ];
};

export const windowsEventlog: Sensor = {
  id: 'windows-eventlog',
  about: 'the Windows event log as JSON or XML: Sysmon, also that of Linux, Security, PowerShell and others',
  logsource: { product: 'windows' },
  framing: 'text',
  assemble: assembleEventXml,
  parse: (record, origin) => {
    if (typeof record === 'string') return parseText(record, origin);
    const value = asRecord(record);
    const flat = value === undefined ? undefined : flattenWindowsEvent(value);
    if (flat !== undefined) return toEvents(flat, origin, '');
    // The journal keeps what Sysmon for Linux wrote as its message.
    const message = textAt(value, 'MESSAGE') ?? textAt(value, 'message');
    return message?.includes('<Event') === true ? parseText(message, origin) : unrecognised(origin, 'windows-eventlog');
  },
};
