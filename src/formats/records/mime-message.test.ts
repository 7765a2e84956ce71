import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeMail, parseMimeMessage } from './mime-message.ts';

const mail = (...lines: readonly string[]): string => lines.join('\r\n');
const textsOf = (...lines: readonly string[]): readonly string[] => parseMimeMessage(mail(...lines)).texts;

test('who wrote when about what, in encoded words of both kinds', () => {
  const { from, subject, date, id, complete } = parseMimeMessage(
    mail(
      'From: =?iso-8859-1?Q?J=FCrgen_M?= <j@example>',
      'Subject: =?utf-8?B?ZG9ja2VyIHB1bGwg?=',
      ' =?UTF-8?q?evil=2Eexample/x=3A1?=',
      'Date: Mon, 02 Mar 2026 10:00:00 +0100',
      'Message-ID: <1@example>',
      '',
      'x',
    ),
  );
  assert.deepEqual(
    [from, subject, date, id, complete],
    ['Jürgen M <j@example>', 'docker pull evil.example/x:1', 'Mon, 02 Mar 2026 10:00:00 +0100', '<1@example>', true],
  );
});

test('lines that quoted-printable cut are one, and its signs are read', () => {
  assert.deepEqual(
    textsOf(
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'evil.exa=',
      'mple/x=3A1 =E2=82=AC',
    ),
    ['evil.example/x:1 €'],
  );
});

test('base64 in its charset', () => {
  const body = Buffer.from('docker pull a', 'utf16le').toString('base64');
  assert.deepEqual(
    textsOf('Content-Type: text/plain; charset="utf-16le"', 'Content-Transfer-Encoding: BASE64', '', body),
    ['docker pull a'],
  );
});

test('parts within parts, pages, forwarded mail and names of what is attached', () => {
  const texts = textsOf(
    'Subject: s',
    'Content-Type: multipart/mixed; boundary="a b"',
    '',
    'for old programs',
    '--a b',
    'Content-Type: multipart/alternative; boundary=in',
    '',
    '--in',
    '',
    'plain',
    '--in',
    'Content-Type: text/html',
    '',
    '<p>p<b>ag</b>e</p>',
    '--in--',
    '--a b',
    'Content-Type: message/rfc822',
    '',
    'Subject: inner',
    '',
    'forwarded',
    '--a b',
    'Content-Type: application/octet-stream',
    'Content-Disposition: attachment; filename="evil.tar"',
    '',
    'bytes',
    '--a b--',
    'behind',
  );
  assert.deepEqual(
    texts.map((text) => text.trim()),
    ['s', 'plain', 'page', 'forwarded', 'inner', 'evil.tar'],
  );
});

test('hostile mail ends, within its bounds', () => {
  const nested = Array.from(
    { length: 50 },
    (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n`,
  );
  assert.equal(parseMimeMessage(`${nested.join('')}\ndeep`).complete, false);
  const many = `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(5000)}`;
  assert.equal(parseMimeMessage(many).complete, false);
  const long = parseMimeMessage(`Subject: s\n\n${'x'.repeat(3 << 20)}`);
  assert.ok(!long.complete && long.texts.join('').length < (1 << 20) + 10);
  for (const source of [
    '',
    '\n',
    ':',
    'Content-Type: text/plain; charset=none\n\nx',
    '=?x?q?=zz?=',
    'a:'.repeat(100_000),
  ])
    assert.ok(parseMimeMessage(source).texts.length <= 2);
});

test('the head of a mail is told from other text', () => {
  assert.ok(looksLikeMail(mail('Received: by a', 'From: a@example', '', 'x')));
  assert.ok(looksLikeMail(mail('From: a', 'Date: today', 'Subject: s')));
  for (const text of ['from here: to there', 'From: a', 'Subject: s\nDate: d', 'FROM docker.io/library/alpine'])
    assert.ok(!looksLikeMail(text), text);
});
