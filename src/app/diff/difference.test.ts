import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someProgram, someSide, type SideSpec } from '../../../test/builders/difference.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { Difference } from '../../core/difference.ts';
import { differenceOf } from './difference.ts';

const compare = (old: SideSpec, now: SideSpec): Difference => differenceOf(someSide(old), someSide(now));
const risk = (old: SideSpec, now: SideSpec): string => compare(old, now).risk;
const judged = (assessment: 'clean' | 'suspicious' | 'malicious', decision: 'allow' | 'warn' | 'deny'): SideSpec => ({
  verdict: { assessment, decision },
});

test('the verdict decides first, and turns around with the images', () => {
  assert.equal(risk(judged('clean', 'allow'), judged('malicious', 'deny')), 'worse');
  assert.equal(risk(judged('malicious', 'deny'), judged('clean', 'allow')), 'better');
  assert.equal(risk(judged('clean', 'allow'), judged('suspicious', 'allow')), 'worse');
  assert.equal(risk(judged('clean', 'warn'), judged('suspicious', 'allow')), 'better');
  assert.equal(risk({}, {}), 'same');
});

test('under one verdict a weighty new finding is worse, a light one is not, one that is gone is better', () => {
  const found = (given: Parameters<typeof someFinding>[0]): SideSpec => ({
    dossier: { findings: [someFinding(given)] },
  });
  assert.equal(risk({}, found({ severity: 'medium' })), 'worse');
  assert.equal(risk(found({ severity: 'medium' }), {}), 'better');
  assert.equal(risk({}, found({ severity: 'low' })), 'same');
  assert.equal(risk({}, found({ intent: 'hygiene' })), 'same');
});

test('new rights, a downgrade and an unexplained change are worse; a new port is not', () => {
  const setuid = { inventory: [someProgram('bin/x', { mode: 0o4755 })] };
  assert.equal(risk({ inventory: [someProgram('bin/x')] }, setuid), 'worse');
  const packaged = (version: string): SideSpec => ({
    dossier: { packages: [{ name: 'x', version, ecosystem: 'deb', purl: '' }] },
  });
  assert.equal(risk(packaged('2'), packaged('1')), 'worse');
  assert.equal(risk(packaged('1'), packaged('2')), 'same');
  const { config } = someDossier();
  assert.ok(config !== undefined);
  assert.equal(risk({}, { dossier: { config: { ...config, exposedPorts: ['22/tcp'] } } }), 'same');
  const owned = (digit: string): SideSpec => ({
    ...packaged('1'),
    inventory: [someProgram('bin/x', { sha256: digit.repeat(64) })],
    context: { ownership: new Map([['bin/x', { package: 'x', state: 'matching' as const }]]) },
  });
  assert.equal(risk(owned('a'), owned('b')), 'worse');
});

test('because says what changed and nothing of what did not', () => {
  assert.deepEqual(compare({}, {}).because, ['both are clean (allow)']);
  const { because } = compare(
    { dossier: { findings: [someFinding({ rule: 'a/gone' })], story: ['starts /a'] } },
    {
      verdict: { assessment: 'malicious', decision: 'deny' },
      dossier: { findings: [someFinding({ title: 'A miner\u001b[2J' })], gaps: [someGap()], story: ['starts /b'] },
      inventory: [someProgram('bin/x', { mode: 0o4755 })],
    },
  );
  assert.deepEqual(because, [
    'was clean (allow), is malicious (deny)',
    '1 new finding, such as high miner: A miner\\x1b[2J',
    'may do more: setuid bin/x',
    'it starts differently',
    '1 part could not be examined that was no gap before',
    '1 finding gone',
  ]);
});

test('where one could not be had nothing is compared', () => {
  const missing = { verdict: someVerdict({ assessment: 'incomplete', because: ['not reachable'] }) };
  const there = someSide({ dossier: { findings: [someFinding()] }, inventory: [someProgram('bin/x')] });
  for (const difference of [differenceOf(there, missing), differenceOf(missing, there)]) {
    assert.deepEqual([difference.risk, difference.because], ['unknown', ['not reachable']]);
    assert.deepEqual([difference.findings.gone, difference.findings.added, difference.files.removed], [[], [], 0]);
  }
});
