import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLogfmt } from './logfmt.ts';
import { parseSyslogLine } from './syslog-line.ts';

const bare = (line: string): unknown => {
  const found = parseSyslogLine(line);
  return found === undefined ? undefined : { ...found, data: { ...found.data } };
};

test('RFC 5424, with structured data and without', () => {
  assert.deepEqual(
    bare('<165>1 2026-01-02T03:04:05.003Z h.example app 77 ID47 [x@1 a="b \\"c\\]" d="e"][y f="g"] \ufeffthe message'),
    {
      priority: 165,
      at: '2026-01-02T03:04:05.003Z',
      host: 'h.example',
      program: 'app',
      processId: 77,
      messageId: 'ID47',
      data: { 'x@1.a': 'b "c]', 'x@1.d': 'e', 'y.f': 'g' },
      message: 'the message',
    },
  );
  assert.deepEqual(bare('<1>1 - - - - - - m'), { priority: 1, data: {}, message: 'm' });
});

test('RFC 3164 as daemons write it, and ISO times', () => {
  assert.deepEqual(bare('<38>Jan  2 03:04:05 h sshd[7]: hello: you'), {
    priority: 38,
    yearless: 'Jan  2 03:04:05',
    host: 'h',
    program: 'sshd',
    processId: 7,
    data: {},
    message: 'hello: you',
  });
  assert.deepEqual(bare('2026-01-02T03:04:05,5+01:00 h kernel: x'), {
    at: '2026-01-02T03:04:05.5+01:00',
    host: 'h',
    program: 'kernel',
    data: {},
    message: 'x',
  });
});

test('what has no head is none', () => {
  for (const line of ['', 'hello', '<99', '[info] x', 'Jan 2 x']) assert.equal(parseSyslogLine(line), undefined);
});

test('structured data that never ends are part of nothing, and end soon', () => {
  for (const filler of ['[a ', '[a b="', '[a b="\\"', '] '])
    assert.ok(parseSyslogLine(`<1>1 - - - - - ${filler.repeat(10_000)}`) !== undefined);
});

test('logfmt: quoted values, the first of two, and lines that are none', () => {
  assert.deepEqual(
    { ...parseLogfmt('time="2026-01-02T03:04:05Z" level=info msg="say \\"x\\"\\n" level=no a.b=c') },
    {
      time: '2026-01-02T03:04:05Z',
      level: 'info',
      msg: 'say "x"\n',
      'a.b': 'c',
    },
  );
  for (const line of ['hello level', 'msg=x', '', `msg="${'\\"'.repeat(40_000)}`])
    assert.equal(parseLogfmt(line), undefined);
});
