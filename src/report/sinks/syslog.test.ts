import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Network } from '../../core/context.ts';
import { fakeAuthority } from '../../../test/fakes/certificate.ts';
import { fakeContext } from '../../../test/fakes/context.ts';
import { startDatagramServer, startSyslogServer, type SyslogMessage } from '../../../test/fakes/syslog-server.ts';
import { patienceMs, sinkContract, someRecord, type Received } from '../../../test/contracts/sink.contract.ts';
import { readSinkSettings } from '../delivery/sink-settings.ts';
import { syslog } from './syslog.ts';

const dataOf = (message: SyslogMessage): Readonly<Record<string, string>> => message.data['tidewaiter@32473'] ?? {};

const toReceived = (message: SyslogMessage): Received => ({
  id: dataOf(message)['record'] ?? '',
  document: JSON.parse(message.text) as Record<string, unknown>,
});

const authority = fakeAuthority();
const certificate = authority.issue(['127.0.0.1', 'localhost']);
const trusting: Network = { ...fakeContext().network, certificateAuthorities: [authority.certificate] };

for (const transport of ['tcp', 'tls'] as const)
  sinkContract({ ...syslog, id: `syslog over ${transport}` }, async () => {
    const server = await startSyslogServer(transport === 'tls' ? certificate : undefined);
    return {
      settings: { host: '127.0.0.1', port: server.port, transport },
      context: { network: trusting },
      received: () => server.messages.map(toReceived),
      troubles: server.troubles,
      heal: () => server.heal(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });

const { signal } = new AbortController();
const open = (given: Readonly<Record<string, unknown>>, network = trusting) =>
  syslog.open(readSinkSettings(syslog, given, {}), { ...fakeContext({ network }), print: async () => undefined });

test('head and structured data say what log servers sort by', async () => {
  await using server = await startSyslogServer();
  const sink = await open({
    host: '127.0.0.1',
    port: server.port,
    transport: 'tcp',
    facility: 'local3',
    hostname: 'gäte 1',
  });
  await sink.send(
    [
      someRecord(1, {
        value: { rule: 'sigma/a"]\\', severity: 'critical', title: 'ünïcode', subject: { kind: 'digest', id: 'x' } },
      }),
      someRecord(2, { type: 'gap', at: 'no time', value: { code: 'RECORD_DAMAGED' } }),
      someRecord(3, { type: 'verdict', value: { decision: 'warn' } }),
    ],
    signal,
  );
  await sink.close();
  const [one, two, three] = server.messages;
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  assert.deepEqual([one.facility, one.severity, two.severity, three.severity], [19, 2, 5, 4]);
  assert.deepEqual([one.host, one.application, one.messageId], ['g_te_1', 'tidewaiter', 'finding']);
  assert.deepEqual([one.timestamp, two.timestamp], ['2026-06-01T10:00:00.000Z', '-']);
  assert.equal(dataOf(one)['rule'], 'sigma/a"]\\');
  assert.equal(dataOf(one)['subject'], 'x');
  assert.equal(dataOf(two)['code'], 'RECORD_DAMAGED');
  // ASCII needs no byte order mark, which many servers would show.
  assert.match(one.text, /^[ -~]+$/);
  assert.equal(toReceived(one).document['title'], 'ünïcode');
});

test('datagrams arrive; one that would be too long says so', async () => {
  await using server = await startDatagramServer();
  const sink = await open({ host: '127.0.0.1', port: server.port, transport: 'udp' });
  await sink.send([someRecord(1), someRecord(2, { value: { title: 'x'.repeat(5000) } })], signal);
  for (const end = Date.now() + patienceMs; server.messages.length < 2 && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await sink.close();
  const [small, large] = server.messages.map(toReceived);
  assert.equal(small?.document['title'], 'number 1');
  assert.equal(large?.id, 'record-2');
  assert.ok(Number(large.document['leftOutBytes']) > 5000);
});

test('a server whose certificate is from nobody we trust, or for another name, gets nothing', async () => {
  await using server = await startSyslogServer(certificate);
  await using other = await startSyslogServer(authority.issue(['log.example']));
  for (const [port, network] of [
    [server.port, { ...trusting, certificateAuthorities: [] }],
    [other.port, trusting],
  ] as const) {
    const sink = await open({ host: '127.0.0.1', port }, network);
    await assert.rejects(sink.send([someRecord(1)], signal), { code: 'SINK_UNREACHABLE', kind: 'unavailable' });
    await sink.close();
  }
  assert.deepEqual([...server.messages, ...other.messages], []);
});

test('offline, and addresses where clouds answer with credentials, are not connected to', async () => {
  const offline = await open({ host: '192.0.2.7' }, { ...trusting, offline: true });
  await assert.rejects(offline.send([someRecord(1)], signal), { code: 'NETWORK_OFFLINE' });
  const metadata = await open({ host: '169.254.169.254', transport: 'tcp' });
  await assert.rejects(metadata.send([someRecord(1)], signal), { code: 'ADDRESS_REFUSED' });
});

test('a host with a port, a path or a user is none', async () => {
  for (const host of ['log.example:514', 'log.example/x', 'me@log.example', 'a b'])
    await assert.rejects(async () => open({ host }), { code: 'SINK_SETTING_INVALID' });
});
