/** What run-time security tools see of one process → an Event: Falco, Tetragon and Tracee share it. */
import type { EventAction } from '../../core/event-action.ts';
import type { Event, EventActor, EventConnection, EventImage, EventPlace, EventProcess } from '../../core/event.ts';
import type { RecordOrigin } from '../../core/sensor.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { withDeeds } from '../command-line/command-deeds.ts';
import { boundedConnection, eventId, member, text, unknownImage } from '../event-parts.ts';

export interface RuntimeDeed {
  readonly sensor: string;
  readonly id: readonly (string | number)[] | undefined;
  readonly at: number;
  readonly action: EventAction;
  readonly actor?: EventActor | undefined;
  readonly place: EventPlace;
  readonly image?: EventImage | undefined;
  readonly process?: EventProcess;
  readonly connection?: EventConnection | undefined;
  readonly target?: string | undefined;
  readonly fields: JsonObject;
}

/** Sigma's own words for what sensors on Linux see. */
const categories: Readonly<Partial<Record<EventAction, string>>> = {
  exec: 'process_creation',
  connect: 'network_connection',
  resolve: 'dns_query',
  write: 'file_event',
  delete: 'file_delete',
};

/** In a container, of which the record names no image: that is said, never left out. On a host there is none. */
export const imageOfContainer = (image: EventImage | undefined, place: EventPlace): EventImage | undefined =>
  image ??
  (place.containerId === undefined && place.pod === undefined
    ? undefined
    : unknownImage('the record names no image of its container'));

export const runtimeEvents = (deed: RuntimeDeed, origin: RecordOrigin): readonly Event[] => {
  const category = categories[deed.action];
  const place = { ...origin.place, ...deed.place };
  const event: Event = {
    id: eventId(deed.sensor, ...(deed.id ?? [origin.fingerprint()])),
    at: deed.at,
    logsource: { product: 'linux', service: deed.sensor, ...(category === undefined ? {} : { category }) },
    action: deed.action,
    ...member('actor', deed.actor),
    place,
    ...member('image', imageOfContainer(deed.image, place)),
    ...member('process', deed.process),
    ...member('connection', deed.connection === undefined ? undefined : boundedConnection(deed.connection)),
    ...text('target', deed.target),
    fields: deed.fields,
  };
  return deed.action === 'exec' ? withDeeds(event) : [event];
};

/** `O_WRONLY|O_CREAT`, or the number of open(2). */
export const opensForWriting = (flags: unknown): boolean =>
  typeof flags === 'number'
    ? (flags & (0o1 | 0o2 | 0o100 | 0o1000 | 0o2000)) !== 0
    : typeof flags === 'string' &&
      /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)|FD_(?:UPPER_LAYER|LOWER_LAYER)?WRITE/.test(flags);
