/** Images that state other digests, sizes and numbers of layers than they have: what was delivered is examined, and the lie is told. */
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Digest } from '../../src/core/digest.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { tarOf } from '../../src/formats/tar-writer.ts';
import type { Built } from '../../src/image/oci-layout-writer.ts';
import { assertVerdict, markerOf, openHostileFlow, type ExpectedVerdict } from '../builders/hostile-flow.ts';
import { digestOf, storedImage, withBlob, type ManifestBody, type StoredImage } from '../builders/hostile-images.ts';

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const tars = [1, 2].map((number) => tarOf([{ path: `etc/${number}`, content: markerOf(number) }]));
const blobs = tars.map((tar) => gzipSync(tar));
const other = gzipSync(tarOf([{ path: 'etc/other', content: markerOf(3) }]));
const layers = blobs.map((blob) => ({ blob }));
const honest = storedImage({ layers });
const body = JSON.parse(Buffer.from(honest.manifest).toString()) as ManifestBody;
const [first, second] = blobs.map(digestOf) as [Digest, Digest];
const configDigest = body.config.digest as Digest;
const configBytes = honest.blobs.get(configDigest) ?? new Uint8Array();

const without = (digest: string): Built => ({
  ...honest,
  blobs: new Map([...honest.blobs].filter(([name]) => name !== digest)),
});
const withManifest = (change: StoredImage['manifest']): Built =>
  storedImage({ layers, ...(change === undefined ? {} : { manifest: change }) });
const withSizes = (config: number, ...sizes: readonly number[]): Built =>
  withManifest((manifest) => ({
    ...manifest,
    config: { ...manifest.config, size: manifest.config.size + config },
    layers: manifest.layers.map((layer, position) => ({ ...layer, size: layer.size + (sizes[position] ?? 0) })),
  }));
const withDiffIds = (change: (diffIds: readonly string[]) => readonly string[]): Built =>
  storedImage({
    layers,
    config: (config) => ({ ...config, rootfs: { type: 'layers', diff_ids: change(tars.map(digestOf)) } }),
  });
const zeros = `sha256:${'0'.repeat(64)}`;

interface Case extends ExpectedVerdict {
  readonly name: string;
  readonly image: Built;
  readonly assessment: Verdict['assessment'];
}

const cases: readonly Case[] = [
  { name: 'nothing is wrong', image: honest, assessment: 'clean' },
  {
    name: 'a layer that is not the one of its digest',
    image: withBlob(honest, second, other),
    assessment: 'malicious',
    rule: 'layer/digest-mismatch',
    found: [1, 3],
  },
  {
    name: 'two layers exchanged',
    image: withBlob(withBlob(honest, first, blobs[1] ?? other), second, blobs[0] ?? other),
    assessment: 'malicious',
    rule: 'layer/digest-mismatch',
  },
  {
    name: 'one byte of a layer changed, and its digest made anew',
    image: storedImage({ layers: [{ blob: other, diffId: digestOf(tars[0] ?? other) }] }),
    assessment: 'malicious',
    rule: 'layer/diff-id-mismatch',
    found: [3],
  },
  {
    name: 'a layer with bytes behind its end, its digest left',
    image: withBlob(honest, second, Buffer.concat([blobs[1] ?? other, Buffer.from('more')])),
    assessment: 'malicious',
    rule: 'layer/digest-mismatch',
  },
  {
    name: 'a config that is not the one of its digest',
    image: withBlob(
      honest,
      configDigest,
      Buffer.from(Buffer.from(configBytes).toString().replace('/bin/app', '/bin/sh0')),
    ),
    assessment: 'malicious',
    rule: 'image/config-digest-mismatch',
  },
  {
    name: 'a manifest that is not the one of its digest',
    image: withBlob(honest, honest.manifestDigest, Buffer.from(`${Buffer.from(honest.manifest).toString()} `)),
    assessment: 'malicious',
    rule: 'image/manifest-digest-mismatch',
  },
  {
    name: 'a manifest larger than its descriptor says',
    image: { ...honest, manifest: honest.manifest.subarray(0, 100) },
    assessment: 'suspicious',
    rule: 'image/manifest-size-mismatch',
  },
  {
    name: 'a manifest smaller than its descriptor says',
    image: { ...honest, manifest: Buffer.alloc(9999) },
    assessment: 'suspicious',
    rule: 'image/manifest-size-mismatch',
  },
  {
    name: 'a config larger than stated',
    image: withSizes(-10),
    assessment: 'suspicious',
    rule: 'image/config-size-mismatch',
  },
  {
    name: 'a config smaller than stated',
    image: withSizes(10),
    assessment: 'suspicious',
    rule: 'image/config-size-mismatch',
  },
  {
    name: 'a layer larger than stated',
    image: withSizes(0, -10),
    assessment: 'malicious',
    rule: 'layer/size-mismatch',
  },
  {
    name: 'a layer smaller than stated',
    image: withSizes(0, 0, 10),
    assessment: 'incomplete',
    gap: 'LAYER_TRUNCATED',
  },
  {
    name: 'a layer whose size no number can hold',
    image: withSizes(0, 1e300),
    assessment: 'incomplete',
    gap: 'MANIFEST_INVALID',
    found: [],
  },
  {
    name: 'a layer of a negative size',
    image: withSizes(0, -1e6),
    assessment: 'incomplete',
    gap: 'MANIFEST_INVALID',
    found: [],
  },
  {
    name: 'a wrong diffID',
    image: withDiffIds(([, last = '']) => [zeros, last]),
    assessment: 'malicious',
    rule: 'layer/diff-id-mismatch',
  },
  {
    name: 'diffIDs in another order',
    image: withDiffIds((diffIds) => diffIds.toReversed()),
    assessment: 'malicious',
    rule: 'layer/diff-id-mismatch',
  },
  {
    name: 'fewer diffIDs than layers',
    image: withDiffIds((diffIds) => diffIds.slice(1)),
    assessment: 'malicious',
    rule: 'image/layer-count-mismatch',
  },
  {
    name: 'more diffIDs than layers',
    image: withDiffIds((diffIds) => [...diffIds, zeros]),
    assessment: 'malicious',
    rule: 'image/layer-count-mismatch',
    gap: 'LAYER_MISSING',
  },
  {
    name: 'no diffIDs',
    image: withDiffIds(() => []),
    assessment: 'malicious',
    rule: 'image/layer-count-mismatch',
  },
  {
    name: 'a layer that is not there',
    image: without(second),
    assessment: 'incomplete',
    gap: 'BLOB_MISSING',
    found: [1],
  },
  {
    name: 'a config that is not there',
    image: without(configDigest),
    assessment: 'incomplete',
    gap: 'BLOB_MISSING',
    found: [],
  },
  {
    name: 'a manifest that is not there',
    image: without(honest.manifestDigest),
    assessment: 'incomplete',
    gap: 'BLOB_MISSING',
    found: [],
  },
  {
    name: 'a layer named by a digest that anybody can forge',
    image: withManifest((manifest) => ({
      ...manifest,
      layers: manifest.layers.map((layer) => ({ ...layer, digest: `md5:${'0'.repeat(32)}` })),
    })),
    assessment: 'incomplete',
    gap: 'DIGEST_INVALID',
    found: [],
  },
  {
    name: 'a digest that is a path',
    image: withManifest((manifest) => ({
      ...manifest,
      layers: manifest.layers.map((layer) => ({ ...layer, digest: 'sha256:../../../../etc/passwd' })),
    })),
    assessment: 'incomplete',
    gap: 'DIGEST_INVALID',
    found: [],
  },
  {
    name: 'a layer said to be packed that is not',
    image: storedImage({
      layers: [{ blob: tars[0] ?? other, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }],
    }),
    assessment: 'suspicious',
    rule: 'container-format/layer-media-type-disagrees',
    found: [1],
  },
  {
    name: 'a layer said to be encrypted',
    image: storedImage({
      layers: [{ blob: other, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' }],
    }),
    assessment: 'incomplete',
    gap: 'LAYER_ENCRYPTED',
    found: [],
  },
];

for (const { name, image, ...expected } of cases)
  test(name, { timeout: 10_000 }, async () => assertVerdict(await flow.judge(image), { found: [1, 2], ...expected }));
