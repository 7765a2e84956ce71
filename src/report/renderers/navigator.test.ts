import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { Verdict } from '../../core/verdict.ts';
import { toCoverageLayer } from '../attack/coverage-layer.ts';
import { navigator } from './navigator.ts';

interface Layer {
  readonly [name: string]: unknown;
  readonly name: string;
  readonly versions: { readonly layer: string };
  readonly techniques: readonly {
    readonly techniqueID: string;
    readonly score: number;
    readonly comment: string;
    readonly metadata: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
}

const render = (verdict: Verdict): Layer =>
  JSON.parse(navigator.render([verdict], { colour: false, width: 0, toolVersion: '0.1.0', single: true })) as Layer;

/** The property tables of layerformat.md, version 4.5, for what is written here. */
const kinds: Readonly<Record<string, string>> = {
  name: 'string',
  versions: 'object',
  domain: 'string',
  description: 'string',
  sorting: 'number',
  layout: 'object',
  hideDisabled: 'boolean',
  techniques: 'object',
  gradient: 'object',
  legendItems: 'object',
  metadata: 'object',
  selectTechniquesAcrossTactics: 'boolean',
  selectSubtechniquesWithParent: 'boolean',
};

const assertLayer = (layer: Layer): void => {
  for (const [name, value] of Object.entries(layer)) assert.equal(typeof value, kinds[name], name);
  assert.equal(layer.versions.layer, '4.5');
  assert.equal(layer['domain'], 'enterprise-attack');
  for (const { techniqueID, score, metadata } of layer.techniques) {
    assert.match(techniqueID, /^T\d{4}(?:\.\d{3})?$/);
    assert.ok(score >= 0 && score <= 100);
    for (const one of metadata) assert.deepEqual([typeof one.name, typeof one.value], ['string', 'string']);
  }
  assert.equal(new Set(layer.techniques.map(({ techniqueID }) => techniqueID)).size, layer.techniques.length);
};

test('a technique has the score of its worst finding, and says where', () => {
  const findings = [
    someFinding({ severity: 'low', techniques: ['T1496.001', 'T1053.003'] }),
    someFinding({ severity: 'critical' }),
  ];
  const layer = render(someVerdict({ decision: 'deny', assessment: 'malicious', dossier: someDossier({ findings }) }));
  assertLayer(layer);
  assert.deepEqual(
    layer.techniques.map(({ techniqueID, score }) => [techniqueID, score]),
    [
      ['T1053.003', 40],
      ['T1496.001', 100],
    ],
  );
  assert.equal(layer.techniques[1]?.metadata.length, 2);
});

test('what has no place in the matrix is told beside it: gaps, findings without technique, names of another form', () => {
  const findings = [someFinding({ techniques: [], rule: 'hash/x' }), someFinding({ techniques: ['AML.T0010'] })];
  const layer = render(someVerdict({ dossier: someDossier({ findings, gaps: [someGap()] }) }));
  assertLayer(layer);
  assert.deepEqual(layer.techniques, []);
  const names = layer.metadata.map(({ name }) => name);
  for (const name of ['no technique: hash/x', 'not in the matrix: AML.T0010', 'not examined: ZIP_MEMBER_ENCRYPTED'])
    assert.ok(names.includes(name), name);
});

test('hostile texts and a clean image make layers too', () => {
  assertLayer(render(hostileVerdict()));
  assertLayer(render(someVerdict()));
});

test('coverage counts rules by technique, and tells the technique itself in old words and new', () => {
  const rules = [
    { id: 'yara/a', title: 'a', techniques: ['T1496', 'T1496'] },
    { id: 'yara/b', title: 'b', techniques: ['T1496', 'nonsense'] },
    { id: 'yara/c', title: 'c', techniques: [] },
  ];
  const layer = toCoverageLayer(rules, 'sha256:x') as Layer;
  assertLayer(layer);
  assert.deepEqual(
    layer.techniques.map(({ techniqueID, comment }) => [techniqueID, comment]),
    [
      ['T1204.003', '0 rules'],
      ['T1496', '2 rules'],
    ],
  );
  const own = layer.techniques[0]?.metadata.map(({ name }) => name).join('\n') ?? '';
  for (const word of ['DS0015', 'DS0017', 'DS0032', 'DS0007', 'DS0030', 'DET0248', 'AN0691', 'AN0692', 'DC0064'])
    assert.ok(own.includes(word), word);
});
