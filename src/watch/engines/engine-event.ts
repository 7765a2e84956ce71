/** What container engines say of themselves → Events: the words that Docker and Podman share, and what their attributes tell. */
import type { EventAction } from '../../core/event-action.ts';
import type { Event, EventImage, EventPlace, EventProcess } from '../../core/event.ts';
import type { RecordOrigin } from '../../core/sensor.ts';
import { textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { bounded, commandLimit, containerImage, eventId, imageOr, member, text, unknownImage } from '../event-parts.ts';
import { readAsked } from './asked.ts';

/** Words of `docker events` and `podman events` for containers (Docker Engine API, "Monitor events"; podman-events(1)). */
const containerActions: Readonly<Record<string, EventAction>> = {
  'archive-path': 'copy',
  'extract-to-dir': 'copy',
  attach: 'attach',
  checkpoint: 'other',
  commit: 'commit',
  copy: 'copy',
  create: 'create',
  destroy: 'delete',
  die: 'stop',
  died: 'stop',
  exec: 'exec',
  exec_die: 'exit',
  exec_died: 'exit',
  exec_start: 'exec',
  export: 'save',
  oom: 'fail',
  prune: 'delete',
  remove: 'delete',
  rename: 'change',
  start: 'start',
  stop: 'stop',
  update: 'change',
};

const imageActions: Readonly<Record<string, EventAction>> = {
  build: 'build',
  create: 'build',
  delete: 'delete',
  import: 'load',
  load: 'load',
  loadfromarchive: 'load',
  prune: 'delete',
  pull: 'pull',
  'pull-error': 'fail',
  push: 'push',
  remove: 'delete',
  save: 'save',
  tag: 'tag',
  unmount: 'other',
  untag: 'untag',
};

const otherActions: Readonly<Record<string, EventAction>> = {
  connect: 'change',
  create: 'create',
  destroy: 'delete',
  disconnect: 'change',
  remove: 'delete',
  update: 'change',
};

export interface EngineRecord {
  readonly engine: 'docker' | 'podman';
  /** `container`, `image`, `pod`, `network`, … */
  readonly type: string;
  /** With what follows the colon of `exec_start: sh -c …`. */
  readonly action: string;
  readonly id: string | undefined;
  readonly attributes: JsonObject;
  /** The image's name, where it stands beside the attributes. */
  readonly image?: string | undefined;
  readonly name?: string | undefined;
  readonly at: number;
  /** Tells two records of one instant apart. */
  readonly instant: string;
  readonly fields: JsonObject;
}

const placeOf = (record: EngineRecord, origin: RecordOrigin): EventPlace => {
  const { attributes } = record;
  const isContainer = record.type === 'container';
  // Which container a network was joined to, or left.
  const joined = record.type === 'network' ? textAt(attributes, 'container') : undefined;
  const label = (name: string): string | undefined => textAt(attributes, name);
  return {
    ...origin.place,
    engine: record.engine,
    ...text('namespace', label('io.kubernetes.pod.namespace')),
    ...text('pod', label('io.kubernetes.pod.name')),
    ...(isContainer
      ? {
          ...text('container', label('io.kubernetes.container.name') ?? record.name ?? label('name')),
          ...text('containerId', record.id ?? label('container')),
        }
      : text('containerId', joined)),
  };
};

/** Podman looks a name without a host up in registries of its own configuration: which, the record does not say. */
const isHomeless = ({ engine }: EngineRecord, name: string | undefined): boolean =>
  engine === 'podman' && name !== undefined && !/^(?:localhost|[^/.:]*[.:][^/]*)\//.test(name);

const imageOfContainer = (record: EngineRecord): EventImage => {
  const { attributes } = record;
  const name = record.image ?? textAt(attributes, 'image');
  const asked = readAsked(record.fields, name);
  return imageOr(name, 'the engine names no image of the container', {
    resolved: textAt(attributes, 'imageDigest') ?? asked.manifest,
    id: textAt(attributes, 'imageID') ?? asked.imageId,
    homeless: isHomeless(record, name),
  });
};

/** An image's event has its name or its id as subject, whichever the client used. */
const imageOfImage = (record: EngineRecord): EventImage => {
  const name = record.image ?? record.name ?? textAt(record.attributes, 'name');
  const id = record.id;
  const named = id !== undefined && /[:@]/.test(id) && !/^sha(?:256|512):/.test(id) ? id : name;
  if (record.action === 'loadfromarchive') return unknownImage('the engine names the archive alone');
  if (named === undefined)
    return id === undefined ? unknownImage('the engine names no image') : containerImage({ written: id });
  const asked = readAsked(record.fields, named);
  return containerImage({
    written: named,
    resolved: asked.manifest,
    id: id === named ? asked.imageId : id,
    homeless: isHomeless(record, named),
  });
};

export const engineEvents = (
  record: EngineRecord,
  origin: RecordOrigin,
  logsource: Event['logsource'],
): readonly Event[] => {
  const colon = record.action.indexOf(':');
  const word = (colon < 0 ? record.action : record.action.slice(0, colon)).trim().toLowerCase();
  const rest = colon < 0 ? '' : record.action.slice(colon + 1).trim();
  const table = record.type === 'container' ? containerActions : record.type === 'image' ? imageActions : otherActions;
  const action: EventAction = Object.hasOwn(table, word) ? (table[word] ?? 'other') : 'other';
  const image =
    record.type === 'image' ? imageOfImage(record) : record.type === 'container' ? imageOfContainer(record) : undefined;
  const asked = readAsked(record.fields, undefined);
  const process: EventProcess | undefined =
    action === 'exec' ? (rest === '' ? {} : { commandLine: bounded(rest, commandLimit) }) : asked.process;
  const failed =
    action === 'fail' || (word.startsWith('die') && (textAt(record.attributes, 'exitCode') ?? '0') !== '0');
  // What a commit made is an image of its own; what it was made of is the container's.
  const made =
    word === 'commit' ? (textAt(record.attributes, 'imageRef') ?? textAt(record.attributes, 'imageID')) : undefined;
  return [
    {
      id: eventId(record.engine, record.instant, record.type, word, record.id ?? record.name ?? '', rest.slice(0, 64)),
      at: record.at,
      logsource,
      action,
      ...(failed ? { outcome: 'failure' as const } : {}),
      place: placeOf(record, origin),
      ...member('image', image),
      ...member('process', process),
      ...member('rights', asked.rights),
      ...(record.type === 'container' || record.type === 'image'
        ? text('target', made)
        : text('target', `${record.type} ${record.name ?? record.id ?? ''}`)),
      fields: record.fields,
    },
  ];
};

const stamp = String.raw`^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(Z|[+-]\d\d:?\d\d)?(?: [A-Z]{1,5})?(?: m=[+-][\d.]+)?`;

/**
 * `2024-01-31T10:00:00.5Z container create ID (image=nginx, name=web)`: what both engines print for people. Podman has the name of
 * an image behind its id, and no id of what was only asked for.
 */
const printedPattern = new RegExp(String.raw`${stamp} ([a-z]+) ([\w-]+)(?: ([^\s(]*)(?: ([^\s(]+))?(?: \((.*)\))?)?$`);

/** Docker puts the command between the action and the id, whatever signs it is made of. */
const printedCommand = new RegExp(String.raw`${stamp} (container) (exec_\w+: .*) ([0-9a-f]{12,64})() \((.*)\)$`);

export interface PrintedEvent {
  readonly at: string;
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly name?: string;
  readonly attributes: JsonObject;
}

/** undefined for a line of another kind. Values hold commas: the next `name=` ends one. */
export const parsePrintedEvent = (line: string): PrintedEvent | undefined => {
  if (line.length > commandLimit) return undefined;
  const found = printedPattern.exec(line) ?? printedCommand.exec(line);
  if (found === null) return undefined;
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of (found[7] ?? '').split(/, (?=[\w./-]+=)/)) {
    const equals = part.indexOf('=');
    if (equals > 0) attributes[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return {
    at: `${found[1] ?? ''}${found[2] ?? ''}`,
    type: found[3] ?? '',
    action: (found[4] ?? '').trim(),
    id: found[5] ?? '',
    ...text('name', found[6]),
    attributes,
  };
};
