import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, found, happening, named } from '../../../test/builders/happenings.ts';
import type { Gap } from '../../core/gap.ts';
import { openIncidents } from './incidents.ts';

const image = named('registry.example/app:1', digestOf('a'));
const gap: Gap = { where: 'registry.example/app:1', code: 'MANIFEST_UNKNOWN', reason: 'gone', bytes: 0 };

test('what could not be found out is a gap of its incident, and goes when it is found out', () => {
  let gaps: readonly Gap[] = [gap];
  const join = openIncidents({
    gapsOf: ({ digests }) => (digests.includes(digestOf('a')) ? gaps : []),
  });
  const start = happening('start', 1, 'start', { image });
  join.take(start, [found(start, 'r', 'high')]);
  const other = happening('other', 1, 'start', { image: named('registry.example/other:1', digestOf('b')) });
  join.take(other, [found(other, 'r', 'high')]);
  assert.deepEqual(
    join.changed().map(({ subject, gaps: told }) => [subject.id, told]),
    [
      [digestOf('a'), [gap]],
      [digestOf('b'), undefined],
    ],
  );
  gaps = [];
  const [changed, ...others] = join.changed(true);
  assert.deepEqual([changed?.subject.id, changed?.gaps, others], [digestOf('a'), undefined, []]);
});

test('a verdict is a step of the chain; an image that could not be judged is none', () => {
  const join = openIncidents();
  const start = happening('start', 1, 'start', { image, place: { containerId: 'c'.repeat(64) } });
  join.take(start, [found(start, 'r', 'high')]);
  join.take(happening('failed', 2, 'judge', { image, outcome: 'failure', target: 'gone' }), []);
  join.take(happening('judged', 3, 'judge', { image, outcome: 'success', target: 'malicious, deny: a miner' }), []);
  const [incident] = join.all();
  assert.deepEqual(
    incident?.chain.map(({ step, event }) => [step, event]),
    [
      ['start', 'start'],
      ['verdict', 'judged'],
    ],
  );
  assert.match(
    incident.chain[1]?.what ?? '',
    /^registry\.example\/app:1 \(sha256:a{12}\) was judged: malicious, deny: a miner\.$/,
  );
});
