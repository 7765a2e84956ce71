import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analyzer } from '../core/analyzer.ts';
import type { Evidence, Finding, Severity } from '../core/finding.ts';
import { noCoverage } from '../core/gap.ts';
import type { Layer } from '../core/image.ts';
import { conclude, resolveVisibility, sortAndCap } from './conclude.ts';
import type { LayerFacts } from './layer-facts.ts';
import type { HeaderRow } from './protocol.ts';

const finding = (rule: string, severity: Severity, ...evidence: readonly [Evidence, ...Evidence[]]): Finding => ({
  rule,
  title: 't',
  severity,
  confidence: 'high',
  intent: 'hygiene',
  techniques: [],
  advice: 'a',
  evidence,
});
const at = (path: string): Evidence => ({ kind: 'file', path });

const row = (path: string): HeaderRow => [path, 0, 0o644, 0, 0, 1, 0, 0, 0];
const factsOf = (...paths: readonly string[]): LayerFacts => ({
  stored: 0,
  bytes: 0,
  rows: paths.map(row),
  sha256: paths.map(() => 'a'.repeat(64)),
  kinds: paths.map(() => 8),
  facts: [],
  gaps: [],
  remarks: [],
  coverage: noCoverage,
  circumstantial: false,
});
const layer = (digit: string, createdBy: string): Layer => ({
  digest: `sha256:${digit.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  createdBy,
  open: () => Promise.reject(new Error('not opened')),
});

const concludeOne = (evidence: Evidence, ...facts: readonly LayerFacts[]): Finding | undefined => {
  const analyzer: Analyzer = { id: 'one', about: '', version: 1, conclude: () => [finding('r', 'low', evidence)] };
  const layers = facts.map((_, index) => layer(String(index), `step ${index}`));
  const image = { reference: 'r', kind: 'container' as const };
  const audited = resolveVisibility(layers, facts);
  return conclude(image, { diffIds: [] }, audited, [analyzer], () => undefined).findings[0];
};

test('the worst of each rule are kept, and the last says how many are left out', () => {
  const many = Array.from({ length: 5 }, (_, index) => finding('a/x', index === 4 ? 'high' : 'low', at(`p${index}`)));
  const kept = sortAndCap([...many, finding('b/y', 'medium', at('q'))], 2);
  assert.deepEqual(
    kept.map(({ rule, severity, more }) => [rule, severity, more]),
    [
      ['a/x', 'high', undefined],
      ['b/y', 'medium', undefined],
      ['a/x', 'low', 3],
    ],
  );
});

test('nothing is said to be left out when all were kept', () => {
  assert.deepEqual(
    sortAndCap([finding('a/x', 'low', at('p'))], 1).map(({ more }) => more),
    [undefined],
  );
});

test('a rule gets the name of its analyzer once', () => {
  assert.equal(concludeOne(at('p'), factsOf('p'))?.rule, 'one/r');
});

test('a proof without a layer is placed in the highest layer that has the path', () => {
  const proof = concludeOne(at('p'), factsOf('p'), factsOf('p'), factsOf('q'))?.evidence[0];
  assert.ok(proof?.kind === 'file');
  assert.deepEqual([proof.layerIndex, proof.createdBy, proof.hidden], [1, 'step 1', false]);
  assert.equal(proof.layer, `sha256:${'1'.repeat(64)}`);
});

test('a proof in a layer is hidden when a later one has the path too', () => {
  const proof = concludeOne({ kind: 'file', path: 'p', layerIndex: 0 }, factsOf('p'), factsOf('p'))?.evidence[0];
  assert.ok(proof?.kind === 'file' && proof.hidden === true && proof.createdBy === 'step 0');
});

test('a member is placed where its archive lies', () => {
  const proof = concludeOne(at('a.jar!/b!/c'), factsOf('x'), factsOf('a.jar'))?.evidence[0];
  assert.ok(proof?.kind === 'file' && proof.layerIndex === 1 && proof.hidden === false);
});

test('a name that holds the mark of members is a name', () => {
  const proof = concludeOne(at('odd!/name'), factsOf('odd!/name'), factsOf('odd'))?.evidence[0];
  assert.ok(proof?.kind === 'file');
  assert.equal(proof.layerIndex, 1, 'the highest layer that has the archive or the name');
});

test('what lies in no layer stays as it is', () => {
  assert.deepEqual(concludeOne({ kind: 'config', field: 'User', value: 'root' }, factsOf('p'))?.evidence, [
    { kind: 'config', field: 'User', value: 'root' },
  ]);
});
