import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest, type ImageManifest } from '../formats/records/oci-manifest.ts';
import { assembleImage, type ImageParts } from './assemble.ts';
import { digestOf } from './digest-mismatch.ts';
import { buildImage, type BuiltImage } from './oci-layout-writer.ts';

const built = buildImage({
  layers: [
    { entries: [{ path: 'a', content: '1' }], createdBy: 'COPY a' },
    { entries: [{ path: 'b', content: '2' }], createdBy: 'RUN make b', compression: 'zstd' },
  ],
  config: { architecture: 'arm64', config: { Entrypoint: ['/a'] } },
});

const manifestOf = (image: BuiltImage): ImageManifest => {
  const document = parseManifest(image.manifest, {}, '');
  assert.ok(document.kind === 'image');
  return document;
};

const partsOf = (image: BuiltImage): ImageParts => ({
  reference: 'oci:x',
  manifestDigest: image.manifestDigest,
  manifest: manifestOf(image),
  configBytes: image.blobs.get(image.configDigest) ?? new Uint8Array(),
  configDigest: image.configDigest,
  openLayer: async (position) =>
    (async function* () {
      yield image.blobs.get(image.layerDigests[position] ?? 'sha256:') ?? new Uint8Array();
    })(),
});

const rules = (parts: ImageParts): readonly string[] => assembleImage(parts).findings.map(({ rule }) => rule);

test('a whole image has its names, platform, config, and a build step for each layer', () => {
  const image = assembleImage({ ...partsOf(built), indexDigest: digestOf(Buffer.from('index')) });
  assert.deepEqual(image.identity, {
    index: digestOf(Buffer.from('index')),
    manifest: built.manifestDigest,
    config: built.configDigest,
    diffIds: built.diffIds,
  });
  assert.equal(image.digest, built.manifestDigest);
  assert.deepEqual(image.platform, { os: 'linux', architecture: 'arm64' });
  assert.deepEqual(image.config?.entrypoint, ['/a']);
  assert.deepEqual(
    image.layers.map(({ digest, diffId, createdBy, mediaType }) => [digest, diffId, createdBy, mediaType]),
    [
      [built.layerDigests[0], built.diffIds[0], 'COPY a', 'application/vnd.oci.image.layer.v1.tar+gzip'],
      [built.layerDigests[1], built.diffIds[1], 'RUN make b', 'application/vnd.oci.image.layer.v1.tar+zstd'],
    ],
  );
  assert.deepEqual([image.findings, image.gaps], [[], []]);
});

test('steps that made no layer are passed over when steps are given to layers', () => {
  const stepped = buildImage({
    layers: [{}, {}],
    config: {
      history: [
        { created_by: 'first' },
        { created_by: 'ENV A=1', empty_layer: true },
        { created_by: 'second' },
        { created_by: 'CMD x', empty_layer: true },
      ],
    },
  });
  assert.deepEqual(
    assembleImage(partsOf(stepped)).layers.map(({ createdBy }) => createdBy),
    ['first', 'second'],
  );
});

test('a history of another length names no step, and is told', () => {
  const odd = buildImage({ layers: [{}, {}], config: { history: [{ created_by: 'only' }] } });
  assert.deepEqual(rules(partsOf(odd)), ['image/history-mismatch']);
  assert.equal(assembleImage(partsOf(odd)).layers[0]?.createdBy, undefined);
  const none = buildImage({ layers: [{}, {}], config: { history: [] } });
  assert.deepEqual(rules(partsOf(none)), []);
});

test('a config whose bytes are not those of its digest is critical tampering, and the identity is that of the bytes', () => {
  const other = buildImage({
    layers: [{ entries: [{ path: 'a', content: '1' }] }, {}],
    config: { config: { Cmd: ['x'] } },
  });
  const parts = { ...partsOf(built), configBytes: other.blobs.get(other.configDigest) ?? new Uint8Array() };
  const image = assembleImage(parts);
  const [finding] = image.findings;
  assert.equal(finding?.rule, 'image/config-digest-mismatch');
  assert.deepEqual([finding?.severity, finding?.confidence, finding?.intent], ['critical', 'high', 'tampering']);
  assert.equal(image.identity.config, other.configDigest);
});

test('a config of another size than the manifest states is told', () => {
  const manifest = manifestOf(built);
  const resized = { ...manifest, config: { ...manifest.config, size: 1 } };
  assert.deepEqual(rules({ ...partsOf(built), manifest: resized }), ['image/config-size-mismatch']);
});

test('more or fewer layers than diffIDs are tampering; missing ones are gaps too', () => {
  const manifest = manifestOf(built);
  const fewer = assembleImage({ ...partsOf(built), manifest: { ...manifest, layers: manifest.layers.slice(0, 1) } });
  assert.ok(fewer.findings.some(({ rule }) => rule === 'image/layer-count-mismatch'));
  assert.deepEqual(
    fewer.gaps.map(({ code, executable }) => [code, executable]),
    [['LAYER_MISSING', true]],
  );
  const more = assembleImage({
    ...partsOf(built),
    manifest: { ...manifest, layers: [...manifest.layers, ...manifest.layers] },
  });
  assert.ok(more.findings.some(({ rule }) => rule === 'image/layer-count-mismatch'));
  assert.deepEqual([more.layers.length, more.gaps], [4, []]);
});

test('a config that cannot be read is a gap, and the layers stay', () => {
  const configBytes = Buffer.from('{"rootfs":');
  const image = assembleImage({ ...partsOf(built), configBytes, configDigest: digestOf(configBytes) });
  assert.equal(image.config, undefined);
  assert.equal(image.layers.length, 2);
  assert.deepEqual(
    image.gaps.map(({ code, executable }) => [code, executable]),
    [['CONFIG_INVALID', true]],
  );
});

test('an index that states another platform than the config is tampering, worse for another architecture', () => {
  const of = (indexPlatform: ImageParts['indexPlatform']) =>
    assembleImage({ ...partsOf(built), ...(indexPlatform === undefined ? {} : { indexPlatform }) }).findings.map(
      ({ rule, severity }) => `${rule} ${severity}`,
    );
  assert.deepEqual(of({ os: 'linux', architecture: 'amd64' }), ['image/platform-mismatch medium']);
  assert.deepEqual(of({ os: 'linux', architecture: 'arm64' }), []);
  assert.deepEqual(of({ os: 'linux', architecture: 'arm64', variant: 'v8' }), []);
  const v7 = buildImage({ layers: [], config: { architecture: 'arm', variant: 'v7' } });
  const listed = { os: 'linux', architecture: 'arm', variant: 'v6' };
  assert.deepEqual(
    assembleImage({ ...partsOf(v7), indexPlatform: listed }).findings.map(({ severity }) => severity),
    ['low'],
  );
});

test('an artifact that is no image is a gap that says what it is', () => {
  const manifest = manifestOf(built);
  const chart: ImageManifest = {
    ...manifest,
    config: { ...manifest.config, mediaType: 'application/vnd.cncf.helm.config.v1+json' },
    layers: [{ ...manifest.config, mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }],
  };
  const image = assembleImage({ ...partsOf(built), manifest: chart });
  assert.equal(image.config, undefined);
  assert.deepEqual(
    image.gaps.map(({ code, reason }) => [code, /a Helm chart/.test(reason)]),
    [['ARTIFACT_NOT_IMAGE', true]],
  );
});

test('a config without a digest of its own gives no identity by config, and no complaint about diffIDs', () => {
  const { configDigest, manifest, manifestDigest, ...rest } = partsOf(built);
  assert.ok(configDigest && manifest && manifestDigest);
  const configBytes = Buffer.from('{"id":"x","architecture":"amd64","os":"linux"}');
  const image = assembleImage({
    ...rest,
    configBytes,
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
  });
  assert.deepEqual([image.digest, image.identity, image.findings], [null, { diffIds: [] }, []]);
});

test('gaps that the source adds while layers are read show in the image', () => {
  const gaps: { where: string; code: string; reason: string; bytes: number }[] = [];
  const image = assembleImage({ ...partsOf(built), gaps });
  gaps.push({ where: 'x', code: 'LATER', reason: '', bytes: 0 });
  assert.deepEqual(
    image.gaps.map(({ code }) => code),
    ['LATER'],
  );
});

test('disposing of the image disposes of its source, once', async () => {
  let disposed = 0;
  const image = assembleImage({ ...partsOf(built), dispose: async () => void (disposed += 1) });
  await image[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
  assert.equal(disposed, 1);
});
