import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isImageConfigType, isImageLayerType, isMediaType, normaliseMediaType } from './media-type.ts';

test('compares without case, parameters and spaces', () => {
  assert.equal(normaliseMediaType(' Application/JSON ; charset=utf-8'), 'application/json');
});

test('knows a media type when it sees one', () => {
  assert.ok(isMediaType('application/vnd.oci.image.layer.v1.tar+gzip'));
  for (const text of ['', 'application', 'application/', 'a/b/c', 'text/plain html', '../x'])
    assert.ok(!isMediaType(text), text);
});

test('knows layers and configs of images', () => {
  for (const type of [
    'application/vnd.oci.image.layer.v1.tar+zstd',
    'application/vnd.oci.image.layer.nondistributable.v1.tar',
    'application/vnd.docker.image.rootfs.diff.tar.gzip',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'APPLICATION/VND.OCI.IMAGE.LAYER.V1.TAR; x=y',
  ])
    assert.ok(isImageLayerType(type), type);
  for (const type of [
    'application/vnd.oci.image.layers',
    'application/vnd.oci.image.config.v1+json',
    'application/wasm',
  ])
    assert.ok(!isImageLayerType(type), type);
  assert.ok(isImageConfigType('application/vnd.docker.container.image.v1+json'));
  assert.ok(!isImageConfigType('application/vnd.cncf.helm.config.v1+json'));
});
