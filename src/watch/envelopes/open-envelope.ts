/** What clouds and log shippers wrap around records → the records inside, with what the wrapping says of the place. */
import { gunzipSync } from 'node:zlib';
import type { EventPlace } from '../../core/event.ts';
import { listAt, objectAt, parsedAt, textAt } from '../../formats/records/json-member.ts';
import { parseLakeStruct } from '../../formats/records/lake-struct.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { bounded, text } from '../event-parts.ts';

export interface Unwrapped {
  readonly value: unknown;
  readonly place?: EventPlace;
  /** The container that wrote the record: that of a program which speaks of itself, and none of the place that a monitor tells of. */
  readonly writer?: EventPlace;
  readonly envelope?: Readonly<Record<string, string>>;
}

/** Wrappers inside wrappers: a record in SNS in SQS in a Lambda's event is four. */
const depthLimit = 8;
const memberLimit = 200_000;
/** What may be unpacked of one value in all: many small pieces grow as one large one does. */
const packedLimit = 64 * 2 ** 20;

interface Unpacking {
  left: number;
  isCut: boolean;
}

/** JSON where it is JSON, else the text. */
const readText = (written: string): unknown => {
  const first = written.trimStart()[0];
  if (first !== '{' && first !== '[') return written;
  try {
    return JSON.parse(written) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return written;
    throw thrown;
  }
};

/** Base64, gzip inside it where the bytes say so; several JSON values in a row are a list. */
const readPacked = (encoded: string, unpacking: Unpacking): unknown => {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return readText(bytes.toString('utf8'));
  if (unpacking.left <= 0) {
    unpacking.isCut = true;
    return encoded;
  }
  try {
    const plain = gunzipSync(bytes, { maxOutputLength: unpacking.left });
    unpacking.left -= plain.length;
    return readText(plain.toString('utf8'));
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    // Too large, or damaged: what it took until then counts.
    if ('code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE') {
      unpacking.isCut = true;
      unpacking.left = 0;
    }
    return encoded;
  }
};

type Opener = (record: JsonObject, unpacking: Unpacking) => readonly Unwrapped[] | undefined;

/** A list of records stands nearly alone; what says something itself, and has a list too, is a record. */
const isList = (record: JsonObject): boolean =>
  Object.keys(record).length <= 6 &&
  !['message', 'msg', 'log', 'text'].some((name) => typeof record[name] === 'string');

const lists: Opener = (record) => {
  if (!isList(record)) return undefined;
  for (const name of ['Records', 'records', 'Events', 'receivedMessages', 'Messages', 'value', 'entries'])
    if (Array.isArray(record[name])) return listAt(record, name).map((value) => ({ value }));
  if (Array.isArray(record['items']) && textAt(record, 'kind')?.endsWith('List') === true)
    return listAt(record, 'items').map((value) => ({ value }));
  const events = listAt(record, 'events');
  if (events.length > 0 && events.every(isJsonObject)) return events.map((value) => ({ value }));
  const hits = listAt(record, 'hits', 'hits');
  return hits.length > 0 ? hits.map((value) => ({ value })) : undefined;
};

/** `/aws/eks/NAME/cluster` names a cluster. */
const placeOfLogGroup = (group: string): EventPlace => {
  const cluster = /^\/aws\/eks\/([^/]{1,100})\/cluster$/.exec(group)?.[1];
  return { cloud: 'aws', ...text('cluster', cluster) };
};

const cloudWatch: Opener = (record, unpacking) => {
  const packed = textAt(record, 'awslogs', 'data');
  if (packed !== undefined) return [{ value: readPacked(packed, unpacking) }];
  const group = textAt(record, 'logGroup') ?? '';
  if (Array.isArray(record['logEvents'])) {
    // A test message of the subscription, about nothing.
    if (textAt(record, 'messageType')?.startsWith('CONTROL_') === true) return [];
    const place = { ...placeOfLogGroup(group), ...text('account', textAt(record, 'owner')) };
    const envelope = { ...text('logGroup', group), ...text('logStream', textAt(record, 'logStream')) };
    return listAt(record, 'logEvents').map((event) => ({
      value: readText(textAt(event, 'message') ?? ''),
      place,
      envelope,
    }));
  }
  const message = textAt(record, 'message');
  if (message !== undefined && 'timestamp' in record && ('ingestionTime' in record || 'logStreamName' in record))
    return [{ value: readText(message), envelope: { ...text('logStream', textAt(record, 'logStreamName')) } }];
  return undefined;
};

const amazonQueues: Opener = (record, unpacking) => {
  if (record['Type'] === 'Notification' && typeof record['Message'] === 'string')
    return [{ value: readText(record['Message']), envelope: { ...text('topic', textAt(record, 'TopicArn')) } }];
  const source = textAt(record, 'eventSource') ?? textAt(record, 'EventSource');
  if (source === 'aws:sqs') return [{ value: readText(textAt(record, 'body') ?? '') }];
  if (source === 'aws:sns') return [{ value: readText(textAt(record, 'Sns', 'Message') ?? '') }];
  if (source === 'aws:kinesis') return [{ value: readPacked(textAt(record, 'kinesis', 'data') ?? '', unpacking) }];
  if (typeof record['Body'] === 'string' && ('MessageId' in record || 'ReceiptHandle' in record))
    return [{ value: readText(record['Body']) }];
  const lookup = textAt(record, 'CloudTrailEvent');
  return lookup === undefined ? undefined : [{ value: readText(lookup) }];
};

const eventBridge: Opener = (record) => {
  const kind = textAt(record, 'detail-type');
  if (kind === undefined || !isJsonObject(record['detail'])) return undefined;
  return [
    {
      value: record['detail'],
      place: {
        cloud: 'aws',
        ...text('account', textAt(record, 'account')),
        ...text('region', textAt(record, 'region')),
      },
      envelope: {
        type: bounded(kind),
        ...text('id', textAt(record, 'id')),
        ...text('time', textAt(record, 'time')),
        ...text('source', textAt(record, 'source')),
      },
    },
  ];
};

const cloudEvents: Opener = (record, unpacking) => {
  if (typeof record['specversion'] !== 'string' || typeof record['type'] !== 'string') return undefined;
  const packed = textAt(record, 'data_base64');
  const value = packed === undefined ? (parsedAt(record, 'data') ?? record['data']) : readPacked(packed, unpacking);
  if (value === undefined) return undefined;
  return [
    {
      value,
      envelope: {
        type: bounded(record['type']),
        ...text('id', textAt(record, 'id')),
        ...text('time', textAt(record, 'time')),
        ...text('source', textAt(record, 'source')),
        ...text('subject', textAt(record, 'subject')),
        ...text('operator', textAt(record, 'operator')),
      },
    },
  ];
};

const pubSub: Opener = (record, unpacking) => {
  const data = textAt(record, 'message', 'data');
  if (
    data === undefined ||
    !('messageId' in objectAt(record, 'message') || 'message_id' in objectAt(record, 'message'))
  )
    return undefined;
  return [
    {
      value: readPacked(data, unpacking),
      envelope: {
        ...text('subscription', textAt(record, 'subscription')),
        ...text('id', textAt(record, 'message', 'messageId') ?? textAt(record, 'message', 'message_id')),
        ...text('time', textAt(record, 'message', 'publishTime') ?? textAt(record, 'message', 'publish_time')),
      },
    },
  ];
};

/** Fluent Bit, Fluentd and Docker's json-file put a program's line into `log`; Elasticsearch a document into `_source`. */
const shippers: Opener = (record) => {
  if (isJsonObject(record['_source']) && ('_index' in record || '_id' in record)) return [{ value: record['_source'] }];
  const log = record['log'];
  if (typeof log !== 'string' || !('stream' in record || 'kubernetes' in record)) return undefined;
  const about = objectAt(record, 'kubernetes');
  return [
    {
      value: readText(log.replace(/\r?\n$/, '')),
      place: text('host', textAt(about, 'host')),
      writer: {
        ...text('namespace', textAt(about, 'namespace_name')),
        ...text('pod', textAt(about, 'pod_name')),
        ...text('container', textAt(about, 'container_name')),
        ...text('containerId', textAt(about, 'docker_id')),
      },
      envelope: { ...text('time', textAt(record, 'time')), ...text('image', textAt(about, 'container_image')) },
    },
  ];
};

/** CloudTrail Lake: each row a list of objects with one column each, all values as text. */
const lakeRows: Opener = (record) => {
  if (!Array.isArray(record['QueryResultRows'])) return undefined;
  return listAt(record, 'QueryResultRows').map((row) => {
    const columns: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const column of Array.isArray(row) ? (row as readonly unknown[]) : [row])
      for (const [name, value] of Object.entries(isJsonObject(column) ? column : {}))
        columns[name] = typeof value === 'string' ? parseLakeStruct(value) : value;
    return { value: columns, envelope: { type: 'CloudTrail Lake' } };
  });
};

const openers: readonly Opener[] = [
  eventBridge,
  cloudEvents,
  cloudWatch,
  amazonQueues,
  pubSub,
  lakeRows,
  shippers,
  lists,
];

/**
 * Every record in it, however deeply it is wrapped; one that is not wrapped is itself. `complete` is false when bounds cut
 * something off.
 */
export const openEnvelope = (
  value: unknown,
): { readonly records: readonly Unwrapped[]; readonly complete: boolean } => {
  const records: Unwrapped[] = [];
  const unpacking: Unpacking = { left: packedLimit, isCut: false };
  let complete = true;
  const walk = (piece: Unwrapped, depth: number): void => {
    if (records.length >= memberLimit) {
      complete = false;
      return;
    }
    const inner = depth < depthLimit ? innerOf(piece.value, unpacking) : undefined;
    if (inner === undefined) {
      records.push(piece);
      return;
    }
    for (const one of inner)
      walk(
        {
          value: one.value,
          place: { ...piece.place, ...one.place },
          writer: { ...piece.writer, ...one.writer },
          envelope: { ...piece.envelope, ...one.envelope },
        },
        depth + 1,
      );
  };
  walk({ value }, 0);
  return { records, complete: complete && !unpacking.isCut };
};

/** Members of which each wrapper has one: an object without any is no wrapper. */
const marks: ReadonlySet<string> = new Set(
  (
    'Records records Events receivedMessages Messages value entries items events hits awslogs logEvents ingestionTime logStreamName ' +
    'Type eventSource EventSource Body CloudTrailEvent detail-type specversion QueryResultRows _source log message'
  ).split(' '),
);

const couldWrap = (record: JsonObject): boolean => {
  for (const name in record) if (marks.has(name)) return true;
  return false;
};

const innerOf = (value: unknown, unpacking: Unpacking): readonly Unwrapped[] | undefined => {
  if (Array.isArray(value)) return (value as readonly unknown[]).map((item) => ({ value: item }));
  if (!isJsonObject(value) || !couldWrap(value)) return undefined;
  for (const open of openers) {
    const inner = open(value, unpacking);
    if (inner !== undefined) return inner;
  }
  return undefined;
};

/** Kubernetes keeps logs below `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/`, with links `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`. */
const podsPath = /(?:^|\/)pods\/([a-z0-9-]{1,63})_([a-z0-9.-]{1,253})_[0-9a-f-]{32,36}\/([a-z0-9-]{1,63})\/[^/]+$/;
const containersPath =
  /(?:^|\/)containers\/([a-z0-9.-]{1,253})_([a-z0-9-]{1,63})_([a-z0-9-]{1,63})-([0-9a-f]{64})\.log[^/]*$/;

/** The container whose log that is, by the layout of folders on its node. */
export const writerOfPath = (path: string): EventPlace | undefined => {
  const pod = podsPath.exec(path);
  if (pod !== null) return { namespace: pod[1] ?? '', pod: pod[2] ?? '', container: pod[3] ?? '' };
  const linked = containersPath.exec(path);
  if (linked === null) return undefined;
  const [, name = '', namespace = '', container = '', containerId = ''] = linked;
  return { namespace, pod: name, container, containerId };
};

/** What the layout of folders in S3 says: `AWSLogs/[ORGANISATION/]ACCOUNT/CloudTrail/REGION/…`. */
export const placeOfPath = (path: string): EventPlace | undefined => {
  const found =
    /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]+\/)?(\d{12})\/(?:CloudTrail|vpcflowlogs)\/([a-z]{2}(?:-[a-z]+)+-\d)\//.exec(path);
  return found === null ? undefined : { cloud: 'aws', account: found[1] ?? '', region: found[2] ?? '' };
};
