/** Events that Kubernetes keeps of its objects: pulled, created, started, killed, failed (core/v1 and events.k8s.io/v1). */
import type { EventAction } from '../../core/event-action.ts';
import type { EventImage } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { isJsonObject } from '../../formats/strict-json.ts';
import {
  asRecord,
  containerImage,
  eventId,
  instantOf,
  text,
  timeOr,
  unknownImage,
  unrecognised,
} from '../event-parts.ts';

const logsource = { product: 'kubernetes', service: 'event' } as const;

const actions: Readonly<Record<string, EventAction>> = {
  Pulled: 'pull',
  Created: 'create',
  Started: 'start',
  Killing: 'stop',
  Evicted: 'stop',
  Preempting: 'stop',
  OOMKilling: 'fail',
  Failed: 'fail',
  BackOff: 'fail',
  ErrImageNeverPull: 'fail',
  InspectFailed: 'fail',
  CrashLoopBackOff: 'fail',
};

/** Words of a kubelet: the image stands in quotes, the only ones before a colon. */
const imagePattern = /\bimage:? "([^"]{1,1024})"/i;

export const kubernetesEvent: Sensor = {
  id: 'kubernetes-event',
  about: 'events that Kubernetes keeps of pods: pulled, started, killed, failed',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const outer = asRecord(record);
    // A watch wraps each in its kind of change.
    const fields = outer !== undefined && isJsonObject(outer['object']) ? outer['object'] : outer;
    const object =
      fields === undefined
        ? {}
        : 'regarding' in fields
          ? objectAt(fields, 'regarding')
          : objectAt(fields, 'involvedObject');
    const reason = textAt(fields, 'reason');
    const kind = textAt(object, 'kind');
    if (fields === undefined || reason === undefined || kind === undefined)
      return unrecognised(origin, 'kubernetes-event');
    const message = (textAt(fields, 'message') ?? textAt(fields, 'note') ?? '').slice(0, 4096);
    const written = imagePattern.exec(message)?.[1];
    const present = /already present on machine/.test(message);
    const action: EventAction = present || !Object.hasOwn(actions, reason) ? 'other' : (actions[reason] ?? 'other');
    const isPod = kind === 'Pod';
    const image: EventImage | undefined =
      written !== undefined
        ? containerImage({ written })
        : isPod && action !== 'other'
          ? unknownImage('the event names no image')
          : undefined;
    const container = /\{(.{1,253})\}$/.exec(textAt(object, 'fieldPath') ?? '')?.[1];
    const count = jsonAt(fields, 'count') ?? jsonAt(fields, 'series', 'count');
    const id = textAt(fields, 'metadata', 'uid') ?? textAt(fields, 'metadata', 'name');
    return [
      {
        id: eventId('kubernetes-event', id ?? origin.fingerprint(), typeof count === 'number' ? count : 1),
        at: timeOr(
          origin,
          jsonAt(fields, 'series', 'lastObservedTime'),
          jsonAt(fields, 'lastTimestamp'),
          jsonAt(fields, 'eventTime'),
          jsonAt(fields, 'deprecatedLastTimestamp'),
          jsonAt(fields, 'firstTimestamp'),
          jsonAt(fields, 'metadata', 'creationTimestamp'),
        ),
        logsource,
        action,
        ...(action === 'fail' ? { outcome: 'failure' as const } : {}),
        place: {
          ...origin.place,
          ...text(
            'host',
            textAt(fields, 'source', 'host') ??
              textAt(fields, 'deprecatedSource', 'host') ??
              textAt(fields, 'reportingInstance'),
          ),
          ...text('namespace', textAt(object, 'namespace')),
          ...(isPod ? text('pod', textAt(object, 'name')) : {}),
          ...text('container', container),
        },
        ...(image === undefined ? {} : { image }),
        ...text(
          'target',
          `${reason} ${kind.toLowerCase()}/${textAt(object, 'name') ?? ''}: ${instantOf(origin, message)}`,
        ),
        fields,
      },
    ];
  },
};
