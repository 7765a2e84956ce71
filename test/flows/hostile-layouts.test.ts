/** Indexes, layouts and archives that are a trap: in circles, too deep, too large, leading out. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Digest } from '../../src/core/digest.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { tarOf, type TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { buildImage, buildIndex, writeOciLayout, type Built } from '../../src/image/oci-layout-writer.ts';
import {
  assertVerdict,
  gapCodes,
  inShort,
  markerOf,
  openHostileFlow,
  type ExpectedVerdict,
} from '../builders/hostile-flow.ts';
import { digestOf, imageType, indexType, storedImage, type ManifestBody } from '../builders/hostile-images.ts';

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const timeout = 10_000;
const layers = [{ blob: gzipSync(tarOf([{ path: 'etc/marked', content: markerOf(1) }])) }];
const text = (value: string): Uint8Array => Buffer.from(value);
const jsonOf = (value: object): string => JSON.stringify(value);

type Case = readonly [name: string, image: Built, expected: ExpectedVerdict];

const plain = { ...storedImage({ layers }), platform: { os: 'linux', architecture: 'amd64' } };
const second = {
  ...storedImage({ layers: [{ blob: gzipSync(tarOf([{ path: 'etc/second', content: markerOf(2) }])) }] }),
  platform: plain.platform,
};
const nested = (depth: number): Built => {
  let index: Built = plain;
  for (let level = 0; level < depth; level += 1) index = buildIndex([{ image: index }]);
  return index;
};
const indexOf = (manifests: readonly object[], blobs: Built['blobs'] = plain.blobs, more: object = {}): Built => {
  const manifest = text(jsonOf({ schemaVersion: 2, mediaType: indexType, manifests, ...more }));
  const manifestDigest = digestOf(manifest);
  return { mediaType: indexType, manifestDigest, manifest, blobs: new Map([...blobs, [manifestDigest, manifest]]) };
};
const descriptorOf = (image: Built, more: object = {}): object => ({
  mediaType: image.mediaType,
  digest: image.manifestDigest,
  size: image.manifest.length,
  platform: { os: 'linux', architecture: 'amd64' },
  ...more,
});
/** Two indexes that name each other. No bytes have such digests, so that both are also wrong. */
const circle = (): Built => {
  const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
  const to = (letter: string): Uint8Array =>
    text(
      jsonOf({
        schemaVersion: 2,
        mediaType: indexType,
        manifests: [{ mediaType: indexType, digest: digest(letter), size: 250 }],
      }),
    );
  const [one, other] = [to('b'), to('a')];
  return {
    mediaType: indexType,
    manifestDigest: digest('a'),
    manifest: one,
    blobs: new Map([
      [digest('a'), one],
      [digest('b'), other],
    ]),
  };
};
const notOne = { found: [] } as const;
const indexes: readonly Case[] = [
  ['an index in an index', nested(3), {}],
  ['indexes deeper than are read', nested(8), { gap: 'INDEX_TOO_DEEP', ...notOne }],
  ['indexes in a circle', circle(), { gap: 'INDEX_LOOP', ...notOne }],
  [
    'two thousand manifests',
    indexOf(Array.from({ length: 2000 }, (_, number) => descriptorOf(plain, { digest: digestOf(text(`${number}`)) }))),
    { gap: 'INDEX_TOO_LARGE', ...notOne },
  ],
  ['one manifest a thousand times', indexOf(Array.from({ length: 900 }, () => descriptorOf(plain))), {}],
  [
    'two images for one platform',
    buildIndex([{ image: plain }, { image: second }]),
    { rule: 'image/platform-ambiguous', assessment: 'suspicious' },
  ],
  [
    'an image under another platform than its own',
    indexOf(
      [descriptorOf(storedImage({ layers, config: (config) => ({ ...config, architecture: 'arm64' }) }))],
      storedImage({ layers, config: (config) => ({ ...config, architecture: 'arm64' }) }).blobs,
    ),
    { gap: 'PLATFORM_NOT_FOUND', found: [] },
  ],
  [
    'nothing for this platform',
    indexOf([descriptorOf(plain, { platform: { os: 'plan9', architecture: 'mips' } })]),
    { gap: 'PLATFORM_NOT_FOUND', ...notOne },
  ],
  ['no manifests', indexOf([]), { gap: 'PLATFORM_NOT_FOUND', ...notOne }],
  [
    'only attestations',
    indexOf([descriptorOf(plain, { platform: { os: 'unknown', architecture: 'unknown' } })]),
    { gap: 'PLATFORM_NOT_FOUND', ...notOne },
  ],
  [
    'layers too',
    indexOf([descriptorOf(plain)], plain.blobs, { layers: [] }),
    { gap: 'MEDIA_TYPE_DISAGREES', ...notOne },
  ],
  [
    'an image said to be an index',
    indexOf([descriptorOf(plain, { mediaType: indexType })]),
    { gap: 'MEDIA_TYPE_DISAGREES', ...notOne },
  ],
  [
    'a config said to be an image',
    indexOf([
      {
        mediaType: imageType,
        digest: (JSON.parse(Buffer.from(plain.manifest).toString()) as ManifestBody).config.digest,
        size: 1,
        platform: plain.platform,
      },
    ]),
    { gap: 'MANIFEST_INVALID', ...notOne },
  ],
];

for (const [name, image, expected] of indexes)
  test(`index: ${name}`, { timeout }, async () => assertVerdict(await flow.judge(image), { found: [1], ...expected }));

const markers: Readonly<Record<string, string>> = {
  'no version': '{}',
  'another version': '{"imageLayoutVersion":"2.0.0"}',
  'a number': '{"imageLayoutVersion":1}',
  'no JSON': 'x',
};
for (const [name, content] of Object.entries(markers))
  test(`layout: ${name}`, { timeout }, async () => {
    const layout = flow.path();
    await writeOciLayout(layout, plain);
    await writeFile(join(layout, 'oci-layout'), content);
    const verdict = await flow.inspect(`oci:${layout}`);
    assert.equal(verdict.assessment, 'incomplete', inShort(verdict));
    assert.match(gapCodes(verdict).join(), /^LAYOUT_(?:VERSION_UNKNOWN|INVALID)$/);
  });

const saved = buildImage({ layers: [{ entries: [{ path: 'etc/marked', content: markerOf(1) }] }] });
const judgeSaved = async (manifest: unknown, more: readonly TarEntrySpec[] = []) => {
  const file = flow.path();
  const configName = `${saved.configDigest.slice('sha256:'.length)}.json`;
  await writeFile(
    file,
    tarOf([
      { path: configName, content: saved.blobs.get(saved.configDigest) ?? '' },
      { path: 'a/layer.tar', content: saved.tars[0] ?? '' },
      ...more,
      { path: 'manifest.json', content: typeof manifest === 'string' ? manifest : JSON.stringify(manifest) },
    ]),
  );
  return flow.inspect(`docker-archive:${file}`);
};
const entryOf = (changes: object = {}): object => ({
  Config: `${saved.configDigest.slice('sha256:'.length)}.json`,
  RepoTags: ['app:1'],
  Layers: ['a/layer.tar'],
  ...changes,
});

type SavedCase = readonly [name: string, judge: () => Promise<Verdict>, expected: ExpectedVerdict];
const savedCases: readonly SavedCase[] = [
  ['as it should be', () => judgeSaved([entryOf()]), {}],
  [
    'layers by a path that climbs out',
    () => judgeSaved([entryOf({ Layers: ['../../../etc/passwd'] })]),
    { gap: 'PATH_ESCAPES', found: [] },
  ],
  [
    'a config by an absolute path',
    () => judgeSaved([entryOf({ Config: '/etc/passwd' })]),
    { gap: 'PATH_ESCAPES', found: [] },
  ],
  [
    'a layer that is a link to a device',
    () => judgeSaved([entryOf({ Layers: ['b'] })], [{ path: 'b', type: 'symlink', target: '/dev/zero' }]),
    { gap: 'PATH_ESCAPES', found: [] },
  ],
  [
    'layers that link in a circle',
    () =>
      judgeSaved(
        [entryOf({ Layers: ['b'] })],
        [
          { path: 'b', type: 'symlink', target: 'c' },
          { path: 'c', type: 'symlink', target: 'b' },
        ],
      ),
    { gap: 'ARCHIVE_LINK_LOOP', found: [] },
  ],
  [
    'a layer that is not there',
    () => judgeSaved([entryOf({ Layers: ['x/layer.tar'] })]),
    { gap: 'BLOB_MISSING', found: [] },
  ],
  ['no images', () => judgeSaved([]), { gap: 'ARCHIVE_MANIFEST_INVALID', found: [] }],
  ['an object instead of a list', () => judgeSaved({}), { gap: 'ARCHIVE_MANIFEST_INVALID', found: [] }],
  [
    'one file twice with different content',
    () => judgeSaved([entryOf()], [{ path: 'a/layer.tar', content: 'x' }]),
    { rule: 'image/archive-ambiguous', assessment: 'malicious', found: [] },
  ],
];
for (const [name, judge, expected] of savedCases)
  test(`docker archive: ${name}`, { timeout }, async () => {
    assertVerdict(await judge(), { found: [1], ...expected });
  });
