import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gap } from '../core/gap.ts';
import * as fc from 'fast-check';
import { severities, type Confidence, type Intent, type Severity } from '../core/finding.ts';
import type { Assessment, Decision, Verdict } from '../core/verdict.ts';
import { someDossier, someFinding, someGap, someTime } from '../../test/builders/dossier.ts';
import { defaultPolicy } from './default-policy.ts';
import { judge } from './judge.ts';
import { parsePolicy } from './policy-file.ts';

const policyOf = (text: string): ReturnType<typeof parsePolicy> =>
  parsePolicy(`version: 1\nname: p\n${text}`, 'p.yaml');
const both = ({ assessment, decision }: Verdict): readonly [Assessment, Decision] => [assessment, decision];
const judged = (policy: string, dossier = someDossier()): readonly [Assessment, Decision] =>
  both(judge(policyOf(policy), dossier, someTime));

const table: readonly (readonly [Severity, Confidence, Intent, Assessment])[] = [
  ['critical', 'high', 'implant', 'malicious'],
  ['critical', 'medium', 'dual-use', 'malicious'],
  ['critical', 'low', 'implant', 'suspicious'],
  ['high', 'high', 'miner', 'malicious'],
  ['high', 'high', 'tampering', 'malicious'],
  ['high', 'high', 'impersonation', 'malicious'],
  ['high', 'medium', 'implant', 'suspicious'],
  ['high', 'high', 'dual-use', 'suspicious'],
  ['medium', 'medium', 'tampering', 'suspicious'],
  ['medium', 'high', 'dual-use', 'clean'],
  ['low', 'high', 'implant', 'clean'],
  ['info', 'high', 'miner', 'clean'],
  ['critical', 'high', 'exposure', 'suspicious'],
  ['high', 'low', 'exposure', 'suspicious'],
  ['medium', 'high', 'exposure', 'clean'],
  ['critical', 'high', 'hygiene', 'suspicious'],
  ['medium', 'high', 'hygiene', 'clean'],
];

for (const [severity, confidence, intent, assessment] of table)
  test(`by default a ${severity} ${intent} finding of ${confidence} confidence is ${assessment}`, () => {
    const findings = [someFinding({ severity, confidence, intent })];
    const decision = { malicious: 'deny', suspicious: 'warn', clean: 'allow', incomplete: 'deny' }[assessment];
    assert.deepEqual(both(judge(defaultPolicy, someDossier({ findings }), someTime)), [assessment, decision]);
  });

test('an image without findings and gaps is clean and allowed, and the verdict says what was looked at', () => {
  const verdict = judge(defaultPolicy, someDossier(), someTime);
  assert.deepEqual(both(verdict), ['clean', 'allow']);
  assert.deepEqual(verdict.because, ['nothing found: 911 files of 912 examined with 252 rules']);
  assert.equal(verdict.at, someTime);
  assert.deepEqual(verdict.policy, { name: 'default', version: defaultPolicy.version });
});

test('any gap makes an image incomplete; malicious wins over incomplete, incomplete over suspicious', () => {
  const gaps = [someGap()];
  const suspicious = someFinding({ severity: 'medium' });
  assert.deepEqual(both(judge(defaultPolicy, someDossier({ gaps }), someTime)), ['incomplete', 'deny']);
  const worse = someDossier({ gaps, findings: [someFinding()] });
  assert.deepEqual(both(judge(defaultPolicy, worse, someTime)), ['malicious', 'deny']);
  const mixed = someDossier({ gaps, findings: [suspicious] });
  assert.deepEqual(both(judge(defaultPolicy, mixed, someTime)), ['incomplete', 'deny']);
});

test('because names the decisive facts with layer and path, worst first, and counts the rest', () => {
  const findings = Array.from({ length: 5 }, () => someFinding());
  const { because } = judge(defaultPolicy, someDossier({ findings }), someTime);
  assert.equal(because.length, 4);
  assert.equal(
    because[0],
    'high miner: Configuration of a coin miner (yara/miners/pool-config) in opt/.cache/config.json, layer 1 (sha256:111111111111…), hidden by a later layer',
  );
  assert.equal(because[3], 'and 2 more such findings');
});

test('because shows a gap with its place and code', () => {
  const { because } = judge(defaultPolicy, someDossier({ gaps: [someGap({ executable: true })] }), someTime);
  assert.deepEqual(because, [
    'not examined: layer 1 (sha256:111111111111…): usr/share/data.zip, which may be run: the archive is encrypted (ZIP_MEMBER_ENCRYPTED)',
  ]);
});

test('text of the image in because is harmless to a terminal and a CI system', () => {
  const hostile = '\u001b[2J\u202e::set-output name=x::y ##vso[task]';
  const findings = [someFinding({ title: hostile, evidence: [{ kind: 'file', path: hostile }] })];
  const gaps = [someGap({ where: hostile, reason: hostile })];
  for (const dossier of [someDossier({ findings }), someDossier({ gaps })])
    for (const sentence of judge(defaultPolicy, dossier, someTime).because)
      for (const part of ['\u001b', '\u202e', '::', '##']) assert.ok(!sentence.includes(part), sentence);
});

test('a gap line accepts, warns or denies by code and kind; the first that fits decides', () => {
  const gaps = [someGap()];
  assert.deepEqual(judged('gaps: [{ code: ZIP_MEMBER_ENCRYPTED, then: accept }]', someDossier({ gaps })), [
    'clean',
    'allow',
  ]);
  assert.deepEqual(judged('gaps: [{ code: "ZIP_*", then: warn }]', someDossier({ gaps })), ['incomplete', 'warn']);
  assert.deepEqual(judged('gaps: [{ code: "TAR_*", then: accept }]', someDossier({ gaps })), ['incomplete', 'deny']);
  const first = 'gaps: [{ code: ZIP_MEMBER_ENCRYPTED, then: deny }, { code: "*", then: accept }]';
  assert.deepEqual(judged(first, someDossier({ gaps })), ['incomplete', 'deny']);
  const kinds = 'gaps: [{ kind: limit, then: accept }]';
  assert.deepEqual(judged(kinds, someDossier({ gaps: [someGap({ kind: 'limit' })] })), ['clean', 'allow']);
  assert.deepEqual(judged(kinds, someDossier({ gaps: [someGap({ kind: 'malformed' })] })), ['incomplete', 'deny']);
  assert.deepEqual(judged(kinds, someDossier({ gaps })), ['incomplete', 'deny']);
});

test('a gap in a program is accepted only by its own code and executable: true', () => {
  const dossier = someDossier({ gaps: [someGap({ executable: true })] });
  for (const line of [
    '{ code: "*", then: accept }',
    '{ code: ZIP_MEMBER_ENCRYPTED, then: accept }',
    '{ code: "ZIP_*", then: warn }',
  ])
    assert.deepEqual(judged(`gaps: [${line}]`, dossier), ['incomplete', 'deny'], line);
  const explicit = 'gaps: [{ code: ZIP_MEMBER_ENCRYPTED, executable: true, then: accept }]';
  assert.deepEqual(judged(explicit, dossier), ['clean', 'allow']);
});

test('by default a broken archive inside a layer warns; a bomb, a program or a part of the layer itself is denied', () => {
  const verdictOf = (given: Partial<Gap>): readonly string[] => {
    const { assessment, decision } = judge(defaultPolicy, someDossier({ gaps: [someGap(given)] }), someTime);
    return [assessment, decision];
  };
  assert.deepEqual(verdictOf({ nested: true, kind: 'malformed' }), ['incomplete', 'warn']);
  assert.deepEqual(verdictOf({ nested: true, kind: 'unavailable' }), ['incomplete', 'warn']);
  assert.deepEqual(verdictOf({ nested: true, kind: 'limit' }), ['incomplete', 'deny']);
  assert.deepEqual(verdictOf({ nested: true, kind: 'malformed', executable: true }), ['incomplete', 'deny']);
  assert.deepEqual(verdictOf({ kind: 'malformed' }), ['incomplete', 'deny']);
});

const rule = (when: string, then: string): string =>
  `rules: [{ id: r, when: '${when}', then: ${then}, because: the rule says so }]\n`;

test('a rule denies or warns; its words come into because', () => {
  const verdict = judge(policyOf(rule('dossier.config.user == "app"', 'deny')), someDossier(), someTime);
  assert.deepEqual(both(verdict), ['clean', 'deny']);
  assert.equal(verdict.because[0], "the policy's rule r says deny: the rule says so");
  assert.deepEqual(judged(rule('dossier.config.user == "app"', 'warn')), ['clean', 'warn']);
  assert.deepEqual(judged(rule('dossier.config.user == "root"', 'deny')), ['clean', 'allow']);
});

test('a warn rule never loosens a denial', () => {
  assert.deepEqual(judged(rule('true', 'warn'), someDossier({ findings: [someFinding()] })), ['malicious', 'deny']);
});

test('allow loosens what follows from suspicious and clean, never from malicious and incomplete', () => {
  const allow = rule('true', 'allow');
  const suspicious = someDossier({ findings: [someFinding({ severity: 'medium' })] });
  assert.deepEqual(judged(allow, suspicious), ['suspicious', 'allow']);
  assert.deepEqual(judged(`decisions: { clean: deny }\n${allow}`), ['clean', 'allow']);
  assert.deepEqual(judged(allow, someDossier({ findings: [someFinding()] })), ['malicious', 'deny']);
  assert.deepEqual(judged(allow, someDossier({ gaps: [someGap()] })), ['incomplete', 'deny']);
});

test('deny wins over warn wins over allow, in whatever order the rules stand', () => {
  const words = ['allow', 'deny', 'warn'];
  const rules = (order: readonly string[]): string =>
    `rules:\n${order.map((then) => `  - { id: ${then}, when: "true", then: ${then}, because: b }\n`).join('')}`;
  assert.deepEqual(judged(rules(words)), ['clean', 'deny']);
  assert.deepEqual(judged(rules(words.toReversed())), ['clean', 'deny']);
  assert.deepEqual(judged(rules(['warn', 'allow'])), ['clean', 'warn']);
});

test('a rule that cannot be decided denies, whatever it would have said', () => {
  for (const then of ['allow', 'warn', 'deny']) {
    const verdict = judge(policyOf(rule('dossier.config.labels["none"] == "x"', then)), someDossier(), someTime);
    assert.deepEqual(both(verdict), ['clean', 'deny']);
    assert.match(verdict.because[0], /rule r could not be decided, which denies: No such key: none/);
  }
});

const exception = (fields: string): string =>
  `exceptions: [{ match: "docker://registry.example/team/**", reason: known, expires: 2026-06-01, ${fields} }]\n`;
const sick = someDossier({ findings: [someFinding()] });

test('an exception takes a finding out, which the verdict tells', () => {
  const verdict = judge(policyOf(exception('rule: yara/miners/*')), sick, someTime);
  assert.deepEqual(both(verdict), ['clean', 'allow']);
  assert.deepEqual(verdict.excepted, [{ kind: 'finding', position: 0, reason: 'known', expires: '2026-06-01' }]);
  assert.equal(verdict.dossier.findings.length, 1);
  assert.match(verdict.because.join('\n'), /excepts 1 finding/);
});

test('an exception for another rule, image, path, content or digest does not apply', () => {
  for (const fields of [
    'rule: yara/other/*',
    'rule: yara/miners/*, path: usr/**',
    `rule: yara/miners/*, sha256: ${'b'.repeat(64)}`,
    `rule: yara/miners/*, digest: "sha256:${'0'.repeat(64)}"`,
  ])
    assert.deepEqual(judged(exception(fields), sick), ['malicious', 'deny'], fields);
  const elsewhere = someDossier({ findings: [someFinding()], reference: 'docker://other.example/team/app:1.0' });
  assert.deepEqual(judged(exception('rule: yara/miners/*'), elsewhere), ['malicious', 'deny']);
});

test("path, content and digest that are the image's own do apply", () => {
  for (const fields of [
    'rule: yara/**, path: opt/**/*.json',
    `rule: yara/**, sha256: ${'a'.repeat(64)}`,
    ...['b', 'c', 'd'].map((digit) => `rule: yara/**, digest: "sha256:${digit.repeat(64)}"`),
  ])
    assert.deepEqual(judged(exception(fields), sick), ['clean', 'allow'], fields);
});

test('an exception with a path covers a finding only when all its proofs fit, and none was left out by the cap', () => {
  const [proof] = someFinding().evidence;
  const second = someFinding({ evidence: [proof, { kind: 'file', path: 'usr/bin/x' }] });
  const third = someFinding({ evidence: [proof, { kind: 'config', field: 'Env', value: 'x' }] });
  for (const finding of [second, third, someFinding({ more: 2 })])
    assert.deepEqual(judged(exception('rule: yara/**, path: opt/**'), someDossier({ findings: [finding] })), [
      'malicious',
      'deny',
    ]);
});

test('an exception holds until the end of its day; then it does not apply and because says so', () => {
  const policy = policyOf(exception('rule: yara/**'));
  assert.equal(judge(policy, sick, '2026-06-01T23:59:59.999Z').decision, 'allow');
  const late = judge(policy, sick, '2026-06-02T00:00:00.000Z');
  assert.equal(late.decision, 'deny');
  assert.equal(late.because.at(-1), 'the exception for yara/** (known) ended 2026-06-01 and does not apply');
  assert.equal(judge(policy, sick, 'no time').decision, 'deny');
});

test('an expired exception that would have covered nothing is not mentioned', () => {
  const late = judge(policyOf(exception('rule: yara/**')), someDossier(), '2027-01-01T00:00:00Z');
  assert.doesNotMatch(late.because.join('\n'), /exception/);
});

test('an exception for a gap names its code, and its path where it wants one', () => {
  const dossier = someDossier({ gaps: [someGap()] });
  assert.deepEqual(judged(exception('gap: "ZIP_*", path: usr/share/*'), dossier), ['clean', 'allow']);
  assert.deepEqual(judged(exception('gap: "ZIP_*", path: opt/**'), dossier), ['incomplete', 'deny']);
  const program = someDossier({ gaps: [someGap({ executable: true })] });
  assert.deepEqual(judged(exception('gap: ZIP_MEMBER_ENCRYPTED'), program), ['incomplete', 'deny']);
  assert.deepEqual(judged(exception('gap: ZIP_MEMBER_ENCRYPTED, executable: true'), program), ['clean', 'allow']);
});

test('an exception takes out a rule of the policy', () => {
  const text = `${rule('true', 'deny')}${exception('rule: r')}`;
  assert.deepEqual(judged(text), ['clean', 'allow']);
  assert.deepEqual(judged(text, someDossier({ reference: 'docker://other.example/a/b:1' })), ['clean', 'deny']);
});

test('conditions do not see what is excepted', () => {
  const text = `${rule('dossier.findings.size() > 0 || dossier.gaps.size() > 0', 'deny')}${exception('rule: yara/**')}`;
  assert.deepEqual(judged(text, sick), ['clean', 'allow']);
  assert.deepEqual(judged(text, someDossier({ findings: [someFinding({ rule: 'hash/x', severity: 'info' })] })), [
    'clean',
    'deny',
  ]);
});

const scope = (body: string): string => `scopes: [{ match: ["docker://registry.example/team/**"], ${body} }]\n`;

test('a scope holds for the images it matches, before the lines of the whole file', () => {
  const text = `findings: [{ rule: yara/**, assess: malicious }]\n${scope('findings: [{ rule: yara/**, assess: clean }]')}`;
  assert.deepEqual(judged(text, sick), ['clean', 'allow']);
  const elsewhere = someDossier({ findings: [someFinding({ severity: 'info' })], reference: 'docker://a.example/b:1' });
  assert.deepEqual(judged(text, elsewhere), ['malicious', 'deny']);
});

test('a scope changes decisions, gaps and rules', () => {
  assert.deepEqual(judged(scope('decisions: { clean: deny }')), ['clean', 'deny']);
  assert.deepEqual(judged(scope('gaps: [{ code: "*", then: accept }]'), someDossier({ gaps: [someGap()] })), [
    'clean',
    'allow',
  ]);
  assert.deepEqual(judged(scope('rules: [{ id: s, when: "true", then: warn, because: b }]')), ['clean', 'warn']);
  const elsewhere = someDossier({ reference: 'docker://a.example/b:1' });
  assert.deepEqual(judged(scope('decisions: { clean: deny }'), elsewhere), ['clean', 'allow']);
});

test('a finding that no line fits is suspicious', () => {
  assert.deepEqual(judged('extends: none\nfindings: [{ rule: hash/*, assess: malicious }]', sick), [
    'suspicious',
    'warn',
  ]);
});

test('judge is total and deterministic, and a denied gap or malicious finding is never allowed', () => {
  const finding = fc.record({
    rule: fc.string(),
    title: fc.string({ unit: 'binary' }),
    severity: fc.constantFrom(...severities),
    confidence: fc.constantFrom<Confidence>('low', 'medium', 'high'),
    intent: fc.constantFrom<Intent>('implant', 'miner', 'exposure', 'hygiene', 'tampering'),
    evidence: fc.tuple(fc.record({ kind: fc.constant('file' as const), path: fc.string({ unit: 'binary' }) })),
  });
  const gap = fc.record({
    where: fc.string(),
    code: fc.string(),
    reason: fc.string(),
    bytes: fc.nat(),
    executable: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(finding), fc.array(gap), fc.string(), (findings, gaps, reference) => {
      const dossier = someDossier({ findings: findings.map(someFinding), gaps, reference });
      const verdict = judge(defaultPolicy, dossier, someTime);
      assert.deepEqual(judge(defaultPolicy, dossier, someTime), verdict);
      assert.ok(verdict.because.length > 0);
      if (gaps.length > 0 || verdict.assessment === 'malicious') assert.equal(verdict.decision, 'deny');
    }),
    { numRuns: 300 },
  );
});
