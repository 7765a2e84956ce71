/** Events of Podman, as its own API and `podman events --format json` give them, as it prints them and as its journal keeps them (podman-events(1)). */
import type { RecordOrigin, Sensor } from '../../core/sensor.ts';
import { jsonAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { engineEvents, parsePrintedEvent } from '../engines/engine-event.ts';
import { asRecord, instantOf, text, timeOr, unrecognised } from '../event-parts.ts';

const logsource = { product: 'podman', service: 'events' } as const;

const parseLine = (line: string, origin: RecordOrigin): ReturnType<Sensor['parse']> => {
  const printed = parsePrintedEvent(line);
  if (printed === undefined) return unrecognised(origin, 'podman', 'a line that is no event');
  const { type, action, id, name, attributes, at } = printed;
  const fields = { ...attributes, Type: type, Status: action, ID: id, ...text('Name', name) };
  const record = {
    engine: 'podman',
    type,
    action,
    id: id === '' ? undefined : id,
    name,
    attributes,
    instant: at,
    fields,
  } as const;
  return engineEvents({ ...record, at: timeOr(origin, at) }, origin, logsource);
};

/** With `events_logger="journald"` an event is a journal entry whose fields begin with PODMAN. */
const fromJournal = (fields: JsonObject): JsonObject | undefined => {
  const prefix = 'PODMAN_';
  const status = textAt(fields, `${prefix}EVENT`);
  if (status === undefined) return undefined;
  return {
    Status: status,
    Type: textAt(fields, `${prefix}TYPE`),
    ID: textAt(fields, `${prefix}ID`),
    Name: textAt(fields, `${prefix}NAME`),
    Image: textAt(fields, `${prefix}IMAGE`),
    Time: textAt(fields, `${prefix}TIME`),
    timeNano: Number(textAt(fields, '__REALTIME_TIMESTAMP') ?? 0) * 1000,
  };
};

export const podman: Sensor = {
  id: 'podman',
  about: 'events of Podman',
  logsource,
  framing: 'text',
  parse: (record, origin) => {
    if (typeof record === 'string') return parseLine(record, origin);
    const fields = asRecord(record);
    if (fields === undefined) return unrecognised(origin, 'podman');
    const event = fromJournal(fields) ?? fields;
    const action = textAt(event, 'Status') ?? textAt(event, 'Action') ?? textAt(event, 'status');
    const type = textAt(event, 'Type');
    if (action === undefined || type === undefined) return unrecognised(origin, 'podman');
    const compatible = 'Actor' in event;
    const attributes = objectAt(event, compatible ? 'Actor' : 'Attributes', ...(compatible ? ['Attributes'] : []));
    return engineEvents(
      {
        engine: 'podman',
        type: type.toLowerCase(),
        action,
        id: textAt(event, 'ID') ?? textAt(event, 'Actor', 'ID') ?? textAt(event, 'id'),
        attributes,
        image: type === 'container' ? (textAt(event, 'Image') ?? textAt(event, 'from')) : undefined,
        name: textAt(event, 'Name'),
        at: timeOr(origin, jsonAt(event, 'timeNano'), jsonAt(event, 'Time'), jsonAt(event, 'time')),
        instant: instantOf(origin, jsonAt(event, 'timeNano'), jsonAt(event, 'Time'), jsonAt(event, 'time')),
        fields,
      },
      origin,
      logsource,
    );
  },
};
