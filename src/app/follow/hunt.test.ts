import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerId, digestOf, happening, named } from '../../../test/builders/happenings.ts';
import { openIncidentStore } from '../../store/backends/incidents.ts';
import { huntSchema, huntText, toHuntDocument } from '../../report/hunt-document.ts';
import { hunt, readHuntTarget } from './hunt.ts';

const hex = 'ab'.repeat(32);

test('what is asked after is understood by its form', () => {
  const kinds: readonly (readonly [string, string, string])[] = [
    [`sha256:${hex}`, 'digest', `sha256:${hex}`],
    [hex.toUpperCase(), 'digest', `sha256:${hex}`],
    ['ami-0123456789abcdef0', 'machine-image', 'ami-0123456789abcdef0'],
    ['xz-utils@5.6.1-1', 'package', 'xz-utils@5.6.1-1'],
    ['@scope/pkg@1.0.0', 'package', '@scope/pkg@1.0.0'],
    ['nginx', 'reference', 'docker.io/library/nginx:latest'],
    ['registry.example:5000/a/b:1', 'reference', 'registry.example:5000/a/b:1'],
    ['0123456789ab', 'container', '0123456789ab'],
  ];
  for (const [text, kind, name] of kinds) {
    const target = readHuntTarget(text);
    assert.deepEqual([target.kind, target.names[0]], [kind, name], text);
  }
  for (const wrong of ['', 'a b', '../..', 'ami-', '::'])
    assert.throws(() => readHuntTarget(wrong), { code: 'HUNT_UNKNOWN' }, wrong);
});

test('a feed is asked for everything in it; one without a digest is misuse', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-hunt-'));
  try {
    await writeFile(
      join(folder, 'feed.csv'),
      `hash,name\n${hex},bad\n# ami-0123456789abcdef0\nsha256:${'cd'.repeat(32)}\n${hex}\n`,
    );
    assert.deepEqual(readHuntTarget(join(folder, 'feed.csv')), {
      kind: 'feed',
      names: [`sha256:${hex}`, 'ami-0123456789abcdef0', `sha256:${'cd'.repeat(32)}`],
    });
    await writeFile(join(folder, 'empty.csv'), 'hash,name\n');
    assert.throws(() => readHuntTarget(join(folder, 'empty.csv')), { code: 'HUNT_UNKNOWN' });
    const store = openIncidentStore(join(folder, 'state'));
    const place = { containerId: containerId('c'), host: 'node-1' };
    const start = happening('start', 1, 'start', { image: named('registry.example/app:1', digestOf('a')), place });
    store.keep({
      events: [start, happening('other', 2, 'start', { image: named('x', digestOf('b')) })],
      incidents: [],
    });
    const found = await hunt(digestOf('a'), { memory: store });
    const document = huntSchema.parse(toHuntDocument('x', found.target.kind, found));
    assert.deepEqual(
      document.events.map(({ id, place }) => [id, place['host']]),
      [['start', 'node-1']],
    );
    const plain = (_style: string, text: string): string => text;
    assert.match(huntText('x', found, plain), /start .*node-1/);
    assert.match(huntText('x', await hunt(digestOf('d'), { memory: store }), plain), /no proof/);
    assert.deepEqual(
      (await hunt('registry.example/app:1', { memory: store })).events.map(({ id }) => id),
      ['start'],
    );
    assert.deepEqual(
      (await hunt('c'.repeat(12), { memory: store })).events.map(({ id }) => id),
      ['start'],
    );
    store.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the beginning of a digest, as reports show it, finds scanned images, and is never silently found nowhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-hunt-'));
  const store = openIncidentStore(folder);
  try {
    store.keepImage({
      reference: 'oci:app',
      at: '2026-03-01T10:00:00.000Z',
      verdict: { assessment: 'clean', decision: 'allow', because: [] },
      digests: [`sha256:${hex}`],
      layers: [],
      packages: [],
      files: [],
    });
    const short = hex.slice(0, 12);
    for (const text of [`sha256:${short}`, `sha256:${short}…`, short, `SHA256:${hex.slice(0, 20)}`])
      assert.deepEqual(
        (await hunt(text, { memory: store })).images.map(({ reference }) => reference),
        ['oci:app'],
        text,
      );
    await assert.rejects(hunt(`sha256:${'c'.repeat(12)}`, { memory: store }), { code: 'HUNT_UNKNOWN' });
    assert.deepEqual((await hunt('c'.repeat(12), { memory: store })).images, [], 'the id of a container');
  } finally {
    store.close();
    await rm(folder, { recursive: true });
  }
});
