/** A request to a Kubernetes API server as it was audited, in the form of the server itself, whoever's form it came in (audit.k8s.io/v1). */
import type { EventPlace } from '../../core/event.ts';
import { jsonAt, listAt, objectAt, parsedAt, textAt } from '../../formats/records/json-member.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { text } from '../event-parts.ts';

export interface AuditRecord {
  /** In the server's own form. */
  readonly fields: JsonObject;
  readonly place: EventPlace;
}

/** Of a server, at any level: it has a verb, and an id of its own. */
const isNative = (value: JsonObject): boolean =>
  typeof value['verb'] === 'string' &&
  ('auditID' in value || 'requestURI' in value) &&
  (value['kind'] === 'Event' || !('kind' in value));

/** Azure Kubernetes Service: diagnostic logs keep the record as text, Log Analytics as columns. */
const fromAzure = (value: JsonObject): AuditRecord | undefined => {
  const log = parsedAt(value, 'properties', 'log') ?? parsedAt(value, 'log_s') ?? parsedAt(value, 'Log');
  const resource = textAt(value, 'resourceId') ?? textAt(value, '_ResourceId') ?? textAt(value, 'ResourceId') ?? '';
  const found = /^\/subscriptions\/([^/]+)\/.*\/managedclusters\/([^/]+)/i.exec(resource);
  const place: EventPlace = {
    ...(found === null ? {} : { cloud: 'azure' }),
    ...text('account', found?.[1]?.toLowerCase()),
    ...text('cluster', found?.[2]?.toLowerCase()),
  };
  if (isJsonObject(log) && isNative(log)) return { fields: log, place };
  if (typeof value['Verb'] !== 'string' || !('AuditId' in value)) return undefined;
  return {
    place,
    fields: {
      kind: 'Event',
      level: value['Level'],
      auditID: value['AuditId'],
      stage: value['Stage'],
      requestURI: value['RequestUri'],
      verb: value['Verb'],
      user: parsedAt(value, 'User'),
      sourceIPs: parsedAt(value, 'SourceIps'),
      userAgent: value['UserAgent'],
      objectRef: parsedAt(value, 'ObjectRef'),
      responseStatus: parsedAt(value, 'ResponseStatus'),
      requestObject: parsedAt(value, 'RequestObject'),
      responseObject: parsedAt(value, 'ResponseObject'),
      requestReceivedTimestamp: value['RequestReceivedTime'],
      stageTimestamp: value['StageReceivedTime'],
      annotations: parsedAt(value, 'Annotations'),
    },
  };
};

/** gRPC's code of a refusal → HTTP's (google.rpc.Code). */
const httpCodes: Readonly<Record<number, number>> = { 0: 200, 3: 400, 5: 404, 6: 409, 7: 403, 16: 401 };

const withoutType = (value: unknown): unknown => {
  if (!isJsonObject(value)) return value;
  const { '@type': _, ...rest } = value;
  return rest;
};

/** `core/v1/namespaces/NS/pods/NAME/exec`: what was asked for, without its group where that is the core. */
const objectOf = (resourceName: string): JsonObject => {
  const [group = '', version = '', ...steps] = resourceName.split('/');
  const inNamespace = steps[0] === 'namespaces' && steps.length > 2;
  const [resource, name, subresource] = inNamespace ? steps.slice(2) : steps;
  return {
    ...text('resource', resource),
    ...(inNamespace ? text('namespace', steps[1]) : resource === 'namespaces' ? text('namespace', name) : {}),
    ...text('name', name),
    ...(group === 'core' ? {} : text('apiGroup', group)),
    ...text('apiVersion', version),
    ...text('subresource', subresource),
  };
};

/** Google Kubernetes Engine: Cloud Audit Logs of the service k8s.io. */
const fromGoogle = (value: JsonObject): AuditRecord | undefined => {
  const payload = objectAt(value, 'protoPayload');
  const method = textAt(payload, 'methodName') ?? '';
  if (textAt(payload, 'serviceName') !== 'k8s.io' && !method.startsWith('io.k8s.')) return undefined;
  const name = textAt(payload, 'resourceName') ?? '';
  const labels = objectAt(value, 'resource', 'labels');
  const code = jsonAt(payload, 'status', 'code');
  const verb = method.slice(method.lastIndexOf('.') + 1);
  const user = textAt(payload, 'authenticationInfo', 'principalEmail');
  const address = textAt(payload, 'requestMetadata', 'callerIp');
  const agent = textAt(payload, 'requestMetadata', 'callerSuppliedUserAgent');
  const group = name.startsWith('core/') ? 'api' : 'apis';
  const granted = listAt(payload, 'authorizationInfo').some((one) => jsonAt(one, 'granted') === false);
  const http = typeof code === 'number' ? (httpCodes[code] ?? (code >= 100 ? code : 500)) : granted ? 403 : 200;
  return {
    place: {
      cloud: 'gcp',
      ...text('account', textAt(labels, 'project_id')),
      ...text('region', textAt(labels, 'location')),
      ...text('cluster', textAt(labels, 'cluster_name')),
    },
    fields: {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'request' in payload ? ('response' in payload ? 'RequestResponse' : 'Request') : 'Metadata',
      auditID: textAt(value, 'operation', 'id') ?? textAt(value, 'insertId'),
      stage: 'ResponseComplete',
      requestURI: `/${group}/${name.replace(/^core\//, '')}`,
      verb,
      user: user === undefined ? {} : { username: user },
      sourceIPs: address === undefined ? [] : [address],
      ...(agent === undefined ? {} : { userAgent: agent }),
      objectRef: objectOf(name),
      // The server's own words for success: what was made is 201, everything else 200.
      responseStatus: { code: http === 200 && verb === 'create' ? 201 : http },
      ...('request' in payload ? { requestObject: withoutType(payload['request']) } : {}),
      ...('response' in payload ? { responseObject: withoutType(payload['response']) } : {}),
      requestReceivedTimestamp: value['timestamp'],
      stageTimestamp: value['timestamp'],
      annotations: objectAt(value, 'labels'),
    },
  };
};

/** undefined for what is no record of an audited request. */
export const readAuditRecord = (value: JsonObject): AuditRecord | undefined =>
  isNative(value) ? { fields: value, place: {} } : (fromAzure(value) ?? fromGoogle(value));
