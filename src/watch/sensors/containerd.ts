/** Events of containerd, as `ctr events` prints them and as its API gives them (containerd, api/events). */
import type { EventAction } from '../../core/event-action.ts';
import type { Event, EventImage, EventProcess } from '../../core/event.ts';
import type { RecordOrigin, Sensor } from '../../core/sensor.ts';
import { jsonAt, parsedAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import {
  asRecord,
  bounded,
  commandLimit,
  containerImage,
  eventId,
  member,
  text,
  timeOr,
  unknownImage,
  unrecognised,
} from '../event-parts.ts';

const logsource = { product: 'containerd', service: 'events' } as const;

/** `/images/create`: a name came to be here, by a pull as a rule; of an import the event is the same. */
const topics: Readonly<Record<string, EventAction>> = {
  '/images/create': 'pull',
  '/images/update': 'tag',
  '/images/delete': 'delete',
  '/containers/create': 'create',
  '/containers/update': 'change',
  '/containers/delete': 'delete',
  '/tasks/create': 'other',
  '/tasks/start': 'start',
  '/tasks/exit': 'stop',
  '/tasks/oom': 'fail',
  '/tasks/exec-added': 'other',
  '/tasks/exec-started': 'exec',
  '/tasks/delete': 'other',
  '/content/create': 'other',
};

/** Time, namespace and topic, then the event: the columns that `ctr events` separates by blanks; the time is printed as Go does. */
const printedPattern =
  /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(Z|[+-]\d{4})?(?: [A-Z]{1,5})? ([\w.-]{1,76}) (\/[a-z]+\/[a-z-]+) (\{.*\})$/;

const printed = (line: string): JsonObject | undefined => {
  const found = line.length > 1 << 20 ? null : printedPattern.exec(line.trim());
  if (found === null) return undefined;
  const [, at = '', zone = 'Z', namespace = '', topic = ''] = found;
  return { timestamp: `${at}${zone}`, namespace, topic, event: parsedAt(found, 5) };
};

/** Exit of the process that the container is; of another it is a command that ended. */
const isExecution = (event: JsonObject): boolean => {
  const [container, id] = [textAt(event, 'container_id'), textAt(event, 'id') ?? textAt(event, 'exec_id')];
  return id !== undefined && container !== undefined && id !== container;
};

const parseEvent = (fields: JsonObject, origin: RecordOrigin): readonly Event[] | undefined => {
  const topic = textAt(fields, 'topic') ?? textAt(fields, 'Topic');
  const namespace = textAt(fields, 'namespace') ?? textAt(fields, 'Namespace');
  const event = jsonAt(fields, 'event') ?? jsonAt(fields, 'Event');
  if (topic === undefined || !topic.startsWith('/') || !isJsonObject(event)) return undefined;
  const known: EventAction = Object.hasOwn(topics, topic) ? (topics[topic] ?? 'other') : 'other';
  const action = topic === '/tasks/exit' && isExecution(event) ? 'exit' : known;
  const isImage = topic.startsWith('/images/');
  const id = textAt(event, 'container_id') ?? (topic.startsWith('/containers/') ? textAt(event, 'id') : undefined);
  const name = isImage ? textAt(event, 'name') : textAt(event, 'image');
  const image: EventImage | undefined =
    name !== undefined
      ? containerImage({ written: name, resolved: textAt(event, 'target', 'digest') })
      : ['create', 'start', 'exec', 'pull'].includes(action)
        ? unknownImage('containerd names no image of a task')
        : undefined;
  // Of a container, what the listener asked for: what it is to run, and the labels that a kubelet gave it.
  const args = textsAt(event, 'args');
  const label = (word: string): string | undefined => textAt(event, 'labels', `io.kubernetes.${word}`);
  const process: EventProcess | undefined =
    action === 'exec' || action === 'exit' || action === 'start'
      ? typeof event['pid'] === 'number'
        ? { id: event['pid'] }
        : {}
      : action === 'create' && args.length > 0
        ? { commandLine: bounded(args.join(' '), commandLimit), arguments: args }
        : undefined;
  const at = jsonAt(fields, 'timestamp') ?? jsonAt(fields, 'Timestamp');
  const status = jsonAt(event, 'exit_status');
  const failed = action === 'fail' || (action === 'stop' && typeof status === 'number' && status !== 0);
  return [
    {
      id: eventId(
        'containerd',
        typeof at === 'string' ? at : origin.fingerprint(),
        namespace ?? '',
        topic,
        id ?? name ?? '',
        textAt(event, 'exec_id') ?? textAt(event, 'id') ?? '',
      ),
      at: timeOr(origin, at),
      logsource,
      action,
      ...(failed ? { outcome: 'failure' as const } : {}),
      place: {
        ...origin.place,
        engine: 'containerd',
        ...text('namespace', label('pod.namespace') ?? namespace),
        ...text('pod', label('pod.name')),
        ...text('container', label('container.name')),
        ...(id === undefined ? {} : { containerId: bounded(id) }),
      },
      ...member('image', image),
      ...member('process', process),
      ...text('target', id === undefined ? name : topic.slice(1)),
      fields,
    },
  ];
};

export const containerd: Sensor = {
  id: 'containerd',
  about: 'events of containerd: images, containers and tasks',
  logsource,
  framing: 'text',
  parse: (record, origin) => {
    const fields = typeof record === 'string' ? printed(record) : asRecord(record);
    return (fields === undefined ? undefined : parseEvent(fields, origin)) ?? unrecognised(origin, 'containerd');
  },
};
