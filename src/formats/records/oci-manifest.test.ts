import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { mutate } from '../../../test/contracts/format.contract.ts';
import { isFault } from '../../core/fault.ts';
import {
  describeArtifact,
  dockerListType,
  dockerManifestType,
  ociIndexType,
  ociManifestType,
  parseManifest,
  type ExpectedManifest,
  type ManifestDocument,
} from './oci-manifest.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const ociConfig = 'application/vnd.oci.image.config.v1+json';
const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';
const dockerLayer = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

const describe = (mediaType: string, more: object = {}): object => ({ mediaType, digest, size: 7, ...more });
const image = (more: object = {}): object => ({
  schemaVersion: 2,
  mediaType: ociManifestType,
  config: describe(ociConfig),
  layers: [describe(ociLayer)],
  ...more,
});
const index = (more: object = {}): object => ({
  schemaVersion: 2,
  mediaType: ociIndexType,
  manifests: [describe(ociManifestType, { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } })],
  ...more,
});

const parse = (body: object | string, expected: ExpectedManifest = {}): ManifestDocument =>
  parseManifest(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), expected, 'test');

const codeOf = (body: object | string, expected: ExpectedManifest = {}): string => {
  try {
    parse(body, expected);
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return 'accepted';
};

test('reads an OCI image manifest', () => {
  const subject = describe(ociManifestType);
  const document = parse(image({ subject, annotations: { a: 'b' }, artifactType: 'Application/X' }));
  assert.deepEqual(document, {
    kind: 'image',
    mediaType: ociManifestType,
    subject: { mediaType: ociManifestType, digest, size: 7 },
    artifactType: 'application/x',
    annotations: { a: 'b' },
    config: { mediaType: ociConfig, digest, size: 7 },
    layers: [{ mediaType: ociLayer, digest, size: 7 }],
  });
});

test('reads an OCI index', () => {
  const document = parse(index());
  assert.equal(document.kind, 'index');
  assert.deepEqual(document.kind === 'index' && document.manifests[0]?.platform, {
    os: 'linux',
    architecture: 'arm64',
    variant: 'v8',
  });
});

test('reads Docker manifests and lists', () => {
  const docker = image({
    mediaType: dockerManifestType,
    layers: [describe(dockerLayer, { urls: ['https://x.example/y'] })],
  });
  const document = parse(docker, {
    contentType: `${dockerManifestType}; charset=utf-8`,
    mediaType: dockerManifestType,
  });
  assert.deepEqual([document.kind, document.mediaType], ['image', dockerManifestType]);
  assert.deepEqual(document.kind === 'image' && document.layers[0]?.urls, ['https://x.example/y']);
  assert.equal(parse(index({ mediaType: dockerListType })).kind, 'index');
});

test('a body without a media type is what its descriptor, the server or its shape says', () => {
  const { mediaType: _, ...bare } = image() as { mediaType: string };
  assert.equal(parse(bare).mediaType, ociManifestType);
  assert.equal(parse(bare, { contentType: dockerManifestType }).mediaType, dockerManifestType);
  assert.equal(parse({ schemaVersion: 2, manifests: null }).kind, 'index');
});

test('types that say nothing do not disagree', () => {
  for (const contentType of ['application/json', 'application/octet-stream', 'text/plain; charset=utf-8', ''])
    assert.equal(codeOf(image(), { contentType }), 'accepted', contentType);
});

for (const [about, body, expected] of [
  ['the descriptor', image(), { mediaType: ociIndexType }],
  ['the Content-Type', image(), { contentType: dockerManifestType }],
  ['a web page’s Content-Type', image(), { contentType: 'text/html' }],
  ['the shape, an index that calls itself an image', index({ mediaType: ociManifestType }), {}],
  [
    'the shape, an image that its descriptor calls an index',
    { ...image(), mediaType: undefined },
    { mediaType: ociIndexType },
  ],
  ['itself, layers and manifests', image({ manifests: [] }), {}],
  ['itself, a config in an index', index({ config: describe(ociConfig) }), {}],
  ['itself, layers of schema 1', image({ fsLayers: [] }), {}],
  [
    'a Content-Type of schema 1',
    image({ mediaType: undefined }),
    { contentType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
  ],
] as const)
  test(`a manifest that disagrees with ${about} is refused`, () => {
    assert.equal(codeOf(body, expected), 'MEDIA_TYPE_DISAGREES');
  });

test('schema 1 is refused with the reason, signed or not', () => {
  const body = { schemaVersion: 1, name: 'x', tag: 'y', fsLayers: [{ blobSum: digest }], history: [], signatures: [] };
  assert.throws(
    () => parse(body, { contentType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }),
    (thrown) => isFault(thrown) && thrown.code === 'SCHEMA1_REFUSED' && /push the image again/.test(thrown.message),
  );
  assert.equal(codeOf({ schemaVersion: 3, manifests: [] }), 'MANIFEST_INVALID');
});

for (const [about, text] of [
  ['twice', JSON.stringify(image()).replace('"layers"', '"layers":[],"layers"')],
  ['twice, once escaped', JSON.stringify(image()).replace('"layers"', '"l\\u0061yers":[],"layers"')],
  ['also in another case', JSON.stringify(image({ Layers: [] }))],
  ['only in another case', JSON.stringify(image({ layers: undefined, LAYERS: [] }))],
  ['with a letter that folds to it', JSON.stringify(image({ ['layerſ']: [] }))],
  ['twice in a descriptor', JSON.stringify(image()).replace('"size":7', '"size":7,"size":8')],
  ['in another case in a descriptor', JSON.stringify(image({ config: describe(ociConfig, { Digest: digest }) }))],
] as const)
  test(`a field that is there ${about} is ambiguous`, () => {
    assert.equal(codeOf(text), 'MANIFEST_AMBIGUOUS');
  });

test('annotations may differ in case', () => {
  assert.equal(codeOf(image({ annotations: { a: '1', A: '2' } })), 'accepted');
});

for (const [about, body] of [
  ['no object', '[]'],
  ['no JSON', 'no'],
  ['neither shape', { schemaVersion: 2 }],
  ['no config', image({ config: undefined })],
  ['layers that are no list', image({ layers: {} })],
  ['a layer that is null', image({ layers: [null] })],
  ['a size that is negative', image({ config: describe(ociConfig, { size: -1 }) })],
  ['a size that is a fraction', image({ config: describe(ociConfig, { size: 1.5 }) })],
  ['a size that is text', image({ config: describe(ociConfig, { size: '7' }) })],
  ['a size beyond 2^53', JSON.stringify(image()).replace('"size":7', '"size":9007199254740993')],
  ['a media type that is none', image({ config: describe('no type') })],
  ['an annotation that is no text', image({ annotations: { a: 1 } })],
  ['a subject that is no descriptor', image({ subject: 'x' })],
  [
    'a platform without an architecture',
    index({ manifests: [describe(ociManifestType, { platform: { os: 'linux' } })] }),
  ],
] as const)
  test(`refuses ${about}`, () => {
    assert.equal(codeOf(body), 'MANIFEST_INVALID');
  });

test('refuses digests that are none, or that anybody can forge', () => {
  for (const bad of ['sha256:short', `md5:${'0'.repeat(32)}`, digest.toUpperCase(), '../../etc/passwd'])
    assert.equal(codeOf(image({ config: { mediaType: ociConfig, digest: bad, size: 1 } })), 'DIGEST_INVALID', bad);
});

test('embedded content must be what the digest names', () => {
  const sha = createHash('sha256').update('{}').digest('hex');
  const config = { mediaType: ociConfig, digest: `sha256:${sha}`, size: 2, data: 'e30=' };
  assert.equal(codeOf(image({ config })), 'accepted');
  assert.equal(codeOf(image({ config: { ...config, data: 'e31=' } })), 'MANIFEST_AMBIGUOUS');
});

test('a manifest of another kind is named', () => {
  const type = 'application/vnd.oci.artifact.manifest.v1+json';
  assert.equal(codeOf({ schemaVersion: 2, mediaType: type, blobs: [] }), 'MANIFEST_TYPE_UNKNOWN');
});

test('mutated manifests end in a value or a Fault', () => {
  const bytes = Buffer.from(JSON.stringify(image({ annotations: { a: 'b' } })));
  for (let seed = 0; seed < 500; seed += 1) codeOf(Buffer.from(mutate(bytes, seed)).toString('latin1'));
  for (let length = 0; length < bytes.length; length += 1)
    assert.notEqual(codeOf(bytes.toString('latin1', 0, length)), 'accepted');
});

const artifact = (config: string, layers: readonly string[], more: object = {}): string | undefined =>
  describeArtifact(parse(image({ config: describe(config), layers: layers.map((type) => describe(type)), ...more })));

const empty = 'application/vnd.oci.empty.v1+json';

for (const [about, config, layers, more] of [
  [
    'a Helm chart',
    'application/vnd.cncf.helm.config.v1+json',
    ['application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
    {},
  ],
  ['a WASM module', 'application/vnd.wasm.config.v0+json', ['application/wasm'], {}],
  ['an SBOM', empty, ['application/spdx+json'], {}],
  ['an SBOM', 'application/vnd.unknown.config.v1+json', ['text/spdx+json'], {}],
  ['a cosign signature', ociConfig, ['application/vnd.dev.cosign.simplesigning.v1+json'], {}],
  [
    'a cosign signature',
    empty,
    ['application/octet-stream'],
    { artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' },
  ],
  ['an in-toto attestation', ociConfig, ['application/vnd.in-toto+json'], {}],
  [
    'a machine learning model',
    'application/vnd.docker.container.image.v1+json',
    ['application/vnd.ollama.image.model'],
    {},
  ],
  [
    'a machine learning model',
    'application/vnd.cncf.model.config.v1+json',
    ['application/vnd.cncf.model.weight.v1.tar'],
    {},
  ],
  ['a Singularity image', 'application/vnd.sylabs.sif.config.v1+json', ['application/vnd.sylabs.sif.layer.v1.sif'], {}],
  ['an artifact of type application/vnd.example', empty, ['text/plain'], { artifactType: 'application/vnd.example' }],
  ['an artifact of type application/x-thing', empty, ['application/x-thing'], {}],
] as const)
  test(`${config} with ${layers.join()} is ${about}`, () => {
    assert.equal(artifact(config, layers, more), about);
  });

for (const [about, config, layers, more] of [
  ['an image', ociConfig, [ociLayer], {}],
  [
    'an image that calls itself a chart',
    ociConfig,
    [ociLayer],
    { artifactType: 'application/vnd.cncf.helm.config.v1+json' },
  ],
  ['an image with a chart’s config type', 'application/vnd.cncf.helm.config.v1+json', [ociLayer], {}],
  ['an image with one layer among others', empty, ['application/spdx+json', dockerLayer.toUpperCase()], {}],
  ['an image of old registries', 'application/octet-stream', ['application/octet-stream'], {}],
  ['an image without layers', ociConfig, [], {}],
  [
    'a volume, which Docker would unpack',
    'application/vnd.docker.volume.v1+json',
    ['application/vnd.docker.volume.v1+tar.gz'],
    {},
  ],
  ['a Docker plugin, which engines run', 'application/vnd.docker.plugin.v1+json', [dockerLayer], {}],
] as const)
  test(`${about} is audited as an image`, () => {
    assert.equal(artifact(config, layers, more), undefined);
  });

test('an index is described by its type only when it holds nothing', () => {
  const artifactType = 'application/vnd.cnab.manifest.v1';
  assert.equal(describeArtifact(parse(index({ artifactType, manifests: [] }))), 'a CNAB bundle');
  assert.equal(describeArtifact(parse(index({ artifactType }))), undefined);
});
