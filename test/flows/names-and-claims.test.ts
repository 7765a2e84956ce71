/** Small layouts through the whole flow: what they are called, what they say that they are, and the lessons that their findings name. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openInspector, type Inspector } from '../../src/app/inspect.ts';
import { resolveSettings } from '../../src/app/settings.ts';
import { digestHex } from '../../src/core/digest.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { fakeContext } from '../fakes/context.ts';

const alpine = { path: 'usr/lib/os-release', content: 'NAME="Alpine Linux"\nID=alpine\n' };
const shell = { path: 'bin/sh', content: '#!/bin/sh\n', mode: 0o755 };

let folder: string;
let inspector: Inspector;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'names-'));
  const file = { 'own-name': ['acmecorp', 'registry.acme.example'], cache: false, cores: 1, platform: 'linux/amd64' };
  const settings = resolveSettings({ flags: {}, environment: {}, file, fileName: 'tidewaiter.yaml' });
  inspector = await openInspector(settings, fakeContext());
});
after(async () => {
  await inspector[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const judge = async (name: string, entrypoint: readonly string[], isTruncated = false) => {
  const path = await mkdtemp(join(folder, 'layout-'));
  const config = { architecture: 'amd64', os: 'linux', config: { User: '1', Entrypoint: entrypoint } };
  const image = buildImage({ layers: [{ entries: [alpine, shell] }], config });
  await writeOciLayout(path, image, name);
  const [layer] = image.layerDigests;
  if (isTruncated && layer !== undefined) {
    const blobs = join(path, 'blobs/sha256');
    assert.ok((await readdir(blobs)).includes(digestHex(layer)));
    await truncate(join(blobs, digestHex(layer)), 60);
  }
  // Without the name: the layout gives it.
  const [verdict] = await inspector.inspect(`oci:${path}`);
  assert.ok(verdict);
  const about = verdict.dossier.findings.filter(({ rule }) => /^(?:lookalike|claim)\//.test(rule));
  return { verdict, told: about.map(({ severity, rule, lesson }) => `${severity} ${rule} ${lesson}`) };
};

test('a lookalike is told by the name that the layout gives it, and leads to its lesson', async () => {
  const { verdict, told } = await judge('docker.io/docker72590/alpine:3', ['/bin/sh']);
  assert.deepEqual(told, ['medium lookalike/namespace lookalike']);
  assert.equal(verdict.assessment, 'suspicious');
});

test('the same image under its own name is clean', async () => {
  const { verdict, told } = await judge('docker.io/library/alpine:3', ['/bin/sh']);
  assert.deepEqual(told, []);
  assert.equal(verdict.assessment, 'clean');
});

test('a system that is another one is told, by the os-release that a scanning process read', async () => {
  const { told } = await judge('docker.io/library/centos:7', ['/bin/sh']);
  assert.deepEqual(told, ['medium claim/lacks-system claim']);
});

test('of a layer that breaks off nothing is claimed', async () => {
  const { verdict, told } = await judge('docker.io/library/centos:7', ['/bin/sh'], true);
  assert.deepEqual(told, []);
  assert.equal(verdict.assessment, 'incomplete');
});

test('names of the settings are one’s own, and what resembles them is not', async () => {
  assert.deepEqual((await judge('acmecorp/ngnix:1', ['/bin/sh'])).told, []);
  assert.deepEqual((await judge('registry.acrne.example/app:1', ['/bin/sh'])).told, [
    'high lookalike/registry lookalike',
  ]);
});
