import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditArguments, auditText, parseAuditLine, type AuditLine } from './audit-line.ts';
import { parseSocketAddress } from './socket-address.ts';

const read = (line: string): AuditLine => parseAuditLine(line) ?? assert.fail(line);
const head = 'msg=audit(1700000000.250:7):';

test('type, time, serial, node and fields', () => {
  const line = read(`node=n1 type=SYSCALL ${head} arch=c000003e success=yes comm="a b" exe=2F746D702F61 key=(null)`);
  assert.deepEqual([line.type, line.atMs, line.serial, line.node], ['SYSCALL', 1700000000250, 7, 'n1']);
  assert.deepEqual(
    { ...line.fields },
    { arch: 'c000003e', success: 'yes', comm: 'a b', exe: '2F746D702F61', key: '(null)' },
  );
  assert.deepEqual(
    [auditText(line, 'comm'), auditText(line, 'exe'), auditText(line, 'key')],
    ['a b', '/tmp/a', undefined],
  );
});

test('sentences around pairs, and the message of user space', () => {
  const avc = read(`type=AVC ${head} avc:  denied  { read } for  pid=13010 comm="pickup" dev=hda7`);
  assert.deepEqual({ ...avc.fields }, { pid: '13010', comm: 'pickup', dev: 'hda7' });
  const user = read(
    `type=USER_START ${head} user pid=1 uid=0 msg='PAM: session open acct=root : exe="/usr/sbin/crond" (hostname=?, addr=?, res=success)'`,
  );
  assert.deepEqual([user.fields['acct'], user.fields['hostname'], user.fields['res']], ['root', '?', 'success']);
});

test('what the kernel says first counts, and a name of an object’s prototype is a name as any other', () => {
  const line = read(`type=X ${head} uid=0 uid=7 __proto__=1 constructor=2`);
  assert.deepEqual([line.fields['uid'], line.fields['constructor']], ['0', '2']);
  assert.equal(Object.getPrototypeOf(line.fields), null);
});

test('lines that the kernel prints itself, and records without a time', () => {
  const printed = read('Jan  1 00:00:00 n1 kernel: audit: type=1309 audit(1700000000.250:7): argc=1 a0="x"');
  assert.deepEqual([printed.type, printed.serial, printed.fields['a0']], ['EXECVE', 7, 'x']);
  assert.deepEqual(
    [read('type=UNKNOWN[1329] msg=?').type, read('type=UNKNOWN[1329] msg=?').atMs],
    ['UNKNOWN[1329]', 0],
  );
  assert.equal(parseAuditLine('type=X nothing'), undefined);
  assert.equal(parseAuditLine(''), undefined);
});

test('arguments out of order, in parts, and missing', () => {
  const records = [`argc=12 a10="k" a2="c"`, `a0="a" a1[1]=6465 a1[0]=6263`].map((rest) =>
    read(`type=EXECVE ${head} ${rest}`),
  );
  assert.deepEqual(auditArguments(records), { arguments: ['a', 'bcde', 'c', 'k'], missing: 8 });
});

test('lines that were made to cost much end soon, or are refused', () => {
  for (const filler of ['a', 'a=', 'a="', "msg='", '= ', 'a[1]', '"'])
    for (const line of [
      `type=X ${head} ${filler.repeat(60_000 / filler.length)}`,
      filler.repeat(60_000 / filler.length),
    ])
      assert.ok(Object.keys(parseAuditLine(line)?.fields ?? {}).length <= 4097);
  assert.equal(parseAuditLine(`type=X ${head} ${'a'.repeat(70_000)}`), undefined);
});

test('socket addresses: every family, cut at every length', () => {
  assert.deepEqual(parseSocketAddress('02000050A9FEA9FE0000000000000000'), {
    family: 'inet',
    address: '169.254.169.254',
    port: 80,
  });
  assert.deepEqual(parseSocketAddress('0A0000160000000020010DB8000000000000000000000001'), {
    family: 'inet6',
    address: '2001:db8::1',
    port: 22,
  });
  assert.deepEqual(parseSocketAddress('01002F722F7300AA'), { family: 'unix', path: '/r/s' });
  assert.deepEqual(parseSocketAddress('010000783100'), { family: 'unix', path: '@x1' });
  assert.deepEqual(parseSocketAddress('100000000000000000000000'), { family: 'netlink', number: 16 });
  for (const whole of ['02000050A9FEA9FE', '0A0000160000000020010DB8000000000000000000000001'])
    for (let length = 0; length < whole.length; length += 1)
      assert.equal(parseSocketAddress(whole.slice(0, length)), undefined, whole.slice(0, length));
});
