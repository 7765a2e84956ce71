/** Aqua Tracee's events in JSON, in the form of its versions to 0.2x and in the later one of its interface (tracee, types/trace; api/v1beta1). */
import type { EventAction } from '../../core/event-action.ts';
import type { EventConnection, EventPlace, EventProcess } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, listAt, numberAt, objectAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { asRecord, bounded, commandLimit, imageOr, member, text, timeOr, unrecognised } from '../event-parts.ts';
import { opensForWriting, runtimeEvents } from '../runtime/runtime-event.ts';

const names: Readonly<Record<string, EventAction>> = {
  sched_process_exec: 'exec',
  execve: 'exec',
  execveat: 'exec',
  sched_process_exit: 'exit',
  connect: 'connect',
  security_socket_connect: 'connect',
  net_tcp_connect: 'connect',
  net_packet_dns_request: 'resolve',
  net_packet_dns: 'resolve',
  security_socket_listen: 'listen',
  security_socket_bind: 'listen',
  magic_write: 'write',
  vfs_write: 'write',
  security_inode_rename: 'write',
  security_inode_mknod: 'write',
  security_inode_symlink: 'write',
  security_inode_unlink: 'delete',
  unlink: 'delete',
  unlinkat: 'delete',
  container_create: 'start',
  container_remove: 'delete',
  init_module: 'change',
  finit_module: 'change',
  security_kernel_read_file: 'change',
  ptrace: 'change',
  setns: 'change',
  switch_task_ns: 'change',
};

/** The later form says the kind of each value by its member's name. */
const valueOf = (argument: unknown): unknown => {
  const plain = jsonAt(argument, 'value');
  if (plain !== undefined) return plain;
  for (const name of [
    'str',
    'strArray',
    'uInt32',
    'uInt64',
    'int32',
    'int64',
    'bool',
    'sockaddr',
    'str_array',
    'u_int32',
    'u_int64',
  ]) {
    const value = jsonAt(argument, name);
    if (value !== undefined) return jsonAt(value, 'value') ?? value;
  }
  return undefined;
};

const argumentsOf = (fields: JsonObject): JsonObject => {
  const list = listAt(fields, 'args').length > 0 ? listAt(fields, 'args') : listAt(fields, 'data');
  return Object.fromEntries(list.slice(0, 128).map((argument) => [textAt(argument, 'name') ?? '', valueOf(argument)]));
};

const addressOf = (values: JsonObject): EventConnection | undefined => {
  const found = [values['remote_addr'], values['addr'], values['local_addr']].find(
    (one) => typeof one === 'object' && one !== null,
  );
  const address =
    textAt(found, 'sin_addr') ??
    textAt(found, 'sin6_addr') ??
    textAt(found, 'sinAddr') ??
    textAt(found, 'sin6Addr') ??
    textAt(values, 'dst');
  const path = textAt(found, 'sun_path') ?? textAt(found, 'sunPath');
  if (address === undefined) return path === undefined ? undefined : { protocol: 'unix', address: bounded(path) };
  const port =
    numberAt(found, 'sin_port') ??
    numberAt(found, 'sin6_port') ??
    numberAt(found, 'sinPort') ??
    numberAt(found, 'sin6Port') ??
    numberAt(values, 'dst_port');
  const name = textAt(listAt(values, 'dst_dns'), 0);
  return { direction: 'out', address, ...member('port', port), ...text('name', name) };
};

const questionOf = (values: JsonObject): EventConnection | undefined => {
  const name = textAt(values, 'dns_questions', 0, 'query') ?? textAt(values, 'proto_dns', 'questions', 0, 'name');
  return name === undefined ? undefined : { direction: 'out', ...text('name', name.replace(/\.$/, '').toLowerCase()) };
};

export const tracee: Sensor = {
  id: 'tracee',
  about: 'processes, files, connections and containers as Aqua Tracee sees them',
  logsource: { product: 'linux', service: 'tracee' },
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const later = fields !== undefined && 'workload' in fields;
    const name = textAt(fields, later ? 'name' : 'eventName');
    if (fields === undefined || name === undefined) return unrecognised(origin, 'tracee');
    const values = argumentsOf(fields);
    const workload = objectAt(fields, 'workload');
    const container = later ? objectAt(workload, 'container') : objectAt(fields, 'container');
    const pod = later ? objectAt(workload, 'k8s') : objectAt(fields, 'kubernetes');
    const thread = objectAt(workload, 'process');
    const containerId = textAt(container, 'id') ?? textAt(fields, 'containerId');
    const image = textAt(container, 'image', 'name') ?? textAt(container, 'image') ?? textAt(fields, 'containerImage');
    const digest = textAt(container, 'imageDigest') ?? textAt(container, 'image', 'repoDigests', 0);
    const place: EventPlace = {
      ...text('host', textAt(fields, 'hostName') ?? textAt(fields, 'host', 'name')),
      ...text(
        'namespace',
        textAt(pod, 'podNamespace') ?? textAt(pod, 'namespace', 'name') ?? textAt(fields, 'podNamespace'),
      ),
      ...text('pod', textAt(pod, 'podName') ?? textAt(pod, 'pod', 'name') ?? textAt(fields, 'podName')),
      ...text('container', textAt(container, 'name') ?? textAt(fields, 'containerName')),
      ...text('containerId', containerId),
    };
    const opens = /^(?:open|openat|openat2|security_file_open)$/.test(name);
    const action: EventAction = opens
      ? opensForWriting(values['flags'])
        ? 'write'
        : 'read'
      : Object.hasOwn(names, name)
        ? (names[name] ?? 'other')
        : 'other';
    const words = textsAt(values, 'argv');
    const executable =
      textAt(values, 'pathname') ??
      textAt(fields, 'executable', 'path') ??
      textAt(thread, 'executable', 'path') ??
      textAt(fields, 'processName');
    const process: EventProcess = {
      ...text(
        'executable',
        action === 'exec'
          ? executable
          : (textAt(fields, 'executable', 'path') ??
              textAt(thread, 'executable', 'path') ??
              textAt(fields, 'processName')),
      ),
      ...(words.length === 0
        ? {}
        : { arguments: words.slice(0, 4096), commandLine: bounded(words.join(' '), commandLimit) }),
      ...member(
        'id',
        numberAt(fields, 'hostProcessId') ?? numberAt(fields, 'processId') ?? numberAt(thread, 'hostPid'),
      ),
      ...member('parentId', numberAt(fields, 'hostParentProcessId') ?? numberAt(fields, 'parentProcessId')),
      ...text('user', numberAt(fields, 'userId')?.toString() ?? numberAt(thread, 'realUser', 'id')?.toString()),
      ...text('hash', textAt(values, 'sha256') === undefined ? undefined : `sha256:${textAt(values, 'sha256') ?? ''}`),
    };
    const connection =
      action === 'resolve'
        ? questionOf(values)
        : action === 'connect' || action === 'listen'
          ? addressOf(values)
          : undefined;
    const known =
      containerId === undefined || containerId === ''
        ? undefined
        : imageOr(image, 'the record names no image of its container', { resolved: digest });
    return runtimeEvents(
      {
        sensor: 'tracee',
        id: undefined,
        at: timeOr(origin, fields['timestamp']),
        action,
        actor: process.user === undefined ? undefined : { name: process.user },
        place,
        image: known,
        process,
        connection: connection === undefined || action !== 'listen' ? connection : { ...connection, direction: 'in' },
        target: action === 'exec' ? undefined : (textAt(values, 'pathname') ?? textAt(values, 'new_path')),
        fields,
      },
      origin,
    );
  },
};
