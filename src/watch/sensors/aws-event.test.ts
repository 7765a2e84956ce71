import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { awsEvent } from './aws-event.ts';

const all = (record: unknown): readonly Event[] => {
  const { events, gaps } = readAll(awsEvent, record);
  assert.deepEqual(gaps, []);
  return events;
};

const bridge = (type: string, detail: object, id = 'e1'): object => ({
  'detail-type': type,
  id,
  source: 'aws.x',
  account: '1',
  region: 'eu-west-1',
  time: '2026-01-02T03:04:05Z',
  detail,
});

test('AWS over EventBridge: machines, images, and tasks with the digest that runs, each started once', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const machine = (state: string): Event | undefined =>
    all(bridge('EC2 Instance State-change Notification', { 'instance-id': 'i-1', state }))[0];
  assert.deepEqual(
    [
      machine('running')?.action,
      machine('running')?.image?.kind,
      machine('running')?.place.instance,
      machine('pending')?.action,
    ],
    ['start', 'unknown', 'i-1', 'other'],
  );
  const [made] = all(bridge('EC2 AMI State Change', { ImageId: 'ami-1', State: 'available' }));
  assert.deepEqual([made?.action, made?.image?.kind === 'machine' && made.image.written], ['image-register', 'ami-1']);
  const task = {
    taskArn: 't',
    clusterArn: 'arn:aws:ecs:x:1:cluster/c',
    lastStatus: 'RUNNING',
    containers: [
      { containerArn: 'k', name: 'web', image: 'registry.example/a:1', imageDigest: digest, lastStatus: 'RUNNING' },
    ],
  };
  const [started] = all(bridge('ECS Task State Change', task));
  assert.deepEqual(
    [started?.action, started?.image?.kind === 'container' && started.image.resolved, started?.place.cluster],
    ['start', digest, 'c'],
  );
  assert.equal(all(bridge('ECS Task State Change', { ...task, version: 2 }, 'e2'))[0]?.id, started?.id);
  assert.equal(readAll(awsEvent, bridge('Something else', {})).gaps.length, 1);
});

test('GuardDuty: what was found, in which container, machine or pod, by which program', () => {
  const finding = (resource: object, more: object = {}): Event | undefined =>
    all(
      bridge('GuardDuty Finding', {
        id: 'f',
        type: 'Impact:Runtime/CryptoMinerExecuted',
        updatedAt: '2026-01-02T03:04:05Z',
        resource,
        ...more,
      }),
    )[0];
  const inPod = finding(
    {
      eksClusterDetails: { name: 'blue' },
      kubernetesDetails: {
        kubernetesWorkloadDetails: {
          name: 'web-1',
          namespace: 'shop',
          type: 'pods',
          containers: [{ id: 'containerd://c1', name: 'web', image: 'evil.example/a:1' }],
        },
      },
    },
    { service: { runtimeDetails: { process: { executablePath: '/tmp/x', executableSha256: 'AB'.repeat(32) } } } },
  );
  assert.deepEqual(
    [inPod?.place.cluster, inPod?.place.namespace, inPod?.place.pod, inPod?.place.containerId],
    ['blue', 'shop', 'web-1', 'c1'],
  );
  assert.equal(inPod?.image?.kind === 'container' && inPod.image.reference, 'evil.example/a:1');
  assert.deepEqual(inPod?.process, { executable: '/tmp/x', hash: `sha256:${'ab'.repeat(32)}` });
  assert.deepEqual([inPod?.logsource.service, inPod?.target], ['guardduty', 'Impact:Runtime/CryptoMinerExecuted']);
  const onMachine = finding({ instanceDetails: { instanceId: 'i-1', imageId: 'ami-1' } });
  assert.deepEqual([onMachine?.place.instance, onMachine?.image?.kind], ['i-1', 'machine']);
  assert.equal(finding({ accessKeyDetails: {} })?.image, undefined);
});
