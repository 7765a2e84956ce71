import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { defaultPolicy } from './default-policy.ts';
import { parsePolicy } from './policy-file.ts';

const refusal = (text: string): string => {
  try {
    parsePolicy(text, 'p.yaml');
  } catch (thrown) {
    assert.ok(isFault(thrown), String(thrown));
    assert.equal(thrown.kind, 'misuse');
    assert.equal(thrown.code, 'POLICY_INVALID');
    return thrown.message;
  }
  return 'accepted';
};

const head = 'version: 1\nname: p\n';

test('rules/policies/default.yaml is the default policy', () => {
  const file = join(import.meta.dirname, '../../rules/policies/default.yaml');
  assert.deepEqual(parsePolicy(readFileSync(file, 'utf8'), file), defaultPolicy);
});

test('without extends the default lines follow those of the file', () => {
  const policy = parsePolicy(
    `${head}findings:\n  - { rule: yara/**, assess: clean }\ndecisions: { suspicious: deny }\n`,
    'p',
  );
  assert.deepEqual(policy.findings, [{ rule: 'yara/**', assess: 'clean' }, ...defaultPolicy.findings]);
  assert.deepEqual(policy.decisions, { ...defaultPolicy.decisions, suspicious: 'deny' });
});

test('with extends: none only the lines of the file hold', () => {
  const policy = parsePolicy(`${head}extends: none\nfindings:\n  - { severity: high, assess: malicious }\n`, 'p');
  assert.deepEqual(policy.findings, [{ severity: 'high', assess: 'malicious' }]);
  assert.match(refusal(`${head}extends: none\n`), /add findings/);
});

test('an unknown field is told with file, line, path and the nearest known field', () => {
  assert.equal(refusal(`${head}exeptions: []\n`), 'p.yaml:3: exeptions: unknown field; did you mean "exceptions"?');
  assert.match(
    refusal(
      `${head}scopes:\n  - match: ["**"]\n    gaps:\n      - code: TAR_X\n        thn: accept\n        then: accept\n`,
    ),
    /^p\.yaml:7: scopes\[0\]\.gaps\[0\]\.thn: unknown field; did you mean "then"\?$/,
  );
  assert.match(refusal(`${head}zzzzzzzzz: 1\n`), /known are version, name, extends/);
  assert.match(refusal(`${head}<<: { name: x }\n`), /unknown field/);
});

test('a missing or wrong value is told with its line', () => {
  assert.match(refusal('version: 1\n'), /name/);
  assert.match(refusal('version: 2\nname: p\n'), /p\.yaml:1: version/);
  assert.match(
    refusal(`${head}findings:\n  - assess: clean\n    severity: hihg\n`),
    /p\.yaml:5: findings\[0\]\.severity/,
  );
  assert.match(refusal(''), /p\.yaml:1/);
  assert.match(refusal('just words'), /p\.yaml:1/);
});

test('lists that are empty and patterns that nothing fits are refused', () => {
  for (const list of ['rules', 'findings', 'gaps', 'scopes', 'exceptions'])
    assert.match(refusal(`${head}${list}: []\n`), /matches nothing/, list);
  assert.match(refusal(`${head}scopes:\n  - match: []\n    decisions: { clean: deny }\n`), /matches nothing/);
  assert.match(
    refusal(`${head}scopes:\n  - match: ["nginx"]\n    decisions: { clean: deny }\n`),
    /p\.yaml:4: .*can never match/,
  );
  assert.match(refusal(`${head}scopes:\n  - match: ["**"]\n`), /says nothing/);
  assert.match(refusal(`${head}decisions: {}\n`), /empty/);
  assert.match(refusal(`${head}findings:\n  - { rule: yara, assess: clean }\n`), /can never match/);
  assert.match(refusal(`${head}gaps:\n  - { code: tar, then: warn }\n`), /can never match/);
  assert.match(refusal(`${head}gaps:\n  - { then: accept }\n`), /a code, a kind or nested/);
});

test('a gap in a program cannot be accepted by a wildcard', () => {
  assert.match(refusal(`${head}gaps:\n  - { code: "ELF_*", executable: true, then: accept }\n`), /without wildcards/);
  assert.match(refusal(`${head}gaps:\n  - { kind: limit, executable: true, then: accept }\n`), /without wildcards/);
  assert.equal(refusal(`${head}gaps:\n  - { code: ELF_TRUNCATED, executable: true, then: accept }\n`), 'accepted');
});

test('a duplicate key, an alias, a tag, two documents and a bad indent are refused with the line', () => {
  assert.match(refusal(`${head}name: q\n`), /p\.yaml:3: Map keys must be unique/);
  assert.match(refusal('version: &a 1\nname: *a\n'), /aliases are not read/);
  assert.match(refusal('a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nversion: 1\nname: *c\n'), /aliases are not read/);
  assert.match(refusal(`${head}extends: !!js/function "x"\n`), /p\.yaml:3/);
  assert.match(refusal(`${head}---\nversion: 1\n`), /p\.yaml:/);
  assert.match(refusal(`${head} x: 1\n`), /p\.yaml:/);
});

test('text without end in size or depth is refused, not a crash', () => {
  assert.match(refusal('['.repeat(200_000)), /p\.yaml:/);
  assert.match(refusal(`${head}scopes: ${'['.repeat(3000)}${']'.repeat(3000)}\n`), /p\.yaml:/);
  assert.match(refusal(`# ${'x'.repeat(600_000)}\n`), /512 KiB/);
});

test('a condition that cannot work is refused with its line', () => {
  const rule = (when: string): string =>
    `${head}rules:\n  - id: a\n    when: ${when}\n    then: deny\n    because: b\n`;
  assert.match(refusal(rule('dossier.findngs.size() > 0')), /p\.yaml:5: rules\[0\]\.when: .*did you mean "findings"/);
  assert.match(refusal(rule('dossier.reference.matches("x")')), /write re\(/);
  assert.equal(refusal(rule('dossier.findings.size() > 0')), 'accepted');
});

test('ids of rules are used once, scopes included', () => {
  const rule = 'id: a, when: "true", then: warn, because: b';
  assert.match(
    refusal(`${head}rules:\n  - { ${rule} }\nscopes:\n  - match: ["**"]\n    rules:\n      - { ${rule} }\n`),
    /used twice/,
  );
});

const exception = (fields: string): string =>
  `${head}rules:\n  - { id: no-debug, when: "true", then: deny, because: b }\nexceptions:\n  - { match: "**", reason: r, ${fields} }\n`;

test('an exception names a rule or a gap, a reason and a day that exists', () => {
  assert.equal(refusal(exception('rule: yara/**, expires: 2028-02-29')), 'accepted');
  assert.equal(refusal(exception('gap: TAR_X, expires: "2028-02-28T10:00:00Z"')), 'accepted');
  assert.match(refusal(exception('rule: yara/**, expires: 2027-02-29')), /date that exists/);
  assert.match(refusal(exception('rule: yara/**, expires: 2027-13-01')), /date that exists/);
  assert.match(refusal(exception('rule: yara/**, expires: soon')), /date that exists/);
  assert.match(refusal(exception('rule: yara/**')), /expires/);
  assert.match(refusal(exception('expires: 2028-01-01')), /either a rule or a gap/);
  assert.match(refusal(exception('rule: yara/**, gap: TAR_X, expires: 2028-01-01')), /either a rule or a gap/);
  assert.match(refusal(exception('gap: "*", executable: true, expires: 2028-01-01')), /without wildcards/);
  assert.match(
    refusal(exception('rule: yara/**, path: /etc/x, expires: 2028-01-01')),
    /p\.yaml:6: exceptions\[0\]\.path/,
  );
});

test('an exception may name a rule of the file, and only one that is there', () => {
  assert.equal(refusal(exception('rule: no-debug, expires: 2028-01-01')), 'accepted');
  assert.match(refusal(exception('rule: no-debg, expires: 2028-01-01')), /p\.yaml:6: .*did you mean "no-debug"/);
  assert.match(refusal(exception('rule: no-debug, path: a, expires: 2028-01-01')), /no proofs/);
});

test('a pattern in match is told even though match may be one pattern or several', () => {
  const bad = exception('rule: a/b, expires: 2028-01-01').replace('match: "**"', 'match: nginx');
  assert.match(refusal(bad), /exceptions\[0\]\.match: "nginx" can never match/);
});

test('the version of a policy is the digest of its text', () => {
  assert.notEqual(parsePolicy(head, 'p').version, parsePolicy(`${head}# x\n`, 'p').version);
  assert.match(parsePolicy(head, 'p').version, /^sha256:[0-9a-f]{64}$/);
});

test('a policy cut at any length or changed in any place is a Policy or a Fault', () => {
  const text = exception('rule: yara/**, path: "a/**", expires: 2028-01-01');
  const changed = Array.from({ length: text.length }, (_, at) => [
    text.slice(0, at),
    `${text.slice(0, at)}${'{[*&!|>\'"%@`\0\u202e'[at % 14] ?? ''}${text.slice(at + 1)}`,
  ]).flat();
  const outcomes = new Set(changed.map((broken) => refusal(broken) === 'accepted'));
  assert.deepEqual(outcomes, new Set([false, true]));
});
