import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { stixBundleProblems, stixProblems } from '../../../test/contracts/stix-standard.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { Verdict } from '../../core/verdict.ts';
import { toBundle, toDirectory, toFile } from '../stix/objects.ts';
import { toStixObjects } from '../stix/record-objects.ts';
import { stix } from './stix.ts';

interface StixObject {
  readonly type: string;
  readonly id: string;
  readonly [name: string]: unknown;
}

const render = (...verdicts: readonly Verdict[]): readonly StixObject[] => {
  const text = stix.render(verdicts, { colour: false, width: 0, toolVersion: '0.1.0', single: true });
  assert.deepEqual(stixBundleProblems(text), []);
  return (JSON.parse(text) as { readonly objects: readonly StixObject[] }).objects;
};

const denied = someVerdict({
  assessment: 'malicious',
  decision: 'deny',
  dossier: someDossier({
    findings: [someFinding(), someFinding({ intent: 'hygiene', rule: 'x/y' })],
    gaps: [someGap()],
  }),
});

test('objects keep to the standard, and every reference leads to one of them', () => {
  assert.ok(render(denied).length > 5);
  assert.ok(render(hostileVerdict(), someVerdict(), someVerdict({ at: 'no time' })).length > 5);
});

test('what does not keep to the standard is found', () => {
  const objects = render(denied);
  const changed = (type: string, members: object): readonly string[] =>
    stixProblems(objects.map((object) => (object.type === type ? { ...object, ...members } : object)));
  for (const [type, members, says] of [
    ['indicator', { valid_from: undefined, valid_since: 'x' }, /valid_since is no property/],
    ['indicator', { valid_from: 'now' }, /valid_from is no timestamp/],
    ['indicator', { pattern: '[file:name = x]' }, /is no pattern/],
    ['indicator', { confidence: 101 }, /from 0 to 100/],
    ['observed-data', { object_refs: [] }, /empty/],
    ['observed-data', { last_observed: '2020-01-01T00:00:00.000Z' }, /is behind/],
    ['sighting', { sighting_of_ref: 'indicator--x' }, /not in the bundle/],
    ['malware-analysis', { result: 'fine' }, /none of malicious/],
    ['note', { id: 'note--1' }, /version 5/],
    ['artifact', { hashes: { 'SHA-256': 'abc' } }, /are no hashes/],
    ['identity', { spec_version: '2.0' }, /not 2\.1/],
  ] as const)
    assert.match(changed(type, members).join('\n'), says, `${type} ${JSON.stringify(members)}`);
  assert.match(stixProblems([...objects, ...objects]).join('\n'), /stands twice/);
});

test('ids of observables are those that others make of the same content', () => {
  // As the library of OASIS gives them (cti-python-stix2 3.0.2).
  const folder = toDirectory('/usr/bin');
  assert.equal(folder.id, 'directory--f4f0869b-430a-594d-b01d-307cd4d341a8');
  assert.equal(toDirectory('C:\\Windows\\System32').id, 'directory--0a58d0c1-59e6-5afd-8252-dcd3f13e5622');
  assert.equal(toFile('x', undefined, folder).id, 'file--d326bca3-54a0-5c97-91e0-750489111f3a');
  assert.equal(toFile('x', 'a'.repeat(64), undefined).id, 'file--37d1e0f3-5e31-5839-8f8d-64734edbe2ef');
});

test('a hostile file is an indicator that was seen; what is only careless is a note', () => {
  const objects = render(denied);
  const of = (type: string): readonly StixObject[] => objects.filter((object) => object.type === type);
  const [indicator, ...others] = of('indicator');
  assert.equal(others.length, 0);
  assert.equal(indicator?.['pattern'], `[file:hashes.'SHA-256' = '${'a'.repeat(64)}']`);
  assert.equal(indicator['confidence'], 85);
  assert.equal(of('sighting')[0]?.['sighting_of_ref'], indicator.id);
  assert.equal(of('relationship').filter((one) => one['relationship_type'] === 'indicates').length, 1);
  assert.equal(of('attack-pattern')[0]?.['name'], 'T1496.001');
  assert.equal(of('malware-analysis')[0]?.['result'], 'malicious');
  assert.equal(of('artifact')[0]?.['url'], `https://registry.example/v2/team/app/manifests/sha256:${'c'.repeat(64)}`);
  assert.deepEqual(
    of('note').map((note) => note['abstract']),
    ['deny: malicious', 'Configuration of a coin miner', 'Not examined: ZIP_MEMBER_ENCRYPTED'],
  );
});

test('the same image at another time has the same observables, and another observation of them', () => {
  const idsOf = (type: string, at: string): readonly string[] =>
    render({ ...denied, at })
      .filter((object) => object.type === type)
      .map(({ id }) => id);
  const [one, other] = ['2026-06-01T10:00:00.000Z', '2026-07-01T10:00:00.000Z'];
  for (const type of ['file', 'directory', 'software', 'artifact', 'attack-pattern'])
    assert.deepEqual(idsOf(type, one), idsOf(type, other), type);
  for (const type of ['observed-data', 'malware-analysis', 'indicator'])
    assert.notDeepEqual(idsOf(type, one), idsOf(type, other), type);
});

test('incidents, findings and gaps of what runs are objects too, whatever they hold', () => {
  const at = '2026-06-01T10:00:00.000Z';
  const values = [
    {
      title: 'x',
      severity: 'high',
      subject: { kind: 'digest', id: 'sha256:aa' },
      chain: [{ step: 'pull', at, what: 'y' }],
      findings: [{ rule: 'sigma/x', techniques: ['T1204.003', 'constructor'] }],
    },
    {},
    { subject: 5, findings: 'x', chain: [null], evidence: [{ path: '/' }, { path: '//' }, 7] },
  ];
  for (const type of ['incident', 'finding', 'gap', 'verdict'] as const)
    for (const value of values)
      assert.deepEqual(
        stixBundleProblems(JSON.stringify(toBundle(toStixObjects({ type, id: 'i', at, value })))),
        [],
        type,
      );
});
