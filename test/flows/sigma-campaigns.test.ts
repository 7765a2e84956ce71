/** Documented campaigns as sensors would have seen them at run time: the worst that is told of each, and by which rules. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { openDetector } from '../../src/detect/detector.ts';
import { stepEvents, type Step } from '../builders/sigma-samples.ts';
import { compileShelf } from '../builders/sigma-shelf.ts';

interface Campaign {
  readonly campaign: string;
  readonly told: readonly string[];
  readonly steps: readonly Step[];
}

/** The mark ¦ keeps the records inert and out of scanners' way. */
const text = readFileSync(join(import.meta.dirname, 'sigma-campaigns.yaml'), 'utf8').replaceAll('¦', '');
const { campaigns } = parse(text, { maxAliasCount: 0 }) as { readonly campaigns: readonly Campaign[] };

/** Nothing of it is odd at run time but the name that was never seen: reading the image must catch it. */
const quiet = 'kazutod/tene, 2025';

test('each campaign is told by the rules that it must be told by', () => {
  const { rules } = compileShelf();
  const actual = campaigns.map(({ campaign, steps }) => {
    const detector = openDetector(rules);
    const matches = steps.flatMap(stepEvents).flatMap((event) => detector.push(event));
    const told = matches.filter(({ rule: { level } }) => level !== 'informational' && level !== 'low');
    assert.equal(
      told.some(({ rule: { level } }) => level === 'high' || level === 'critical'),
      campaign !== quiet,
      `${campaign} is told loudly`,
    );
    return {
      campaign,
      told: [...new Set(told.map(({ rule }) => `${rule.level ?? ''} ${rule.name ?? ''}`))].toSorted(),
    };
  });
  assert.ok(campaigns.length >= 16);
  assert.deepEqual(
    actual,
    campaigns.map(({ campaign, told }) => ({ campaign, told: told.toSorted() })),
  );
});
