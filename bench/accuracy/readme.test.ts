import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { accuracySection, replaceSection, type Results } from './readme.ts';

test('the README publishes the results that are kept, misses included', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const results = JSON.parse(readFileSync(join(import.meta.dirname, 'results.json'), 'utf8')) as Results;
  assert.ok(results.outcomes.length > 100);
  assert.equal(replaceSection(readme, accuracySection(results)), readme);
});
