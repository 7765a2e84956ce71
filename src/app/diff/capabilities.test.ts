import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someEntry, someProgram, someSide } from '../../../test/builders/difference.ts';
import { someDossier } from '../../../test/builders/dossier.ts';
import type { InventoryEntry } from '../../core/analyzer.ts';
import type { CapabilityChange } from '../../core/difference.ts';
import type { Dossier } from '../../core/dossier.ts';
import { compareCapabilities } from './capabilities.ts';
import { finalTreeOf } from './final-tree.ts';

type Config = NonNullable<Dossier['config']>;

const ableOf = (config: Partial<Config>, inventory: readonly InventoryEntry[]) => {
  const base = someDossier().config;
  const { audit } = someSide({ inventory });
  assert.ok(base !== undefined && audit !== undefined);
  return { config: { ...base, ...config }, tree: finalTreeOf(audit) };
};
const configs = (old: Partial<Config>, now: Partial<Config>): readonly CapabilityChange[] =>
  compareCapabilities(ableOf(old, []), ableOf(now, []));
const trees = (old: readonly InventoryEntry[], now: readonly InventoryEntry[]): readonly CapabilityChange[] =>
  compareCapabilities(ableOf({}, old), ableOf({}, now));

test('equal images differ in nothing', () => {
  assert.deepEqual(trees([someProgram('bin/x', { mode: 0o4755 })], [someProgram('bin/x', { mode: 0o4755 })]), []);
});

test('becoming root widens; another user, or root no more, does not', () => {
  assert.deepEqual(configs({ user: 'app' }, { user: '' }), [
    { kind: 'user', name: '', old: 'app', new: 'root', widens: true },
  ]);
  assert.equal(configs({ user: 'app' }, { user: '0:0' })[0]?.widens, true);
  assert.equal(configs({ user: '' }, { user: 'app' })[0]?.widens, false);
  assert.deepEqual(configs({ user: '' }, { user: 'root' }), []);
});

test('commands, ports and volumes are compared one by one', () => {
  const changes = configs(
    { entrypoint: ['/a'], exposedPorts: ['80/tcp', '81/tcp'], volumes: ['/v'] },
    { entrypoint: ['/a', 'b c'], exposedPorts: ['80/tcp', '22/tcp'], volumes: [] },
  );
  assert.deepEqual(
    changes.map(({ kind, name, old, new: now, widens }) => [kind, name, old, now, widens]),
    [
      ['entrypoint', '', '/a', '/a "b c"', true],
      ['exposed-port', '22/tcp', '', '22/tcp', true],
      ['exposed-port', '81/tcp', '81/tcp', '', false],
      ['volume', '/v', '/v', '', false],
    ],
  );
});

test('of the environment what decides which code is loaded widens', () => {
  const changes = configs(
    { environment: ['A=1', 'PATH=/bin'] },
    { environment: ['A=2', 'PATH=/x:/bin', 'LD_PRELOAD=/x'] },
  );
  assert.deepEqual(
    changes.map(({ name, old, new: now, widens }) => [name, old, now, widens]),
    [
      ['LD_PRELOAD', '', '/x', true],
      ['PATH', '/bin', '/x:/bin', true],
      ['A', '1', '2', false],
    ],
  );
});

test('a secret that changes is told and not shown', () => {
  const changes = configs(
    {
      environment: ['DB_PASSWORD=correcthorse', 'OPTIONS=--token correcthorse'],
      command: ['login', 'https://bot:hunter2hunter2@git.example/x'],
      healthcheck: ['CMD', 'probe', '--password', 'correcthorse'],
    },
    {
      environment: ['DB_PASSWORD=batterystaple', 'OPTIONS=--token batterystaple'],
      command: ['login', 'https://bot:hunter3hunter3@git.example/x'],
      healthcheck: ['CMD', 'probe', '--password', 'batterystaple'],
    },
  );
  assert.deepEqual(
    changes.map(({ kind }) => kind),
    ['command', 'healthcheck', 'environment', 'environment'],
  );
  assert.doesNotMatch(JSON.stringify(changes), /horse|staple|hunter/);
});

test('setuid, setgid and file capabilities are rights of a path; a setgid folder is none', () => {
  const changes = trees(
    [],
    [
      someProgram('bin/a', { mode: 0o4755 }),
      someProgram('bin/b', { mode: 0o2755, gid: 42 }),
      someProgram('bin/c', { capabilities: '0100000200200000000000000000000000000000' }),
      someEntry('d', { type: 'directory', mode: 0o2755 }),
    ],
  );
  assert.deepEqual(
    changes.map(({ kind, name, new: now, widens }) => [kind, name, now, widens]),
    [
      ['setuid', 'bin/a', 'runs as uid 0', true],
      ['setgid', 'bin/b', 'runs as gid 42', true],
      ['file-capabilities', 'bin/c', 'net_raw', true],
    ],
  );
});

test('a network tool is one where programs lie, under a name of its own', () => {
  const names = (...paths: readonly string[]): readonly string[] =>
    trees(
      [],
      paths.map((path) => someProgram(path)),
    ).map(({ name }) => name);
  assert.deepEqual(names('usr/bin/socat', 'bin/nc'), ['nc', 'socat']);
  assert.deepEqual(names('usr/share/bash-completion/completions/curl', 'opt/nc', 'usr/bin/ncdu'), []);
  assert.deepEqual(trees([someProgram('bin/nc')], [someProgram('usr/bin/nc')]), [], 'a tool that moved is the same');
});

test('an image without a config is compared by its files', () => {
  const { tree } = ableOf({}, [someProgram('bin/nc')]);
  assert.deepEqual(compareCapabilities({ tree }, { tree }), []);
});
