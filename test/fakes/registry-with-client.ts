/** A fake registry with a client for it, and what tests of registries ask again and again. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { collect } from '../../src/core/collect.ts';
import type { Digest } from '../../src/core/digest.ts';
import { isFault } from '../../src/core/fault.ts';
import { openRegistryClient, type BlobDescriptor } from '../../src/io/registry-client.ts';
import { fakeContext, type FakeContextOptions } from './context.ts';
import { startFakeRegistry, type FakeRegistryOptions } from './registry.ts';

export const retries = { attempts: 3, pauseMs: 2, longestPauseMs: 2000 };
export const indexType = 'application/vnd.oci.image.index.v1+json';
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const manifest = (more: object = {}) => ({
  mediaType: manifestType,
  bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config: {}, layers: [], ...more })),
});

export const fails = async (work: Promise<unknown>, code: string, words?: RegExp): Promise<void> => {
  await assert.rejects(work, (thrown) => {
    assert.ok(isFault(thrown), String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    if (words !== undefined) assert.match(thrown.message, words);
    return true;
  });
};

/** A fake registry with a client for it. */
export const startRegistry = async (options: FakeRegistryOptions = {}, surroundings: FakeContextOptions = {}) => {
  const server = await startFakeRegistry(options);
  const context = fakeContext(surroundings);
  const client = openRegistryClient(server.host, context, { retries, systemFolder: '/nonexistent' });
  return {
    server,
    context,
    client,
    manifest: (name: string) => client.readManifest('team/app', name, context),
    blob: async (blob: BlobDescriptor) => collect(await client.openBlob('team/app', blob, context), 1e8),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};

/** Bytes that differ everywhere, so that a wrong offset shows. */
export const noise = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) createHash('sha256').update(String(at)).digest().copy(bytes, at);
  return bytes;
};
export const described = (bytes: Uint8Array, digest: string): BlobDescriptor => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digest as Digest,
  size: bytes.length,
});
