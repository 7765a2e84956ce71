/** Audited requests to Kubernetes, from the server itself and as EKS, AKS and GKE wrap them: the same request gives the same Events. */
import type { Event, EventActor, EventPlace } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, numberAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import {
  asRecord,
  bounded,
  commandLimit,
  eventId,
  capped,
  member,
  text,
  timeOr,
  unknownImage,
  unrecognised,
} from '../event-parts.ts';
import { readAuditRecord } from '../kubernetes/audit-record.ts';
import { addedContainers, askedPod, runningContainers } from '../kubernetes/pod-images.ts';
import { requestAction, workloads } from '../kubernetes/request-action.ts';

const logsource = { product: 'kubernetes', category: 'application', service: 'audit' } as const;

const actorOf = (fields: JsonObject): EventActor | undefined => {
  const name = textAt(fields, 'user', 'username');
  if (name === undefined) return undefined;
  const kind =
    name === 'system:anonymous'
      ? 'anonymous'
      : name.startsWith('system:serviceaccount:')
        ? 'service'
        : name.startsWith('system:node:')
          ? 'node'
          : 'user';
  return {
    name: bounded(name),
    kind,
    ...text('address', textsAt(fields, 'sourceIPs')[0]),
    ...text('agent', textAt(fields, 'userAgent')),
  };
};

const outcomeOf = (fields: JsonObject): 'success' | 'failure' | 'denied' | undefined => {
  if (textAt(fields, 'annotations', 'authorization.k8s.io/decision') === 'forbid') return 'denied';
  const code = numberAt(fields, 'responseStatus', 'code');
  if (code === undefined) return undefined;
  return code === 401 || code === 403 ? 'denied' : code >= 400 ? 'failure' : 'success';
};

/** Of `…/exec?command=sh&command=-c&container=web`. */
const queryOf = (fields: JsonObject): URLSearchParams => {
  const uri = textAt(fields, 'requestURI') ?? '';
  const question = uri.indexOf('?');
  return new URLSearchParams(question < 0 || uri.length > commandLimit ? '' : uri.slice(question + 1));
};

export const kubernetesAudit: Sensor = {
  id: 'kubernetes-audit',
  about: 'audited requests to Kubernetes: native, EKS, AKS and GKE',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const value = asRecord(record);
    const audited = value === undefined ? undefined : readAuditRecord(value);
    if (audited === undefined) return unrecognised(origin, 'kubernetes-audit');
    const { fields } = audited;
    const verb = textAt(fields, 'verb') ?? '';
    const object = (name: string): string | undefined => textAt(fields, 'objectRef', name);
    const resource = object('resource') ?? '';
    const subresource = object('subresource') ?? '';
    const stage = textAt(fields, 'stage') ?? '';
    const [request, response] = [jsonAt(fields, 'requestObject'), jsonAt(fields, 'responseObject')];
    // A request that only came in has done nothing yet; what ends later, as a command does, is told when it begins and when it ends.
    const isDeed = stage !== 'RequestReceived';
    const action = isDeed ? requestAction(verb, resource, subresource) : 'other';
    const auditId = textAt(fields, 'auditID') ?? origin.fingerprint();
    const isPod = resource === 'pods';
    const name =
      object('name') ??
      textAt(response, 'metadata', 'name') ??
      textAt(request, 'metadata', 'name') ??
      textAt(request, 'metadata', 'generateName');
    const query = subresource === 'exec' || subresource === 'attach' ? queryOf(fields) : new URLSearchParams();
    const asked =
      workloads.has(resource) && isDeed && verb !== 'list' && subresource !== 'status'
        ? subresource === 'ephemeralcontainers'
          ? addedContainers(request, response)
          : askedPod(request, response)
        : undefined;
    const place: EventPlace = {
      ...origin.place,
      ...audited.place,
      ...text(
        'namespace',
        object('namespace') ??
          textAt(response, 'metadata', 'namespace') ??
          (resource === 'namespaces' ? name : undefined),
      ),
      ...(isPod ? text('pod', name) : {}),
      ...text('host', asked?.node),
      ...text('container', query.get('container') ?? undefined),
    };
    const outcome = outcomeOf(fields);
    const base = {
      at: timeOr(
        origin,
        jsonAt(fields, 'requestReceivedTimestamp'),
        jsonAt(fields, 'stageTimestamp'),
        jsonAt(fields, 'timestamp'),
      ),
      logsource,
      ...member('outcome', outcome),
      ...member('actor', actorOf(fields)),
      ...text(
        'target',
        resource === ''
          ? textAt(fields, 'requestURI')
          : [resource, name, subresource].filter((part) => part !== undefined && part !== '').join('/'),
      ),
      fields,
    } satisfies Partial<Event>;
    const id = eventId('kubernetes-audit', auditId, isDeed ? action : stage);
    if (subresource === 'status' && isPod && isDeed && outcome !== 'denied' && outcome !== 'failure') {
      const running = runningContainers(response ?? request).concat(
        response === undefined ? [] : runningContainers(request),
      );
      // A node reports again and again what runs: its start has one id.
      const starts = running.map((container): Event => ({
        ...base,
        id: eventId('kubernetes-audit', container.id, 'start'),
        at: timeOr(origin, container.startedAt, base.at),
        action: 'start',
        place: { ...place, ...text('container', container.name), containerId: bounded(container.id) },
        image: container.image,
      }));
      return capped([{ ...base, id, action, place }, ...new Map(starts.map((start) => [start.id, start])).values()]);
    }
    if (asked !== undefined && asked.containers.length > 0)
      return capped(
        asked.containers.map((container, index): Event => {
          const words = container.command;
          return {
            ...base,
            id: index === 0 ? id : `${id}/${index}`,
            action,
            place: { ...place, ...text('container', container.name) },
            image: container.image,
            ...member('rights', container.rights),
            ...(words.length === 0
              ? {}
              : { process: { arguments: words, commandLine: bounded(words.join(' '), commandLimit) } }),
          };
        }),
      );
    const words = query.getAll('command').concat(textsAt(request, 'command')).slice(0, 4096);
    const isAbout = workloads.has(resource) && ['create', 'exec', 'attach'].includes(action);
    return [
      {
        ...base,
        id,
        action,
        place,
        ...(isAbout
          ? {
              image: unknownImage(
                action === 'create'
                  ? 'the audit level of this request shows no content'
                  : 'a request to a running container names no image',
              ),
            }
          : {}),
        ...(action === 'exec' && words.length > 0
          ? { process: { arguments: words, commandLine: bounded(words.join(' '), commandLimit) } }
          : {}),
      },
    ];
  },
};
