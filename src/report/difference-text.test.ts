import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import * as z from 'zod';
import { someDifference, someProgram } from '../../test/builders/difference.ts';
import { someDossier, someFinding, someGap } from '../../test/builders/dossier.ts';
import { hostileTexts } from '../../test/builders/hostile-verdict.ts';
import type { Difference } from '../core/difference.ts';
import { toDifferenceDocument } from './difference-document.ts';
import { differenceSchema } from './difference-schema.ts';
import { differenceText } from './difference-text.ts';
import { toJsonText } from './json-text.ts';

const { config } = someDossier();
assert.ok(config !== undefined);
const plain = { colour: false, width: 100 };

const packageOf = (name: string, version: string) => ({ name, version, ecosystem: 'deb' as const, purl: '' });
const ownership = new Map([['bin/owned', { package: 'b', state: 'matching' as const }]]);
const upgrade = someDifference(
  { dossier: { packages: [packageOf('a', '2'), packageOf('b', '1')] }, context: { ownership } },
  {
    verdict: { assessment: 'malicious', decision: 'deny' },
    dossier: {
      config: { ...config, user: 'root' },
      findings: [someFinding(), someFinding({ rule: 'a/info', title: 'A note', severity: 'info' })],
      gaps: [someGap()],
      packages: [packageOf('a', '1'), packageOf('b', '2'), packageOf('c', '1')],
      story: ['starts /x'],
    },
    inventory: [someProgram('opt/x'), someProgram('bin/owned')],
    context: { ownership },
  },
);
const lines = (difference: Difference, options = {}): readonly string[] =>
  differenceText(difference, { ...plain, ...options }).split('\n');

test('the risk comes first, then both verdicts, then why', () => {
  const [risk, old, now, why] = lines(upgrade);
  assert.equal(risk, 'WORSE');
  assert.match(old ?? '', /^ {2}old {2}allow, clean {2}docker:/);
  assert.match(now ?? '', /^ {2}new {2}deny, malicious {2}docker:/);
  assert.equal(why, '  - was clean (allow), is malicious (deny)');
});

test('each kind of change has its section, the worst first', () => {
  const text = lines(upgrade);
  const heads = text.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(':')[0]);
  assert.deepEqual(heads.slice(1, 7), [
    'Findings',
    'Rights and start',
    'Start-up',
    'Files',
    'Packages',
    'Not examined, and not so before',
  ]);
  for (const line of ['  ~ user: app → root', '  + starts /x', '  ↓ deb a 2 → 1', '  ↑ deb b 1 → 2', '  + deb c 1'])
    assert.ok(text.includes(line), line);
  assert.ok(text.indexOf('  ↓ deb a 2 → 1') < text.indexOf('  ↑ deb b 1 → 2'));
});

test('new findings lead to their lessons, each named once', () => {
  const finding = (rule: string, lesson?: string) => someFinding({ rule, ...(lesson === undefined ? {} : { lesson }) });
  const findings = [finding('a/b', 'miner'), finding('a/c', 'miner'), finding('a/d', 'tunnel'), finding('a/e')];
  const told = (old: object, now: object) => lines(someDifference(old, now)).filter((line) => line.includes('lessons'));
  assert.deepEqual(told({}, { dossier: { findings } }), ['  lessons (tidewaiter explain NAME): miner, tunnel']);
  assert.deepEqual(told({ dossier: { findings } }, {}), []);
});

test('what did not change has no section', () => {
  assert.deepEqual(lines(someDifference({}, {})).slice(3, 5), ['  - both are clean (allow)', '']);
  assert.equal(
    lines(someDifference({}, {})).filter((line) => /^(?:Findings|Files|Packages|Rights|Start)/.test(line)).length,
    0,
  );
});

test('notes, and what a package brings, are counted until they are asked for', () => {
  const [short, long] = [lines(upgrade).join('\n'), lines(upgrade, { verbose: true }).join('\n')];
  assert.match(short, /Findings: 2 new/);
  assert.doesNotMatch(short, /A note|bin\/owned/);
  assert.match(short, /1 file that packages deliver \(--verbose\)/);
  assert.match(long, /A note[^]*bin\/owned/);
});

test('a long list is cut, and says how much', () => {
  const many = someDifference({}, { inventory: Array.from({ length: 30 }, (_, index) => someProgram(`opt/${index}`)) });
  assert.ok(lines(many).includes('  and 18 more (--verbose)'));
  assert.ok(lines(many, { verbose: true }).some((line) => line.includes('opt/29')));
});

test('colours change nothing but colours', () => {
  const coloured = differenceText(upgrade, { ...plain, colour: true });
  assert.notEqual(coloured, differenceText(upgrade, plain));
  assert.equal(stripVTControlCharacters(coloured), differenceText(upgrade, plain));
});

const hostile = hostileTexts.join(' ');
const hostileDifference = someDifference(
  {},
  {
    dossier: {
      config: { ...config, entrypoint: [hostile], environment: [`${hostile}=${hostile}`], volumes: [hostile] },
      findings: [someFinding({ title: hostile, rule: hostile, evidence: [{ kind: 'file', path: hostile }] })],
      gaps: [someGap({ where: hostile, code: hostile, reason: hostile })],
      packages: [packageOf(hostile, hostile)],
      story: [hostile],
    },
    inventory: [someProgram(hostile, { mode: 0o4755 })],
    context: { ownership: new Map([[hostile, { package: hostile, state: 'matching' as const }]]) },
  },
);

test('whatever the images say, a terminal and a CI system are not commanded', () => {
  for (const text of [
    differenceText(hostileDifference, { ...plain, verbose: true }),
    toJsonText(toDifferenceDocument(hostileDifference)),
  ]) {
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b]/);
    assert.doesNotMatch(text, /^::|##vso|##\[|##teamcity/m);
  }
});

test('every document fits the published schema', () => {
  const accepts = new Ajv.default({ strict: false }).compile(
    z.toJSONSchema(differenceSchema, { target: 'draft-2020-12' }),
  );
  for (const difference of [upgrade, hostileDifference, someDifference({}, {})]) {
    const document = JSON.parse(JSON.stringify(toDifferenceDocument(difference))) as object;
    assert.ok(accepts(document), JSON.stringify(accepts.errors));
    assert.ok(!accepts({ ...document, risk: 'none' }));
  }
});
