import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../core/digest.ts';
import type { Use } from '../core/use.ts';
import type { Holding } from '../estate/finder.ts';
import { groupHoldings } from './deployed-images.ts';

const id = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const use = (engine: string, more: Partial<Use> = {}): Use => ({
  engine,
  at: `unix:///${engine}`,
  state: 'stored',
  names: [],
  ...more,
});
const reading = (reference: string) => ({ reference, environment: {} });
const holding = (
  exact: readonly Digest[],
  loose: readonly Digest[],
  uses: readonly Use[],
  reference?: string,
): Holding => ({
  exact,
  loose,
  uses,
  ...(reference === undefined ? {} : { reading: reading(reference) }),
});

test('holdings that share a digest are one image, also through a third', () => {
  const images = groupHoldings([
    holding([id('1')], [], [use('docker')], 'docker'),
    holding([id('2')], [], [use('podman')], 'podman'),
    holding([id('1'), id('2')], [], [use('containerd')], 'containerd'),
    holding([id('3')], [], [use('docker')], 'other'),
  ]);
  assert.deepEqual(
    images.map(({ readings, uses }) => [readings.length, uses.map(({ engine }) => engine)]),
    [
      [3, ['docker', 'podman', 'containerd']],
      [1, ['docker']],
    ],
  );
});

test('an index names each of its images that is here, and makes them no one', () => {
  const images = groupHoldings([
    holding([id('1')], [id('f')], [use('containerd')], 'amd64'),
    holding([id('2')], [id('f')], [use('containerd')], 'arm64'),
    holding([], [id('f')], [use('kubernetes', { state: 'running', pod: { namespace: 'a', name: 'b' } })]),
  ]);
  assert.deepEqual(
    images.map(({ exact, uses }) => [exact, uses.map(({ engine }) => engine)]),
    [
      [[id('1')], ['kubernetes', 'containerd']],
      [[id('2')], ['kubernetes', 'containerd']],
    ],
  );
});

test('what no engine here has is an image of its own, once for all its places', () => {
  const pod = (name: string) => use('kubernetes', { state: 'running', pod: { namespace: 'a', name } });
  const [image, ...others] = groupHoldings([
    holding([], [id('f')], [pod('one')]),
    holding([], [id('f')], [pod('two')]),
  ]);
  assert.deepEqual([image?.readings, image?.uses.length, others], [[], 2, []]);
});

test('a container that two engines tell of is one use, with what both know', () => {
  const container = { id: 'c1' };
  const [image] = groupHoldings([
    holding([id('1')], [], [use('containerd', { namespace: 'k8s.io', state: 'running', container, names: ['a:1'] })]),
    holding(
      [id('1')],
      [],
      [
        use('cri', {
          state: 'running',
          container: { id: 'c1', name: 'web' },
          pod: { namespace: 'shop', name: 'w' },
          names: ['b:1'],
        }),
      ],
    ),
    holding(
      [id('1')],
      [],
      [use('kubernetes', { state: 'running', container, pod: { namespace: 'shop', name: 'w', node: 'n' } })],
    ),
  ]);
  assert.deepEqual(image?.uses, [
    {
      engine: 'cri',
      at: 'unix:///cri',
      namespace: 'k8s.io',
      state: 'running',
      names: ['b:1', 'a:1'],
      container: { id: 'c1', name: 'web' },
      pod: { namespace: 'shop', name: 'w', node: 'n' },
    },
  ]);
});

test('stored is said of a place that says no more, once', () => {
  const [image] = groupHoldings([
    holding([id('1')], [], [use('docker', { state: 'running', container: { id: 'c1' } })]),
    holding([id('1')], [], [use('docker', { names: ['x:1'] })]),
    holding([id('1')], [], [use('podman', { names: ['y:1'] })]),
    holding([id('1')], [], [use('podman', { names: ['z:1'] })]),
  ]);
  assert.deepEqual(
    image?.uses.map(({ engine, state, names }) => [engine, state, names]),
    [
      ['docker', 'running', ['x:1']],
      ['podman', 'stored', ['y:1', 'z:1']],
    ],
  );
});

test('a container of an unknown image is told, unless another engine knows its image', () => {
  const lost = (container: string) =>
    holding([], [], [use('containerd', { state: 'running', container: { id: container } })]);
  const known = holding([id('1')], [], [use('docker', { state: 'running', container: { id: 'c1' } })], 'docker');
  const images = groupHoldings([lost('c1'), lost('c2'), known]);
  assert.deepEqual(
    images.map(({ uses }) => uses.map(({ container }) => container?.id)),
    [['c1'], ['c2']],
  );
});

test('running comes before what is not', () => {
  const states = ['stored', 'stopped', 'paused', 'running'] as const;
  const [image] = groupHoldings([
    holding(
      [id('1')],
      [],
      states.map((state) => use('docker', { at: state, state })),
    ),
  ]);
  assert.deepEqual(
    image?.uses.map(({ state }) => state),
    states.toReversed(),
  );
});
