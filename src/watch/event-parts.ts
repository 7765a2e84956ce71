/** What sensors make events of: bounded texts, times, images named by the strict grammar, gaps. */
import { isDigest, type Digest } from '../core/digest.ts';
import type { Event, EventConnection, EventImage, EventRights } from '../core/event.ts';
import { isFault } from '../core/fault.ts';
import type { Gap } from '../core/gap.ts';
import { formatReference, parseRegistryReference } from '../core/reference.ts';
import type { RecordOrigin } from '../core/sensor.ts';
import { isJsonObject, type JsonObject } from '../formats/strict-json.ts';

/** What is kept of one text of a record. */
export const textLimit = 512;
/** What is kept of one command line. Linux takes 2 MiB; a rule looks at what a person could read. */
export const commandLimit = 32 * 1024;
/** Events that one record may become: a pod has few containers, a fleet few templates. */
export const eventLimit = 1024;

export const bounded = (text: string, limit = textLimit): string => (text.length > limit ? text.slice(0, limit) : text);

/** `member('name', value)` is `{ name: value }`, or nothing where there is no value: for spreading. */
export const member = <Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]?: Value });

/** The same for texts, bounded. */
export const text = <Name extends string>(name: Name, value: string | undefined): { readonly [key in Name]?: string } =>
  value === undefined || value === '' ? {} : ({ [name]: bounded(value) } as { readonly [key in Name]?: string });

const listLimit = 256;

const boundedList = (list: readonly string[]): readonly string[] => list.slice(0, listLimit).map((one) => bounded(one));

/** The same with all texts bounded. */
export const boundedConnection = (connection: EventConnection): EventConnection => {
  const { protocol, sourceAddress, address, name, answers } = connection;
  return {
    ...connection,
    ...text('protocol', protocol),
    ...text('sourceAddress', sourceAddress),
    ...text('address', address),
    ...text('name', name),
    ...(answers === undefined ? {} : { answers: boundedList(answers) }),
  };
};

/** A path of the host as everybody writes it: `//./` is its root too. What is no path from the root is left as it is. */
const plainHostPath = (path: string): string => {
  if (!path.startsWith('/')) return path;
  const steps: string[] = [];
  for (const step of path.split('/'))
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  return `/${steps.join('/')}`;
};

/** The same with all texts bounded and paths in one form, or undefined where nothing is allowed. */
export const boundedRights = (rights: EventRights): EventRights | undefined => {
  const { hostPaths, capabilities, sharedWith, pullPolicy } = rights;
  const found: EventRights = {
    ...rights,
    ...(hostPaths === undefined ? {} : { hostPaths: boundedList(hostPaths).map(plainHostPath) }),
    ...(capabilities === undefined ? {} : { capabilities: boundedList(capabilities) }),
    ...(sharedWith === undefined ? {} : { sharedWith: boundedList(sharedWith) }),
    ...text('pullPolicy', pullPolicy),
  };
  return Object.keys(found).length === 0 ? undefined : found;
};

const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i;

/**
 * Milliseconds since 1970 of a time as logs write it: ISO 8601 (without a zone: UTC), or a number of seconds, milliseconds,
 * microseconds or nanoseconds, which are told apart by their size.
 */
export const toTime = (value: unknown): number | undefined => {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{9,19}(?:\.\d{1,9})?$/.test(value))) {
    const number = Number(value);
    if (!Number.isFinite(number) || number <= 0) return undefined;
    const scale = number > 1e17 ? 1e-6 : number > 1e14 ? 1e-3 : number > 1e11 ? 1 : 1000;
    return Math.trunc(number * scale);
  }
  if (typeof value !== 'string' || value.length > 64 || !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value)) return undefined;
  const iso = value.replace(' ', 'T').replace(',', '.');
  const time = Date.parse(hasZone.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(time) ? undefined : time;
};

/** A time as it was written, for ids: the first that is a number or a text. */
export const instantOf = (origin: RecordOrigin, ...values: readonly unknown[]): string => {
  for (const value of values) if (typeof value === 'number' || typeof value === 'string') return `${value}`;
  return origin.fingerprint();
};

export const timeOr = (origin: RecordOrigin, ...values: readonly unknown[]): number => {
  for (const value of values) {
    const time = toTime(value);
    if (time !== undefined) return time;
  }
  return origin.receivedAt;
};

/** By the strict grammar of registries alone: a name of an event reaches no file, no socket and no other scheme. */
export const readReference = (
  written: string,
): { readonly reference: string; readonly digest?: Digest } | undefined => {
  if (written === '' || written.length > 1024 || /[\s\p{Cc}]/u.test(written)) return undefined;
  try {
    const parsed = parseRegistryReference(written);
    return {
      reference: formatReference(parsed).slice('docker://'.length),
      ...(parsed.digest === undefined ? {} : { digest: parsed.digest }),
    };
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

/** What Kubernetes puts before the names that a runtime told it. */
const runtimePrefix = /^(?:docker-pullable|docker|containerd|cri-o):\/\//;

const digestOf = (written: string | undefined): Digest | undefined => {
  if (written === undefined) return undefined;
  const bare = written.slice(written.lastIndexOf('@') + 1).replace(runtimePrefix, '');
  if (isDigest(bare)) return bare;
  return /^[0-9a-f]{64}$/.test(bare) ? `sha256:${bare}` : undefined;
};

export interface ContainerImageParts {
  /** What the record calls the image: a name, a name with digest, or an engine's id. */
  readonly written: string;
  /** What it led to, as a digest or as `name@digest`. */
  readonly resolved?: string | undefined;
  readonly id?: string | undefined;
  /** The registry is not known: the name alone would be one of Docker Hub, which is not what was meant. */
  readonly homeless?: boolean;
}

export const containerImage = ({ written, resolved, id, homeless = false }: ContainerImageParts): EventImage => {
  const bare = written.replace(runtimePrefix, '');
  const ownId = digestOf(id) ?? (bare.includes('@') ? undefined : digestOf(bare));
  const read =
    homeless || (ownId !== undefined && digestOf(bare) === ownId && !bare.includes('@'))
      ? undefined
      : readReference(bare);
  const led = digestOf(resolved);
  return {
    kind: 'container',
    written: bounded(written),
    ...read,
    ...member('resolved', led),
    ...member('id', ownId),
  };
};

export const unknownImage = (reason: string): EventImage => ({ kind: 'unknown', reason });

/** The image of a record that may name one. */
export const imageOr = (
  written: string | undefined,
  reason: string,
  more: Omit<ContainerImageParts, 'written'> = {},
): EventImage => {
  const name = written ?? more.resolved ?? more.id;
  return name === undefined || name === '' ? unknownImage(reason) : containerImage({ ...more, written: name });
};

/** The record is none of the sensor's kind. */
export const unrecognised = (origin: RecordOrigin, sensor: string, what = 'a record of another kind'): Gap => ({
  where: origin.where,
  code: 'RECORD_UNRECOGNISED',
  reason: `the ${sensor} sensor was given ${what}`,
  bytes: 0,
  kind: 'malformed',
});

/** An object, and none that only looks like one. */
export const asRecord = (record: unknown): JsonObject | undefined => (isJsonObject(record) ? record : undefined);

/** Idempotent: the same record gives the same id whenever it is read. */
export const eventId = (sensor: string, ...parts: readonly (string | number)[]): string =>
  bounded([sensor, ...parts].join(':'), 300);

/** Where a record says more than is kept of one, the last Event says that: nothing is left out in silence. */
export const capped = (events: readonly Event[], limit = eventLimit): readonly Event[] => {
  const over = events[limit];
  if (over === undefined) return events;
  const { process: _, connection: __, rights: ___, ...rest } = over;
  const reason = `one record says more than ${limit} things: ${events.length - limit} of them were not kept`;
  return [
    ...events.slice(0, limit),
    { ...rest, id: `${events[0]?.id ?? over.id}/cut`, action: 'other', image: unknownImage(reason), target: reason },
  ];
};

/** Several events of one record, each with its number behind the record's id. */
export const numbered = (events: readonly Event[], limit = eventLimit): readonly Event[] =>
  events.length < 2
    ? events
    : capped(
        events.map((event, index) => ({ ...event, id: `${event.id}/${index}` })),
        limit,
      );
