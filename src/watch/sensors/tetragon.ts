/** Cilium Tetragon: processes, their files and connections (tetragon.proto, GetEventsResponse as JSON). */
import type { EventAction } from '../../core/event-action.ts';
import type { EventConnection, EventPlace, EventProcess } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, listAt, numberAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import { isJsonObject } from '../../formats/strict-json.ts';
import { asRecord, bounded, commandLimit, containerImage, member, text, timeOr, unrecognised } from '../event-parts.ts';
import { runtimeEvents } from '../runtime/runtime-event.ts';

const kinds: Readonly<Record<string, EventAction>> = {
  process_exec: 'exec',
  process_exit: 'exit',
  process_connect: 'connect',
  process_listen: 'listen',
  process_dns: 'resolve',
  process_tls: 'connect',
  process_http: 'connect',
};

/** Of the kernel's functions that policies hook: by what they do, wherever the hook sits. */
const functions: readonly (readonly [RegExp, EventAction])[] = [
  [/tcp_connect|sys_connect|security_socket_connect|udp_sendmsg/, 'connect'],
  [/listen|inet_bind|sys_bind|socket_bind/, 'listen'],
  [/write|truncate|rename|create|mknod|symlink|path_link|sys_link/, 'write'],
  [/unlink|rmdir/, 'delete'],
  [/chmod|chown|setxattr|sys_mount|setns|unshare|init_module|ptrace|bpf/, 'change'],
  [/fd_install|open|read|mmap/, 'read'],
];

const mayWrite = 2;
const mayAppend = 8;

const actionOf = (kind: string, body: unknown): EventAction => {
  const known = kinds[kind];
  if (known !== undefined) return known;
  const name = textAt(body, 'function_name') ?? textAt(body, 'event') ?? '';
  // LSM: security_file_permission(file, mask)
  if (/file_permission/.test(name)) {
    const mask =
      listAt(body, 'args')
        .map((argument) => numberAt(argument, 'int_arg'))
        .find((value) => value !== undefined) ?? 0;
    return (mask & (mayWrite | mayAppend)) === 0 ? 'read' : 'write';
  }
  return functions.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
};

const numberOf = (value: unknown, name: string): number | undefined =>
  numberAt(value, name) ?? numberAt(value, name, 'value');

const lineOf = (process: unknown): string | undefined => {
  const binary = textAt(process, 'binary');
  const words = textAt(process, 'arguments');
  return binary === undefined ? undefined : bounded(words === undefined ? binary : `${binary} ${words}`, commandLimit);
};

const connectionOf = (kind: string, body: unknown): EventConnection | undefined => {
  const socket = listAt(body, 'args')
    .map((argument) => objectAt(argument, 'sock_arg'))
    .find((one) => 'daddr' in one);
  if (socket !== undefined)
    return {
      direction: 'out',
      ...text(
        'protocol',
        textAt(socket, 'protocol')
          ?.replace(/^IPPROTO_/, '')
          .toLowerCase(),
      ),
      ...text('sourceAddress', textAt(socket, 'saddr')),
      ...member('sourcePort', numberOf(socket, 'sport')),
      ...text('address', textAt(socket, 'daddr')),
      ...member('port', numberOf(socket, 'dport')),
    };
  const name = textAt(body, 'dns', 'query') ?? textAt(listAt(body, 'destination_names'), 0) ?? textAt(body, 'sni_name');
  const listens = kind === 'process_listen';
  const address = textAt(body, 'destination_ip') ?? textAt(body, 'ip');
  if (address === undefined && name === undefined) return undefined;
  const bytes = (numberAt(body, 'stats', 'bytes_sent') ?? 0) + (numberAt(body, 'stats', 'bytes_received') ?? 0);
  return {
    direction: listens ? 'in' : 'out',
    ...text('protocol', textAt(body, 'protocol')?.toLowerCase()),
    ...text('sourceAddress', textAt(body, 'source_ip')),
    ...member('sourcePort', numberAt(body, 'source_port')),
    ...text('address', address),
    ...member('port', numberAt(body, 'destination_port') ?? numberAt(body, 'port')),
    ...text('name', name?.replace(/\.$/, '')),
    ...(bytes === 0 ? {} : { bytes }),
  };
};

const fileOf = (body: unknown): string | undefined => {
  for (const argument of listAt(body, 'args').slice(0, 64)) {
    const path = textAt(argument, 'file_arg', 'path') ?? textAt(argument, 'path_arg', 'path');
    if (path !== undefined) return path.startsWith('/') ? path : `/${path}`;
  }
  return undefined;
};

export const tetragon: Sensor = {
  id: 'tetragon',
  about: 'processes, files and connections as Cilium Tetragon sees them',
  logsource: { product: 'linux', service: 'tetragon' },
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const kind =
      fields === undefined
        ? undefined
        : Object.keys(fields).find((name) => /^process_[a-z_]{1,40}$/.test(name) && isJsonObject(fields[name]));
    if (fields === undefined || kind === undefined) return unrecognised(origin, 'tetragon');
    const body = fields[kind];
    const process = objectAt(body, 'process');
    const parent = objectAt(body, 'parent');
    const pod = objectAt(process, 'pod');
    const container = objectAt(pod, 'container');
    const id = textAt(container, 'id')?.replace(/^[a-z-]+:\/\//, '') ?? textAt(process, 'docker');
    const action = actionOf(kind, body);
    const place: EventPlace = {
      ...text('host', textAt(fields, 'node_name')),
      ...text('cluster', textAt(fields, 'cluster_name')),
      ...text('namespace', textAt(pod, 'namespace')),
      ...text('pod', textAt(pod, 'name')),
      ...text('container', textAt(container, 'name')),
      ...text('containerId', id),
    };
    const [imageId, imageName] = [textAt(container, 'image', 'id'), textAt(container, 'image', 'name')];
    const written = imageName ?? imageId;
    const user = numberOf(process, 'uid');
    const known: EventProcess = {
      ...text('executable', textAt(process, 'binary')),
      ...member('commandLine', lineOf(process)),
      ...text('folder', textAt(process, 'cwd')),
      ...member('id', numberOf(process, 'pid')),
      ...member('parentId', numberOf(parent, 'pid')),
      ...text('parentExecutable', textAt(parent, 'binary')),
      ...member('parentCommandLine', lineOf(parent)),
      ...(user === undefined ? {} : { user: String(user) }),
    };
    const login = numberOf(process, 'auid');
    const name =
      textAt(process, 'process_credentials', 'name') ?? (login === undefined || login === 4_294_967_295 ? user : login);
    const execution = textAt(process, 'exec_id');
    const time = jsonAt(fields, 'time');
    return runtimeEvents(
      {
        sensor: 'tetragon',
        id:
          execution === undefined
            ? undefined
            : [kind, execution, ...(typeof time === 'string' ? [time] : []), textAt(body, 'function_name') ?? ''],
        at: timeOr(origin, time, jsonAt(process, 'start_time')),
        action,
        actor: name === undefined ? undefined : { name: bounded(String(name)) },
        place,
        image: written === undefined ? undefined : containerImage({ written, resolved: imageId }),
        process: known,
        connection: connectionOf(kind, body),
        target: fileOf(body),
        fields,
      },
      origin,
    );
  },
};
