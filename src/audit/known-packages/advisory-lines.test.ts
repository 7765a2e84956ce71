import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Advisory } from './advisory.ts';
import { findAdvisories, linesHead, parseLinesFile, toLines, writeLinesFile } from './advisory-lines.ts';

const about = (name: string, id = 'MAL-1'): Advisory => ({
  id,
  ecosystem: 'npm',
  name,
  distribution: '',
  summary: 'tab\tand\nline',
  date: '2024-01-02',
  source: 'x',
  versions: ['1.0'],
  ranges: [[['introduced', '0']]],
});

const readBack = (lines: readonly string[]): readonly string[] =>
  parseLinesFile(writeLinesFile({ lines, newest: '2026-01-02' }))?.lines ?? [];

test('a list keeps the day of its newest statement', () => {
  for (const newest of ['2026-01-02', ''])
    assert.equal(parseLinesFile(writeLinesFile({ lines: [], newest }))?.newest, newest);
});

test('what was written is found by its name, all records of it, and nothing else', () => {
  const all = [about('b'), about('a'), about('ab'), about('a', 'MAL-2'), about('a')];
  const lines = readBack(toLines(all));
  assert.equal(lines.length, 4, 'each once');
  assert.deepEqual(findAdvisories(lines, 'npm', 'a'), [about('a'), about('a', 'MAL-2')]);
  assert.deepEqual(findAdvisories(lines, 'npm', 'ab'), [about('ab')]);
  for (const name of ['', 'aa', 'c', '@']) assert.deepEqual(findAdvisories(lines, 'npm', name), [], name);
  assert.deepEqual(findAdvisories(lines, 'pypi', 'a'), []);
});

test('a file in another order is put in order, one of another kind is refused', () => {
  const lines = toLines([about('a'), about('b'), about('c')]).toReversed();
  assert.equal(findAdvisories(readBack(lines), 'npm', 'a').length, 1);
  assert.equal(parseLinesFile('something else\n'), undefined);
});

test('lines that somebody broke say nothing, and break nothing', () => {
  const broken = [
    'npm a\t{',
    'npm a\t7',
    'npm a\t[1,2]',
    'npm a\t["i","","s","d","x",[7],[]]',
    'npm a\t["i","","s","d","x",[],[[["new","1"]]]]',
  ];
  assert.deepEqual(findAdvisories(parseLinesFile([linesHead, ...broken].join('\n'))?.lines ?? [], 'npm', 'a'), []);
});
