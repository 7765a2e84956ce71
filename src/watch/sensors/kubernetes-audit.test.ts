import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { kubernetesAudit } from './kubernetes-audit.ts';
import { kubernetesEvent } from './kubernetes-event.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

const all = (record: unknown): readonly Event[] => {
  const { events, gaps } = readAll(kubernetesAudit, record);
  assert.deepEqual(gaps, []);
  return events;
};
const one = (record: unknown): Event => {
  const events = all(record);
  assert.equal(events.length, 1);
  return events[0] as Event;
};

const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'web-1', namespace: 'shop' },
  spec: {
    hostPID: true,
    volumes: [{ name: 'root', hostPath: { path: '/' } }],
    initContainers: [{ name: 'first', image: 'busybox' }],
    containers: [
      {
        name: 'web',
        image: 'registry.example/web:1',
        imagePullPolicy: 'Always',
        command: ['sh', '-c'],
        args: ['id'],
        securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } },
        volumeMounts: [{ name: 'root', mountPath: '/host' }],
      },
    ],
  },
};

const native = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: 'id-1',
  stage: 'ResponseComplete',
  requestURI: '/v1/namespaces/shop/pods/web-1',
  verb: 'create',
  user: { username: 'ann@example' },
  sourceIPs: ['192.0.2.9'],
  userAgent: 'kubectl/v1',
  objectRef: { resource: 'pods', namespace: 'shop', name: 'web-1', apiVersion: 'v1' },
  responseStatus: { code: 201 },
  requestObject: pod,
  responseObject: pod,
  requestReceivedTimestamp: '2026-01-02T03:04:05.678901Z',
  stageTimestamp: '2026-01-02T03:04:05.678901Z',
  annotations: { 'authorization.k8s.io/decision': 'allow' },
};

const eks = {
  messageType: 'DATA_MESSAGE',
  owner: '123456789012',
  logGroup: '/aws/eks/prod/cluster',
  logStream: 'kube-apiserver-audit-1',
  logEvents: [{ id: '1', timestamp: 1, message: JSON.stringify(native) }],
};

const resourceId = '/SUBSCRIPTIONS/S1/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/PROD';
const aks = {
  records: [
    {
      time: '2026-01-02T03:04:06Z',
      resourceId,
      category: 'kube-audit',
      properties: { log: JSON.stringify(native), pod: 'x' },
    },
  ],
};

const gke = {
  insertId: 'other',
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    serviceName: 'k8s.io',
    methodName: 'io.k8s.core.v1.pods.create',
    resourceName: 'core/v1/namespaces/shop/pods/web-1',
    authenticationInfo: { principalEmail: 'ann@example' },
    authorizationInfo: [{ granted: true, permission: 'io.k8s.core.v1.pods.create' }],
    requestMetadata: { callerIp: '192.0.2.9', callerSuppliedUserAgent: 'kubectl/v1' },
    request: { '@type': 'core.k8s.io/v1.Pod', ...pod },
    response: { '@type': 'core.k8s.io/v1.Pod', ...pod },
    status: { code: 0 },
  },
  operation: { id: 'id-1', producer: 'k8s.io', first: true, last: true },
  resource: { type: 'k8s_cluster', labels: { cluster_name: 'prod', location: 'europe-west1', project_id: 'p' } },
  labels: { 'authorization.k8s.io/decision': 'allow' },
  timestamp: '2026-01-02T03:04:05.678901Z',
};

/** Without the cluster, which only the wrapping names. */
const normalised = (record: unknown): unknown =>
  all(record).map(({ place: { cloud: _c, account: _a, region: _r, cluster: _n, ...place }, fields, ...rest }) => {
    const { requestURI: _u, ...said } = fields;
    return { ...rest, place, fields: said };
  });

test('the same pod gives the same Events from the server, EKS, AKS and GKE', () => {
  const wanted = normalised(native);
  assert.deepEqual(normalised(eks), wanted);
  assert.deepEqual(normalised(aks), wanted);
  assert.deepEqual(JSON.parse(JSON.stringify(normalised(gke))), JSON.parse(JSON.stringify(wanted)));
  assert.deepEqual(
    [eks, aks, gke].map((record) => all(record)[0]?.place.cluster),
    ['prod', 'prod', 'prod'],
  );
});

test('AKS through Log Analytics: text, and columns', () => {
  const wanted = normalised(native);
  assert.deepEqual(normalised({ _ResourceId: resourceId.toLowerCase(), log_s: JSON.stringify(native) }), wanted);
  const columns = {
    AuditId: 'id-1',
    Level: 'RequestResponse',
    Stage: 'ResponseComplete',
    Verb: 'create',
    RequestUri: '/x',
    User: native.user,
    SourceIps: native.sourceIPs,
    UserAgent: 'kubectl/v1',
    ObjectRef: native.objectRef,
    ResponseStatus: native.responseStatus,
    RequestObject: JSON.stringify(pod),
    ResponseObject: pod,
    RequestReceivedTime: native.requestReceivedTimestamp,
    StageReceivedTime: native.stageTimestamp,
  };
  const told = (events: readonly Event[]): unknown =>
    events.map(({ action, image, actor, at, id }) => [action, image, actor, at, id]);
  assert.deepEqual(told(all(columns)), told(all(native)));
});

test('each container of a pod: its image, rights and command', () => {
  const [first, main] = all(native);
  assert.equal(first?.image?.kind === 'container' && first.image.reference, 'docker.io/library/busybox:latest');
  assert.deepEqual(main?.rights, {
    privileged: true,
    hostProcesses: true,
    hostPaths: ['/'],
    capabilities: ['SYS_ADMIN'],
    pullPolicy: 'Always',
  });
  assert.deepEqual(main.place, { namespace: 'shop', pod: 'web-1', container: 'web' });
  assert.equal(main.process?.commandLine, 'sh -c id');
  assert.deepEqual([main.actor?.name, main.actor?.address, main.outcome], ['ann@example', '192.0.2.9', 'success']);
  assert.notEqual(main.id, first?.id);
});

test('of more containers than are kept the rest is told as such, and none is left out in silence', () => {
  const containers = Array.from({ length: 1030 }, (_, index) => ({ name: `c${index}`, image: 'a' }));
  const events = all({ ...native, requestObject: { spec: { containers } }, responseObject: undefined });
  assert.equal(events.length, 1025);
  const last = events.at(-1);
  assert.deepEqual([last?.action, last?.image?.kind], ['other', 'unknown']);
  assert.match(last?.target ?? '', /6 of them were not kept/);
});

test('a request that was only received has created nothing; one that was refused neither', () => {
  assert.equal(one({ ...native, stage: 'RequestReceived' }).action, 'other');
  const refused = all({ ...native, responseObject: undefined, responseStatus: { code: 403 } });
  assert.deepEqual([refused[0]?.action, refused[0]?.outcome], ['create', 'denied']);
});

test('without content the image is unknown, and said to be', () => {
  const event = one({ ...native, level: 'Metadata', requestObject: undefined, responseObject: undefined });
  assert.deepEqual([event.action, event.image?.kind], ['create', 'unknown']);
});

test('a command in a pod, and its end under the same id', () => {
  const exec = {
    ...native,
    requestURI: '/api/v1/namespaces/shop/pods/web-1/exec?command=sh&command=-c&command=curl+x&container=web&stdin=true',
    objectRef: { ...native.objectRef, subresource: 'exec' },
    requestObject: undefined,
    responseObject: undefined,
    responseStatus: { code: 101 },
    stage: 'ResponseStarted',
  };
  const begun = one(exec);
  assert.deepEqual(
    [begun.action, begun.process?.arguments, begun.place.container],
    ['exec', ['sh', '-c', 'curl x'], 'web'],
  );
  assert.equal(one({ ...exec, stage: 'ResponseComplete' }).id, begun.id);
});

test('images of workloads, of patches of both kinds, and of ephemeral containers', () => {
  const images = (request: unknown, objectRef: object): unknown =>
    all({ ...native, verb: 'patch', objectRef, requestObject: request, responseObject: undefined }).map(
      ({ action, image }) => [action, image?.kind === 'container' ? image.written : image?.kind],
    );
  const deployment = { resource: 'deployments', namespace: 'shop', name: 'web' };
  const merge = { spec: { template: { spec: { containers: [{ name: 'web', image: 'a:2' }] } } } };
  assert.deepEqual(images(merge, deployment), [['change', 'a:2']]);
  const steps = [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'b:3' },
    { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'x', image: 'c:4' } },
  ];
  assert.deepEqual(images(steps, deployment), [
    ['change', 'b:3'],
    ['change', 'c:4'],
  ]);
  const ephemeral = { spec: { ephemeralContainers: [{ name: 'd', image: 'd:5' }] } };
  assert.deepEqual(images(ephemeral, { resource: 'pods', subresource: 'ephemeralcontainers', name: 'x' }), [
    ['create', 'd:5'],
  ]);
  assert.deepEqual(images({ spec: { replicas: 3 } }, deployment), [['change', undefined]]);
});

test('what a node reports to run is a start, once, with the digest that it pulled', () => {
  const status = {
    status: {
      containerStatuses: [
        {
          name: 'web',
          image: 'registry.example/web:1',
          imageID: `docker-pullable://registry.example/web@${digest}`,
          containerID: 'containerd://c1',
          state: { running: { startedAt: '2026-01-02T03:04:09Z' } },
        },
        { name: 'late', image: 'x', containerID: 'containerd://c2', state: { waiting: {} } },
      ],
    },
  };
  const report = {
    ...native,
    verb: 'patch',
    objectRef: { ...native.objectRef, subresource: 'status' },
    requestObject: status,
    responseObject: undefined,
    user: { username: 'system:node:n1' },
  };
  const [, start, ...more] = all(report);
  assert.equal(more.length, 0);
  assert.deepEqual(
    [start?.action, start?.place.containerId, start?.at],
    ['start', 'c1', Date.parse('2026-01-02T03:04:09Z')],
  );
  assert.equal(start?.image?.kind === 'container' && start.image.resolved, digest);
  assert.equal(all({ ...report, auditID: 'later' })[1]?.id, start?.id);
  assert.equal(start?.actor?.kind, 'node');
});

test('secrets, rights and who nobody is', () => {
  const to = (verb: string, resource: string): string =>
    one({ ...native, verb, objectRef: { resource, name: 'x' } }).action;
  assert.deepEqual(
    [to('create', 'secrets'), to('get', 'secrets'), to('create', 'clusterrolebindings'), to('delete', 'events')],
    ['write', 'read', 'grant', 'delete'],
  );
  assert.equal(one({ ...native, verb: 'list', user: { username: 'system:anonymous' } }).actor?.kind, 'anonymous');
});

test('what is no audited request is a gap', () => {
  for (const record of [{ kind: 0 }, { kind: 'Pod', verb: 3 }, 'text'])
    assert.equal(readAll(kubernetesAudit, record).gaps.length, 1);
});

const kept = {
  kind: 'Event',
  apiVersion: 'v1',
  metadata: { uid: 'e1', name: 'web-1.1' },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1', fieldPath: 'spec.containers{web}' },
  reason: 'Pulled',
  message: 'Successfully pulled image "registry.example/web:1" in 1.2s (1.2s including waiting)',
  source: { component: 'kubelet', host: 'n1' },
  lastTimestamp: '2026-01-02T03:04:05Z',
  count: 1,
};

test('events of a kubelet: pulled, already there, failed, crashing', () => {
  const told = (change: object): unknown => {
    const { events, gaps } = readAll(kubernetesEvent, { ...kept, ...change });
    assert.deepEqual(gaps, []);
    return events.map(({ action, image }) => [action, image?.kind === 'container' ? image.reference : image?.kind]);
  };
  assert.deepEqual(told({}), [['pull', 'registry.example/web:1']]);
  assert.deepEqual(told({ message: 'Container image "a" already present on machine' }), [
    ['other', 'docker.io/library/a:latest'],
  ]);
  assert.deepEqual(told({ reason: 'Failed', message: 'Failed to pull image "a": not found' }), [
    ['fail', 'docker.io/library/a:latest'],
  ]);
  assert.deepEqual(told({ reason: 'BackOff', message: 'Back-off restarting failed container web' }), [
    ['fail', 'unknown'],
  ]);
  assert.deepEqual(told({ reason: 'Started', message: 'Started container web' }), [['start', 'unknown']]);
});

test('the newer form, in a watch, says the same', () => {
  const { involvedObject, message, source, lastTimestamp, count: _, ...rest } = kept;
  const newer = {
    ...rest,
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    note: message,
    reportingInstance: source.host,
    eventTime: lastTimestamp,
  };
  const [old] = readAll(kubernetesEvent, { kind: 'EventList', items: [kept] }).events;
  const [event] = readAll(kubernetesEvent, { type: 'ADDED', object: newer }).events;
  assert.deepEqual(
    [event?.action, event?.image, event?.place, event?.at, event?.id],
    [old?.action, old?.image, old?.place, old?.at, old?.id],
  );
  assert.deepEqual(old?.place, { host: 'n1', namespace: 'shop', pod: 'web-1', container: 'web' });
});
