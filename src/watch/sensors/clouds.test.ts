import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { azureActivity } from './azure-activity.ts';
import { containerd } from './containerd.ts';
import { gcpAudit } from './gcp-audit.ts';

const all = (sensor: Sensor, record: unknown): readonly Event[] => {
  const { events, gaps } = readAll(sensor, record);
  assert.deepEqual(gaps, []);
  return events;
};

const named = ({ image }: Event): string | undefined =>
  image === undefined
    ? undefined
    : image.kind === 'unknown'
      ? 'unknown'
      : image.kind === 'container'
        ? image.reference
        : image.written;

const family = 'projects/debian-cloud/global/images/family/debian-12';
const exact = 'projects/debian-cloud/global/images/debian-12-v20260101';

const gcp = (methodName: string, request: unknown, more: object = {}, entry: object = {}): object => ({
  insertId: 'i1',
  timestamp: '2026-01-02T03:04:05.5Z',
  resource: { type: 'gce_instance', labels: { project_id: 'p', zone: 'europe-west1-b', instance_id: '77' } },
  operation: { id: 'operation-1', first: true },
  ...entry,
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    serviceName: 'compute.googleapis.com',
    methodName,
    resourceName: 'projects/p/zones/europe-west1-b/instances/vm1',
    authenticationInfo: { principalEmail: 'ann@example.com' },
    requestMetadata: { callerIp: '192.0.2.9', callerSuppliedUserAgent: 'gcloud' },
    authorizationInfo: [{ granted: true, permission: 'x' }],
    request,
    ...more,
  },
});

const disks = [{ boot: true, initializeParams: { sourceImage: `https://www.googleapis.com/compute/v1/${family}` } }];

test('Google: a machine from a family, with what it led to', () => {
  const [event] = all(gcpAudit, gcp('v1.compute.instances.insert', { disks }, { metadata: { sourceImages: [exact] } }));
  assert.deepEqual(event?.image, {
    kind: 'machine',
    cloud: 'gcp',
    written: family,
    resolved: exact,
    owner: 'debian-cloud',
    name: 'debian-12',
  });
  assert.deepEqual(event.place, { cloud: 'gcp', account: 'p', region: 'europe-west1-b', instance: '77' });
  assert.deepEqual(
    [event.action, event.outcome, event.actor?.name, event.actor?.address],
    ['launch', 'success', 'ann@example.com', '192.0.2.9'],
  );
});

test('Google: the end of a long operation is no second launch, unless it says more; a refusal is told', () => {
  const end = { operation: { id: 'operation-1', last: true } };
  const [event] = all(gcpAudit, gcp('v1.compute.instances.insert', { '@type': 'x' }, {}, end));
  assert.deepEqual([event?.action, event?.image?.kind], ['other', 'unknown']);
  const begun = all(gcpAudit, gcp('v1.compute.instances.insert', { disks }));
  assert.notEqual(event?.id, begun[0]?.id);
  assert.equal(
    all(gcpAudit, gcp('v1.compute.instances.insert', { disks }, { status: { code: 7 } }))[0]?.outcome,
    'denied',
  );
});

test('Google: templates, machine images, images, sharing, start, and scripts that run at start', () => {
  const told = (method: string, request: unknown, more: object = {}): unknown => {
    const [event] = all(gcpAudit, gcp(method, request, more));
    return [event?.action, event === undefined ? undefined : named(event), event?.target];
  };
  assert.deepEqual(told('beta.compute.instanceTemplates.insert', { properties: { disks } }), ['create', family, 'vm1']);
  assert.deepEqual(told('v1.compute.instances.insert', { sourceMachineImage: 'projects/p/global/machineImages/m' }), [
    'launch',
    'projects/p/global/machineImages/m',
    'vm1',
  ]);
  const resourceName = 'projects/p/global/images/mine';
  assert.deepEqual(
    told(
      'v1.compute.images.insert',
      { rawDisk: { source: 'https://storage.googleapis.com/b/x.tar.gz' } },
      { resourceName },
    ),
    ['image-register', resourceName, 'https://storage.googleapis.com/b/x.tar.gz'],
  );
  const policy = {
    policy: {
      bindings: [{ role: 'roles/compute.imageUser', members: ['allAuthenticatedUsers', 'user:eve@example.com'] }],
    },
  };
  const [shared] = all(gcpAudit, gcp('v1.compute.images.setIamPolicy', policy, { resourceName }));
  assert.deepEqual(
    [shared?.action, shared?.rights],
    ['image-share', { public: true, sharedWith: ['user:eve@example.com'] }],
  );
  assert.deepEqual(told('v1.compute.instances.start', {}), ['start', 'unknown', undefined]);
  const metadata = (key: string): unknown => told('v1.compute.instances.setMetadata', { items: [{ key, value: 'x' }] });
  assert.deepEqual(
    [metadata('startup-script'), metadata('labels')],
    [
      ['user-data', undefined, 'startup-script'],
      ['change', undefined, 'labels'],
    ],
  );
  const delta = { metadata: { instanceMetadataDelta: { addedMetadataKeys: ['user-data'] } } };
  assert.deepEqual(told('v1.compute.instances.setMetadata', {}, delta), ['user-data', undefined, 'user-data']);
});

test('Google: containers of Cloud Run, of a machine, of a build, of a registry', () => {
  const run = { service: { spec: { template: { spec: { containers: [{ image: 'registry.example/a:1' }] } } } } };
  assert.deepEqual(all(gcpAudit, gcp('google.cloud.run.v1.Services.CreateService', run)).map(named), [
    'registry.example/a:1',
  ]);
  const declaration = 'spec:\n  containers:\n    - name: x\n      image: "registry.example/b:2"\n';
  const request = { disks, metadata: { items: [{ key: 'gce-container-declaration', value: declaration }] } };
  assert.deepEqual(all(gcpAudit, gcp('v1.compute.instances.insert', request)).map(named), [
    family,
    'registry.example/b:2',
  ]);
  const resourceName = `projects/p/locations/eu/repositories/r/dockerImages/app@sha256:${'ab'.repeat(32)}`;
  const [pull] = all(gcpAudit, gcp('Docker-GetManifest', {}, { resourceName }));
  assert.deepEqual(
    [pull?.action, pull === undefined ? undefined : named(pull)],
    ['pull', `eu-docker.pkg.dev/p/r/app@sha256:${'ab'.repeat(32)}`],
  );
});

test('Google: through Pub/Sub the same', () => {
  const record = gcp('v1.compute.instances.insert', { disks });
  const message = { data: Buffer.from(JSON.stringify(record)).toString('base64'), messageId: '1' };
  assert.deepEqual(all(gcpAudit, { message, subscription: 's' }), all(gcpAudit, record));
});

const vm = '/subscriptions/S1/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/vm1';
const body = {
  location: 'westeurope',
  properties: {
    storageProfile: {
      imageReference: { publisher: 'Canonical', offer: 'o', sku: 's', version: 'latest', exactVersion: '1.2' },
    },
  },
};
const azure = (operationName: unknown, properties: unknown, more: object = {}): object => ({
  eventDataId: 'e1',
  operationName,
  resourceId: vm,
  caller: 'ann@example.com',
  httpRequest: { clientIpAddress: '192.0.2.9' },
  status: { value: 'Succeeded' },
  eventTimestamp: '2026-01-02T03:04:05Z',
  properties,
  ...more,
});

test('Azure: a body as text or object, the operation in any case, under any of its names', () => {
  const wanted = {
    kind: 'machine',
    cloud: 'azure',
    written: 'Canonical:o:s:latest',
    resolved: 'Canonical:o:s:1.2',
    owner: 'Canonical',
  };
  for (const record of [
    azure({ value: 'Microsoft.Compute/virtualMachines/write' }, { requestbody: JSON.stringify(body) }),
    azure('MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE', { requestbody: body }),
    azure({ value: 'Microsoft.Compute/virtualMachines/write' }, JSON.stringify({ responseBody: JSON.stringify(body) })),
    {
      OperationNameValue: 'MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE',
      _ResourceId: vm.toLowerCase(),
      Caller: 'ann@example.com',
      CallerIpAddress: '192.0.2.9',
      ActivityStatusValue: 'Success',
      TimeGenerated: '2026-01-02T03:04:05Z',
      Properties: JSON.stringify({ requestbody: JSON.stringify(body) }),
    },
  ]) {
    const [event] = all(azureActivity, record);
    assert.deepEqual(event?.image, wanted);
    assert.deepEqual(
      [event.action, event.outcome, event.actor?.name, event.actor?.address],
      ['launch', 'success', 'ann@example.com', '192.0.2.9'],
    );
    assert.deepEqual([event.place.account, event.place.namespace, event.place.instance], ['s1', 'rg', 'vm1']);
  }
});

test('Azure: without a reference the plan tells; without a plan, or without a body, the image is unknown', () => {
  const write = { value: 'Microsoft.Compute/virtualMachineScaleSets/write' };
  const of = (properties: unknown): string | undefined => all(azureActivity, azure(write, properties)).map(named)[0];
  assert.equal(
    of({ requestbody: { plan: { publisher: 'pub', product: 'prod', name: 'n' }, properties: {} } }),
    'pub:prod:n',
  );
  assert.equal(
    of({
      requestbody: {
        properties: {
          virtualMachineProfile: { storageProfile: { imageReference: { id: '/communityGalleries/g/images/i' } } },
        },
      },
    }),
    '/communityGalleries/g/images/i',
  );
  assert.equal(of({ requestbody: { properties: {} } }), 'unknown');
  assert.equal(of({}), 'unknown');
  assert.equal(of('cut off {"requestbody'), 'unknown');
});

test('Azure: start, images, sharing, scripts, containers, refusals', () => {
  const action = (name: string, properties: unknown = {}): unknown =>
    all(azureActivity, azure(name, properties)).map((event) => [event.action, named(event)]);
  assert.deepEqual(action('Microsoft.Compute/virtualMachines/start/action'), [['start', 'unknown']]);
  assert.deepEqual(action('Microsoft.Compute/images/write'), [['image-register', vm]]);
  assert.deepEqual(action('Microsoft.Compute/virtualMachines/extensions/write'), [['user-data', undefined]]);
  const scripted = { requestbody: { properties: { ...body.properties, osProfile: { customData: 'x' } } } };
  assert.deepEqual(action('Microsoft.Compute/virtualMachines/write', scripted), [
    ['launch', 'Canonical:o:s:latest'],
    ['user-data', undefined],
  ]);
  const group = {
    requestbody: { properties: { containers: [{ name: 'c', properties: { image: 'registry.example/a:1' } }] } },
  };
  assert.deepEqual(action('Microsoft.ContainerInstance/containerGroups/write', group), [
    ['create', 'registry.example/a:1'],
  ]);
  assert.deepEqual(action('Microsoft.Network/networkSecurityGroups/write'), [['change', undefined]]);
  const refused = azure(
    'Microsoft.Compute/virtualMachines/write',
    {},
    { status: { value: 'Failed' }, subStatus: { value: 'Forbidden' } },
  );
  assert.equal(all(azureActivity, refused)[0]?.outcome, 'denied');
  assert.equal(
    all(azureActivity, azure('Microsoft.Compute/virtualMachines/write', {}, { status: { value: 'Started' } }))[0]
      ?.outcome,
    undefined,
  );
});

test('containerd: as it prints its events and as its API gives them', () => {
  const at = '2026-01-02 03:04:05.123456789 +0000 UTC';
  const told = (line: string): unknown =>
    all(containerd, line).map((event) => [event.action, named(event), event.place.namespace, event.place.containerId]);
  assert.deepEqual(told(`${at} k8s.io /images/create {"name":"docker.io/library/redis:7"}\n`), [
    ['pull', 'docker.io/library/redis:7', 'k8s.io', undefined],
  ]);
  assert.deepEqual(
    told(`${at} k8s.io /containers/create {"id":"c1","image":"docker.io/library/redis:7","runtime":{"name":"x"}}\n`),
    [['create', 'docker.io/library/redis:7', 'k8s.io', 'c1']],
  );
  assert.deepEqual(told(`${at} k8s.io /tasks/start {"container_id":"c1","pid":7}\n`), [
    ['start', 'unknown', 'k8s.io', 'c1'],
  ]);
  assert.deepEqual(told(`${at} k8s.io /tasks/exit {"container_id":"c1","id":"c1","exit_status":1}\n`), [
    ['stop', undefined, 'k8s.io', 'c1'],
  ]);
  assert.deepEqual(told(`${at} k8s.io /tasks/exit {"container_id":"c1","id":"e1"}\n`), [
    ['exit', undefined, 'k8s.io', 'c1'],
  ]);
  assert.deepEqual(told(`${at} k8s.io /tasks/exec-started {"container_id":"c1","exec_id":"e1","pid":8}\n`), [
    ['exec', 'unknown', 'k8s.io', 'c1'],
  ]);
  const api = {
    timestamp: '2026-01-02T03:04:05.123456789Z',
    namespace: 'k8s.io',
    topic: '/tasks/start',
    event: { container_id: 'c1', pid: 7 },
  };
  assert.equal(
    all(containerd, api)[0]?.at,
    all(containerd, `${at} k8s.io /tasks/start {"container_id":"c1","pid":7}`)[0]?.at,
  );
  assert.equal(readAll(containerd, 'hello\n').gaps.length, 1);
});

test('what is none of theirs is a gap', () => {
  for (const sensor of [gcpAudit, azureActivity, containerd])
    for (const record of [{ a: 1 }, { operationName: 'x' }, { protoPayload: 3 }, 'text'])
      assert.equal(readAll(sensor, record).gaps.length, 1, sensor.id);
});
