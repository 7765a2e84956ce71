/** Azure's activity log: who did what to machines, scale sets, images and registries (Azure Monitor, "activity log event schema"). */
import type { Event, EventActor, EventPlace } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, objectAt, parsedAt, textAt } from '../../formats/records/json-member.ts';
import { asRecord, bounded, eventId, capped, text, timeOr, unrecognised } from '../event-parts.ts';
import { azureDeeds } from '../azure/deeds.ts';

const logsource = { product: 'azure', service: 'activitylogs' } as const;

/** The same member under the names of the interface, of diagnostic settings, and of Log Analytics. */
const first = (fields: unknown, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = jsonAt(fields, name);
    if (typeof value === 'string' && value !== '') return value;
    const inner = textAt(value, 'value');
    if (inner !== undefined) return inner;
  }
  return undefined;
};

export const azureActivity: Sensor = {
  id: 'azure-activity',
  about: 'Azure’s activity log: machines, scale sets, images, containers',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const grid = textAt(fields, 'eventType')?.startsWith('Microsoft.Resources.') === true;
    const body = grid ? objectAt(fields, 'data') : fields;
    const operation = first(body, 'operationName', 'OperationNameValue', 'OperationName');
    const resource = first(body, 'resourceId', 'resourceUri', '_ResourceId', 'ResourceId') ?? '';
    if (fields === undefined || operation === undefined || !operation.includes('/'))
      return unrecognised(origin, 'azure-activity');
    const caller =
      first(body, 'caller', 'Caller') ??
      textAt(parsedAt(body, 'claims'), 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn') ??
      textAt(body, 'identity', 'claims', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn') ??
      textAt(body, 'identity', 'claims', 'appid');
    const request = parsedAt(body, 'httpRequest') ?? parsedAt(body, 'HTTPRequest');
    const address = first(body, 'callerIpAddress', 'CallerIpAddress') ?? textAt(request, 'clientIpAddress');
    const actor: EventActor | undefined =
      caller === undefined && address === undefined
        ? undefined
        : {
            name: bounded(caller ?? ''),
            kind: caller?.includes('@') === true ? 'user' : 'service',
            ...text('address', address),
          };
    const parts = /^\/subscriptions\/([^/]+)(?:\/resourcegroups\/([^/]+))?(?:\/providers\/(.+))?$/i.exec(resource);
    const name = /\/([^/]+)$/.exec(parts?.[3] ?? '')?.[1];
    const place: EventPlace = {
      ...origin.place,
      cloud: 'azure',
      ...text('account', parts?.[1]?.toLowerCase() ?? first(body, 'subscriptionId', 'SubscriptionId')),
      ...text('namespace', parts?.[2]?.toLowerCase()),
      ...text('region', first(body, 'location', 'resourceLocation')),
      ...(/\/virtualmachines\//i.test(resource) ? text('instance', name?.toLowerCase()) : {}),
    };
    const status = first(body, 'status', 'ActivityStatusValue', 'resultType', 'ResultType', 'ActivityStatus') ?? '';
    const detail = first(body, 'subStatus', 'ActivitySubstatusValue', 'resultSignature') ?? '';
    const began = /^(?:start|started|accept|accepted)$/i.test(status);
    const outcome = /forbidden|unauthorized/i.test(detail)
      ? 'denied'
      : /fail/i.test(status)
        ? 'failure'
        : /succe/i.test(status)
          ? 'success'
          : undefined;
    const id = first(body, 'eventDataId', 'EventDataId') ?? first(body, 'id');
    const base = eventId(
      'azure-activity',
      id === undefined ? origin.fingerprint() : id,
      ...(id === undefined ? [] : [status]),
    );
    const deeds = azureDeeds(operation, resource, body ?? {});
    return capped(
      deeds.map((deed, index): Event => ({
        id: index === 0 ? base : `${base}/${index}`,
        at: timeOr(
          origin,
          jsonAt(body, 'eventTimestamp'),
          jsonAt(body, 'time'),
          jsonAt(body, 'TimeGenerated'),
          jsonAt(fields, 'eventTime'),
        ),
        logsource,
        ...deed,
        // What only began may still be refused: the entry that says so comes later, with an outcome.
        ...(outcome === undefined || began ? {} : { outcome }),
        ...(actor === undefined ? {} : { actor }),
        place: { ...place, ...deed.place },
        fields,
      })),
    );
  },
};
