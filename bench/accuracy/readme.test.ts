import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { accuracySection, formatResults, parseResults, replaceSection } from './readme.ts';

test('the README publishes the results that are kept, misses included', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const results = parseResults(readFileSync(join(import.meta.dirname, 'results.jsonl'), 'utf8'));
  assert.ok(results.outcomes.length > 100);
  assert.equal(replaceSection(readme, accuracySection(results)), readme);
});

test('results that were kept are read as they were', () => {
  const text = readFileSync(join(import.meta.dirname, 'results.jsonl'), 'utf8');
  assert.equal(formatResults(parseResults(text)), text);
});
