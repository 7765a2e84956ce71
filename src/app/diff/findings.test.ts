import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someFinding, someGap } from '../../../test/builders/dossier.ts';
import type { Finding, Placement } from '../../core/finding.ts';
import { compareFindingsOf, compareGapsOf } from './findings.ts';

const at = (path: string, placed: Placement & { readonly sha256?: string } = {}, rule = 'a/x'): Finding =>
  someFinding({ rule, evidence: [{ kind: 'file', path, ...placed }] });

const numbers = (old: readonly Finding[], now: readonly Finding[]): readonly number[] => {
  const { added, gone, same } = compareFindingsOf(old, now);
  return [added.length, gone.length, same];
};

test('a finding is the same by rule and path, whatever its layer, offset and content', () => {
  assert.deepEqual(
    numbers([at('x', { layerIndex: 1, sha256: 'a' })], [at('x', { layerIndex: 4, sha256: 'b' })]),
    [0, 0, 1],
  );
  assert.deepEqual(numbers([at('x')], [at('y')]), [1, 1, 0]);
  assert.deepEqual(numbers([at('x')], [at('x', {}, 'b/y')]), [1, 1, 0]);
});

test('one that moved with its content, or with a version in its path, is the same', () => {
  assert.deepEqual(numbers([at('x', { sha256: 'a' })], [at('y', { sha256: 'a' })]), [0, 0, 1]);
  assert.deepEqual(numbers([at('lib/python3.11/x')], [at('lib/python3.12/x')]), [0, 0, 1]);
  assert.deepEqual(numbers([at('lib/python3.11/x')], [at('lib/ruby3.11/x')]), [1, 1, 0]);
});

test('two where one was are one new one', () => {
  assert.deepEqual(numbers([at('x')], [at('x'), at('x')]), [1, 0, 1]);
  assert.deepEqual(
    numbers([at('x', { sha256: 'a' })], [at('x', { sha256: 'a' }), at('y', { sha256: 'a' })]),
    [1, 0, 1],
  );
});

test('a finding without a file is known by its field', () => {
  const config = (field: string): Finding => someFinding({ evidence: [{ kind: 'config', field, value: 'x' }] });
  assert.deepEqual(numbers([config('Env')], [config('Env')]), [0, 0, 1]);
  assert.deepEqual(numbers([config('Env')], [config('Cmd')]), [1, 1, 0]);
});

test('what is started, shown or disowned now weighs more; the other way round it does not', () => {
  const words = (was: Placement, is: Placement): readonly string[] =>
    compareFindingsOf([at('x', was)], [at('x', is)]).heavier.flatMap(({ now }) => now);
  assert.deepEqual(words({ hidden: true }, { hidden: false, launched: true }), [
    'now started by the image',
    'no longer hidden by a later layer',
  ]);
  assert.deepEqual(words({ owner: 'x' }, { unowned: true }), ['no longer owned by a package']);
  assert.deepEqual(words({ launched: true, unowned: true, hidden: false }, { hidden: true, owner: 'x' }), []);
});

test('a gap is the same by code and path, in whatever layer', () => {
  const gap = (where: string, code = 'X_Y') => someGap({ where, code });
  const count = (one: string, other: string, code?: string): number =>
    compareGapsOf([gap(one)], [gap(other, code)]).added.length;
  assert.equal(count('layer 1 (sha256:aa…): a.zip', 'layer 3 (sha256:bb…): a.zip'), 0);
  assert.equal(count('layer 1 (sha256:aa…): a.zip', 'layer 1 (sha256:aa…): b.zip'), 1);
  assert.equal(count('layer 1: a.zip', 'layer 1: a.zip', 'X_Z'), 1);
});
