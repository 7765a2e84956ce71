import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { cri } from './cri.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const id = 'c1'.repeat(32);
const nanoseconds = '1767323045000000000';
const at = Date.parse('2026-01-02T03:04:05Z');

const all = (record: unknown): readonly Event[] => {
  const { events, gaps } = readAll(cri, record);
  assert.deepEqual(gaps, []);
  return events;
};

const status = {
  id,
  metadata: { name: 'web', attempt: 0 },
  state: 'CONTAINER_RUNNING',
  createdAt: nanoseconds,
  startedAt: nanoseconds,
  finishedAt: '0',
  exitCode: 0,
  image: { image: 'registry.example/web:1' },
  imageRef: `registry.example/web@${digest}`,
  labels: {
    'io.kubernetes.container.name': 'web',
    'io.kubernetes.pod.name': 'web-1',
    'io.kubernetes.pod.namespace': 'shop',
  },
};
const sandbox = { id: 's1', metadata: { name: 'web-1', namespace: 'shop', uid: 'u' } };

const streamed = (kind: string, more: object = {}): unknown => ({
  containerId: id,
  containerEventType: `CONTAINER_${kind}_EVENT`,
  createdAt: nanoseconds,
  podSandboxStatus: sandbox,
  containersStatuses: [{ ...status, ...more }],
});

test('events of a runtime: created, started, ended, removed', () => {
  const events = all([
    streamed('CREATED'),
    streamed('STARTED'),
    streamed('STOPPED', { exitCode: 137 }),
    streamed('DELETED'),
  ]);
  assert.deepEqual(
    events.map(({ action, outcome }) => [action, outcome]),
    [
      ['create', undefined],
      ['start', undefined],
      ['stop', 'failure'],
      ['delete', undefined],
    ],
  );
  const [created] = events;
  assert.deepEqual(created?.place, { namespace: 'shop', pod: 'web-1', container: 'web', containerId: id });
  assert.deepEqual(created.image, {
    kind: 'container',
    written: 'registry.example/web:1',
    reference: 'registry.example/web:1',
    resolved: digest,
  });
  assert.equal(created.at, at);
});

test('the sandbox of a pod is no container that somebody named; of one that is gone the image is unknown', () => {
  const [own] = all({ ...(streamed('STARTED') as object), containerId: 's1', containersStatuses: [] });
  assert.deepEqual([own?.action, own?.image, own?.place.pod], ['other', undefined, 'web-1']);
  const [gone] = all({ ...(streamed('DELETED') as object), containersStatuses: [] });
  assert.deepEqual([gone?.action, gone?.image?.kind], ['delete', 'unknown']);
});

test('a list of containers, one that is inspected, and the stream tell of one start', () => {
  const [streamedStart] = all(streamed('STARTED'));
  const listed = all({ containers: [{ ...status, podSandboxId: 's1' }] });
  const inspected = all({
    status: {
      ...status,
      mounts: [{ hostPath: '/', containerPath: '/host' }, { hostPath: '/var/lib/kubelet/pods/u/etc-hosts' }],
    },
    info: {
      config: {
        linux: {
          security_context: {
            privileged: true,
            namespace_options: { pid: 2 },
            capabilities: { add_capabilities: ['SYS_ADMIN'] },
          },
        },
      },
    },
  });
  assert.deepEqual(
    [...listed, ...inspected].map((event) => event.id),
    [streamedStart?.id, streamedStart?.id],
  );
  assert.deepEqual(inspected[0]?.rights, {
    privileged: true,
    hostProcesses: true,
    hostPaths: ['/'],
    capabilities: ['SYS_ADMIN'],
  });
  assert.deepEqual(all({ containers: [] }), []);
});

test('pods of a kubelet: what runs of them, what it may do, and where the pod came from', () => {
  const pod = {
    metadata: { name: 'web-1', namespace: 'shop', annotations: { 'kubernetes.io/config.source': 'file' } },
    spec: {
      nodeName: 'n1',
      containers: [
        { name: 'web', image: 'registry.example/web:1', securityContext: { privileged: true } },
        { name: 'late', image: 'a:1' },
      ],
    },
    status: {
      containerStatuses: [
        {
          name: 'web',
          image: 'registry.example/web:1',
          imageID: `registry.example/web@${digest}`,
          containerID: `containerd://${id}`,
          state: { running: { startedAt: '2026-01-02T03:04:05Z' } },
        },
      ],
    },
  };
  const events = all({ kind: 'PodList', apiVersion: 'v1', items: [pod] });
  assert.equal(events.length, 1);
  const [start] = events;
  assert.deepEqual(
    [start?.action, start?.at, start?.place.host, start?.place.containerId, start?.rights?.privileged, start?.target],
    ['start', at, 'n1', id, true, 'source file'],
  );
  assert.deepEqual(
    all({ type: 'MODIFIED', object: { kind: 'Pod', ...pod } }).map((event) => event.id),
    [all(streamed('STARTED'))[0]?.id],
  );
  assert.deepEqual(all({ ...pod, status: {} }), []);
});

test('records of another kind are gaps', () => {
  for (const record of [{ images: [{ id: 'x' }] }, { containerId: id }, { status: { id } }, { kind: 'Pod' }, 'x'])
    assert.equal(readAll(cri, record).gaps.length, 1);
});
