import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmLines, classTable, columnTable, figuresOf, missLines } from './confusion.ts';
import type { Outcome } from './outcome.ts';
import { accuracySection, groupVariants, replaceSection } from './readme.ts';

const outcome = (changes: Partial<Outcome>): Outcome => ({
  id: 'campaign/image/described',
  class: 'miner',
  assessment: 'malicious',
  decision: 'deny',
  spoke: ['static'],
  caught: ['static'],
  silent: [],
  fact: 'a miner',
  named: true,
  rules: ['miner/program'],
  because: 'a miner is there',
  ...changes,
});

const clean = { assessment: 'clean', decision: 'allow', spoke: [], named: false, rules: [] } as const;
const honest = (changes: Partial<Outcome> = {}): Outcome =>
  outcome({ id: 'nginx', class: 'packages', ...clean, caught: [], fact: '', because: 'nothing found', ...changes });

const cellsOf = (table: string, row: string): readonly string[] =>
  table
    .split('\n')
    .filter((line) => line.startsWith(`| ${row} `))
    .flatMap((line) => line.split('|').slice(2, -1))
    .map((cell) => cell.trim());

test('a class is counted by assessment, and by whether the fact was named', () => {
  const table = classTable([
    outcome({}),
    outcome({ assessment: 'suspicious', decision: 'warn', named: false }),
    honest(),
  ]);
  assert.deepEqual(cellsOf(table, 'miner'), ['2', '1', '1', '0', '0', '50 %']);
  assert.deepEqual(cellsOf(table, 'honest, of packages'), ['1', '0', '0', '0', '1', '']);
  assert.deepEqual(cellsOf(table, 'worm'), []);
});

test('a column is held to what it is to say, to its silence, and to what it says of honest images', () => {
  const table = columnTable([
    outcome({}),
    outcome({ spoke: [] }),
    outcome({ caught: ['name'], silent: ['static'], spoke: ['name', 'static'] }),
    honest({ spoke: ['static'] }),
  ]);
  assert.deepEqual(cellsOf(table, 'static'), ['2', '1', '50 %', '1', '0', '1']);
  assert.deepEqual(cellsOf(table, 'name'), ['1', '1', '100 %', '0', '0', '0']);
});

test('precision and recall: what was flagged and hostile, of what was flagged, and of what was hostile', () => {
  const figures = figuresOf([
    outcome({}),
    outcome({ ...clean }),
    outcome({ class: 'worm' }),
    honest(),
    honest({ assessment: 'suspicious' }),
  ]);
  assert.equal(figures.precision, '67 %');
  assert.equal(figures.recall, '67 %');
  assert.equal(figures.minersAndImplants, 3);
  assert.equal(figures.minersAndImplantsDenied, 2);
  assert.equal(figures.honest, 2);
  assert.equal(figures.honestSuspicious, 1);
});

test('denied for a gap is no catch', () => {
  assert.equal(figuresOf([outcome({ assessment: 'incomplete', decision: 'deny' })]).minersAndImplantsDenied, 0);
});

test('a clean image that is used for harm counts neither for nor against, unless something speaks', () => {
  const used = outcome({ class: 'clean', ...clean, caught: ['run-time'], silent: ['static', 'name'] });
  assert.equal(figuresOf([used]).recall, '–');
  assert.deepEqual(missLines([used]), []);
  assert.match(missLines([{ ...used, spoke: ['name'] }])[0] ?? '', /speaks though nothing is there: name/);
});

test('every miss is named with what was found instead', () => {
  assert.deepEqual(missLines([outcome({})]), []);
  const [line] = missLines([outcome({ ...clean, rules: ['executable/packed'] })]);
  assert.equal(line, 'campaign/image/described: not found; no word from static (a miner; clean, by executable/packed)');
  assert.match(missLines([outcome({ assessment: 'suspicious', decision: 'warn' })])[0] ?? '', /: not denied \(/);
  assert.match(missLines([outcome({ named: false })])[0] ?? '', /: for another reason \(/);
});

test('an honest image that is not clean is named, also one with gaps', () => {
  assert.deepEqual(alarmLines([honest(), outcome({})]), []);
  assert.match(
    alarmLines([honest({ assessment: 'incomplete', because: 'a gap' })])[0] ?? '',
    /^nginx: incomplete: a gap$/,
  );
});

test('variants of one image that fail alike stand in one line', () => {
  assert.deepEqual(
    groupVariants(['a/b/one: not found (x)', 'a/b/two: not found (x)', 'a/c/one: not found (x)', 'plain']),
    ['a/b (one, two): not found (x)', 'a/c (one): not found (x)', 'plain'],
  );
});

test('the section replaces the one before it and nothing else', () => {
  const section = accuracySection({
    date: '2026-01-01',
    outcomes: [honest({ assessment: 'suspicious', because: 'says <b>' })],
  });
  assert.ok(section.includes('says &lt;b') && !section.includes('<b>'));
  const readme = `before\n${accuracySection({ date: '2025-01-01', outcomes: [] })}\nafter\n`;
  assert.equal(replaceSection(readme, section), `before\n${section}\nafter\n`);
  assert.throws(() => replaceSection('no marks', section), /no marks/);
});
