import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonAt, numberAt, parsedAt, textAt } from './json-member.ts';
import { parseKubernetesPod } from './kubernetes-pod.ts';

const spec = { containers: [{ name: 'a', image: 'x:1' }] };

test('the specification of pods, wherever an object keeps it', () => {
  for (const object of [
    { kind: 'Pod', spec },
    { kind: 'Deployment', spec: { template: { spec } } },
    { kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec } } } } },
    { kind: 'PodTemplate', template: { spec } },
    { spec },
  ])
    assert.deepEqual(
      parseKubernetesPod(object)?.containers.map(({ image }) => image),
      ['x:1'],
    );
  for (const object of [
    undefined,
    null,
    'x',
    {},
    { spec: {} },
    { spec: { containers: 'x' } },
    { spec: { containers: [] } },
  ])
    assert.equal(parseKubernetesPod(object), undefined);
});

test('members of other kinds than they should be are absent', () => {
  const odd = {
    spec: {
      hostNetwork: 'yes',
      nodeName: 7,
      volumes: 'x',
      containers: [7, { name: {}, image: [], command: 'sh', securityContext: { privileged: 'true' } }],
    },
  };
  const pod = parseKubernetesPod(odd);
  assert.deepEqual(
    pod?.containers.map(({ name, image, command, privileged }) => [name, image, command, privileged]),
    [
      ['', undefined, [], false],
      ['', undefined, [], false],
    ],
  );
  assert.deepEqual([pod?.hostNetwork, pod?.node], [false, undefined]);
});

test('what a node pulled stands beside what was asked for', () => {
  const status = { containerStatuses: [{ name: 'a', imageID: 'x@sha256:1', containerID: 'containerd://c' }] };
  assert.deepEqual(parseKubernetesPod({ spec, status })?.containers[0]?.imageId, 'x@sha256:1');
});

test('members by path: never inherited, never thrown', () => {
  for (const value of [undefined, null, 7, 'x', [], {}])
    for (const name of ['constructor', '__proto__', 'toString', 'a']) {
      assert.equal(jsonAt(value, name, 'b', 'c'), undefined);
      assert.equal(textAt(value, name), undefined);
    }
  assert.equal(textAt({ a: [{ b: 'x' }] }, 'a', 0, 'b'), 'x');
  assert.deepEqual(
    [numberAt({ a: '7' }, 'a'), numberAt({ a: '7x' }, 'a'), numberAt({ a: Number.NaN }, 'a')],
    [7, undefined, undefined],
  );
  assert.deepEqual(
    [parsedAt({ a: '{"b":1}' }, 'a'), parsedAt({ a: '{"b":' }, 'a'), parsedAt({ a: [1] }, 'a')],
    [{ b: 1 }, undefined, [1]],
  );
});
