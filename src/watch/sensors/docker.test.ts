import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { readAll } from '../../../test/builders/sensed.ts';
import { docker } from './docker.ts';
import { podman } from './podman.ts';

const digest = `sha256:${'cd'.repeat(32)}` as const;
const container = 'ef'.repeat(32);

const one = (sensor: typeof docker, record: unknown): Event => {
  const { events, gaps } = readAll(sensor, record);
  assert.deepEqual(gaps, []);
  assert.equal(events.length, 1);
  return events[0] as Event;
};

const engineEvent = (Type: string, Action: string, ID: string, Attributes: object): object => ({
  status: Action,
  id: ID,
  Type,
  Action,
  Actor: { ID, Attributes },
  scope: 'local',
  time: 1767323045,
  timeNano: 1_767_323_045_123_456_000,
});

test('a container that starts: image, container and pod', () => {
  const attributes = {
    image: 'nginx@' + digest,
    name: 'k8s_web',
    'io.kubernetes.pod.name': 'web-1',
    'io.kubernetes.pod.namespace': 'shop',
    'io.kubernetes.container.name': 'web',
  };
  const event = one(docker, engineEvent('container', 'start', container, attributes));
  assert.equal(event.action, 'start');
  assert.equal(event.at, 1767323045123);
  assert.deepEqual(event.place, {
    engine: 'docker',
    namespace: 'shop',
    pod: 'web-1',
    container: 'web',
    containerId: container,
  });
  assert.deepEqual(event.image, {
    kind: 'container',
    written: 'nginx@' + digest,
    reference: `docker.io/library/nginx@${digest}`,
    digest,
  });
});

test('a command in a container: begun, and not merely prepared', () => {
  const begun = one(docker, engineEvent('container', 'exec_start: sh -c id: x', container, { image: 'nginx' }));
  assert.equal(begun.action, 'exec');
  assert.equal(begun.process?.commandLine, 'sh -c id: x');
  assert.equal(one(docker, engineEvent('container', 'exec_create: sh', container, {})).action, 'other');
});

test('a pull, a tag by id, a commit with what it made', () => {
  const pulled = one(docker, engineEvent('image', 'pull', 'registry.example/app:1', { name: 'registry.example/app' }));
  assert.deepEqual(pulled.image, {
    kind: 'container',
    written: 'registry.example/app:1',
    reference: 'registry.example/app:1',
  });
  const tagged = one(docker, engineEvent('image', 'tag', digest, { name: 'app:2' }));
  assert.deepEqual(tagged.image, {
    kind: 'container',
    written: 'app:2',
    reference: 'docker.io/library/app:2',
    id: digest,
  });
  const commit = one(docker, engineEvent('container', 'commit', container, { image: 'nginx', imageRef: 'mine:1' }));
  assert.equal(commit.action, 'commit');
  assert.equal(commit.target, 'mine:1');
});

test('an image that the engine does not name is unknown, and said to be', () => {
  const event = one(docker, engineEvent('container', 'create', container, { name: 'x' }));
  assert.equal(event.image?.kind, 'unknown');
});

test('an id is no name: digits and hexadecimal digits are not looked up in a registry', () => {
  const event = one(docker, engineEvent('container', 'create', container, { image: digest }));
  assert.deepEqual(event.image, { kind: 'container', written: digest, id: digest });
});

test('the same record read twice has the same id; another has another', () => {
  const [first, again] = [1, 2].map(() => one(docker, engineEvent('image', 'pull', 'a', {})).id);
  assert.equal(first, again);
  assert.notEqual(one(docker, engineEvent('image', 'push', 'a', {})).id, first);
});

test('what both engines print for people', () => {
  const line = `2026-01-02T03:04:05.123456789+01:00 container create ${container} (image=nginx:1, label=a, b, name=web)`;
  const event = one(docker, line);
  assert.equal(event.at, Date.parse('2026-01-02T02:04:05.123Z'));
  assert.equal(event.image?.kind === 'container' && event.image.reference, 'docker.io/library/nginx:1');
  assert.equal(event.place.container, 'web');
  assert.deepEqual({ ...event.fields }['label'], 'a, b');
  const pulled = one(podman, '2026-01-02 03:04:05.123456789 +0000 UTC m=+0.5 image pull docker.io/library/alpine:3');
  assert.equal(pulled.action, 'pull');
  assert.equal(pulled.image?.kind === 'container' && pulled.image.reference, 'docker.io/library/alpine:3');
  assert.equal(readAll(docker, 'Error response from daemon').gaps.length, 1);
});

test('what Podman prints of images, and names that only its configuration leads to a registry', () => {
  const at = '2026-01-02 03:04:05.123456789 +0000 UTC';
  const id = 'ab'.repeat(32);
  const told = (line: string): unknown => {
    const { action, image } = one(podman, `${at} ${line}`);
    return [action, image?.kind === 'container' ? [image.written, image.reference, image.id] : image?.kind];
  };
  assert.deepEqual(told(`image tag ${id} mine:2`), ['tag', ['mine:2', undefined, `sha256:${id}`]]);
  assert.deepEqual(told('image pull  mine:2'), ['pull', ['mine:2', undefined, undefined]]);
  assert.deepEqual(told(`image untag ${id} localhost/third:3`), [
    'untag',
    ['localhost/third:3', 'localhost/third:3', `sha256:${id}`],
  ]);
  assert.deepEqual(told(`container create ${id} (image=localhost/mine:2, name=s1)`), [
    'create',
    ['localhost/mine:2', 'localhost/mine:2', undefined],
  ]);
});

test('a command that Docker prints may hold any signs', () => {
  const event = one(
    docker,
    `2026-01-02T03:04:05Z container exec_start: sh -c (id; echo "a (b)") ${container} (image=nginx, name=web)`,
  );
  assert.deepEqual(
    [event.process?.commandLine, event.place.containerId, event.place.container],
    ['sh -c (id; echo "a (b)")', container, 'web'],
  );
});

test('Podman: old fields, new fields and the journal say the same', () => {
  const said = { ID: container, Image: 'docker.io/library/nginx:1', Name: 'web', Status: 'start', Type: 'container' };
  const old = one(podman, { ...said, Time: '2026-01-02T03:04:05.5Z' });
  const recent = one(podman, { ...said, time: 1767323045, timeNano: 1_767_323_045_500_000_000 });
  const entries = Object.entries({ EVENT: 'start', TYPE: 'container', ID: container, NAME: 'web', IMAGE: said.Image });
  const journal = one(podman, {
    ...Object.fromEntries(entries.map(([name, value]) => [['PODMAN', name].join('_'), value])),
    MESSAGE: 'container start',
    __REALTIME_TIMESTAMP: '1767323045500000',
  });
  for (const event of [recent, journal])
    assert.deepEqual([event.action, event.image, event.place, event.at], [old.action, old.image, old.place, old.at]);
});

test('Podman: a pull that failed', () => {
  const event = one(podman, {
    Name: 'docker.io/library/nope:1',
    Status: 'pull-error',
    Type: 'image',
    Time: '2026-01-02T03:04:05Z',
  });
  assert.equal(event.action, 'fail');
  assert.equal(event.outcome, 'failure');
});
