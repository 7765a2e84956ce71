import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analyzer, Conclusion, Subject } from '../core/analyzer.ts';
import type { Evidence, Finding, Severity } from '../core/finding.ts';
import { noCoverage } from '../core/gap.ts';
import type { Layer } from '../core/image.ts';
import type { PackageRecord } from '../core/package-record.ts';
import { conclude, resolveVisibility, sortAndCap, type Conclusions } from './conclude.ts';
import type { LayerFacts } from './layer-facts.ts';
import { fileTypes, type HeaderRow } from './protocol.ts';

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

const concludeAll = (
  said: readonly (readonly Finding[] | Conclusion)[],
  ...facts: readonly LayerFacts[]
): Conclusions => {
  const analyzers = said.map((one, index): Analyzer => ({
    id: ['one', 'two', 'three'][index] ?? '',
    about: '',
    version: 1,
    conclude: () => one,
  }));
  const layers = facts.map((_, index) => layer(String(index), `step ${index}`));
  const image = { reference: 'r', kind: 'container' as const };
  const audited = resolveVisibility(layers, facts);
  return conclude(image, { diffIds: [] }, audited, analyzers, () => undefined);
};

const concludeOne = (evidence: Evidence, ...facts: readonly LayerFacts[]): Finding | undefined =>
  concludeAll([[finding('r', 'low', evidence)]], ...facts).findings[0];

/** What is stamped on a proof at the path, beside its place. */
const contextOf = (path: string, said: Partial<Conclusion>, ...facts: readonly LayerFacts[]): object => {
  const conclusions = [[finding('r', 'low', at(path))], { findings: [], ...said }];
  const proof = concludeAll(conclusions, ...facts).findings[0]?.evidence[0];
  assert.ok(proof?.kind === 'file');
  const { launched, owner, unowned } = proof;
  return { ...(launched && { launched }), ...(owner && { owner }), ...(unowned && { unowned }) };
};
const owned = (path: string, name = 'pkg', ecosystem: PackageRecord['ecosystem'] = 'deb') =>
  new Map([[path, { package: name, ecosystem, state: 'matching' as const }]]);

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

test('of one severity what the image starts is kept, and what no package owns, whatever their names', () => {
  const decoys = Array.from({ length: 3 }, (_, index) => finding('a/x', 'high', at(`a${index}`)));
  const started = finding('a/x', 'high', { kind: 'file', path: 'z', launched: true });
  const unowned = finding('a/x', 'high', { kind: 'file', path: 'y', unowned: true });
  const pathsOf = (findings: readonly Finding[]): readonly unknown[] =>
    findings.map(({ evidence: [proof], more }) => [proof.kind === 'file' ? proof.path : '', more]);
  assert.deepEqual(pathsOf(sortAndCap([...decoys, started, unowned], 2)), [
    ['y', undefined],
    ['z', 3],
  ]);
  const critical = finding('a/x', 'critical', at('c'));
  assert.deepEqual(pathsOf(sortAndCap([...decoys, started, critical], 1)), [['c', 4]]);
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

test('what one analyzer knows of the start is stamped on the proofs of all', () => {
  const launched = new Set(['p']);
  assert.deepEqual(contextOf('p', { launched }, factsOf('p')), { launched: true });
  assert.deepEqual(contextOf('q', { launched }, factsOf('p', 'q')), {});
});

test('the owner of a file is stamped; a file without one is unowned only where packages are recorded', () => {
  assert.deepEqual(contextOf('p', { ownership: owned('p') }, factsOf('p')), { owner: 'pkg' });
  assert.deepEqual(contextOf('q', { ownership: owned('p') }, factsOf('p', 'q')), { unowned: true });
  assert.deepEqual(contextOf('q', { ownership: new Map() }, factsOf('q')), { unowned: true });
  assert.deepEqual(contextOf('q', {}, factsOf('q')), {});
});

test('a file that is expected where it is has no owner and is not unowned', () => {
  assert.deepEqual(contextOf('p', { ownership: owned('p', '') }, factsOf('p')), {});
});

test('a file that differs from what its package delivers is neither owned nor unowned', () => {
  const ownership = new Map([['p', { package: 'pkg', ecosystem: 'deb' as const, state: 'changed' as const }]]);
  assert.deepEqual(contextOf('p', { ownership }, factsOf('p')), {});
});

test('an analyzer that judges packages is asked last, wherever it stands, with what the others found', () => {
  const record: PackageRecord = { ecosystem: 'npm', name: 'a', version: '1', purl: 'pkg:npm/a@1' };
  const seen: (readonly PackageRecord[] | undefined)[] = [];
  const analyzer = (more: Pick<Analyzer, 'id'> & Partial<Analyzer>, said: Conclusion): Analyzer => ({
    about: '',
    version: 1,
    conclude: ({ packages }) => {
      seen.push(packages);
      return said;
    },
    ...more,
  });
  const analyzers = [
    analyzer({ id: 'judge', judgesPackages: true }, { findings: [finding('r', 'low', at('p'))] }),
    analyzer({ id: 'reader' }, { findings: [], packages: [record] }),
  ];
  const audited = resolveVisibility([layer('0', 'step 0')], [factsOf('p')]);
  const image = { reference: 'r', kind: 'container' as const };
  const { findings } = conclude(image, { diffIds: [] }, audited, analyzers, () => undefined);
  assert.deepEqual(seen, [undefined, [record]]);
  assert.equal(findings[0]?.rule, 'judge/r');
});

test('a package of a language speaks for no file, and makes none unowned', () => {
  for (const ecosystem of ['pypi', 'npm'] as const)
    assert.deepEqual(contextOf('p', { ownership: owned('p', 'pkg', ecosystem) }, factsOf('p')), {});
  for (const ecosystem of ['rpm', 'apk'] as const)
    assert.deepEqual(contextOf('p', { ownership: owned('p', 'pkg', ecosystem) }, factsOf('p')), { owner: 'pkg' });
});

test('a directory is never unowned', () => {
  const folder: HeaderRow = ['d', 1, 0o755, 0, 0, 0, 0, 0, 0];
  assert.equal(fileTypes[1], 'directory');
  assert.deepEqual(contextOf('d', { ownership: new Map() }, { ...factsOf('d'), rows: [folder] }), {});
});

test('a member of an archive is started and owned as the archive is', () => {
  const said = { launched: new Set(['a.jar']), ownership: owned('a.jar') };
  assert.deepEqual(contextOf('a.jar!/b', said, factsOf('a.jar')), { launched: true, owner: 'pkg' });
  assert.deepEqual(contextOf('b.jar!/a.jar', said, factsOf('a.jar', 'b.jar')), { unowned: true });
});

test('nothing of it holds for a hidden file: the final tree has another there', () => {
  const said = { launched: new Set(['p']), ownership: owned('p') };
  const proof: Evidence = { kind: 'file', path: 'p', layerIndex: 0 };
  const both = concludeAll([[finding('r', 'low', proof)], { findings: [], ...said }], factsOf('p'), factsOf('p'));
  const stamped = both.findings[0]?.evidence[0];
  assert.ok(stamped?.kind === 'file');
  assert.deepEqual([stamped.hidden, stamped.launched, stamped.owner], [true, undefined, undefined]);
});

test('the visibility that the analyzer states decides, for the context too', () => {
  const proof: Evidence = { kind: 'file', path: 'p', hidden: true };
  const said = { findings: [finding('r', 'low', proof)], launched: new Set(['p']) };
  const stamped = concludeAll([said], factsOf('p')).findings[0]?.evidence[0];
  assert.ok(stamped?.kind === 'file');
  assert.deepEqual([stamped.hidden, stamped.launched], [true, undefined]);
});

test('stories, gaps and packages of all analyzers come together, packages once and in order', () => {
  const record = (ecosystem: PackageRecord['ecosystem'], name: string, version: string): PackageRecord => ({
    ecosystem,
    name,
    version,
    purl: `pkg:${ecosystem}/${name}@${version}`,
    files: [],
  });
  const gap = { where: 'var/lib/dpkg', code: 'X_Y', reason: 'r', bytes: 0 };
  const result = concludeAll(
    [
      { findings: [], story: ['starts x'], packages: [record('npm', 'b', '1'), record('deb', 'z', '1')] },
      [finding('r', 'low', at('p'))],
      { findings: [], gaps: [gap], packages: [record('npm', 'a', '2'), record('npm', 'b', '1')] },
    ],
    factsOf('p'),
  );
  assert.deepEqual(result.story, ['starts x']);
  assert.deepEqual(result.gaps, [gap]);
  assert.deepEqual(
    result.packages.map(({ ecosystem, name, version }) => [ecosystem, name, version]),
    [
      ['deb', 'z', '1'],
      ['npm', 'a', '2'],
      ['npm', 'b', '1'],
    ],
  );
  assert.deepEqual(Object.keys(result.packages[0] ?? {}), ['name', 'version', 'ecosystem', 'purl']);
  assert.equal(result.findings.length, 1);
});

test('analyzers are told what the archive calls the image, and whether a layer was not read to its end', () => {
  const told = (image: { readonly names?: readonly string[] }, ...facts: readonly LayerFacts[]) => {
    const subjects: Subject[] = [];
    const spy: Analyzer = {
      id: 'spy',
      about: '',
      version: 1,
      conclude: (subject) => {
        subjects.push(subject);
        return [];
      },
    };
    const layers = facts.map((_, index) => layer(String(index), ''));
    const judged = { reference: 'r', kind: 'container' as const, ...image };
    conclude(judged, { diffIds: [] }, resolveVisibility(layers, facts), [spy], () => undefined);
    return [subjects[0]?.names, subjects[0]?.partial];
  };
  const whole: LayerFacts = { ...factsOf('a'), diffId: `sha256:${'a'.repeat(64)}` };
  const gap = { path: '', code: 'X_Y', reason: '', bytes: 0, executable: true };
  assert.deepEqual(told({ names: ['n:1'] }, whole), [['n:1'], undefined]);
  assert.deepEqual(told({}, whole, factsOf('b')), [undefined, true]);
  assert.deepEqual(told({}, { ...whole, gaps: [gap] }), [undefined, true]);
  assert.deepEqual(told({}, { ...whole, gaps: [{ ...gap, path: 'a.zip', nested: true }] }), [undefined, undefined]);
});
