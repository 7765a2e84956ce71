import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { falco } from './falco.ts';
import { tetragon } from './tetragon.ts';
import { tracee } from './tracee.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const time = '2026-01-02T03:04:05.678Z';

const first = (sensor: Sensor, record: unknown): Event => {
  const { events, gaps } = readAll(sensor, record);
  assert.deepEqual(gaps, []);
  return events[0] ?? assert.fail('no event');
};

const seenByTetragon = {
  process_exec: {
    process: {
      exec_id: 'e1',
      pid: 42,
      uid: 0,
      cwd: '/tmp',
      binary: '/usr/bin/curl',
      arguments: '-s https://files.example/x',
      auid: 4294967295,
      pod: {
        namespace: 'shop',
        name: 'web-1',
        container: {
          id: 'containerd://c1',
          name: 'web',
          image: { id: `registry.example/web@${digest}`, name: 'registry.example/web:1' },
        },
      },
    },
    parent: { pid: 41, binary: '/bin/sh', arguments: '-c x' },
  },
  node_name: 'n1',
  time,
};

const seenByFalco = {
  hostname: 'n1',
  rule: 'Launch Suspicious Network Tool in Container',
  priority: 'Notice',
  source: 'syscall',
  output: '…',
  time,
  output_fields: {
    'evt.type': 'execve',
    'container.id': 'c1',
    'container.name': 'web',
    'container.image.repository': 'registry.example/web',
    'container.image.tag': '1',
    'container.image.digest': digest,
    'k8s.ns.name': 'shop',
    'k8s.pod.name': 'web-1',
    'proc.exepath': '/usr/bin/curl',
    'proc.cmdline': 'curl -s https://files.example/x',
    'proc.cwd': '/tmp',
    'proc.pid': 42,
    'proc.ppid': 41,
    'proc.pexepath': '/bin/sh',
    'user.name': 'root',
  },
};

const seenByTracee = {
  timestamp: 1767323045678000000,
  eventName: 'sched_process_exec',
  hostName: 'n1',
  processId: 42,
  hostProcessId: 42,
  hostParentProcessId: 41,
  userId: 0,
  processName: 'curl',
  container: { id: 'c1', name: 'web', image: 'registry.example/web:1', imageDigest: digest },
  kubernetes: { podName: 'web-1', podNamespace: 'shop' },
  args: [
    { name: 'pathname', value: '/usr/bin/curl' },
    { name: 'argv', value: ['curl', '-s', 'https://files.example/x'] },
    { name: 'sha256', value: 'cd'.repeat(32) },
  ],
};

test('one process, as each of the three tells it', () => {
  for (const [sensor, record] of [
    [tetragon, seenByTetragon],
    [falco, seenByFalco],
    [tracee, seenByTracee],
  ] as const) {
    const event = first(sensor, record);
    assert.equal(event.action, 'exec', sensor.id);
    assert.deepEqual(event.place, { host: 'n1', namespace: 'shop', pod: 'web-1', container: 'web', containerId: 'c1' });
    assert.equal(event.image?.kind === 'container' && event.image.reference, 'registry.example/web:1');
    assert.equal(event.image?.kind === 'container' && event.image.resolved, digest);
    assert.equal(event.process?.executable, '/usr/bin/curl');
    assert.match(event.process?.commandLine ?? '', /curl -s https:\/\/files\.example\/x$/);
    assert.deepEqual([event.process?.id, event.process?.parentId], [42, 41]);
    assert.equal(event.at, Date.parse(time));
    assert.equal(event.logsource.category, 'process_creation');
  }
  assert.equal(first(tracee, seenByTracee).process?.hash, `sha256:${'cd'.repeat(32)}`);
  assert.equal(first(tetragon, seenByTetragon).process?.parentCommandLine, '/bin/sh -c x');
});

test('in a container whose image is not named it is unknown; on a host there is none', () => {
  const { pod: _, ...bare } = seenByTetragon.process_exec.process;
  const inContainer = { ...seenByTetragon, process_exec: { process: { ...bare, docker: 'c1' } } };
  assert.equal(first(tetragon, inContainer).image?.kind, 'unknown');
  assert.equal(first(tetragon, { ...seenByTetragon, process_exec: { process: bare } }).image, undefined);
  const onHost = {
    ...seenByFalco,
    output_fields: { 'evt.type': 'execve', 'container.id': 'host', 'proc.cmdline': 'x' },
  };
  assert.deepEqual([first(falco, onHost).image, first(falco, onHost).place.containerId], [undefined, undefined]);
});

test('connections', () => {
  const { process } = seenByTetragon.process_exec;
  const connect = {
    process_connect: {
      process,
      source_ip: '10.0.0.5',
      source_port: 4000,
      destination_ip: '192.0.2.7',
      destination_port: 3333,
      protocol: 'TCP',
    },
    node_name: 'n1',
    time,
  };
  const wanted = {
    direction: 'out',
    protocol: 'tcp',
    sourceAddress: '10.0.0.5',
    sourcePort: 4000,
    address: '192.0.2.7',
    port: 3333,
  };
  assert.deepEqual(first(tetragon, connect).connection, wanted);
  const hooked = {
    process_kprobe: {
      process,
      function_name: 'tcp_connect',
      args: [
        { sock_arg: { saddr: '10.0.0.5', daddr: '192.0.2.7', sport: 4000, dport: 3333, protocol: 'IPPROTO_TCP' } },
      ],
    },
    time,
  };
  assert.deepEqual([first(tetragon, hooked).action, first(tetragon, hooked).connection], ['connect', wanted]);
  const output_fields = {
    'evt.type': 'connect',
    'container.id': 'c1',
    'fd.name': '10.0.0.5:4000->192.0.2.7:3333',
    'fd.l4proto': 'tcp',
  };
  const { direction: _, ...without } = wanted;
  assert.deepEqual(first(falco, { ...seenByFalco, output_fields }).connection, without);
  const traced = {
    ...seenByTracee,
    eventName: 'security_socket_connect',
    args: [{ name: 'remote_addr', value: { sa_family: 'AF_INET', sin_addr: '192.0.2.7', sin_port: '3333' } }],
  };
  assert.deepEqual(first(tracee, traced).connection, { direction: 'out', address: '192.0.2.7', port: 3333 });
});

test('files: read or written, by the flags of the call', () => {
  const { process } = seenByTetragon.process_exec;
  const permission = (mask: number): Event =>
    first(tetragon, {
      process_kprobe: {
        process,
        function_name: 'security_file_permission',
        args: [{ file_arg: { path: '/etc/cron.d/x' } }, { int_arg: mask }],
      },
      time,
    });
  assert.deepEqual(
    [permission(2).action, permission(2).target, permission(4).action],
    ['write', '/etc/cron.d/x', 'read'],
  );
  const opened = (flags: string): string =>
    first(falco, {
      ...seenByFalco,
      output_fields: { 'evt.type': 'openat', 'evt.arg.flags': flags, 'fd.name': '/etc/ld.so.preload' },
    }).action;
  assert.deepEqual([opened('O_WRONLY|O_CREAT'), opened('O_RDONLY')], ['write', 'read']);
  const traced = (value: number): string =>
    first(tracee, {
      ...seenByTracee,
      eventName: 'security_file_open',
      args: [
        { name: 'pathname', value: '/x' },
        { name: 'flags', value },
      ],
    }).action;
  assert.deepEqual([traced(0o101), traced(0)], ['write', 'read']);
});

test('Tracee: the later form, and questions for names', () => {
  const later = {
    timestamp: time,
    id: 1,
    name: 'sched_process_exec',
    workload: {
      process: { executable: { path: '/usr/bin/curl' }, hostPid: 42, realUser: { id: 0 } },
      container: { id: 'c1', name: 'web', image: { name: 'registry.example/web:1' } },
      k8s: { namespace: { name: 'shop' }, pod: { name: 'web-1' } },
    },
    data: [
      { name: 'pathname', str: '/usr/bin/curl' },
      { name: 'argv', strArray: { value: ['curl', 'x'] } },
    ],
  };
  const event = first(tracee, later);
  assert.deepEqual(event.process?.arguments, ['curl', 'x']);
  assert.deepEqual(
    [event.place.pod, event.image?.kind === 'container' && event.image.written],
    ['web-1', 'registry.example/web:1'],
  );
  const asked = {
    ...seenByTracee,
    eventName: 'net_packet_dns_request',
    args: [{ name: 'dns_questions', value: [{ query: 'Pool.example.' }] }],
  };
  assert.deepEqual([first(tracee, asked).action, first(tracee, asked).connection?.name], ['resolve', 'pool.example']);
});

test('an engine’s command that one of them sees is also what it does', () => {
  const record = {
    ...seenByTetragon,
    process_exec: {
      process: {
        ...seenByTetragon.process_exec.process,
        binary: '/usr/bin/docker',
        arguments: 'pull registry.example/other:2',
      },
    },
  };
  const deeds = readAll(tetragon, record).events.filter(({ action }) => action === 'pull');
  assert.equal(deeds[0]?.image?.kind === 'container' && deeds[0].image.reference, 'registry.example/other:2');
});

test('what none of them wrote is a gap', () => {
  for (const sensor of [tetragon, falco, tracee])
    for (const record of [{ a: 1 }, { process_exec: 3 }, { rule: 'x' }, 'text'])
      assert.equal(readAll(sensor, record).gaps.length, 1, sensor.id);
});
