import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll, receivedAt } from '../../../test/builders/sensed.ts';
import { applicationLog } from './application-log.ts';

const all = (record: unknown): readonly Event[] => {
  const { events, gaps } = readAll(applicationLog, record);
  assert.deepEqual(gaps, []);
  return events;
};
const named = ({ image }: Event): string | undefined =>
  image === undefined
    ? undefined
    : image.kind === 'unknown'
      ? 'unknown'
      : image.kind === 'container'
        ? (image.reference ?? '?')
        : image.written;
const told = (record: unknown): unknown => all(record).map((event) => [event.action, named(event)]);

const digest = `sha256:${'ab'.repeat(32)}`;

test('engines: pulled, failed, created, started', () => {
  const containerd = (message: string): string =>
    `Jan  2 03:04:05 n1 containerd[99]: time="2026-01-02T03:04:05.5Z" level=info msg=${JSON.stringify(message)}`;
  assert.deepEqual(told(containerd(`PullImage "docker.io/library/redis:7" returns image reference "${digest}"`)), [
    ['pull', 'docker.io/library/redis:7'],
  ]);
  assert.deepEqual(told(containerd('PullImage "registry.example/a:1" failed')), [['fail', 'registry.example/a:1']]);
  assert.deepEqual(told(containerd('StartContainer for "c1" returns successfully')), [['start', 'unknown']]);
  const [pulled] = all(containerd(`PullImage "docker.io/library/redis:7" returns image reference "${digest}"`));
  assert.deepEqual(
    [pulled?.place.host, pulled?.logsource.service, pulled?.at],
    ['n1', 'containerd', Date.parse('2026-01-02T03:04:05.5Z')],
  );
  const crio = `time="2026-01-02T03:04:05Z" level=info msg="Pulled image: registry.example/a@${digest}" id=x`;
  assert.deepEqual(told(crio), [['pull', `registry.example/a@${digest}`]]);
  const dockerd =
    'time="2026-01-02T03:04:05Z" level=error msg="Not continuing with pull after error: manifest for registry.example/a:1 not found"';
  assert.deepEqual(told(dockerd), [['fail', 'registry.example/a:1']]);
  assert.deepEqual(told('time="2026-01-02T03:04:05Z" level=info msg="Loading containers: done."'), [
    ['other', undefined],
  ]);
});

test('registries: access lines, and requests as fields', () => {
  const line = `192.0.2.9 - ann [02/Jan/2026:03:04:05 +0000] "PUT /v2/team/app/manifests/1 HTTP/1.1" 201 0 "-" "docker/24.0"`;
  const [push] = all(line);
  assert.deepEqual(
    [push?.action, push?.image, push?.actor],
    ['push', { kind: 'container', written: 'team/app:1' }, { name: 'ann', address: '192.0.2.9', agent: 'docker/24.0' }],
  );
  assert.deepEqual(told(line.replace('PUT', 'GET').replace('201', '403')), [['pull', '?']]);
  assert.equal(all(line.replace('201', '401'))[0]?.outcome, 'denied');
  assert.equal(push?.at, Date.parse('2026-01-02T03:04:05Z'));
  assert.equal(all(line.replace(' ann ', ' - '))[0]?.actor?.kind, 'anonymous');
  assert.deepEqual(told(line.replace('manifests/1', 'blobs/x')), [['other', undefined]]);
  const fields = {
    level: 'info',
    'http.request.method': 'GET',
    'http.request.uri': `/v2/team/app/manifests/${digest}`,
    'http.request.host': 'registry.example',
    'http.response.status': 200,
    msg: 'response completed',
    time: '2026-01-02T03:04:05Z',
  };
  assert.deepEqual(told(fields), [['pull', `registry.example/team/app@${digest}`]]);
  assert.equal(all(fields)[0]?.place.registry, 'registry.example');
});

test('logins, commands by sudo and by cron', () => {
  const line = (program: string, message: string): string =>
    `2026-01-02T03:04:05.5+00:00 host1 ${program}[7]: ${message}`;
  const [failed] = all(line('sshd', 'Failed password for invalid user ann from 192.0.2.9 port 4000 ssh2'));
  assert.deepEqual(
    [failed?.action, failed?.outcome, failed?.actor, failed?.logsource.service],
    ['login', 'failure', { name: 'ann', address: '192.0.2.9' }, 'sshd'],
  );
  assert.equal(all(line('sshd', 'Accepted publickey for ann from 192.0.2.9 port 4000 ssh2'))[0]?.outcome, 'success');
  const sudo = '     ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/docker pull registry.example/a:1';
  assert.deepEqual(told(line('sudo', sudo)), [
    ['exec', undefined],
    ['pull', 'registry.example/a:1'],
  ]);
  assert.deepEqual(told(line('CRON', '(root) CMD (docker run registry.example/b:2)')), [
    ['exec', undefined],
    ['create', 'registry.example/b:2'],
    ['start', 'registry.example/b:2'],
  ]);
});

test('the same line from syslog in both forms, the journal and JSON', () => {
  const message = 'Accepted password for ann from 192.0.2.9 port 4000 ssh2';
  const at = Date.parse('2026-01-02T03:04:05Z');
  for (const record of [
    `<38>1 2026-01-02T03:04:05Z host1 sshd 7 - [x@1 a="b"] ${message}`,
    `<38>Jan  2 03:04:05 host1 sshd[7]: ${message}`,
    { MESSAGE: message, _HOSTNAME: 'host1', SYSLOG_IDENTIFIER: 'sshd', __REALTIME_TIMESTAMP: `${at}000` },
    { message, hostname: 'host1', program: 'sshd', '@timestamp': '2026-01-02T03:04:05Z' },
  ]) {
    const [event] = all(record);
    assert.deepEqual(
      [event?.action, event?.actor?.name, event?.place.host, event?.at, event?.logsource.service],
      ['login', 'ann', 'host1', at, 'sshd'],
    );
  }
});

test('a date without a year is never of tomorrow', () => {
  assert.equal(new Date(receivedAt).getUTCFullYear(), 2026);
  assert.equal(all('Dec 31 23:00:00 host1 x: hello')[0]?.at, Date.parse('2025-12-31T23:00:00Z'));
});

test('people who name images: chat, tickets and mail', () => {
  const slack = [
    {
      type: 'message',
      user: 'U1',
      ts: '1767323045.000100',
      text: 'try `docker run -d evil.example/tool:latest` or https://hub.docker.com/r/team/app.',
    },
  ];
  const [chat] = all(slack);
  assert.deepEqual(told(slack), [
    ['name', 'docker.io/team/app:latest'],
    ['name', 'evil.example/tool:latest'],
  ]);
  assert.deepEqual([chat?.actor?.name, chat?.at], ['U1', 1767323045000]);
  const ticket = {
    key: 'OPS-1',
    fields: {
      reporter: { displayName: 'Ann' },
      created: '2026-01-02T03:04:05.000+0000',
      description: 'please launch ami-0123456789abcdef0\nimage: quay.io/team/x',
    },
  };
  assert.deepEqual(told(ticket), [
    ['name', 'quay.io/team/x:latest'],
    ['name', 'ami-0123456789abcdef0'],
  ]);
  assert.equal(all(ticket)[0]?.at, Date.parse('2026-01-02T03:04:05Z'));
  const links =
    'https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#LaunchInstances:ami=ami-0123456789abcdef1 https://github.com/orgs/Team/packages/container/package/app https://portal.azure.com/#create/publisher.offer-arm https://quay.io/repository/team/y';
  assert.deepEqual(told(links), [
    ['name', 'ami-0123456789abcdef1'],
    ['name', 'ghcr.io/team/app:latest'],
    ['name', 'publisher.offer-arm'],
    ['name', 'quay.io/team/y:latest'],
  ]);
});

test('what only looks like an image names none', () => {
  for (const line of [
    'see www.example.com/news/today',
    'at 10:30 we meet',
    'a/b:c',
    'https://example.com/x:1',
    'version 1.2.3/4',
    'docker is down',
    'mail ann@example.com',
  ])
    assert.deepEqual(told(line), [['other', undefined]], line);
});

test('kubelets: static pods, pulls and containers that fail, at their own time', () => {
  const line = (text: string): string => `I0102 03:04:05.678901    1234 kubelet.go:2447] ${text}`;
  const [added] = all(line('"SyncLoop ADD" source="file" pods=["shop/web-n1"]'));
  assert.deepEqual(
    [added?.action, added?.place, added?.target, added?.at],
    ['create', { namespace: 'shop', pod: 'web-n1' }, 'source file', Date.parse('2026-01-02T03:04:05Z')],
  );
  assert.equal(all(line('"SyncLoop ADD" source="api" pods=["shop/web-1"]'))[0]?.action, 'other');
  const failed = '"Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"web\\" with ';
  assert.deepEqual(
    told(line(`${failed}ImagePullBackOff: \\"Back-off pulling image \\\\\\"evil.example/a:1\\\\\\"\\""`)),
    [['fail', 'evil.example/a:1']],
  );
  const [crashed] = all(
    line(`${failed}CrashLoopBackOff: \\"back-off 5m0s restarting failed container=web pod=web-1_shop(0a-1)\\""`),
  );
  assert.deepEqual([crashed?.action, crashed?.place], ['fail', { namespace: 'shop', pod: 'web-1', container: 'web' }]);
  assert.deepEqual(told(line('"PullImage from image service failed" err="rpc error" image="evil.example/b:1"')), [
    ['fail', 'evil.example/b:1'],
  ]);
});

test('two equal lines at different places are two events', () => {
  const ids = all('hello\nhello\n').map(({ id }) => id);
  assert.equal(new Set(ids).size, 2);
});

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const letter = (...body: readonly string[]): string =>
  [
    'Received: by mail.example',
    'From: =?utf-8?Q?Ann_=C3=84?= <ann@example>',
    'Subject: =?utf-8?B?ZG9ja2VyIHB1bGwgZXZpbC5leGFtcGxlL3M6MQ==?=',
    'Date: Fri, 02 Jan 2026 04:04:05 +0100 (CET)',
    'MIME-Version: 1.0',
    ...body,
    '',
  ].join('\r\n');

test('mail: its head, and its parts in whatever way they are encoded', () => {
  const mail = letter(
    'Content-Type: multipart/alternative; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'please docker pull evil.exa=',
    'mple/q=3A1',
    '--b',
    'Content-Type: text/html',
    'Content-Transfer-Encoding: base64',
    '',
    encoded('<p>docker p<b>ull</b> evil.example/&#104;:1</p>'),
    '--b--',
  );
  const events = all(mail);
  assert.deepEqual(events.map(named), ['evil.example/s:1', 'evil.example/q:1', 'evil.example/h:1']);
  assert.deepEqual(
    [events[0]?.at, events[0]?.actor?.name, events[0]?.fields['subject']],
    [Date.parse('2026-01-02T03:04:05Z'), 'Ann Ä <ann@example>', 'docker pull evil.example/s:1'],
  );
  for (const step of [1, 13]) assert.deepEqual(readAll(applicationLog, mail, { step }).events, events);
});

test('a box of mail is one event of each, and lines that are none stay lines', () => {
  const box = [1, 2]
    .map((number) => `From ann@example Fri Jan  2 03:04:0${number} 2026\n${letter('', `see quay.io/team/x:${number}`)}`)
    .join('\n');
  assert.deepEqual(told(box), [
    ['name', 'evil.example/s:1'],
    ['name', 'quay.io/team/x:1'],
    ['name', 'evil.example/s:1'],
    ['name', 'quay.io/team/x:2'],
  ]);
  assert.equal(all('Jan  2 03:04:05 n1 x: From: a\nDate: b\nSubject: c\n').length, 3);
});

test('no line of a log hides what stands behind it', () => {
  const hostile = 'From eve@example Fri Jan  2 03:04:05 2026';
  const pulled = 'time="2026-01-02T03:04:05Z" level=info msg="PullImage \\"a.example/x:1\\" failed"';
  for (const lines of [
    ['hello', hostile, 'From: a', 'Date: b', 'Subject: c', '', pulled],
    [hostile, 'x', pulled],
  ])
    assert.ok(
      all(`${lines.join('\n')}\n`).some(({ action }) => action === 'fail'),
      lines[0],
    );
});

test('a log that only begins like a mail stays a log', () => {
  for (const text of ['Date: today\nhello\nworld\n', 'Subject: x\n\nhello\nworld\n', 'To: a\nFrom: b\nthird\n'])
    assert.equal(all(text).length, 3, text);
  assert.equal(all(`${'To: a\n'.repeat(3000)}x\n`).length, 3001);
});

test('mail and pages inside records', () => {
  const page = {
    subject: 'x',
    body: { contentType: 'html', content: '<div>docker&nbsp;pull evil.ex<i>ample/a:1</i></div>' },
  };
  assert.deepEqual(all(page).map(named), ['evil.example/a:1']);
  const parts = {
    payload: { parts: [{ mimeType: 'text/plain', body: { data: encoded('docker pull evil.example/b:1') } }] },
  };
  assert.deepEqual(all(parts).map(named), ['evil.example/b:1']);
  assert.deepEqual(all({ raw: encoded(letter('', 'x')) }).map(named), ['evil.example/s:1']);
  assert.deepEqual(told({ raw: encoded('nothing of that kind, only some text that is long enough') }), [
    ['other', undefined],
  ]);
});

test('of mail that is too long it is said that not everything was read', () => {
  const events = all(letter('', 'x'.repeat(60_000).concat('\n').repeat(30)));
  assert.match(events.at(-1)?.target ?? '', /not everything/);
});
