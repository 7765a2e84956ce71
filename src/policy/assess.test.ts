/** The default policy on evidence in context and in combination, each case with its nearest lesser one; and the lines a user may write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someDossier, someFinding, someTime } from '../../test/builders/dossier.ts';
import type { Confidence, Finding, Intent, Placement, Severity } from '../core/finding.ts';
import { defaultPolicy } from './default-policy.ts';
import { judge } from './judge.ts';
import { parsePolicy } from './policy-file.ts';

type Strength = readonly [severity: Severity, confidence: Confidence, intent: Intent];

const trait = (rule: string, [severity, confidence, intent]: Strength, path: string, placed: Placement = {}): Finding =>
  someFinding({ rule, title: rule, severity, confidence, intent, evidence: [{ kind: 'file', path, ...placed }] });

const judged = (...findings: readonly Finding[]) => judge(defaultPolicy, someDossier({ findings }), someTime);
const assessed = (...findings: readonly Finding[]): string => judged(...findings).assessment;

const strong: Strength = ['high', 'medium', 'implant'];
const middling: Strength = ['medium', 'medium', 'miner'];
const unsure: Strength = ['medium', 'low', 'implant'];
const tool: Strength = ['medium', 'high', 'dual-use'];
const started: Placement = { launched: true, unowned: true };

test('a strong trait is malicious where the image starts it, and suspicious elsewhere', () => {
  assert.equal(assessed(trait('a/x', strong, 'opt/x', { launched: true })), 'malicious');
  assert.equal(assessed(trait('a/x', strong, 'opt/x')), 'suspicious');
  const config = someFinding({ confidence: 'medium', evidence: [{ kind: 'config', field: 'Cmd', value: 'x' }] });
  assert.equal(assessed(config), 'malicious');
});

test('in a file that a package delivers the same trait is worth a look', () => {
  assert.equal(assessed(trait('a/x', strong, 'usr/bin/x', { launched: true, owner: 'x' })), 'suspicious');
});

test('one strong trait of what a package delivers and nothing starts is chance, two are worth a look', () => {
  const owned = { owner: 'logwatch' };
  assert.equal(assessed(trait('a/x', strong, 'usr/share/x/cron', owned)), 'clean');
  assert.equal(
    assessed(trait('a/x', strong, 'usr/share/x/cron', owned), trait('b/y', strong, 'usr/share/x/cron', owned)),
    'suspicious',
  );
  assert.equal(assessed(trait('a/x', ['high', 'medium', 'tampering'], 'usr/bin/x', owned)), 'suspicious');
});

test('what is called one thing and starts another with a hostile trait is malicious; either alone is worth a look', () => {
  const claim = (field: string): Finding =>
    someFinding({
      rule: 'claim/x',
      severity: 'high',
      confidence: 'medium',
      intent: 'impersonation',
      evidence: [
        { kind: 'name', field: 'name', value: 'postgres' },
        { kind: 'config', field, value: 'x' },
      ],
    });
  const renamed = trait('b/y', middling, 'opt/x', { launched: true });
  assert.equal(assessed(claim('Entrypoint'), renamed), 'malicious');
  assert.equal(assessed(claim('Entrypoint')), 'suspicious');
  assert.equal(assessed(claim('Labels'), renamed), 'suspicious');
  assert.equal(assessed(claim('Entrypoint'), trait('b/y', middling, 'opt/x')), 'suspicious');
});

test('an unsure trait is worth a look where the image starts what no package owns', () => {
  assert.equal(assessed(trait('a/x', unsure, 'opt/x', started)), 'suspicious');
  assert.equal(assessed(trait('a/x', unsure, 'opt/x', { launched: true })), 'clean');
  assert.equal(assessed(trait('a/x', unsure, 'opt/x', { unowned: true })), 'clean');
});

test('two strong traits of one file or folder are malicious, of different ones suspicious', () => {
  const first = trait('a/x', strong, 'opt/.x/a');
  assert.equal(assessed(first, trait('b/y', ['high', 'medium', 'miner'], 'opt/.x/a')), 'malicious');
  assert.equal(assessed(first, trait('b/y', strong, 'opt/.x/b')), 'malicious');
  assert.equal(assessed(first, trait('b/y', strong, 'opt/.y/b')), 'suspicious');
  assert.equal(assessed(first, trait('a/x', strong, 'opt/.x/b')), 'suspicious', 'one rule twice is one trait');
  assert.equal(assessed(first, trait('b/y', middling, 'opt/.x/a')), 'suspicious', 'the other must be as strong');
});

test('two strong traits among examples, in an idle archive or in packaged files do not add up', () => {
  for (const [path, placed] of [
    ['opt/x/tests/a', {}],
    ['opt/x/a.jar!/b', {}],
    ['usr/bin/a', { owner: 'x' }],
  ] as const)
    assert.notEqual(
      assessed(trait('a/x', strong, path, placed), trait('b/y', strong, path, placed)),
      'malicious',
      path,
    );
});

test('three middling traits of what the image starts are malicious, two are not', () => {
  const traits = ['a/x', 'b/y', 'c/z'].map((rule, index) => trait(rule, middling, `srv/${index}`, started));
  assert.equal(assessed(...traits), 'malicious');
  assert.equal(assessed(...traits.slice(1)), 'suspicious');
  assert.equal(assessed(...traits.map((one) => ({ ...one, intent: 'dual-use' as const }))), 'suspicious');
});

test('one middling trait is worth a look unless its place explains it', () => {
  assert.equal(assessed(trait('a/x', middling, 'opt/x')), 'suspicious');
  assert.equal(assessed(trait('a/x', middling, 'usr/bin/x', { owner: 'x' })), 'clean');
  assert.equal(assessed(trait('a/x', middling, 'opt/docs/x')), 'clean');
  assert.equal(assessed(trait('a/x', middling, 'opt/x.jar!/y')), 'clean');
});

test('an unsure trait needs a companion, which may be a tool', () => {
  const first = trait('a/x', unsure, 'opt/.x/a');
  assert.equal(assessed(first), 'clean');
  assert.equal(assessed(first, trait('b/y', tool, 'opt/.x/a')), 'suspicious');
  assert.equal(assessed(first, trait('b/y', tool, 'opt/.y/a')), 'clean');
  assert.equal(assessed(first, trait('b/y', ['medium', 'high', 'hygiene'], 'opt/.x/a')), 'clean');
});

test('tools are no crime, not even two, until the image starts what no package owns', () => {
  const tools = (placed: Placement): readonly Finding[] =>
    ['a/x', 'b/y'].map((rule) => trait(rule, tool, 'usr/local/bin/x', placed));
  assert.equal(assessed(...tools(started)), 'suspicious');
  assert.equal(assessed(...tools({ unowned: true })), 'clean');
  assert.equal(assessed(...tools({ launched: true, owner: 'x' })), 'clean');
  assert.equal(assessed(trait('a/x', tool, 'usr/local/bin/x', started)), 'clean');
  assert.equal(assessed(trait('a/x', ['high', 'high', 'dual-use'], 'usr/bin/x', { owner: 'nmap' })), 'clean');
});

test('secrets and carelessness are never malicious, however many, however bad, wherever', () => {
  const all = (['exposure', 'hygiene'] as const).flatMap((intent) =>
    ['a', 'b', 'c', 'd'].map((rule) => trait(`${rule}/${intent}`, ['critical', 'high', intent], 'opt/x', started)),
  );
  assert.equal(assessed(...all), 'suspicious');
  assert.equal(assessed(trait('a/x', ['critical', 'high', 'exposure'], 'usr/lib/x/tests/key.pem')), 'clean');
});

test('a decisive trait is malicious wherever it lies; what a package delivers as an example is worth a look', () => {
  const decisive: Strength = ['high', 'high', 'implant'];
  for (const path of ['usr/share/doc/x', 'opt/x.jar!/y', 'opt/x'])
    assert.equal(assessed(trait('a/x', decisive, path)), 'malicious', path);
  assert.equal(assessed(trait('a/x', decisive, 'opt/x', { hidden: true })), 'malicious');
  assert.equal(assessed(trait('a/x', decisive, 'usr/bin/x', { owner: 'x' })), 'malicious');
  assert.equal(assessed(trait('a/x', decisive, 'usr/share/doc/x', { owner: 'x' })), 'suspicious');
  assert.equal(assessed(trait('a/x', decisive, 'usr/share/doc/x', { owner: 'x', launched: true })), 'malicious');
});

test('a certain and critical finding is malicious among examples too', () => {
  assert.equal(assessed(trait('hash/x', ['critical', 'high', 'implant'], 'opt/tests/x', { owner: 'x' })), 'malicious');
  assert.equal(assessed(trait('a/x', ['critical', 'medium', 'implant'], 'opt/tests/x')), 'suspicious');
});

test('because says where the proof lies and what it was counted with', () => {
  const { because } = judged(
    trait('a/x', strong, 'opt/.x/a', started),
    trait('b/y', strong, 'opt/.x/a', { unowned: true }),
  );
  assert.deepEqual(because, [
    'high implant: a/x (a/x) in opt/.x/a, started by the image, owned by no package',
    'high implant: b/y (b/y) in opt/.x/a, owned by no package',
  ]);
  const idle = judged(trait('a/x', strong, 'opt/.x/a'), trait('b/y', strong, 'opt/.x/a'));
  assert.deepEqual(idle.because, [
    'high implant: a/x (a/x) in opt/.x/a; counted together with high implant: b/y (b/y)',
  ]);
});

test('a companion that a sentence names needs none of its own, and the rest is counted', () => {
  const many = ['a', 'b', 'c', 'd', 'e'].map((rule) => trait(`${rule}/x`, strong, 'opt/.x/a'));
  assert.deepEqual(judged(...many).because, [
    'high implant: a/x (a/x) in opt/.x/a; counted together with high implant: b/x (b/x) and high implant: c/x (c/x) and 2 more',
    'high implant: d/x (d/x) in opt/.x/a; counted together with high implant: a/x (a/x) and high implant: b/x (b/x) and 2 more',
    'high implant: e/x (e/x) in opt/.x/a',
  ]);
  assert.equal(judged(...many.slice(0, 2)).because.length, 1);
});

test('a clean image says which severe finding did not count, and why', () => {
  const { assessment, because } = judged(trait('a/x', strong, 'usr/share/doc/x/a'));
  assert.equal(assessment, 'clean');
  assert.equal(
    because[1],
    'does not count, since it lies among documentation, tests or examples: high implant: a/x (a/x) in usr/share/doc/x/a',
  );
  assert.equal(judged(trait('a/x', middling, 'usr/share/doc/x/a')).because.length, 1);
});

test('many findings about one thing are judged in time', () => {
  const many = Array.from({ length: 8000 }, (_, index) => trait(`a/${index % 400}`, unsure, `opt/${index}`, started));
  const begun = performance.now();
  assert.equal(assessed(...many), 'suspicious');
  assert.ok(performance.now() - begun < 5000);
});

const lines = (text: string): ReturnType<typeof parsePolicy> =>
  parsePolicy(`version: 1\nname: p\nextends: none\nfindings:\n${text}`, 'p.yaml');

test("a user's line with context, unless and together stands before the built-in ones", () => {
  const policy = lines('  - { context: [hidden], unless: [owned], assess: malicious }\n  - { assess: clean }\n');
  const of = (placed: Placement): string =>
    judge(policy, someDossier({ findings: [trait('a/x', unsure, 'x', placed)] }), someTime).assessment;
  assert.equal(of({ hidden: true }), 'malicious');
  assert.equal(of({ hidden: true, owner: 'x' }), 'clean');
  assert.equal(of({}), 'clean');
});

test('together counts rules that fit the pattern of the line', () => {
  const policy = lines('  - { rule: yara/**, together: 2, assess: malicious }\n  - { assess: clean }\n');
  const of = (...rules: readonly string[]): string =>
    judge(policy, someDossier({ findings: rules.map((rule) => trait(rule, tool, 'x')) }), someTime).assessment;
  assert.equal(of('yara/a/b', 'yara/a/c'), 'malicious');
  assert.equal(of('yara/a/b', 'hash/c'), 'clean');
});

test('a line that can never fit is refused', () => {
  for (const [line, reason] of [
    ['{ context: [owned], unless: [owned], assess: clean }', /context and in unless/],
    ['{ context: [launched, example], assess: clean }', /launched and example/],
    ['{ with: [dual-use], assess: clean }', /add together/],
    ['{ context: [lanched], assess: clean }', /context/],
    ['{ together: 1, assess: clean }', /together/],
  ] as const)
    assert.throws(() => lines(`  - ${line}\n`), reason);
});
