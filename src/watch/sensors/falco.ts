/** Falco's alerts in JSON: what a rule of its own saw, with the fields that the rule printed (Falco, "JSON output"). */
import type { EventAction } from '../../core/event-action.ts';
import type { EventConnection, EventImage, EventPlace, EventProcess } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { jsonAt, numberAt, objectAt, textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { asRecord, bounded, commandLimit, containerImage, member, text, timeOr, unrecognised } from '../event-parts.ts';
import { opensForWriting, runtimeEvents } from '../runtime/runtime-event.ts';

const calls: Readonly<Record<string, EventAction>> = {
  execve: 'exec',
  execveat: 'exec',
  spawned_process: 'exec',
  clone: 'exec',
  fork: 'exec',
  connect: 'connect',
  sendto: 'connect',
  sendmsg: 'connect',
  accept: 'listen',
  accept4: 'listen',
  listen: 'listen',
  bind: 'listen',
  creat: 'write',
  write: 'write',
  rename: 'write',
  renameat: 'write',
  renameat2: 'write',
  mkdir: 'write',
  symlink: 'write',
  symlinkat: 'write',
  link: 'write',
  linkat: 'write',
  unlink: 'delete',
  unlinkat: 'delete',
  rmdir: 'delete',
  chmod: 'change',
  fchmod: 'change',
  fchmodat: 'change',
  setns: 'change',
  unshare: 'change',
  ptrace: 'change',
  mount: 'change',
  container: 'start',
  procexit: 'exit',
};

const actionOf = (output: JsonObject): EventAction => {
  const call = textAt(output, 'evt.type')?.replace(/^(?:syscall_|sys_)/, '');
  if (call === undefined) return 'proc.cmdline' in output && !('fd.name' in output) ? 'exec' : 'other';
  if (/^open(?:at2?|_by_handle_at)?$/.test(call))
    return output['evt.is_open_write'] === true || opensForWriting(output['evt.arg.flags']) ? 'write' : 'read';
  return Object.hasOwn(calls, call) ? (calls[call] ?? 'other') : 'other';
};

const imageOf = (output: JsonObject): EventImage | undefined => {
  const repository = textAt(output, 'container.image.repository');
  const whole = textAt(output, 'container.image');
  const tag = textAt(output, 'container.image.tag');
  const name =
    repository === undefined || repository === '<NA>'
      ? whole
      : tag === undefined || tag === '<NA>'
        ? repository
        : `${repository}:${tag}`;
  return name === undefined || name === '<NA>'
    ? undefined
    : containerImage({
        written: name,
        resolved: textAt(output, 'container.image.digest'),
        id: textAt(output, 'container.image.id'),
      });
};

const printed = (output: JsonObject, name: string): string | undefined => {
  const value = textAt(output, name);
  return value === '<NA>' ? undefined : value;
};

/** `10.0.0.5:40000->192.0.2.7:443`, or each end by its own field; or the path of a socket of the machine. */
const connectionOf = (output: JsonObject): EventConnection | undefined => {
  const ends = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})->\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(
    printed(output, 'fd.name') ?? '',
  );
  const address = printed(output, 'fd.rip') ?? printed(output, 'fd.sip') ?? ends?.[3];
  if (address === undefined) {
    const path = /(?:^|->)(\/\S{1,107})$/.exec(printed(output, 'fd.name') ?? '')?.[1];
    return path === undefined ? undefined : { protocol: 'unix', address: path };
  }
  return {
    ...text('protocol', printed(output, 'fd.l4proto')),
    ...text('sourceAddress', printed(output, 'fd.cip') ?? ends?.[1]),
    ...member('sourcePort', numberAt(output, 'fd.cport') ?? (ends === null ? undefined : Number(ends[2]))),
    address,
    ...member(
      'port',
      numberAt(output, 'fd.rport') ?? numberAt(output, 'fd.sport') ?? (ends === null ? undefined : Number(ends[4])),
    ),
    ...text('name', printed(output, 'fd.sip.name')),
  };
};

export const falco: Sensor = {
  id: 'falco',
  about: 'alerts of Falco, with what they show of process, container and connection',
  logsource: { product: 'linux', service: 'falco' },
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const rule = textAt(fields, 'rule');
    if (fields === undefined || rule === undefined || !('output' in fields || 'output_fields' in fields))
      return unrecognised(origin, 'falco');
    const output = objectAt(fields, 'output_fields');
    const container = printed(output, 'container.id');
    const isHost = container === 'host' || container === undefined || container === '';
    const place: EventPlace = {
      ...text('host', textAt(fields, 'hostname')),
      ...text('namespace', printed(output, 'k8s.ns.name')),
      ...text('pod', printed(output, 'k8s.pod.name')),
      ...(isHost ? {} : { ...text('container', printed(output, 'container.name')), containerId: bounded(container) }),
    };
    const line = printed(output, 'proc.cmdline');
    const process: EventProcess = {
      ...text(
        'executable',
        printed(output, 'proc.exepath') ?? printed(output, 'proc.exe') ?? printed(output, 'proc.name'),
      ),
      ...(line === undefined ? {} : { commandLine: bounded(line, commandLimit) }),
      ...text('folder', printed(output, 'proc.cwd')),
      ...member('id', numberAt(output, 'proc.pid')),
      ...member('parentId', numberAt(output, 'proc.ppid')),
      ...text('parentExecutable', printed(output, 'proc.pexepath') ?? printed(output, 'proc.pname')),
      ...text('parentCommandLine', printed(output, 'proc.pcmdline')),
      ...text('user', printed(output, 'user.name')),
      ...text('hash', printed(output, 'proc.exe_hash')),
    };
    const action = actionOf(output);
    const user = printed(output, 'user.loginname') ?? printed(output, 'user.name');
    const uuid = textAt(fields, 'uuid');
    return runtimeEvents(
      {
        sensor: 'falco',
        id: uuid === undefined ? undefined : [uuid],
        at: timeOr(origin, jsonAt(fields, 'time'), jsonAt(output, 'evt.time')),
        action,
        actor: user === undefined ? undefined : { name: bounded(user) },
        place,
        image: imageOf(output),
        ...(Object.keys(process).length === 0 ? {} : { process }),
        connection: action === 'connect' || action === 'listen' ? connectionOf(output) : undefined,
        target: action === 'exec' || action === 'connect' ? rule : (printed(output, 'fd.name') ?? rule),
        fields,
      },
      origin,
    );
  },
};
