/** Events of the Docker engine, as its API streams them and as `docker events` prints them (Docker Engine API, `GET /events`). */
import type { RecordOrigin, Sensor } from '../../core/sensor.ts';
import { jsonAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { engineEvents, parsePrintedEvent } from '../engines/engine-event.ts';
import { asRecord, instantOf, timeOr, unrecognised } from '../event-parts.ts';

const logsource = { product: 'docker', service: 'events' } as const;

const parseLine = (line: string, origin: RecordOrigin): ReturnType<Sensor['parse']> => {
  const printed = parsePrintedEvent(line);
  if (printed === undefined) return unrecognised(origin, 'docker', 'a line that is no event');
  const { type, action, id, attributes, at } = printed;
  const fields = { ...attributes, Type: type, Action: action, id };
  const record = { engine: 'docker', type, action, id, attributes, instant: at, fields } as const;
  return engineEvents({ ...record, at: timeOr(origin, at) }, origin, logsource);
};

export const docker: Sensor = {
  id: 'docker',
  about: 'events of the Docker engine',
  logsource,
  framing: 'text',
  parse: (record, origin) => {
    if (typeof record === 'string') return parseLine(record, origin);
    const fields = asRecord(record);
    // Engines before 1.22 know no types: `status`, `id` and `from` alone.
    const action = textAt(fields, 'Action') ?? textAt(fields, 'status');
    if (fields === undefined || action === undefined) return unrecognised(origin, 'docker');
    const type = textAt(fields, 'Type') ?? (textAt(fields, 'from') === undefined ? 'image' : 'container');
    const nanoseconds = jsonAt(fields, 'timeNano');
    return engineEvents(
      {
        engine: 'docker',
        type: type.toLowerCase(),
        action,
        id: textAt(fields, 'Actor', 'ID') ?? textAt(fields, 'id'),
        attributes: objectAt(fields, 'Actor', 'Attributes'),
        image: type === 'container' ? textAt(fields, 'from') : undefined,
        at: timeOr(origin, nanoseconds, jsonAt(fields, 'time')),
        instant: instantOf(origin, nanoseconds, jsonAt(fields, 'time')),
        fields,
      },
      origin,
      logsource,
    );
  },
};
