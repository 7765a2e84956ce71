/** AWS CloudTrail: who did what to images, machines, tasks and their start-up scripts (CloudTrail, "record contents"), from files, queues, log groups and Lake. */
import type { Event, EventActor, EventPlace } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { parseLakeStruct } from '../../formats/records/lake-struct.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { amazonDeeds } from '../amazon/deeds.ts';
import { asRecord, bounded, eventId, capped, member, text, timeOr, unrecognised } from '../event-parts.ts';

const logsource = { product: 'aws', service: 'cloudtrail' } as const;

/** Lake names its columns in lower case and keeps structures as text. */
const columnNames: Readonly<Record<string, string>> = {
  eventid: 'eventID',
  eventtime: 'eventTime',
  eventname: 'eventName',
  eventsource: 'eventSource',
  awsregion: 'awsRegion',
  useridentity: 'userIdentity',
  sourceipaddress: 'sourceIPAddress',
  useragent: 'userAgent',
  requestparameters: 'requestParameters',
  responseelements: 'responseElements',
  errorcode: 'errorCode',
  errormessage: 'errorMessage',
  recipientaccountid: 'recipientAccountId',
  accountid: 'accountId',
  principalid: 'principalId',
  username: 'userName',
  invokedby: 'invokedBy',
  eventtype: 'eventType',
  additionaleventdata: 'additionalEventData',
};

const renamed = (value: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      Object.hasOwn(columnNames, name) ? (columnNames[name] ?? name) : name,
      one,
    ]),
  );

const structures = ['userIdentity', 'requestParameters', 'responseElements', 'additionalEventData'];

/** A row of Lake, or a record of a sender that keeps structures as text, as CloudTrail itself has it. */
const asTrail = (record: JsonObject): JsonObject => {
  if (isJsonObject(record['userIdentity']) && typeof record['eventName'] === 'string') return record;
  const fields: Record<string, unknown> = { ...renamed(record) };
  for (const name of structures) {
    const value = typeof fields[name] === 'string' ? parseLakeStruct(fields[name]) : fields[name];
    if (value === undefined || !(name in fields)) continue;
    fields[name] =
      name === 'userIdentity' && isJsonObject(value)
        ? renamed(value)
        : isJsonObject(value)
          ? Object.fromEntries(
              Object.entries(value).map(([key, one]) => [key, typeof one === 'string' ? parseLakeStruct(one) : one]),
            )
          : value;
  }
  return fields;
};

const actorOf = (fields: JsonObject): EventActor | undefined => {
  const identity = objectAt(fields, 'userIdentity');
  const name =
    textAt(identity, 'arn') ??
    textAt(identity, 'userName') ??
    textAt(identity, 'invokedBy') ??
    textAt(identity, 'principalId') ??
    textAt(identity, 'accountId');
  if (name === undefined) return undefined;
  const isService =
    identity['type'] === 'AWSService' || (textAt(identity, 'arn') === undefined && 'invokedBy' in identity);
  return {
    name: bounded(name),
    kind: isService ? 'service' : identity['type'] === 'Anonymous' ? 'anonymous' : 'user',
    ...text('address', textAt(fields, 'sourceIPAddress')),
    ...text('agent', textAt(fields, 'userAgent')),
    ...text('account', textAt(identity, 'accountId')),
  };
};

const outcomeOf = (fields: JsonObject): 'success' | 'failure' | 'denied' => {
  const code = textAt(fields, 'errorCode');
  const login = textAt(fields, 'responseElements', 'ConsoleLogin');
  if (login === 'Failure') return 'failure';
  if (code === undefined) return 'success';
  return /Unauthorized|AccessDenied|Forbidden|NotAuthorized|AuthFailure/i.test(code) ? 'denied' : 'failure';
};

export const cloudtrail: Sensor = {
  id: 'cloudtrail',
  about: 'AWS CloudTrail: files, S3 folders, log groups, queues and Lake',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const value = asRecord(record);
    // Of the trail itself, not of the account: digests that vouch for its files.
    if (value !== undefined && 'digestStartTime' in value && 'logFiles' in value) return [];
    const fields = value === undefined ? {} : asTrail(value);
    const name = textAt(fields, 'eventName') ?? textAt(fields, 'insightDetails', 'eventName');
    const source = textAt(fields, 'eventSource') ?? textAt(fields, 'insightDetails', 'eventSource');
    if (value === undefined || name === undefined || source === undefined) return unrecognised(origin, 'cloudtrail');
    const actor = actorOf(fields);
    const place: EventPlace = {
      ...origin.place,
      cloud: 'aws',
      ...text('account', textAt(fields, 'recipientAccountId') ?? actor?.account ?? origin.place?.account),
      ...text('region', textAt(fields, 'awsRegion') ?? origin.place?.region),
    };
    const id = eventId('cloudtrail', textAt(fields, 'eventID') ?? origin.envelope?.['id'] ?? origin.fingerprint());
    const base = {
      at: timeOr(origin, jsonAt(fields, 'eventTime')),
      logsource,
      outcome: outcomeOf(fields),
      ...member('actor', actor),
      fields,
    };
    const deeds = amazonDeeds(source.replace(/\.amazonaws\.com(?:\.cn)?$/, ''), name, fields, place);
    return capped(
      deeds.map((deed, index): Event => ({
        ...base,
        ...deed,
        id: index === 0 ? id : `${id}/${index}`,
        place: { ...place, ...deed.place },
      })),
    );
  },
};
