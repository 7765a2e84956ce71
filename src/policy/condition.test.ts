import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCoverage } from '../core/gap.ts';
import { compileCondition, ConditionProblem } from './condition.ts';
import type { RuleSubject } from './policy.ts';

const subject = (findings = 1): RuleSubject => ({
  assessment: 'suspicious',
  at: '2026-01-31T12:00:00.000Z',
  dossier: {
    reference: 'docker://registry.example/team/app:1.0',
    asked: 'registry.example/team/app:1.0',
    digest: null,
    identity: { diffIds: [] },
    kind: 'container',
    platform: 'linux/amd64',
    config: {
      created: '2025-01-01T00:00:00Z',
      user: '',
      entrypoint: ['/bin/app'],
      command: [],
      environment: ['PATH=/bin', 'TOKEN=x'],
      workingDirectory: '/',
      exposedPorts: [],
      volumes: [],
      labels: JSON.parse('{"team":"blue","__proto__":"x"}') as Record<string, string>,
      shell: [],
      onBuild: [],
      healthcheck: [],
      history: [{ createdBy: 'COPY app', emptyLayer: false }],
    },
    layers: [{ index: 0, mediaType: 'm', bytes: 10, files: 2, recalled: false }],
    findings: Array.from({ length: findings }, (_, index) => ({
      rule: `yara/miners/rule${index}`,
      title: 'a',
      severity: 'high' as const,
      confidence: 'high' as const,
      intent: 'miner' as const,
      techniques: ['T1496'],
      advice: '',
      evidence: [{ kind: 'file', path: 'opt/x', layerIndex: 0, hidden: true, sha256: 'ab' }],
    })),
    gaps: [{ where: 'layer 0', code: 'TAR_TRUNCATED', reason: '', bytes: 3 }],
    coverage: noCoverage,
    attestations: [],
    story: [],
    packages: [{ name: 'curl', version: '8.1', ecosystem: 'deb', purl: 'pkg:deb/curl@8.1' }],
    rules: { version: '', counts: { yara: 3 } },
  },
});

const holds = (text: string): boolean => compileCondition(text).evaluate(subject());

test('a condition sees findings, evidence, gaps, config, layers, coverage and time', () => {
  for (const text of [
    'dossier.findings.exists(f, f.severity == "high" && f.evidence.exists(e, e.hidden && e.path.startsWith("opt/")))',
    'dossier.gaps.exists(g, g.code == "TAR_TRUNCATED" && g.bytes == 3 && !g.executable)',
    'dossier.config.labels["team"] == "blue" && "__proto__" in dossier.config.labels && !("toString" in dossier.config.labels)',
    'dossier.layers.size() == 1 && dossier.layers[0].files == 2 && dossier.digest == "" && dossier.hasConfig',
    'dossier.coverage.nested.files.seen == 0 && dossier.rules.counts["yara"] > 2',
    'at - timestamp(dossier.config.created) > duration("2160h")',
    'assessment == "suspicious" && dossier.config.history[0].createdBy == "COPY app"',
    'rank(dossier.findings[0].severity) >= rank("medium")',
  ])
    assert.equal(holds(text), true, text);
});

test('the nearest negatives of the same', () => {
  for (const text of [
    'dossier.findings.exists(f, f.severity == "critical")',
    'dossier.gaps.exists(g, g.executable)',
    '"blue" in dossier.config.labels',
    'assessment == "clean"',
    'dossier.findings.all(f, f.evidence.exists(e, !e.hidden))',
    'dossier.findings.exists_one(f, f.rule == "x/y")',
    'dossier.findings.filter(f, f.rule == "x/y").size() == 1',
    'dossier.findings.map(f, f.more > 0, f.rule).size() == 1',
  ])
    assert.equal(holds(text), false, text);
});

test('re() finds anywhere, in RE2 syntax; its pattern is a valid literal', () => {
  assert.equal(holds('dossier.config.environment.exists(v, re(v, "(?i)^token="))'), true);
  assert.equal(holds('dossier.config.environment.exists(v, re(v, "^oken="))'), false);
  assert.throws(() => compileCondition('re(dossier.reference, "(a")'), /not valid in RE2 syntax/);
  assert.throws(() => compileCondition('re(dossier.reference, "(?=a)")'), /not valid in RE2 syntax/);
  assert.throws(() => compileCondition('re(dossier.reference, dossier.asked)'), /literal/);
  assert.throws(() => compileCondition('re(dossier.reference, "a" + "b")'), /literal/);
});

test('re() is linear where the built-in engine is not', () => {
  const hostile = subject();
  const evil: RuleSubject = { ...hostile, dossier: { ...hostile.dossier, asked: `${'a'.repeat(50_000)}!` } };
  assert.equal(compileCondition('re(dossier.asked, "^(a+)+$")').evaluate(evil), false);
});

test('matches, has and cel.bind are refused with words that say what to write', () => {
  assert.throws(() => compileCondition('dossier.reference.matches("a")'), /write re\(text, "pattern"\)/);
  assert.throws(() => compileCondition('has(dossier.reference)'), /every field is always there/);
  assert.throws(() => compileCondition('cel.bind(x, 1, x > 0)'), /write the expression out/);
  assert.throws(() => compileCondition('step()'), /step/);
});

test('an unknown field or variable is refused, with the nearest known one', () => {
  assert.throws(() => compileCondition('dossier.findings.exists(f, f.severty == "high")'), /did you mean "severity"/);
  assert.throws(() => compileCondition('dosier.kind == "container"'), /did you mean "dossier"/);
  assert.throws(() => compileCondition('dossier.findings[0]["nope"] == "x"'), ConditionProblem);
});

test('a word that a field never holds is refused', () => {
  assert.throws(() => compileCondition('dossier.findings.exists(f, f.severity == "hihg")'), /did you mean "high"/);
  assert.throws(
    () => compileCondition('dossier.findings.exists(f, f.intent in ["miner", "minr"])'),
    /did you mean "miner"/,
  );
  assert.throws(() => compileCondition('assessment != "maliciuos"'), /did you mean "malicious"/);
  assert.throws(() => compileCondition('rank("hgih") > 1'), /did you mean "high"/);
});

test('what gives no truth value, has wrong types, cannot be parsed or is never true is refused', () => {
  for (const text of [
    '1 + 1',
    'dossier.reference',
    'dossier.reference + 1 == 2',
    '1 +',
    '',
    'false',
    'dyn(true)',
    '1 == 2',
  ])
    assert.throws(() => compileCondition(text), ConditionProblem, text);
  assert.equal(holds('true'), true);
});

test('size and depth have limits', () => {
  assert.throws(() => compileCondition(`${'!('.repeat(300)}true${')'.repeat(300)}`), ConditionProblem);
  assert.throws(() => compileCondition(`${'('.repeat(1500)}true${')'.repeat(1500)}`), ConditionProblem);
  assert.throws(() => compileCondition(Array.from({ length: 300 }, () => 'true').join(' && ')), ConditionProblem);
  assert.throws(() => compileCondition(`true${' '.repeat(5000)}`), /longer than/);
});

test('an evaluation that cannot be decided throws', () => {
  assert.throws(() => holds('dossier.config.labels["none"] == ""'), /No such key: none/);
  assert.throws(() => holds('dossier.layers[7].files == 0'), /index 7/);
  assert.throws(() => holds('timestamp(dossier.config.user) < at'), /timestamp/);
});

test('loops are paid from a budget, however they are nested and bracketed', () => {
  const many = subject(400);
  for (const text of [
    'dossier.findings.all(a, dossier.findings.all(b, dossier.findings.all(c, (a.rule == "" || true))))',
    'dossier.findings.exists(a, dossier.findings.exists(b, dossier.findings.exists(c, (a.rule) == "")))',
    'dossier.findings.map(a, dossier.findings.map(b, dossier.findings.filter(c, c.more > 0).size())).size() > 0 // end',
    'dossier.findings.exists(a, // , a comment\n (dossier.findings.filter(b, (dossier.findings.exists_one(c, c.more > 9))).size() > 0))',
    'dossier.findings.map(a, (a.more) == 0, dossier.findings.map(b, b.more == 0, dossier.findings.map(c, c.rule))).size() == 0',
  ]) {
    const condition = compileCondition(text);
    const started = performance.now();
    assert.throws(() => condition.evaluate(many), /more than 1000000 steps/, text);
    assert.ok(performance.now() - started < 20_000, text);
    assert.equal(typeof condition.evaluate(subject(3)), 'boolean', 'the next evaluation has a full budget');
  }
});
