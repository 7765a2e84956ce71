/** The records of one audit event → what was done. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventConnection, EventProcess } from '../../core/event.ts';
import { auditArguments, auditText, type AuditLine } from '../../formats/records/audit-line.ts';
import { parseSocketAddress } from '../../formats/records/socket-address.ts';
import { bounded, commandLimit, member, text } from '../event-parts.ts';
import { systemCallName } from './system-calls.ts';

export interface AuditDeed {
  readonly action: EventAction;
  readonly category?: string;
  readonly outcome?: 'success' | 'failure' | 'denied';
  readonly call?: string;
  readonly process?: EventProcess;
  readonly connection?: EventConnection;
  readonly target?: string;
  /** How many arguments of the command no record has. */
  readonly missing: number;
}

/** Of open(2): not for reading alone, or made by it. */
const writeFlags = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000;

const callActions: Readonly<Record<string, EventAction>> = {
  execve: 'exec',
  execveat: 'exec',
  connect: 'connect',
  sendto: 'connect',
  bind: 'listen',
  listen: 'listen',
  creat: 'write',
  truncate: 'write',
  rename: 'write',
  renameat: 'write',
  renameat2: 'write',
  link: 'write',
  linkat: 'write',
  symlink: 'write',
  symlinkat: 'write',
  mknod: 'write',
  mknodat: 'write',
  mkdir: 'write',
  mkdirat: 'write',
  unlink: 'delete',
  unlinkat: 'delete',
  chmod: 'change',
  fchmod: 'change',
  fchmodat: 'change',
};

const categories: Readonly<Partial<Record<EventAction, string>>> = {
  exec: 'process_creation',
  connect: 'network_connection',
  write: 'file_event',
};

/** Words of user space, without what comes before the underscore. */
const userActions: readonly (readonly [RegExp, EventAction])[] = [
  [/^(?:USER_LOGIN|USER_AUTH|LOGIN)$/, 'login'],
  [/^USER_CMD$/, 'exec'],
  [
    /^(?:ADD_(?:USER|GROUP)|USER_MGMT|GRP_MGMT|USER_ROLE_CHANGE|ROLE_ASSIGN|USER_CHAUTHTOK|ACCT_LOCK|ACCT_UNLOCK|GRP_AUTH)$/,
    'grant',
  ],
  [
    /^(?:CONFIG_CHANGE|USYS_CONFIG|DAEMON_CONFIG|NETFILTER_CFG|MAC_STATUS|MAC_CONFIG_CHANGE|MAC_POLICY_LOAD)$/,
    'change',
  ],
];

const numberOf = (value: string | undefined): number | undefined => {
  const number = Number(value);
  return value === undefined || value === '' || !Number.isSafeInteger(number) ? undefined : number;
};

const flagsOf = (hex: string | undefined): number => Number.parseInt(hex ?? '0', 16) || 0;

const actionOf = (call: string, head: AuditLine): EventAction => {
  // open(path, flags), openat(folder, path, flags)
  if (call === 'open' || call === 'openat')
    return (flagsOf(head.fields[call === 'open' ? 'a1' : 'a2']) & writeFlags) === 0 ? 'read' : 'write';
  return Object.hasOwn(callActions, call) ? (callActions[call] ?? 'other') : 'other';
};

/** SYSCALL of a log that names users and calls (log_format = ENRICHED), or the number of it. */
const callOf = (head: AuditLine): string | undefined =>
  head.fields[head.type] ?? systemCallName(head.fields['arch'], head.fields['syscall']);

const connectionOf = (records: readonly AuditLine[]): EventConnection | undefined => {
  const hex = records.find(({ type }) => type === 'SOCKADDR')?.fields['saddr'];
  const address = hex === undefined ? undefined : parseSocketAddress(hex);
  if (address === undefined) return undefined;
  if (address.family === 'unix') return { protocol: 'unix', ...text('address', address.path) };
  return address.family === 'inet' || address.family === 'inet6'
    ? { direction: 'out', address: address.address, port: address.port }
    : undefined;
};

const outcomeOf = (head: AuditLine): AuditDeed['outcome'] => {
  const said = head.fields['success'] ?? head.fields['res'];
  if (said === undefined) return undefined;
  // EACCES and EPERM; a connection in progress is none that failed.
  const exit = head.fields['exit'];
  if (exit === '-13' || exit === '-1' || exit === 'EACCES' || exit === 'EPERM') return 'denied';
  if (exit === '-115' || exit === 'EINPROGRESS') return 'success';
  return /^(?:yes|success|1)$/.test(said) ? 'success' : 'failure';
};

const processOf = (records: readonly AuditLine[], head: AuditLine): { process?: EventProcess; missing: number } => {
  const command = records.filter(({ type }) => type === 'EXECVE');
  const { arguments: words, missing } = auditArguments(command);
  const titled = records.find(({ type }) => type === 'PROCTITLE');
  const title = titled === undefined ? undefined : auditText(titled, 'proctitle')?.replaceAll('\0', ' ');
  const folder = records.find(({ type }) => type === 'CWD');
  const line = words.length > 0 ? words.join(' ') : (auditText(head, 'cmd') ?? title);
  const process: EventProcess = {
    ...text('executable', auditText(head, 'exe')),
    ...(line === undefined ? {} : { commandLine: bounded(line, commandLimit) }),
    ...(words.length === 0 ? {} : { arguments: words }),
    ...text('folder', (folder === undefined ? undefined : auditText(folder, 'cwd')) ?? auditText(head, 'cwd')),
    ...member('id', numberOf(head.fields['pid'])),
    ...member('parentId', numberOf(head.fields['ppid'])),
    ...text('user', head.fields['UID'] ?? head.fields['uid']),
  };
  return Object.keys(process).length === 0 ? { missing } : { process, missing };
};

/** A call's last path is what it is about; those of kind PARENT are the folders around it. */
const pathOf = (records: readonly AuditLine[]): string | undefined => {
  const paths = records.filter(({ type, fields }) => type === 'PATH' && fields['nametype'] !== 'PARENT');
  const path = paths.find(({ fields }) => /^(?:CREATE|DELETE)$/.test(fields['nametype'] ?? '')) ?? paths[0];
  return path === undefined ? undefined : auditText(path, 'name');
};

export const readAuditDeed = (records: readonly AuditLine[]): AuditDeed => {
  const head = records.find(({ type }) => type === 'SYSCALL') ?? records[0];
  if (head === undefined) return { action: 'other', missing: 0 };
  const call = head.type === 'SYSCALL' ? callOf(head) : undefined;
  const hasCommand = records.some(({ type }) => type === 'EXECVE');
  const action: EventAction = hasCommand
    ? 'exec'
    : call === undefined
      ? (userActions.find(([pattern]) => pattern.test(head.type))?.[1] ?? 'other')
      : actionOf(call, head);
  const { process, missing } = processOf(records, head);
  const connection =
    action === 'connect' || action === 'listen' || head.type === 'SOCKADDR' ? connectionOf(records) : undefined;
  const denied = records.some(
    ({ type, fields }) => type === 'AVC' && /denied|DENIED/.test(fields['apparmor'] ?? 'denied'),
  );
  const category = categories[action];
  const outcome = outcomeOf(head) ?? (denied ? 'denied' : undefined);
  return {
    action,
    ...member('category', category),
    ...member('outcome', outcome),
    ...text('call', call),
    ...member('process', process),
    ...member(
      'connection',
      action === 'listen' && connection !== undefined ? { ...connection, direction: 'in' as const } : connection,
    ),
    ...text(
      'target',
      action === 'exec' ? undefined : (pathOf(records) ?? auditText(head, 'acct') ?? auditText(head, 'unit')),
    ),
    missing,
  };
};
