/** What every sensor owes: it is total whatever a record holds, its Events are bounded, and the same record has the same ids. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventActions } from '../../src/core/event-action.ts';
import type { Event } from '../../src/core/event.ts';
import { isGap, type RecordOrigin, type Sensor } from '../../src/core/sensor.ts';
import { parseRegistryReference } from '../../src/core/reference.ts';
import { sensors } from '../../src/watch/sensors/index.ts';
import { readAll } from '../builders/sensed.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const time = '2026-01-02T03:04:05Z';
const pod = {
  metadata: { name: 'p' },
  spec: {
    volumes: [{ name: 'v', hostPath: { path: '/' } }],
    containers: [
      {
        name: 'c',
        image: 'a:1',
        command: ['x'],
        imagePullPolicy: 'Always',
        volumeMounts: [{ name: 'v' }],
        securityContext: { privileged: true, capabilities: { add: ['X'] } },
      },
    ],
  },
};

/** One whole record of each, with as many members as matter. */
const samples: Readonly<Record<string, unknown>> = {
  'application-log': {
    message: 'PullImage "a:1" returns image reference "b"',
    user: { name: 'u' },
    host: 'h',
    '@timestamp': time,
    image: 'a.example/x:1',
  },
  auditd: [
    'type=SYSCALL',
    'arch=c000003e syscall=42 success=yes exit=0 a1=0 pid=1 ppid=2 auid=1000 uid=0 exe="/x"',
    'type=SOCKADDR',
    'saddr=020001BBC0000207',
  ].reduce(
    (lines, part, index) => (index % 2 === 0 ? `${lines}${part} msg=audit(1700000000.250:7): ` : `${lines}${part}\n`),
    '',
  ),
  'aws-event': {
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    id: 'e',
    account: '1',
    region: 'eu-west-1',
    time,
    detail: {
      taskArn: 't',
      clusterArn: 'x:cluster/c',
      lastStatus: 'RUNNING',
      containers: [{ name: 'c', image: 'a:1', imageDigest: digest, lastStatus: 'RUNNING', runtimeId: 'r' }],
    },
  },
  'azure-activity': {
    operationName: { value: 'Microsoft.Compute/virtualMachines/write' },
    resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v',
    caller: 'a@b',
    status: { value: 'Succeeded' },
    eventDataId: 'e',
    eventTimestamp: time,
    properties: {
      requestbody: {
        properties: {
          storageProfile: { imageReference: { publisher: 'p', offer: 'o', sku: 's', version: 'v' } },
          osProfile: { customData: 'x' },
        },
      },
    },
  },
  'cloud-facts': {
    type: 'cloud-facts',
    id: 'f',
    at: time,
    about: { event: 'cloudtrail:e', action: 'launch' },
    actor: { name: 'a', kind: 'user' },
    place: { cloud: 'aws', account: '123456789012', region: 'eu-west-1', instance: 'i-1' },
    named: { written: 'ami-1' },
    image: { id: 'ami-2', name: 'n', owner: '210987654321', ownerAlias: 'amazon', created: time, public: true },
    machine: { tags: ['a=b'], addresses: ['192.0.2.1'], hostNames: ['h'] },
    script: 'x',
    story: ['y'],
    refused: { code: 'CLOUD_REFUSED', reason: 'r' },
  },
  cloudtrail: {
    eventName: 'RunInstances',
    eventSource: 'ec2.amazonaws.com',
    eventID: 'e',
    eventTime: time,
    awsRegion: 'eu-west-1',
    recipientAccountId: '1',
    sourceIPAddress: '192.0.2.1',
    userIdentity: { type: 'IAMUser', arn: 'a' },
    requestParameters: { instancesSet: { items: [{ imageId: 'ami-1' }] } },
    responseElements: { instancesSet: { items: [{ instanceId: 'i-1' }] } },
  },
  containerd: { timestamp: time, namespace: 'n', topic: '/containers/create', event: { id: 'c', image: 'a:1' } },
  cri: {
    containerId: 'c',
    containerEventType: 'CONTAINER_STARTED_EVENT',
    createdAt: '1767323045000000000',
    podSandboxStatus: { id: 's', metadata: { name: 'p', namespace: 'n' } },
    containersStatuses: [
      {
        id: 'c',
        metadata: { name: 'x' },
        state: 'CONTAINER_RUNNING',
        image: { image: 'a:1' },
        imageRef: `a@${digest}`,
        mounts: [{ hostPath: '/' }],
        labels: { 'io.kubernetes.pod.name': 'p' },
      },
    ],
  },
  docker: {
    Type: 'container',
    Action: 'exec_start: sh',
    Actor: { ID: 'c', Attributes: { image: 'a:1', name: 'n' } },
    timeNano: 1_767_323_045_000_000_000,
  },
  falco: {
    rule: 'r',
    output: 'o',
    time,
    hostname: 'h',
    output_fields: {
      'evt.type': 'execve',
      'container.id': 'c',
      'container.image.repository': 'a',
      'proc.cmdline': 'docker run a:1',
      'fd.name': '1.2.3.4:5->6.7.8.9:10',
    },
  },
  flow: {
    ts: 1,
    uid: 'u',
    'id.orig_h': '10.0.0.1',
    'id.orig_p': 1,
    'id.resp_h': '192.0.2.1',
    'id.resp_p': 2,
    proto: 'tcp',
    query: 'q',
    answers: ['x'],
  },
  'gcp-audit': {
    insertId: 'i',
    timestamp: time,
    resource: { labels: { project_id: 'p' } },
    protoPayload: {
      methodName: 'v1.compute.instances.insert',
      resourceName: 'projects/p/zones/z/instances/i',
      authenticationInfo: { principalEmail: 'a@b' },
      request: {
        disks: [{ initializeParams: { sourceImage: 'projects/p/global/images/i' } }],
        metadata: { items: [{ key: 'user-data', value: 'x' }] },
      },
    },
  },
  judgement: {
    type: 'judgement',
    id: 'x',
    at: time,
    outcome: 'success',
    image: `a.example/x:1@${digest}`,
    digest,
    manifest: digest,
    config: digest,
    said: 'clean, allow',
  },
  'kubernetes-audit': {
    kind: 'Event',
    auditID: 'a',
    verb: 'create',
    stage: 'ResponseComplete',
    user: { username: 'u' },
    sourceIPs: ['192.0.2.1'],
    objectRef: { resource: 'pods', namespace: 'n', name: 'p' },
    requestURI: '/x?command=a',
    responseStatus: { code: 201 },
    requestObject: pod,
    responseObject: pod,
    requestReceivedTimestamp: time,
  },
  'kubernetes-event': {
    metadata: { uid: 'u' },
    reason: 'Pulled',
    message: 'Successfully pulled image "a:1"',
    involvedObject: { kind: 'Pod', namespace: 'n', name: 'p', fieldPath: 'spec.containers{c}' },
    source: { host: 'h' },
    lastTimestamp: time,
    count: 1,
  },
  podman: {
    ID: 'c',
    Image: 'localhost/a:1',
    Name: 'n',
    Status: 'create',
    Type: 'container',
    Time: time,
    Attributes: { x: 'y' },
  },
  'registry-notification': {
    id: 'i',
    timestamp: time,
    action: 'push',
    target: { repository: 'a', tag: '1', digest, mediaType: 'x.manifest.v1+json' },
    request: { host: 'r.example', addr: '192.0.2.1' },
    actor: { name: 'n' },
  },
  tetragon: {
    process_exec: {
      process: {
        exec_id: 'e',
        pid: 1,
        uid: 0,
        binary: '/usr/bin/docker',
        arguments: 'pull a:1',
        pod: { namespace: 'n', name: 'p', container: { id: 'x://c', image: { id: `a@${digest}`, name: 'a:1' } } },
      },
      parent: { pid: 2, binary: '/b' },
    },
    node_name: 'h',
    time,
  },
  tracee: {
    timestamp: 1_767_323_045_000_000_000,
    eventName: 'security_socket_connect',
    container: { id: 'c', image: 'a:1', imageDigest: digest },
    kubernetes: { podName: 'p' },
    args: [{ name: 'remote_addr', value: { sin_addr: '192.0.2.1', sin_port: 1 } }],
  },
  'windows-eventlog': {
    Event: {
      System: {
        EventID: 1,
        Channel: 'Microsoft-Windows-Sysmon/Operational',
        Computer: 'h',
        TimeCreated: { '#attributes': { SystemTime: time } },
      },
      EventData: { Image: 'x', CommandLine: 'docker pull a:1', ProcessId: 1, Hashes: 'x' },
    },
  },
};

const origin: RecordOrigin = {
  where: 'x: line 1',
  receivedAt: 1,
  fingerprint: () => 'f'.repeat(32),
  envelope: { type: 'ECS Task State Change' },
};

const longest = (value: unknown): number =>
  typeof value === 'string'
    ? value.length
    : typeof value === 'object' && value !== null
      ? Math.max(0, ...Object.values(value).map(longest))
      : 0;

/** What JSON knows, and nothing that a table of ours gave for a name that every object has. */
const assertPlain = (value: unknown, depth = 0): void => {
  if (depth > 40) return;
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) assertPlain(inner, depth + 1);
  else assert.ok(['string', 'number', 'boolean'].includes(typeof value), `${typeof value} in an event`);
};

const assertBounded = (events: readonly Event[]): void => {
  for (const { fields, process, image, learnt, ...event } of events) {
    for (const part of [process, image, event]) if (part !== undefined) assertPlain(part);
    assert.ok((eventActions as readonly string[]).includes(event.action));
    assert.ok(Number.isFinite(event.at), `${event.at}`);
    assert.ok(longest(event) <= 512, JSON.stringify(event).slice(0, 300));
    assert.ok(longest(image) <= 1100);
    assert.ok((process?.commandLine?.length ?? 0) <= 32 * 1024);
    assert.ok((learnt?.script?.length ?? 0) <= 32 * 1024 && longest({ ...learnt, script: '' }) <= 512);
    assert.equal(typeof fields, 'object');
    // Only the registry's grammar: nothing of another scheme, no file, no socket.
    if (image?.kind === 'container' && image.reference !== undefined) parseRegistryReference(image.reference);
  }
};

test('every file of the shelf is a sensor with its name, and has a sample here', () => {
  const files = readdirSync(join(import.meta.dirname, '../../src/watch/sensors'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'index.ts')
    .map((file) => file.slice(0, -3));
  assert.deepEqual(
    sensors.map(({ id }) => id),
    files,
  );
  assert.deepEqual(Object.keys(samples).toSorted(), files);
  for (const { about, logsource } of sensors)
    assert.ok(about.length > 10 && about.length < 140 && Object.keys(logsource).length > 0);
});

/** Names that every object answers to: a table that is asked for one of them must not. */
const ownedByAll = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty'];
const long = 'A1 docker pull '.repeat(35_000);
const deep: unknown = Array.from({ length: 20_000 }).reduce(
  (inner: unknown, _, at) => (at % 2 === 0 ? [inner] : { a: inner }),
  'x',
);

/** Texts that expressions with two ways to match the same go through again and again. */
const laborious = [
  'a',
  ' ',
  '(',
  '0',
  '/',
  '.a',
  '-',
  '"',
  "='",
  'x:',
  '\\',
  '[',
  '<',
  'sh -c ',
  '1.',
  'a-b_',
  '{"a":',
].map((piece) => piece.repeat(Math.ceil(200_000 / piece.length)));

for (const sensor of sensors as readonly Sensor[]) {
  const sample = samples[sensor.id];

  test(`${sensor.id}: its sample is understood, and has the same ids whenever it is read`, () => {
    const first = readAll(sensor, sample);
    assert.deepEqual(first.gaps, []);
    assert.ok(first.events.some(({ action }) => action !== 'other'));
    assert.equal(new Set(first.events.map(({ id }) => id)).size, first.events.length);
    assert.deepEqual(readAll(sensor, sample, { step: 3 }), first);
    assertBounded(first.events);
  });

  test(`${sensor.id}: whatever a member holds, it ends in Events or a Gap`, () => {
    const odd: readonly unknown[] = [
      null,
      true,
      -1,
      1e308,
      '',
      'x'.repeat(5000),
      '\u0000\u202e',
      '../../x',
      'docker-daemon:x',
      [],
      [null],
      {},
      { value: {} },
      [[{}]],
      '{"a":',
      '2026-13-45T99:99:99Z',
      ...ownedByAll,
      long,
      deep,
      JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"length":-1}'),
    ];
    const records: unknown[] = [...odd];
    const replace = (value: unknown, put: (changed: unknown) => unknown): void => {
      for (const other of odd) records.push(put(other));
      if (typeof value !== 'object' || value === null) return;
      for (const [name, inner] of Object.entries(value))
        replace(inner, (changed) =>
          put(
            Array.isArray(value)
              ? Object.assign([...(value as unknown[])], { [name]: changed })
              : { ...value, [name]: changed },
          ),
        );
    };
    const inner = sensor.id === 'aws-event' ? (sample as { readonly detail: unknown }).detail : sample;
    if (typeof inner === 'object') replace(inner, (changed) => changed);
    for (const record of records) {
      const result = sensor.parse(record, origin);
      if (isGap(result)) assert.match(result.code, /^RECORD_/);
      else assertBounded(result);
    }
  });

  test(`${sensor.id}: cut off at any byte, a record is Events or Gaps, and never silence`, () => {
    const whole = Buffer.from(typeof sample === 'string' ? sample : JSON.stringify(sample));
    for (let end = 1; end < whole.length; end += 1) {
      const { events, gaps } = readAll(sensor, whole.subarray(0, end));
      assert.ok(events.length + gaps.length > 0, whole.subarray(0, end).toString());
      assertBounded(events);
      for (const { code } of gaps) assert.match(code, /^RECORD_/);
    }
  });

  test(`${sensor.id}: with a byte changed or lost, the same`, () => {
    const whole = Buffer.from(typeof sample === 'string' ? sample : JSON.stringify(sample));
    for (let at = 0; at < whole.length; at += 1)
      for (const put of [
        Buffer.alloc(0),
        Buffer.of(0),
        Buffer.of(0xff),
        Buffer.from('"'),
        Buffer.from('}'),
        Buffer.from('\n'),
      ]) {
        const { events } = readAll(sensor, Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + 1)]));
        assertBounded(events);
      }
  });

  test(`${sensor.id}: names of members that belong to every object change nothing`, () => {
    const text = typeof sample === 'string' ? sample : JSON.stringify(sample);
    const poisoned = text.replaceAll('{"', '{"__proto__":{"polluted":true},"constructor":"x","toString":1,"');
    const { events } = readAll(sensor, poisoned);
    assertBounded(events);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    const plain = readAll(sensor, sample).events;
    assert.deepEqual(
      events.map(({ action, place, actor }) => [action, place, actor]),
      plain.map(({ action, place, actor }) => [action, place, actor]),
    );
  });

  test(`${sensor.id}: no text of a member costs more than its length`, { timeout: 60_000 }, () => {
    const leaves: ((changed: unknown) => unknown)[] = [];
    const collect = (value: unknown, put: (changed: unknown) => unknown): void => {
      if (typeof value !== 'object' || value === null) {
        leaves.push(put);
        return;
      }
      for (const [name, inner] of Object.entries(value))
        collect(inner, (changed) =>
          put(
            Array.isArray(value)
              ? Object.assign([...(value as unknown[])], { [name]: changed })
              : { ...value, [name]: changed },
          ),
        );
    };
    collect(sensor.id === 'aws-event' ? (sample as { readonly detail: unknown }).detail : sample, (changed) => changed);
    // What grows with the square of a text's length takes many minutes here.
    for (const put of leaves)
      for (const text of laborious) {
        const result = sensor.parse(put(text), origin);
        if (!isGap(result)) assertBounded(result);
      }
  });
}
