import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import type { Incident } from '../../core/incident.ts';
import { containerId, digestOf, happening, minute, named } from '../../../test/builders/happenings.ts';
import { openIncidentStore, type IncidentStoreOptions } from './incidents.ts';

const withFolder = async (
  run: (
    open: (options?: IncidentStoreOptions) => ReturnType<typeof openIncidentStore>,
    folder: string,
  ) => Promise<void> | void,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-events-'));
  try {
    await run((options) => openIncidentStore(folder, options), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
};

const pull = (id: string, at: number, letter = 'a'): Event =>
  happening(id, at, 'pull', { image: named('registry.example/app:1', digestOf(letter)), actor: { name: 'ann' } });

const incident = (id: string, letter = 'a', updated = minute(0)): Incident => ({
  id,
  title: id,
  severity: 'high',
  subject: { kind: 'digest', id: digestOf(letter) },
  findings: [],
  events: [],
  chain: [],
  opened: minute(0),
  updated,
  state: 'open',
});

test('events, incidents and the checkpoint of a batch are there for the next process, each once', () =>
  withFolder((open) => {
    const store = open();
    const batch = { events: [pull('one', 0), pull('two', 1)], incidents: [incident('digest/a')] };
    store.keep(batch, { source: 'log', position: '17' });
    store.keep(batch, { source: 'log', position: '18' });
    store.close();
    const next = open();
    assert.equal(next.checkpoint('log'), '18');
    assert.equal(next.checkpoint('other'), undefined);
    assert.deepEqual([...next.unknownOf([pull('one', 0), pull('three', 0)])], ['three']);
    assert.deepEqual([...next.recent(3_600_000)], batch.events);
    assert.deepEqual([...next.recent(30_000)], [batch.events[1]], 'what is older is not asked for');
    const found = next.hunt([digestOf('a')], 10);
    assert.deepEqual(
      [found.events.map(({ id }) => id), found.more, found.incidents],
      [['one', 'two'], 0, [incident('digest/a')]],
    );
    next.close();
  }));

test('a name was seen before when another event bears it, not this one', () =>
  withFolder((open) => {
    const store = open();
    store.keep({ events: [pull('one', 0)], incidents: [] });
    assert.equal(store.seenBefore(digestOf('a'), 'one'), false);
    assert.equal(store.seenBefore(digestOf('a'), 'two'), true);
    assert.equal(store.seenBefore(digestOf('b'), 'two'), false);
    store.close();
  }));

test('asked after a layer or a package, it tells the images that hold it and what happened to them', () =>
  withFolder((open) => {
    const image: KeptImage = {
      reference: 'registry.example/app:1',
      at: '2026-03-01T00:00:00.000Z',
      verdict: { assessment: 'clean', decision: 'allow', because: ['nothing was found'] },
      digests: [digestOf('a')],
      layers: [digestOf('e')],
      packages: ['xz-utils@5.6.1'],
      files: [],
    };
    const store = open();
    store.keep({ events: [pull('one', 0), pull('other', 1, 'b')], incidents: [] });
    store.keepImage(image);
    for (const name of [digestOf('e'), 'xz-utils@5.6.1', digestOf('a')]) {
      const { images, events } = store.hunt([name], 10);
      assert.deepEqual([images, events.map(({ id }) => id)], [[image], ['one']], name);
    }
    assert.deepEqual(store.hunt(['xz-utils@5.6.2'], 10), { events: [], more: 0, incidents: [], images: [] });
    assert.deepEqual(store.judged(digestOf('a')), image);
    assert.equal(store.judged(digestOf('e')), undefined, 'a layer is no image');
    store.keepImage({ ...image, packages: [] });
    assert.deepEqual(store.hunt(['xz-utils@5.6.1'], 10).images, [], 'what it no longer holds is forgotten');
    store.close();
  }));

test('beyond its bounds what was taken first is forgotten, and a long answer says how much is left out', () =>
  withFolder((open) => {
    const ids = (store: ReturnType<typeof open>): readonly string[] =>
      store.hunt([digestOf('a')], 100).events.map(({ id }) => id);
    let clock = minute(0);
    const options = {
      maximumEvents: 10,
      maximumIncidents: 2,
      maximumAgeMs: 3_600_000,
      recordsMs: 1000,
      now: () => clock,
    };
    for (let at = 0; at < 30; at++) {
      const store = open(options);
      clock += 1000;
      store.keep({ events: [pull(`e${at}`, at)], incidents: [incident(`${at}`, 'a', minute(at))] });
      store.close();
    }
    const store = open(options);
    const { events, more, incidents } = store.hunt([digestOf('a')], 4);
    assert.deepEqual([events.map(({ id }) => id), more], [['e20', 'e21', 'e22', 'e23'], 6]);
    assert.deepEqual(
      incidents.map(({ id }) => id),
      ['28', '29'],
    );
    assert.ok([...store.recent(1e12)].length <= 2, 'whole records go sooner');
    clock += 3_600_001;
    store.keep({ events: [pull('new', 1)], incidents: [] });
    assert.deepEqual(ids(store), ['new']);
    store.close();
  }));

test('an event of the far future makes no other old', () =>
  withFolder((open) => {
    const store = open({ now: () => minute(10) });
    store.keep({ events: [pull('one', 0)], incidents: [] });
    store.keep({ events: [{ ...pull('liar', 0), at: Number.POSITIVE_INFINITY }], incidents: [] });
    assert.equal(store.hunt([digestOf('a')], 10).events.length, 2);
    assert.ok([...store.recent(60_000)].some(({ id }) => id === 'one'));
    store.close();
  }));

test('what lies about its time and its names is kept within bounds', () =>
  withFolder((open) => {
    const store = open({ redact: (text) => text.replace('hunter2', '…') });
    const odd = happening('odd', 0, 'exec', {
      at: Number.POSITIVE_INFINITY,
      place: { containerId: containerId('c'), host: '__proto__' },
      process: { commandLine: `login hunter2 ${'x'.repeat(100_000)}` },
    });
    store.keep({ events: [odd, { ...odd, id: "'; DROP TABLE event; --", at: Number.NaN }], incidents: [] });
    const { events } = store.hunt(['c'.repeat(12)], 10);
    assert.equal(events.length, 2);
    for (const { command = '' } of events) assert.ok(command.length <= 2048 && command.startsWith('login … '));
    store.close();
  }));

test('a process that is killed in the middle loses nothing that it said was kept, and keeps nothing by halves', () =>
  withFolder(async (open, folder) => {
    const script = join(folder, 'write.ts');
    const place = (path: string): string => JSON.stringify(join(import.meta.dirname, path));
    await writeFile(
      script,
      `import { openIncidentStore } from ${place('incidents.ts')};
       import { happening, named, digestOf } from ${place('../../../test/builders/happenings.ts')};
       const store = openIncidentStore(${JSON.stringify(join(folder, 'state'))});
       for (let batch = Number(store.checkpoint('log') ?? 0); ; batch++) {
         const events = [0, 1, 2, 3].map((part) => happening(\`e\${batch}-\${part}\`, batch, 'pull', { image: named('registry.example/app:1', digestOf('a')) }));
         store.keep({ events, incidents: [] }, { source: 'log', position: String(batch + 1) });
         console.log(batch + 1);
       }`,
    );
    let said = 0;
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const enough = said + 5;
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (data: Buffer) => {
          const last = Number(data.toString().trim().split('\n').at(-1));
          if (!Number.isNaN(last)) said = Math.max(said, last);
          if (said >= enough) child.kill('SIGKILL');
        });
        child.on('close', () => resolve());
      });
    }
    const store = openIncidentStore(join(folder, 'state'));
    const batches = Number(store.checkpoint('log'));
    assert.ok(batches >= said);
    assert.equal(store.hunt([digestOf('a')], 1_000_000).events.length, batches * 4);
    store.close();
    assert.ok(open);
  }));

test('a damaged file is unavailable, and never begun anew', () =>
  withFolder(async (open, folder) => {
    await writeFile(join(folder, 'events.sqlite'), 'this is no database, and what it held is lost'.repeat(100), {
      mode: 0o600,
    });
    const store = open();
    assert.throws(() => store.hunt(['x'], 1), { code: 'STATE_UNUSABLE' });
    assert.throws(() => store.keep({ events: [pull('one', 0)], incidents: [] }), { code: 'STATE_UNUSABLE' });
    store.close();
  }));
