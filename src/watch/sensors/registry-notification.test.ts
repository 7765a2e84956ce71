import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { registryNotification } from './registry-notification.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

const one = (record: unknown): Event => {
  const { events, gaps } = readAll(registryNotification, record);
  assert.deepEqual(gaps, []);
  assert.equal(events.length, 1);
  return events[0] as Event;
};

const told = (record: unknown): unknown => {
  const { action, image, actor, place } = one(record);
  return {
    action,
    reference: image?.kind === 'container' ? image.reference : image?.kind,
    resolved: image?.kind === 'container' ? image.resolved : undefined,
    actor: actor?.name,
    registry: place.registry,
  };
};

const expected = (registry: string, repository: string, tag: string, actor?: string, action = 'push') => ({
  action,
  reference: `${registry}/${repository}:${tag}@${digest}`,
  resolved: digest,
  actor,
  registry,
});

const distribution = {
  id: 'a1',
  timestamp: '2026-01-02T03:04:05.123456789Z',
  action: 'push',
  target: {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    repository: 'team/app',
    url: `https://registry.example:5000/v2/team/app/manifests/${digest}`,
    tag: '1',
  },
  request: { id: 'r', addr: '192.0.2.7:39000', host: 'registry.example:5000', useragent: 'docker/24' },
  actor: { name: 'ann' },
};

test('Distribution: a pushed manifest, in its list of events', () => {
  assert.deepEqual(told({ events: [distribution] }), expected('registry.example:5000', 'team/app', '1', 'ann'));
  const event = one({ events: [distribution] });
  assert.equal(event.at, Date.parse('2026-01-02T03:04:05.123Z'));
  assert.equal(event.actor?.address, '192.0.2.7:39000');
  assert.equal(event.id, 'registry:distribution:a1');
});

test('Distribution: a layer that goes with it is no push of an image', () => {
  const layer = { ...distribution, target: { ...distribution.target, mediaType: 'application/octet-stream' } };
  const { action, image, target } = one({ events: [layer] });
  assert.deepEqual([action, image, target], ['other', undefined, `layer team/app@${digest}`]);
  assert.equal(one({ events: [{ ...distribution, action: 'pull' }] }).action, 'pull');
});

test('Azure: the webhook and the Event Grid form say the same', () => {
  const { actor: _, ...without } = distribution;
  const data = { ...without, request: { ...distribution.request, host: 'team.azurecr.io' } };
  const wanted = expected('team.azurecr.io', 'team/app', '1', undefined);
  assert.deepEqual(told(data), { ...wanted, actor: '' });
  const grid = { id: 'e', eventType: 'Microsoft.ContainerRegistry.ImagePushed', data, topic: '/subscriptions/x' };
  assert.deepEqual(told([grid]), { ...wanted, actor: '' });
});

const harborData = {
  resources: [{ digest, tag: '1', resource_url: 'harbor.example/team/app:1' }],
  repository: { name: 'app', namespace: 'team', repo_full_name: 'team/app', repo_type: 'private' },
};

test('Harbor: old words, new words and CloudEvents say the same', () => {
  const wanted = expected('harbor.example', 'team/app', '1', 'ann');
  for (const type of ['pushImage', ['PUSH', 'ARTIFACT'].join('_')])
    assert.deepEqual(told({ type, occur_at: 1767323045, operator: 'ann', event_data: harborData }), wanted);
  const wrapped = {
    specversion: '1.0',
    type: 'harbor.artifact.pushed',
    source: '/projects/2/webhook/policies/1',
    id: 'c1',
    time: '2026-01-02T03:04:05Z',
    operator: 'ann',
    data: harborData,
  };
  assert.deepEqual(told(wrapped), wanted);
  assert.equal(one(wrapped).at, one({ type: 'pushImage', occur_at: 1767323045, event_data: harborData }).at);
  assert.equal(one({ ...wrapped, type: 'harbor.scan.completed' }).action, 'other');
});

test('Quay: one event for each tag', () => {
  const record = { repository: 'team/app', docker_url: 'quay.io/team/app', updated_tags: ['1', '2'] };
  const { events } = readAll(registryNotification, record);
  assert.deepEqual(
    events.map(({ action, image }) => [action, image?.kind === 'container' ? image.reference : undefined]),
    [
      ['push', 'quay.io/team/app:1'],
      ['push', 'quay.io/team/app:2'],
    ],
  );
  assert.equal(new Set(events.map(({ id }) => id)).size, 2);
});

test('Docker Hub, Artifactory and GHCR', () => {
  const hub = { push_data: { pushed_at: 1767323045, pusher: 'ann', tag: '1' }, repository: { repo_name: 'team/app' } };
  assert.deepEqual(told(hub), {
    action: 'push',
    reference: 'docker.io/team/app:1',
    resolved: undefined,
    actor: 'ann',
    registry: 'docker.io',
  });
  const jfrog = {
    domain: 'docker',
    event_type: 'pushed',
    data: { repo_key: 'local', image_name: 'app', tag: '1', sha256: 'ab'.repeat(32), path: 'app/1/manifest.json' },
    jpd_origin: 'https://team.jfrog.example/artifactory',
    source: 'jfrog/ann',
  };
  assert.deepEqual(told(jfrog), expected('team.jfrog.example', 'local/app', '1', 'jfrog/ann'));
  const github = {
    action: 'published',
    package: {
      name: 'app',
      namespace: 'Team',
      package_type: 'CONTAINER',
      package_version: { version: digest, container_metadata: { tag: { name: '1', digest } } },
    },
    sender: { login: 'ann' },
  };
  assert.deepEqual(told(github), expected('ghcr.io', 'team/app', '1', 'ann'));
});

test('Artifact Registry through Pub/Sub, ECR through EventBridge', () => {
  const said = { action: 'INSERT', digest: `eu-docker.pkg.dev/p/r/app@${digest}`, tag: 'eu-docker.pkg.dev/p/r/app:1' };
  const message = { data: Buffer.from(JSON.stringify(said)).toString('base64'), messageId: '7' };
  assert.deepEqual(told({ message, subscription: 's' }), expected('eu-docker.pkg.dev', 'p/r/app', '1'));
  const bridge = {
    id: 'b1',
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    account: '123456789012',
    region: 'eu-west-1',
    time: '2026-01-02T03:04:05Z',
    detail: {
      result: 'SUCCESS',
      'repository-name': 'team/app',
      'image-digest': digest,
      'action-type': 'PUSH',
      'image-tag': '1',
    },
  };
  assert.deepEqual(told(bridge), expected('123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'team/app', '1'));
});

test('a name that no registry has is kept as it was written, and is no reference', () => {
  const hostile = { ...distribution, target: { ...distribution.target, repository: '../../etc/passwd', tag: 'x y' } };
  const { image } = one(hostile);
  assert.equal(image?.kind, 'container');
  assert.equal(image?.kind === 'container' ? image.reference : 'none', undefined);
});

test('what is no notification is a gap', () => {
  for (const record of [{ kind: 'Event' }, [1], [{ action: 'push' }]])
    assert.equal(readAll(registryNotification, record).gaps[0]?.code, ['RECORD', 'UNRECOGNISED'].join('_'));
});
