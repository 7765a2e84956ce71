import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readListenerSettings } from './listener-settings.ts';

const read = (value: unknown, environment: Readonly<Record<string, string>> = {}) =>
  readListenerSettings(value, 'tidewaiter.yaml', environment);

test('nothing is said, nothing is listened to; members of others are passed over', () => {
  for (const value of [undefined, { TimeWindow: '15m' }]) {
    const { judge, ...others } = read(value);
    assert.deepEqual([others, judge?.asked], [{ sensors: [], push: [], sinks: [], enrichment: {} }, false]);
  }
});

test('secrets come from where they stand, and settings of a sink are its own', () => {
  const { push, sinks } = read(
    {
      push: [{ listen: '127.0.0.1:0', paths: [{ path: '/a', sensor: 'falco', token: { variable: 'TOKEN' } }] }],
      sinks: [{ sink: 'file', path: 'out', types: ['incident'] }],
    },
    { TOKEN: 'a-token-of-some-length' },
  );
  assert.deepEqual(push[0]?.paths[0]?.tokens, ['a-token-of-some-length']);
  assert.deepEqual(sinks, [{ sink: 'file', types: ['incident'], settings: { path: 'out' } }]);
});

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ['a sensor that is none', { sensors: [{ sensor: 'x', files: ['a'] }] }, /no sensor "x"/],
  ['a sensor with no way to it', { sensors: [{ sensor: 'auditd' }] }, /needs one of/],
  ['two ways to one', { sensors: [{ sensor: 'docker', files: ['a'], input: '-' }] }, /needs one of/],
  ['an engine of no engine', { sensors: [{ sensor: 'auditd', engine: '' }] }, /only docker, podman and containerd/],
  [
    'a sweep of no registry',
    { sensors: [{ sensor: 'auditd', sweep: { registry: 'r', repositories: ['a'] } }] },
    /sweep/,
  ],
  [
    'the word of watch itself from somebody else',
    { push: [{ listen: 'x:1', paths: [{ path: '/a', sensor: 'judgement' }] }] },
    /nobody but watch/,
  ],
  [
    'what clouds said from somebody else',
    { sensors: [{ sensor: 'cloud-facts', files: ['a'] }] },
    /nobody but watch itself/,
  ],
  ['an account that is a number', { enrichment: { aws: [{ account: 123456789012 }] } }, /enrichment\.aws\.0\.account/],
  ['a role that is none', { enrichment: { aws: [{ role: 'arn:aws:iam::1:user/x' }] } }, /enrichment\.aws/],
  ['a region that is a host', { enrichment: { aws: [{ regions: ['evil.example/'] }] } }, /enrichment\.aws/],
  ['a registry that is none', { judge: { registries: ['https://registry.example'] } }, /no registry/],
  ['a repository for a registry', { judge: { registries: ['registry.example/team'] } }, /no registry/],
  ['half a login', { judge: { registries: [{ registry: 'registry.example', user: 'x' }] } }, /user and password/],
  ['standard input twice', { sensors: ['auditd', 'flow'].map((sensor) => ({ sensor, input: '-' })) }, /only once/],
  ['a key that is none', { sensors: [{ sensor: 'docker', file: 'a' }] }, /watch\.sensors\.0/],
  [
    'a variable that is not set',
    { push: [{ listen: 'x:1', paths: [{ path: '/a', sensor: 'falco', token: { variable: 'NONE' } }] }] },
    /NONE is not set/,
  ],
];
for (const [what, value, says] of refused)
  test(`refused: ${what}`, () => {
    assert.throws(() => read(value), says);
  });
