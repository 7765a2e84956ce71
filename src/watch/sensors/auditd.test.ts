import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { SensorReader } from '../framing/sensor-reader.ts';
import { auditd } from './auditd.ts';

const hex = (text: string): string => Buffer.from(text).toString('hex').toUpperCase();

const head = (serial: number, syscall: number, more = ''): string =>
  `type=SYSCALL msg=audit(1700000000.250:${serial}): arch=c000003e syscall=${syscall} success=yes exit=0 a0=1 a1=0 a2=0 a3=0 items=2 ppid=10 pid=11 auid=1000 uid=0 gid=0 tty=pts0 ses=3 comm="x" exe="/usr/bin/x" key=(null)${more}`;
const line = (serial: number, type: string, rest: string): string =>
  `type=${type} msg=audit(1700000000.250:${serial}): ${rest}`;

const events = (...lines: readonly string[]): readonly Event[] => {
  const read = readAll(auditd, `${lines.join('\n')}\n`);
  assert.deepEqual(read.gaps, []);
  return read.events;
};
const deed = (...lines: readonly string[]): Event =>
  events(...lines).find(({ action }) => action !== 'other') ?? assert.fail('no deed');

test('a command: its records together, whatever stands between them', () => {
  const found = events(
    head(7, 59),
    head(8, 2),
    line(7, 'EXECVE', `argc=3 a0="sh" a1="-c" a2=${hex('id && echo "x"')}`),
    line(7, 'CWD', 'cwd="/root"'),
    line(8, 'PATH', 'item=0 name="/etc/passwd" nametype=NORMAL'),
    line(7, 'EOE', ''),
  );
  const [command] = found.filter(({ action }) => action === 'exec');
  assert.deepEqual(command?.process, {
    executable: '/usr/bin/x',
    commandLine: 'sh -c id && echo "x"',
    arguments: ['sh', '-c', 'id && echo "x"'],
    folder: '/root',
    id: 11,
    parentId: 10,
    user: '0',
  });
  assert.equal(command.actor?.name, '1000');
  assert.equal(command.at, 1700000000250);
  assert.equal(command.logsource.category, 'process_creation');
  assert.deepEqual({ ...command.fields }, { type: 'EXECVE', argc: '3', a0: 'sh', a1: '-c', a2: 'id && echo "x"' });
  assert.equal(found.filter(({ action }) => action === 'exec').length, 1);
  const read = found.find(({ action }) => action === 'read');
  assert.equal(read?.target, '/etc/passwd');
});

test('an event is whole at its last record, or when a later one comes: nothing waits for the end of the log', () => {
  const reader = new SensorReader(auditd, { where: 'x', now: () => 0 });
  const push = (text: string): number => reader.push(Buffer.from(`${text}\n`)).events.length;
  assert.equal(push(head(7, 59)), 0);
  assert.equal(push(line(7, 'EXECVE', 'argc=1 a0="x"')), 0);
  assert.equal(push(line(7, 'PROCTITLE', 'proctitle="x"')), 3);
  assert.equal(push(head(8, 59)), 0);
  assert.equal(push(head(9, 59)), 0);
  assert.equal(push(head(10, 59).replace('1700000000.250', '1700000003.000')), 2);
  assert.equal(reader.finish().events.length, 1);
});

test('an argument that is split over records is whole again; one that is missing is not made up', () => {
  const command = deed(
    head(9, 59),
    line(9, 'EXECVE', `argc=3 a0="echo" a1_len=8 a1[0]=${hex('abcd')}`),
    line(9, 'EXECVE', `a1[1]=${hex('efgh')}`),
    line(9, 'EXECVE', 'a2="end"'),
  );
  assert.deepEqual(command.process?.arguments, ['echo', 'abcdefgh', 'end']);
});

test('quotes in hexadecimal digits are text, without them they are bytes', () => {
  assert.deepEqual(deed(head(1, 59), line(1, 'EXECVE', 'argc=2 a0="6162" a1=6162')).process?.arguments, ['6162', 'ab']);
});

test('connections go to the address of the socket: IPv4, IPv6 and what is mapped', () => {
  const to = (saddr: string): unknown => deed(head(2, 42), line(2, 'SOCKADDR', `saddr=${saddr}`)).connection;
  assert.deepEqual(to('020001BBC0000207'), { direction: 'out', address: '192.0.2.7', port: 443 });
  assert.deepEqual(to('0A0001BB0000000020010DB800000000000000000000000100000000'), {
    direction: 'out',
    address: '2001:db8::1',
    port: 443,
  });
  assert.deepEqual(to('0A0001BB0000000000000000000000000000FFFFC000020700000000'), {
    direction: 'out',
    address: '192.0.2.7',
    port: 443,
  });
  assert.deepEqual(to('01002F72756E2F646F636B65722E736F636B0000'), { protocol: 'unix', address: '/run/docker.sock' });
});

test('files are written or read by the flags of the call', () => {
  const open = (flags: string): string =>
    deed(head(3, 257).replace('a2=0', `a2=${flags}`), line(3, 'PATH', 'item=0 name="/etc/cron.d/x" nametype=CREATE'))
      .action;
  assert.equal(open('241'), 'write');
  assert.equal(open('80000'), 'read');
});

test('what was refused is denied', () => {
  const refused = deed(
    head(4, 59).replace('success=yes exit=0', 'success=no exit=-13'),
    line(4, 'EXECVE', 'argc=1 a0="x"'),
  );
  assert.equal(refused.outcome, 'denied');
  assert.equal(deed(head(4, 59), line(4, 'EXECVE', 'argc=1 a0="x"')).outcome, 'success');
});

test('user space cannot write over what the kernel says', () => {
  const login = deed(
    `type=USER_LOGIN msg=audit(1700000000.250:5): pid=1 uid=0 auid=1000 msg='op=login acct="x" uid=77 exe="/usr/sbin/sshd" addr=192.0.2.1 res=failed'`,
  );
  assert.equal(login.action, 'login');
  assert.equal(login.outcome, 'failure');
  assert.equal({ ...login.fields }['uid'], '0');
  assert.equal(login.actor?.address, '192.0.2.1');
});

test('names that the log was enriched with are preferred', () => {
  const command = deed(
    head(6, 59, '\u001dARCH=x86_64 SYSCALL=execve AUID="ann" UID="root"'),
    line(6, 'EXECVE', 'argc=1 a0="x"'),
  );
  assert.equal(command.actor?.name, 'ann');
  assert.equal(command.process?.user, 'root');
});

test('a command of an engine is also what it does', () => {
  const found = events(head(7, 59), line(7, 'EXECVE', 'argc=3 a0="docker" a1="pull" a2="registry.example/a:1"'));
  const [pull] = found.filter(({ action }) => action === 'pull');
  assert.equal(pull?.image?.kind === 'container' && pull.image.reference, 'registry.example/a:1');
  assert.deepEqual(pull?.logsource, { category: 'command', product: 'docker' });
});

test('lines of something else are a gap with their numbers, and the rest goes on', () => {
  const read = readAll(auditd, `hello\nworld\n${line(1, 'CWD', 'cwd="/"')}\n\u0000\u0001\n`);
  assert.deepEqual(
    read.gaps.map(({ where }) => where),
    ['test: lines 1 to 2', 'test: line 4'],
  );
  assert.equal(read.events.length, 1);
});

test('the same log read twice gives the same ids, in whatever pieces it comes', () => {
  const log = `${head(7, 59)}\n${line(7, 'EXECVE', 'argc=1 a0="x"')}\n`;
  const ids = (step: number): readonly string[] => readAll(auditd, log, { step }).events.map(({ id }) => id);
  assert.deepEqual(ids(1), ids(1000));
  assert.equal(new Set(ids(5)).size, 2);
});
