/**
 * What a cloud said when `watch` asked it about the image or the machine of an earlier event: part of the flow, so that rules and
 * incidents know of it. One Event for the image, one for what the machine runs when it starts, each at the time of what it is about.
 */
import { eventActions, type EventAction } from '../../core/event-action.ts';
import type { Event, EventActor, EventImage, EventLearnt, EventPlace } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, objectAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import { isJsonObject } from '../../formats/strict-json.ts';
import {
  asRecord,
  bounded,
  commandLimit,
  eventId,
  member,
  text,
  timeOr,
  toTime,
  unrecognised,
} from '../event-parts.ts';

const logsource = { product: 'tidewaiter', service: 'cloud-facts' } as const;
const listLimit = 64;
const clouds = ['aws', 'gcp', 'azure'] as const;

const placeNames = ['host', 'account', 'region', 'instance', 'namespace'] as const;
const actorKinds = ['user', 'service', 'node', 'anonymous'] as const;

const listed = (fields: unknown, ...path: readonly string[]): readonly string[] =>
  textsAt(fields, ...path)
    .slice(0, listLimit)
    .map((one) => bounded(one));

const placeOf = (fields: unknown, cloud: (typeof clouds)[number]): EventPlace => ({
  cloud,
  ...Object.fromEntries(
    placeNames.flatMap((name) => {
      const value = textAt(fields, 'place', name);
      return value === undefined ? [] : [[name, bounded(value)]];
    }),
  ),
});

const actorOf = (fields: unknown): EventActor | undefined => {
  const name = textAt(fields, 'actor', 'name');
  if (name === undefined) return undefined;
  const kind = actorKinds.find((one) => one === textAt(fields, 'actor', 'kind'));
  return {
    name: bounded(name),
    ...member('kind', kind),
    ...text('address', textAt(fields, 'actor', 'address')),
    ...text('account', textAt(fields, 'actor', 'account')),
  };
};

/** What the record named stays its name; what it led to is what the cloud told. */
const imageOf = (fields: unknown, cloud: (typeof clouds)[number]): EventImage | undefined => {
  const id = textAt(fields, 'image', 'id');
  const written = textAt(fields, 'named', 'written') ?? id;
  if (written === undefined) return undefined;
  const resolved = id === undefined || id === written ? textAt(fields, 'named', 'resolved') : id;
  const open = jsonAt(fields, 'image', 'public');
  return {
    kind: 'machine',
    cloud,
    written: bounded(written),
    ...text('resolved', resolved),
    ...text('owner', textAt(fields, 'image', 'owner') ?? textAt(fields, 'named', 'owner')),
    ...text('name', textAt(fields, 'image', 'name') ?? textAt(fields, 'named', 'name')),
    ...text('ownerAlias', textAt(fields, 'image', 'ownerAlias')),
    ...member('created', toTime(textAt(fields, 'image', 'created'))),
    ...(typeof open === 'boolean' ? { public: open } : {}),
  };
};

const refusalOf = (fields: unknown): EventLearnt['refused'] => {
  const code = textAt(fields, 'refused', 'code');
  const reason = textAt(fields, 'refused', 'reason');
  return code === undefined || reason === undefined || !/^[A-Z_]{1,64}$/.test(code)
    ? undefined
    : { code, reason: bounded(reason) };
};

export const cloudFacts: Sensor = {
  id: 'cloud-facts',
  about: 'what clouds said of machines and images when watch asked them',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const id = textAt(fields, 'id');
    const about = textAt(fields, 'about', 'event');
    const action = eventActions.find((one) => one === textAt(fields, 'about', 'action'));
    const cloud = clouds.find((one) => one === textAt(fields, 'place', 'cloud'));
    const isOurs = textAt(fields, 'type') === 'cloud-facts';
    if (
      fields === undefined ||
      !isOurs ||
      id === undefined ||
      about === undefined ||
      action === undefined ||
      cloud === undefined
    )
      return unrecognised(origin, 'cloud-facts');
    const learnt: EventLearnt = {
      event: bounded(about),
      about: action satisfies EventAction,
      ...member('refused', refusalOf(fields)),
      ...(isJsonObject(jsonAt(fields, 'machine'))
        ? {
            tags: listed(fields, 'machine', 'tags').map((tag) => tag.slice(tag.indexOf('=') + 1)),
            addresses: listed(fields, 'machine', 'addresses'),
            hostNames: listed(fields, 'machine', 'hostNames'),
          }
        : {}),
    };
    const base = {
      at: timeOr(origin, textAt(fields, 'at')),
      logsource,
      action: 'learn',
      ...member('actor', actorOf(fields)),
      place: placeOf(fields, cloud),
      fields: { about: objectAt(fields, 'about') },
    } as const;
    const script = textAt(fields, 'script');
    const image = imageOf(fields, cloud);
    const traits = listed(fields, 'traits');
    const events: readonly Event[] = [
      { ...base, id: eventId('cloud-facts', id), ...member('image', image), learnt },
      ...(script === undefined
        ? []
        : [
            {
              ...base,
              id: eventId('cloud-facts', id, 'start-up'),
              at: base.at + 1,
              learnt: {
                event: learnt.event,
                // What rules say of the image is said of the event before.
                about: 'user-data' as const,
                script: bounded(script, commandLimit),
                story: listed(fields, 'story'),
                ...(traits.length === 0 ? {} : { traits }),
              },
            },
          ]),
    ];
    return events;
  },
};
