/** Google Cloud Audit Logs: who did what to images, machines and services (google.cloud.audit.AuditLog in a LogEntry). */
import type { Event, EventActor, EventPlace } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, listAt, numberAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { isJsonObject } from '../../formats/strict-json.ts';
import { asRecord, bounded, eventId, capped, text, timeOr, unrecognised } from '../event-parts.ts';
import { googleDeeds } from '../google/deeds.ts';

/** google.rpc.Code: PERMISSION_DENIED and UNAUTHENTICATED. */
const refusals = [7, 16];

export const gcpAudit: Sensor = {
  id: 'gcp-audit',
  about: 'Google Cloud Audit Logs: images, machines, templates, Cloud Run, Artifact Registry',
  logsource: { product: 'gcp', service: 'gcp.audit' },
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const payload = objectAt(fields, 'protoPayload');
    const method = textAt(payload, 'methodName');
    if (fields === undefined || method === undefined) return unrecognised(origin, 'gcp-audit');
    const name = textAt(payload, 'resourceName') ?? '';
    const labels = objectAt(fields, 'resource', 'labels');
    const principal =
      textAt(payload, 'authenticationInfo', 'principalEmail') ??
      textAt(payload, 'authenticationInfo', 'principalSubject');
    const actor: EventActor | undefined =
      principal === undefined
        ? undefined
        : {
            name: bounded(principal),
            kind: principal.endsWith('gserviceaccount.com') ? 'service' : 'user',
            ...text('address', textAt(payload, 'requestMetadata', 'callerIp')),
            ...text('agent', textAt(payload, 'requestMetadata', 'callerSuppliedUserAgent')),
          };
    const project = /projects\/([^/]+)/.exec(name)?.[1] ?? textAt(labels, 'project_id');
    const place: EventPlace = {
      ...origin.place,
      cloud: 'gcp',
      ...text('account', project),
      ...text(
        'region',
        textAt(labels, 'zone') ??
          textAt(labels, 'location') ??
          textAt(labels, 'region') ??
          /(?:zones|regions|locations)\/([^/]+)/.exec(name)?.[1],
      ),
      ...text('instance', textAt(labels, 'instance_id') ?? /instances\/([^/]+)/.exec(name)?.[1]),
    };
    const code = numberAt(payload, 'status', 'code') ?? 0;
    const refused = listAt(payload, 'authorizationInfo').some((one) => jsonAt(one, 'granted') === false);
    const outcome = refusals.includes(code) || refused ? 'denied' : code === 0 ? 'success' : 'failure';
    // A long operation has two entries, of its begin and of its end, with the same operation: what it does is told once, by id.
    const operation = objectAt(fields, 'operation');
    const operationId = textAt(operation, 'id');
    const ends = operation['last'] === true && operation['first'] !== true;
    const deeds = googleDeeds(method, name, payload, { ends, name: bounded(/[^/]+$/.exec(name)?.[0] ?? '') });
    const base = eventId(
      'gcp-audit',
      operationId ?? textAt(fields, 'insertId') ?? origin.fingerprint(),
      ends ? 'end' : 'begin',
    );
    return capped(
      deeds.map((deed, index): Event => ({
        id: index === 0 ? base : `${base}/${index}`,
        at: timeOr(origin, jsonAt(fields, 'timestamp'), jsonAt(fields, 'receiveTimestamp')),
        logsource: { product: 'gcp', service: 'gcp.audit' },
        ...deed,
        outcome,
        ...(actor === undefined ? {} : { actor }),
        place: { ...place, ...deed.place },
        fields: isJsonObject(fields['protoPayload']) ? fields : payload,
      })),
    );
  },
};
