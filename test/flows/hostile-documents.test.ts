/** Configs and manifests that are a trap: of the wrong shape, with two readings, too deep, too large, or of no image at all. */
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../../src/formats/tar-writer.ts';
import type { Built } from '../../src/image/oci-layout-writer.ts';
import { assertVerdict, markerOf, openHostileFlow, type ExpectedVerdict } from '../builders/hostile-flow.ts';
import {
  configType,
  digestOf,
  indexType,
  storedImage,
  type ManifestBody,
  type StoredImage,
} from '../builders/hostile-images.ts';

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const timeout = 10_000;
const layers = [{ blob: gzipSync(tarOf([{ path: 'etc/marked', content: markerOf(1) }])) }];
const imageWith = (changes: Partial<StoredImage>): Built => storedImage({ layers, ...changes });
const withConfig = (change: (config: Record<string, unknown>) => object): Built => imageWith({ config: change });
const withManifest = (change: (manifest: ManifestBody) => object): Built => imageWith({ manifest: change });
const withRun = (run: object): Built => withConfig((config) => ({ ...config, config: run }));
const text = (value: string): Uint8Array => Buffer.from(value);
const jsonOf = (value: object): string => JSON.stringify(value);

type Case = readonly [name: string, image: Built, expected: ExpectedVerdict];

const unread = { gap: 'CONFIG_INVALID' } as const;
const configs: readonly Case[] = [
  ['an environment that is a number', withRun({ Env: 7 }), unread],
  ['an environment with a number in it', withRun({ Env: ['A=1', 7] }), unread],
  ['a command that is an object', withRun({ Cmd: { 0: 'sh' } }), unread],
  ['a command that is a text', withRun({ Cmd: '/bin/app' }), {}],
  ['a user that is a list', withRun({ User: ['root'] }), unread],
  ['labels that are a list', withRun({ Labels: ['a'] }), unread],
  ['a health check that is a text', withRun({ Healthcheck: 'curl' }), unread],
  ['a run part that is null', withConfig((config) => ({ ...config, config: null })), {}],
  ['a history that is an object', withConfig((config) => ({ ...config, history: {} })), unread],
  [
    'a history that does not fit',
    withConfig((config) => ({ ...config, history: [{}, {}, {}] })),
    { rule: 'image/history-mismatch', assessment: 'clean' },
  ],
  [
    'a root file system of another type',
    withConfig((config) => ({ ...config, rootfs: { type: 'disks', diff_ids: [] } })),
    unread,
  ],
  [
    'diffIDs that are no digests',
    withConfig((config) => ({ ...config, rootfs: { type: 'layers', diff_ids: ['x'] } })),
    unread,
  ],
  ['a list instead of an object', withConfig(() => []), unread],
  ['no JSON', withConfig(() => text('{"os":')), unread],
  ['text behind the JSON', withConfig((config) => text(`${jsonOf(config)} {}`)), unread],
  ['a byte order mark', withConfig((config) => text(`\ufeff${jsonOf(config)}`)), unread],
  [
    'bytes that are no UTF-8',
    withConfig((config) =>
      Buffer.concat([text(jsonOf(config).slice(0, -1)), text(',"a":"'), Buffer.of(0xff), text('"}')]),
    ),
    unread,
  ],
  [
    'one name twice',
    withConfig((config) => text(jsonOf(config).replace('{', '{"config":{"Cmd":["/evil"]},'))),
    { gap: 'CONFIG_AMBIGUOUS' },
  ],
  ['one name in two spellings', withRun({ Cmd: ['/bin/app'], cmd: ['/evil'] }), { gap: 'CONFIG_AMBIGUOUS' }],
  [
    'a name from the object prototype',
    withConfig((config) => text(jsonOf(config).replace('{', '{"__proto__":{"config":{"Cmd":["x"]}},'))),
    {},
  ],
  [
    'ten thousand lists inside each other',
    withConfig((config) => text(jsonOf(config).replace('{', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},`))),
    { gap: 'CONFIG_TOO_LARGE' },
  ],
  ['an environment of a megabyte', withRun({ Env: [`A=${'x'.repeat(2 ** 20)}`] }), {}],
  [
    'an environment of ten megabytes',
    withRun({ Env: [`A=${'x'.repeat(10 * 2 ** 20)}`] }),
    { gap: 'CONTENT_TOO_LARGE', found: [] },
  ],
  [
    'a hundred thousand variables',
    withRun({ Env: Array.from({ length: 100_000 }, (_, number) => `V${number}=x`) }),
    {},
  ],
  [
    'another platform than was asked for',
    withConfig((config) => ({ ...config, architecture: 's390x' })),
    { gap: 'PLATFORM_NOT_FOUND', found: [] },
  ],
];

const unknown = { gap: 'MANIFEST_INVALID', found: [] } as const;
const differing = { gap: 'MEDIA_TYPE_DISAGREES', found: [] } as const;
const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';
const manifests: readonly Case[] = [
  ['layers that are an object', withManifest((manifest) => ({ ...manifest, layers: {} })), unknown],
  ['a layer that is a text', withManifest((manifest) => ({ ...manifest, layers: ['x'] })), unknown],
  ['no config', withManifest((manifest) => ({ ...manifest, config: undefined })), unknown],
  ['another schema version', withManifest((manifest) => ({ ...manifest, schemaVersion: 3 })), unknown],
  [
    'schema 1',
    withManifest(() => ({
      schemaVersion: 1,
      name: 'a',
      tag: 'b',
      fsLayers: [{ blobSum: digestOf(text('x')) }],
      history: [],
    })),
    { gap: 'SCHEMA1_REFUSED', found: [] },
  ],
  [
    'an image that calls itself an index',
    withManifest((manifest) => ({ ...manifest, mediaType: indexType })),
    differing,
  ],
  ['an image that has manifests too', withManifest((manifest) => ({ ...manifest, manifests: [] })), differing],
  ['an image with fields of schema 1', withManifest((manifest) => ({ ...manifest, fsLayers: [] })), differing],
  ['a descriptor that says another type', imageWith({ mediaType: dockerType }), differing],
  [
    'a type that nobody knows',
    withManifest((manifest) => ({ ...manifest, mediaType: 'application/x-unknown' })),
    { gap: 'MANIFEST_TYPE_UNKNOWN', found: [] },
  ],
  ['no type at all', withManifest((manifest) => ({ ...manifest, mediaType: undefined })), {}],
  [
    'Docker types',
    imageWith({ mediaType: dockerType, manifest: (manifest) => ({ ...manifest, mediaType: dockerType }) }),
    {},
  ],
  [
    'a name in capitals',
    withManifest((manifest) => ({ ...manifest, Layers: [] })),
    { gap: 'MANIFEST_AMBIGUOUS', found: [] },
  ],
  [
    'a name with a long s',
    withManifest((manifest) => ({ ...manifest, layerſ: [] })),
    { gap: 'MANIFEST_AMBIGUOUS', found: [] },
  ],
  [
    'one name twice',
    withManifest((manifest) => text(jsonOf(manifest).replace('{', '{"layers":[],'))),
    { gap: 'MANIFEST_AMBIGUOUS', found: [] },
  ],
  [
    'deep JSON',
    withManifest((manifest) => text(jsonOf(manifest).replace('{', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},`))),
    { gap: 'MANIFEST_TOO_LARGE', found: [] },
  ],
  [
    'ten megabytes',
    withManifest((manifest) => ({ ...manifest, annotations: { a: 'x'.repeat(10 * 2 ** 20) } })),
    { gap: 'CONTENT_TOO_LARGE', found: [] },
  ],
  ['no bytes', withManifest(() => text('')), unknown],
  ['a web page', withManifest(() => text('<!DOCTYPE html><title>Log in</title>')), unknown],
];

const artifact = (config: string, layer: string, artifactType?: string): Built =>
  imageWith({
    config: () => text('{}'),
    manifest: (manifest) => ({
      ...manifest,
      ...(artifactType === undefined ? {} : { artifactType }),
      config: { ...manifest.config, mediaType: config },
      layers: manifest.layers.map((one) => ({ ...one, mediaType: layer })),
    }),
  });
const noImage = { gap: 'ARTIFACT_NOT_IMAGE' } as const;
const empty = 'application/vnd.oci.empty.v1+json';
const artifacts: readonly Case[] = [
  [
    'a Helm chart',
    artifact('application/vnd.cncf.helm.config.v1+json', 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'),
    noImage,
  ],
  ['a WASM module', artifact('application/vnd.wasm.config.v0+json', 'application/wasm'), noImage],
  ['an SBOM', artifact(empty, 'application/spdx+json', 'application/spdx+json'), noImage],
  ['a signature', artifact(configType, 'application/vnd.dev.cosign.simplesigning.v1+json'), noImage],
  ['a model', artifact('application/vnd.ollama.image.config', 'application/vnd.ollama.image.model'), noImage],
  ['something nobody knows', artifact('application/x-config', 'application/x-layer', 'application/x-thing'), noImage],
  [
    'an image that calls itself a chart',
    imageWith({ manifest: (manifest) => ({ ...manifest, artifactType: 'application/vnd.cncf.helm.config.v1+json' }) }),
    {},
  ],
  [
    'an image whose config is of a chart, which engines run all the same',
    imageWith({
      manifest: (manifest) => ({
        ...manifest,
        config: { ...manifest.config, mediaType: 'application/vnd.cncf.helm.config.v1+json' },
      }),
    }),
    {},
  ],
];

const suites: Readonly<Record<string, readonly Case[]>> = { config: configs, manifest: manifests, artifact: artifacts };
for (const [about, cases] of Object.entries(suites))
  for (const [name, image, expected] of cases)
    test(`${about}: ${name}`, { timeout }, async () =>
      assertVerdict(await flow.judge(image), { found: [1], ...expected }),
    );
