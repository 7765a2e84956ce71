import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { isGap } from '../../core/sensor.ts';
import { toFactRecord, type CloudAnswers } from '../enrichment/fact-record.ts';
import { cloudFacts } from './cloud-facts.ts';

const launch: Event = {
  id: 'cloudtrail:e',
  at: Date.parse('2026-03-01T10:00:00Z'),
  logsource: {},
  action: 'launch',
  actor: { name: 'ann', kind: 'user', address: '192.0.2.1' },
  place: { cloud: 'aws', account: '123456789012', region: 'eu-central-1', instance: 'i-0aaaaaaaaaaaaaaa1' },
  image: { kind: 'machine', cloud: 'aws', written: 'ami-0123456789abcdef0' },
  fields: {},
};

const origin = { where: 'x', receivedAt: 1, fingerprint: () => 'f' };
const read = (answers: CloudAnswers, about: Event = launch): readonly Event[] => {
  const events = cloudFacts.parse(JSON.parse(JSON.stringify(toFactRecord(about, answers))), origin);
  assert.ok(!isGap(events));
  return events;
};

const created = Date.parse('2026-02-28T00:00:00Z');
const image = { id: 'ami-0123456789abcdef0', name: 'n', owner: '999999999999', created, public: true };

test('what was learnt of an image is an event at the time of the launch, by whoever launched', () => {
  const [event, ...rest] = read({ image });
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [event?.action, event?.at, event?.actor?.name, event?.place.instance, event?.learnt],
    ['learn', launch.at + 1, 'ann', 'i-0aaaaaaaaaaaaaaa1', { event: 'cloudtrail:e', about: 'launch' }],
  );
  assert.deepEqual(event?.image, {
    kind: 'machine',
    cloud: 'aws',
    written: image.id,
    owner: image.owner,
    name: 'n',
    created,
    public: true,
  });
});

test('a machine of which the record named no image has the one that the cloud tells', () => {
  const start: Event = { ...launch, action: 'start', image: { kind: 'unknown', reason: 'x' } };
  const [event] = read({ machine: { image: image.id, tags: ['stage=prod', 'bare'] } }, start);
  assert.equal(event?.image?.kind === 'machine' && event.image.written, image.id);
  assert.deepEqual([event?.learnt?.tags, event?.learnt?.about], [['prod', 'bare'], 'start']);
});

test('what a machine runs at its start is an event of its own', () => {
  const events = read({ image, script: '#!/bin/sh', story: ['downloads x'] });
  assert.deepEqual(
    events.map(({ id, learnt }) => [id.endsWith('/start-up') || id.endsWith(':start-up'), learnt?.story]),
    [
      [false, undefined],
      [true, ['downloads x']],
    ],
  );
});

test('what was refused is said, and the same question gives the same ids', () => {
  const refused = { code: 'CLOUD_REFUSED', reason: 'no' };
  const [event] = read({ refused });
  assert.deepEqual(event?.learnt?.refused, refused);
  assert.equal(event?.id, read({ image })[0]?.id);
  assert.notEqual(event?.id, read({ image }, { ...launch, id: 'cloudtrail:other' })[0]?.id);
});
