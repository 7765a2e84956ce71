import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mutate } from '../../../test/contracts/format.contract.ts';
import { isFault } from '../../core/fault.ts';
import { parseImageConfig, type ImageConfigRecord } from './image-config.ts';

const digest = `sha256:${'cd'.repeat(32)}`;

const parse = (body: unknown): ImageConfigRecord =>
  parseImageConfig(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), 'test');

const faultOf = (body: unknown): string => {
  try {
    parse(body);
  } catch (thrown) {
    if (isFault(thrown)) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'accepted';
};

const full = {
  created: '2024-01-02T03:04:05Z',
  author: 'somebody',
  architecture: 'ARM64',
  os: 'linux',
  variant: 'v8',
  'os.version': '10.0',
  config: {
    User: '1000:1000',
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Env: ['PATH=/bin', 'A=b'],
    Entrypoint: ['/bin/app'],
    Cmd: ['--serve'],
    Volumes: { '/data': {} },
    WorkingDir: '/srv',
    Labels: { a: 'b', A: 'c' },
    StopSignal: 'SIGINT',
    Healthcheck: { Test: ['CMD-SHELL', 'curl localhost'], Interval: 1 },
    OnBuild: ['RUN make'],
    Shell: ['/bin/sh', '-c'],
  },
  history: [
    { created: '2024-01-01T00:00:00Z', created_by: 'COPY . /', comment: 'buildkit' },
    { created_by: 'ENV A=b', empty_layer: true },
  ],
  rootfs: { type: 'layers', diff_ids: [digest] },
};

test('reads every field that an engine acts on', () => {
  const { config, platform, diffIds } = parse(full);
  const { raw, ...fields } = config;
  assert.deepEqual(fields, {
    created: '2024-01-02T03:04:05Z',
    author: 'somebody',
    stopSignal: 'SIGINT',
    user: '1000:1000',
    entrypoint: ['/bin/app'],
    command: ['--serve'],
    environment: ['PATH=/bin', 'A=b'],
    workingDirectory: '/srv',
    exposedPorts: ['80/tcp', '53/udp'],
    volumes: ['/data'],
    labels: { a: 'b', A: 'c' },
    shell: ['/bin/sh', '-c'],
    onBuild: ['RUN make'],
    healthcheck: ['CMD-SHELL', 'curl localhost'],
    history: [
      { created: '2024-01-01T00:00:00Z', comment: 'buildkit', createdBy: 'COPY . /', emptyLayer: false },
      { createdBy: 'ENV A=b', emptyLayer: true },
    ],
  });
  assert.deepEqual(raw, full);
  assert.deepEqual(platform, { os: 'linux', architecture: 'arm64', variant: 'v8', osVersion: '10.0' });
  assert.deepEqual(diffIds, [digest]);
});

test('null and absence are nothing', () => {
  const { config, platform, diffIds } = parse({
    config: { Entrypoint: null, Cmd: null, Labels: null, Healthcheck: null },
    history: null,
    rootfs: null,
  });
  assert.deepEqual(
    [config.entrypoint, config.command, config.labels, config.healthcheck, config.history],
    [[], [], {}, [], []],
  );
  assert.deepEqual([platform, diffIds, parse({ config: null }).config.user], [undefined, [], '']);
});

test('a string stands for a list of one, a list for a set', () => {
  const { config } = parse({ config: { Entrypoint: '/bin/app', Cmd: '', ExposedPorts: ['80/tcp'] } });
  assert.deepEqual([config.entrypoint, config.command, config.exposedPorts], [['/bin/app'], [], ['80/tcp']]);
});

test('field names are read as engines read them, whatever their case', () => {
  assert.deepEqual(parse({ Config: { entrypoint: ['/evil'] } }).config.entrypoint, ['/evil']);
});

for (const [about, body] of [
  ['twice', '{"config":{"Cmd":["a"],"Cmd":["b"]}}'],
  ['twice in different case', { config: { Cmd: ['a'], cmd: ['b'] } }],
  ['twice at the top', { config: {}, CONFIG: {} }],
] as const)
  test(`a field that is there ${about} is ambiguous`, () => {
    assert.match(faultOf(body), /^CONFIG_AMBIGUOUS/);
  });

for (const [field, body] of [
  ['config', { config: [] }],
  ['config.Entrypoint', { config: { Entrypoint: [1] } }],
  ['config.Cmd', { config: { Cmd: {} } }],
  ['config.Env', { config: { Env: { A: 'b' } } }],
  ['config.User', { config: { User: 0 } }],
  ['config.Labels', { config: { Labels: { a: 1 } } }],
  ['config.ExposedPorts', { config: { ExposedPorts: 80 } }],
  ['config.Healthcheck', { config: { Healthcheck: 'x' } }],
  ['config.Healthcheck.Test', { config: { Healthcheck: { Test: [null] } } }],
  ['config.OnBuild', { config: { OnBuild: 7 } }],
  ['history', { history: {} }],
  ['history[1]', { history: [{}, 'x'] }],
  ['history[0].empty_layer', { history: [{ empty_layer: 'yes' }] }],
  ['history[0].created_by', { history: [{ created_by: 1 }] }],
  ['rootfs.type', { rootfs: { type: 'other' } }],
  ['rootfs.diff_ids[1]', { rootfs: { diff_ids: [digest, 'sha256:x'] } }],
  ['os', { os: ['linux'] }],
] as const)
  test(`a wrong type of ${field} is refused by name`, () => {
    assert.ok(faultOf(body).startsWith(`CONFIG_INVALID: ${field} is not `), faultOf(body));
  });

test('what is no object is refused', () => {
  for (const body of ['[]', 'null', '"x"', '', '{']) assert.match(faultOf(body), /^CONFIG_INVALID/);
});

test('mutated configs end in a value or a Fault', () => {
  const bytes = Buffer.from(JSON.stringify(full));
  for (let seed = 0; seed < 500; seed += 1) faultOf(Buffer.from(mutate(bytes, seed)).toString('latin1'));
  for (let length = 0; length < bytes.length; length += 1)
    assert.notEqual(faultOf(bytes.toString('latin1', 0, length)), 'accepted');
});
