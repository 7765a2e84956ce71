/** An event of the Windows log in any of the forms that exporters give it → one flat object with Sigma's names. */
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { jsonAt, listAt, numberAt, objectAt, textAt } from '../../formats/records/json-member.ts';

export interface FlatWindowsEvent {
  readonly fields: JsonObject;
  readonly eventNumber: number;
  readonly channel: string;
  readonly at: unknown;
}

const memberLimit = 1024;

/** XML as JSON: a text with attributes is `{"#text": …, "#attributes": …}`. */
const plain = (value: unknown): unknown => {
  if (!isJsonObject(value)) return value;
  return value['#text'] ?? value['text'] ?? value['Value'] ?? value;
};

/** `Data` is a list of named texts, of texts alone, or one of them; other members are named already. */
const addData = (data: unknown, fields: Record<string, unknown>): void => {
  if (!isJsonObject(data)) return;
  for (const [name, value] of Object.entries(data).slice(0, memberLimit)) {
    if (name.startsWith('#') || name.startsWith('@')) continue;
    if (name !== 'Data') {
      // UserData has one element more around its values.
      if (isJsonObject(value) && !('#text' in value)) addData(value, fields);
      else fields[name] ??= plain(value);
      continue;
    }
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    const unnamed: unknown[] = [];
    for (const item of items.slice(0, memberLimit)) {
      const label = textAt(item, '#attributes', 'Name') ?? textAt(item, '@Name') ?? textAt(item, 'Name');
      if (label === undefined) unnamed.push(plain(item));
      else fields[label] ??= plain(item);
    }
    if (unnamed.length > 0) fields['Data'] = unnamed;
  }
};

const numberOf = (value: unknown): number | undefined => numberAt([plain(value)], 0);

const flat = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>;

/** `{Event: {System, EventData}}`, and the same without the outermost. */
const fromXml = (event: JsonObject): FlatWindowsEvent | undefined => {
  const system = objectAt(event, 'System');
  const number = numberOf(system['EventID']);
  if (number === undefined) return undefined;
  const fields = flat();
  const channel = textAt(system, 'Channel') ?? '';
  const provider =
    textAt(system, 'Provider', '#attributes', 'Name') ??
    textAt(system, 'Provider', '@Name') ??
    textAt(system, 'Provider', 'Name') ??
    textAt(system, 'Provider_attributes', 'Name');
  const at =
    textAt(system, 'TimeCreated', '#attributes', 'SystemTime') ??
    textAt(system, 'TimeCreated', '@SystemTime') ??
    textAt(system, 'TimeCreated', 'SystemTime') ??
    textAt(system, 'TimeCreated_attributes', 'SystemTime');
  fields['EventID'] = number;
  fields['Channel'] = channel;
  if (provider !== undefined) fields['Provider_Name'] = provider;
  for (const name of ['Computer', 'Level', 'Keywords', 'Task', 'Opcode', 'EventRecordID']) {
    const value = plain(system[name]);
    if (value !== undefined && value !== null) fields[name] = value;
  }
  const own = flat();
  addData(event['EventData'], own);
  addData(event['UserData'], own);
  // What the program says of itself never replaces what the system says.
  for (const [name, value] of Object.entries(own)) fields[name] ??= value;
  return { fields, eventNumber: number, channel, at };
};

/** Winlogbeat and Elastic Agent. */
const fromBeats = (value: JsonObject): FlatWindowsEvent | undefined => {
  const log = objectAt(value, 'winlog');
  const number = numberOf(log['event_id']);
  if (number === undefined) return undefined;
  const fields = flat();
  const channel = textAt(log, 'channel') ?? '';
  Object.assign(fields, { EventID: number, Channel: channel });
  for (const [name, from] of [
    ['Provider_Name', 'provider_name'],
    ['Computer', 'computer_name'],
    ['EventRecordID', 'record_id'],
  ] as const) {
    const found = jsonAt(log, from);
    if (found !== undefined) fields[name] = found;
  }
  addData(log['event_data'], fields);
  addData(log['user_data'], fields);
  return { fields, eventNumber: number, channel, at: value['@timestamp'] };
};

/** Flat already: NXLog, Sigma's own samples, Windows Defender's and others' exports. */
const fromFlat = (value: JsonObject): FlatWindowsEvent | undefined => {
  const number = numberOf(value['EventID'] ?? value['EventId']);
  const channel = textAt(value, 'Channel') ?? textAt(value, 'LogName') ?? textAt(value, 'SourceName');
  if (number === undefined || channel === undefined) return undefined;
  const fields = flat();
  for (const [name, found] of Object.entries(value).slice(0, memberLimit)) fields[name] = found;
  addData(value['EventData'], fields);
  Object.assign(fields, { EventID: number, Channel: channel });
  fields['Computer'] ??= value['Hostname'] ?? value['MachineName'];
  fields['Provider_Name'] ??= value['SourceName'] ?? value['ProviderName'];
  if (fields['Computer'] === undefined) delete fields['Computer'];
  return {
    fields,
    eventNumber: number,
    channel,
    at: value['TimeCreated'] ?? value['@timestamp'] ?? value['EventTime'] ?? value['UtcTime'],
  };
};

export const flattenWindowsEvent = (value: JsonObject): FlatWindowsEvent | undefined => {
  const events = listAt(value, 'Events', 'Event');
  const event = isJsonObject(value['Event']) ? value['Event'] : isJsonObject(events[0]) ? events[0] : value;
  if (isJsonObject(event['System'])) return fromXml(event);
  return isJsonObject(value['winlog']) ? fromBeats(value) : fromFlat(value);
};
