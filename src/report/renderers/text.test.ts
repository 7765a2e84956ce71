import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { Placement } from '../../core/finding.ts';
import type { Verdict } from '../../core/verdict.ts';
import { columnsOf } from '../wrap.ts';
import { text } from './text.ts';

const options = { colour: false, width: 80, toolVersion: '0.1.0', single: true };
const info = someFinding({ severity: 'info', rule: 'image-config/no-healthcheck', title: 'No healthcheck' });
const verdict = someVerdict({
  assessment: 'malicious',
  decision: 'deny',
  because: ['first reason', 'second reason'],
  dossier: someDossier({ findings: [someFinding(), info], gaps: [someGap({ executable: true })] }),
});

test('the verdict comes first, then why, then proofs, then gaps, then coverage', () => {
  const lines = text.render([verdict], options).split('\n');
  assert.match(lines[0] ?? '', /^DENY {2}malicious {2}docker:\/\/registry\.example\/team\/app:1\.0/);
  assert.equal(lines[1], '  - first reason');
  const order = [
    'Findings: 1 high, 1 info',
    'HIGH     Configuration of a coin miner',
    'Not examined: 1 gap',
    'Examined 911 of 912 files',
  ];
  const places = order.map((words) => lines.findIndex((line) => line.includes(words)));
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
  );
  assert.ok(
    places.every((place) => place > 0),
    String(places),
  );
});

test('a proof is told with path, layer, hidden mark, build step and excerpt', () => {
  const shown = text.render([verdict], { ...options, width: 0 });
  for (const words of [
    'opt/.cache/config.json  [layer 1 sha256:111111111111]',
    'hidden layer: a later layer deletes or overwrites it',
    'at byte 120: "pool.example"',
    'made by: RUN /bin/sh -c setup.sh',
    'do: Delete the file',
    'ZIP_MEMBER_ENCRYPTED',
    'may be run',
  ])
    assert.ok(shown.includes(words), words);
});

test('a proof says that the image starts the file, and who owns it; of an ordinary file nothing is said', () => {
  const shown = (placed: Placement): string => {
    const finding = someFinding({ evidence: [{ kind: 'file', path: 'opt/x', ...placed }] });
    return text.render([someVerdict({ dossier: someDossier({ findings: [finding] }) })], options);
  };
  const marked = shown({ launched: true, unowned: true });
  assert.match(marked, /\n {6}started by the image\n {6}no package owns it\n/);
  assert.match(shown({ owner: 'coreutils' }), /\n {6}delivered by the package coreutils\n/);
  assert.doesNotMatch(shown({ hidden: false }), /started|owns|delivered|hidden/);
});

test('the start-up story is told in order: the beginning of an image that is allowed, more of one that is not', () => {
  const story = Array.from({ length: 15 }, (_, index) => `step ${index}`);
  const shown = (decision: Verdict['decision'], verbose = false): string =>
    text.render([someVerdict({ decision, dossier: someDossier({ story }) })], { ...options, verbose });
  assert.match(
    shown('allow'),
    /Start-up\n {2}1\. step 0\n {2}2\. step 1\n {2}3\. step 2\n {2}and 12 more steps \(--verbose\)\n/,
  );
  assert.match(shown('deny'), / {2}12\. step 11\n {2}and 3 more steps/);
  assert.match(shown('allow', true), / {2}15\. step 14\n\n/);
  assert.doesNotMatch(text.render([someVerdict({ dossier: someDossier({ story: [] }) })], options), /Start-up/);
});

test('packages are counted by ecosystem', () => {
  const packages = (['npm', 'deb', 'deb'] as const).map((ecosystem, index) => ({
    name: `p${index}`,
    version: '1',
    ecosystem,
    purl: '',
  }));
  assert.match(
    text.render([someVerdict({ dossier: someDossier({ packages }) })], options),
    /\nPackages 2 deb, 1 npm\n/,
  );
  assert.doesNotMatch(text.render([someVerdict()], options), /Packages/);
});

test('info is counted, and shown when asked for', () => {
  assert.ok(!text.render([verdict], options).includes('No healthcheck'));
  assert.ok(text.render([verdict], { ...options, verbose: true }).includes('No healthcheck'));
});

test('lines keep to the width, but for words that are longer', () => {
  for (const width of [40, 80, 120])
    for (const line of text
      .render([verdict], { ...options, width })
      .split('\n')
      .slice(1))
      if (
        line
          .trim()
          .split(' ')
          .every((word) => word.length < width / 2)
      )
        assert.ok(columnsOf(line) <= width, line);
  assert.ok(text.render([verdict], { ...options, width: 0 }).includes('[layer 1 sha256:111111111111]\n'));
});

test('colours only when asked for', () => {
  const escape = '\u001b[';
  assert.ok(!text.render([verdict], options).includes(escape));
  const coloured = text.render([verdict], { ...options, colour: true });
  assert.ok(coloured.startsWith(`${escape}1;31mDENY${escape}0m`));
  const plain = coloured.replaceAll(new RegExp(`${escape.replace('[', '\\[')}[0-9;]*m`, 'g'), '');
  assert.equal(plain, text.render([verdict], options));
});

test('many proofs and gaps are counted, verbose shows them', () => {
  const [proof] = someFinding().evidence;
  const finding = someFinding({ evidence: [proof, proof, proof, proof, proof, proof, proof], more: 1 });
  const dossier = someDossier({ findings: [finding], gaps: Array.from({ length: 25 }, () => someGap()) });
  const shown = text.render([someVerdict({ dossier })], options);
  assert.match(shown, /and 2 more places\n/);
  assert.match(shown, /and 1 more finding of this rule/);
  assert.match(shown, /and 5 more gaps/);
  assert.doesNotMatch(text.render([someVerdict({ dossier })], { ...options, verbose: true }), /more (?:places|gaps)/);
});

test('what is excepted says until when and why', () => {
  const excepted = [{ kind: 'finding' as const, position: 0, reason: 'a test image', expires: '2027-01-01' }];
  assert.match(text.render([{ ...verdict, excepted }], options), /excepted until 2027-01-01: a test image/);
});

test('what to do about gaps is said once for each code, and not where one is accepted', () => {
  const gaps = [someGap(), someGap(), someGap({ code: 'OTHER' }), someGap({ code: 'UNKNOWN' })];
  const dossier = someDossier({ gaps });
  const shown = text.render([someVerdict({ dossier })], {
    ...options,
    adviceOn: (code) => (code === 'UNKNOWN' ? undefined : `Mend ${code}.`),
  });
  assert.deepEqual(
    [...shown.matchAll(/^ {4}do: (.*)$/gm)].map(([, advice]) => advice),
    [`Mend ${someGap().code}.`, 'Mend OTHER.'],
  );
  const excepted = [{ kind: 'gap' as const, position: 2, reason: 'known', expires: '2027-01-01' }];
  const accepted = text.render([{ ...someVerdict({ dossier }), excepted }], { ...options, adviceOn: () => 'Mend.' });
  assert.match(accepted, /OTHER {2}.*\n.*\n {4}excepted until 2027-01-01: known\n {2}UNKNOWN/);
  assert.doesNotMatch(text.render([someVerdict({ dossier })], options), / {4}do: Mend/);
});

test('what to do comes with the reasons, and not where the image may run or its content did not decide', () => {
  const advise = { ...options, adviceOn: (id: string) => `Mind ${id}.` };
  const head = (changes: Partial<Verdict>): string =>
    text.render([{ ...someVerdict(), ...changes }], advise).split('\n\n', 1)[0] ?? '';
  assert.match(head({ assessment: 'malicious', decision: 'deny' }), /\n {2}do: Mind malicious\.$/);
  assert.match(head({ assessment: 'suspicious', decision: 'warn' }), /\n {2}do: Mind suspicious\.$/);
  assert.doesNotMatch(head({ assessment: 'clean', decision: 'deny' }), /do:/);
  const dossier = someDossier({ gaps: [someGap({ code: 'ALONE' })] });
  const unread = text.render([someVerdict({ assessment: 'incomplete', decision: 'deny', dossier })], advise);
  assert.match(unread, /\n {2}do: Mind ALONE\.\n/);
  assert.equal(unread.split('Mind ALONE').length - 1, 1, 'what is said first is not said again');
  assert.doesNotMatch(head({ assessment: 'malicious', decision: 'allow' }), /do:/);
});

test('proofs beside each other in one file name it once, and zero bytes are left out', () => {
  const [first] = someFinding().evidence;
  assert.ok(first?.kind === 'excerpt');
  const finding = someFinding({
    evidence: [
      { ...first, text: `${'\0'.repeat(8)}pool\0a` },
      { ...first, offset: 900 },
      { ...first, path: 'other' },
      { ...first, layerIndex: 7 },
    ],
  });
  const shown = text.render([someVerdict({ dossier: someDossier({ findings: [finding] }) })], options);
  assert.equal(shown.split(`    ${first.path}  [layer`).length - 1, 2);
  assert.match(shown, /at byte 120: "…pool\\x00a"\n {6}at byte 900: /);
});
