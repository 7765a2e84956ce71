import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestOf, happening, named } from '../../../test/builders/happenings.ts';
import { fakeContext } from '../../../test/fakes/context.ts';
import type { Event } from '../../core/event.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import { openIncidentStore } from '../../store/backends/incidents.ts';
import { IntakeReader } from '../../watch/framing/intake-reader.ts';
import { judgement } from '../../watch/sensors/judgement.ts';
import type { HeldPrograms } from '../follow/feed-hunt.ts';
import { feedFolder, writeFeedRecord } from '../installed-feeds.ts';
import { FeedWatch } from './feed-watch.ts';

const folder = await mkdtemp(join(tmpdir(), 'tw-feeds-'));
after(() => rm(folder, { recursive: true }));

const environment = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
const hex = (letter: string): string => letter.repeat(64);

const install = async (name: string, version: number, files: Readonly<Record<string, string>>): Promise<void> => {
  const place = join(feedFolder(environment, name), String(version));
  await mkdir(place, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(place, file), text);
  await writeFeedRecord(environment, name, { key: 'k', version, digest: `d${version}`, created: 1, expires: 2 });
};

const evil = {
  schema_version: '1.6.0',
  id: 'MAL-2026-1',
  modified: '2026-01-01T00:00:00Z',
  summary: 'Malicious code in evil-package (npm)',
  affected: [{ package: { ecosystem: 'npm', name: 'evil-package' }, versions: ['1.0.1'] }],
};

const image = (letter: string, packages: readonly string[]): KeptImage => ({
  reference: `docker://registry.example/team/${letter}:1`,
  at: '2026-01-01T00:00:00.000Z',
  verdict: { assessment: 'clean', decision: 'allow', because: ['nothing was found'] },
  digests: [digestOf(letter)],
  layers: [],
  packages,
  files: [],
});

const store = openIncidentStore(join(folder, 'state'));
after(() => store.close());
store.keepImage(image('1', ['evil-package@1.0.1', 'npm evil-package@1.0.1']));
store.keepImage(image('2', ['evil-package@1.0.1', 'pypi evil-package@1.0.1']));
store.keepImage(image('3', ['evil-package@1.0.2', 'npm evil-package@1.0.2']));
store.keep({
  events: [
    happening('start', 1, 'start', { image: named('registry.example/app:1', digestOf('a')) }),
    happening('other', 1, 'start', { image: named('registry.example/other:1', digestOf('b')) }),
    happening('launch', 1, 'launch', { image: { kind: 'machine', cloud: 'aws', written: 'ami-0123456789abcdef0' } }),
  ],
  incidents: [],
});

/** The image `3` holds a program of that content. */
const programs: HeldPrograms = {
  async *holding(hashes) {
    if (hashes.has(hex('f'))) yield { sha256: hex('f'), digests: [digestOf('3')] };
  },
};

/** One look at all feeds: events that followed, and what is remembered. `isKnown`: there is nothing to come, so that nothing ends it. */
const look = async (
  position: string | undefined,
  isKnown = false,
): Promise<{ readonly events: readonly Event[]; readonly position: string | undefined; readonly renewed: number }> => {
  const stop = new AbortController();
  let renewed = 0;
  let kept = position;
  const events: Event[] = [];
  const feeds = new FeedWatch({
    context: { ...fakeContext({ signal: stop.signal }), environment },
    positionOf: () => position,
    memory: store,
    programs,
    changed: async () => {
      renewed += 1;
    },
    everyMs: 5,
  });
  const reader = new IntakeReader(
    () => judgement,
    () => 0,
  );
  if (isKnown) setTimeout(() => feeds.finish(), 100);
  for await (const intake of feeds.listener().intakes) {
    assert.deepEqual(intake.gaps, []);
    const read = reader.take(intake);
    events.push(...read.events);
    if (read.position === undefined) continue;
    kept = read.position.position;
    feeds.finish();
  }
  return { events, position: kept, renewed };
};

const said = (events: readonly Event[]): readonly string[] =>
  events
    .map(({ target = '', image }) => `${target} | ${image?.kind === 'unknown' ? '' : (image?.written ?? '')}`)
    .toSorted();

test('what a feed calls bad and was here becomes events; what was not is passed over; the same feed is hunted once', async () => {
  await install('team', 1, {
    'hashes.txt': `${hex('a')}  an image\n${hex('f')}  a program\n${hex('0')}  never here\nami-0123456789abcdef0\n`,
    'evil.json': JSON.stringify(evil),
  });
  const first = await look(undefined);
  assert.deepEqual(said(first.events), [
    `the feed team names ami-0123456789abcdef0 | ami-0123456789abcdef0`,
    `the feed team names npm evil-package@1.0.1 | registry.example/team/1:1@${digestOf('1')}`,
    `the feed team names sha256:${hex('a')} | registry.example/app:1`,
    `the feed team names sha256:${hex('f')} | registry.example/team/3:1@${digestOf('3')}`,
  ]);
  for (const { action, image: about } of first.events)
    assert.deepEqual([action, (about as unknown as { readonly known_bad: boolean }).known_bad], ['judge', true]);
  assert.equal(first.renewed, 1);
  const second = await look(first.position, true);
  assert.deepEqual([second.events, second.renewed], [[], 0]);
  // Whoever was killed before it was kept tells the same again, under the same ids.
  const again = await look(undefined);
  assert.deepEqual(
    again.events.map(({ id }) => id),
    first.events.map(({ id }) => id),
  );
  await install('team', 2, { 'hashes.txt': `${hex('a')}  an image\n${hex('b')}  another\n` });
  const later = await look(first.position);
  const known = new Set(first.events.map(({ id }) => id));
  assert.deepEqual(said(later.events.filter(({ id }) => !known.has(id))), [
    `the feed team names sha256:${hex('b')} | registry.example/other:1`,
  ]);
});
