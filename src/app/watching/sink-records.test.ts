import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, found, happening, named } from '../../../test/builders/happenings.ts';
import { openIncidents } from '../../detect/incidents/incidents.ts';
import { toSinkRecords, toVerdictRecord } from './sink-records.ts';

test('a changed incident is another record of the same thing, with the higher revision; the same told again is the same record', () => {
  const join = openIncidents();
  const event = (id: string, at: number) =>
    happening(id, at, 'start', { image: named('registry.example/app:1', digestOf('a')) });
  join.take(event('one', 1), [found(event('one', 1), 'r', 'high')]);
  const before = join.changed();
  join.take(event('two', 2), [found(event('two', 2), 's', 'high')]);
  const after = join.changed();
  const recordOf = (incidents: typeof before, revision: number) => {
    const [record] = toSinkRecords({ detections: [], gaps: [], incidents }, '2026-03-01T00:00:00.000Z', revision);
    assert.ok(record?.state !== undefined);
    return { ...record, state: record.state };
  };
  const [one, again, two] = [recordOf(before, 1), recordOf(before, 2), recordOf(after, 3)];
  assert.equal(one.id, again.id);
  assert.notEqual(one.id, two.id);
  assert.equal(one.state.of, two.state.of);
  assert.deepEqual([one.state.revision, two.state.revision], [1, 3]);
});

test('a verdict is one record for one event that tells of it', () => {
  const document = { schema: 'tidewaiter/verdict/v1', at: '2026-03-01T00:00:00.000Z' };
  const later = { ...document, at: '2026-03-02T00:00:00.000Z' };
  const one = toVerdictRecord('judgement:1', document, '2026-04-01T00:00:00.000Z');
  assert.deepEqual([one.type, one.at, one.value], ['verdict', document.at, document]);
  assert.equal(toVerdictRecord('judgement:1', later, later.at).id, one.id);
  assert.notEqual(toVerdictRecord('judgement:2', document, document.at).id, one.id);
});
