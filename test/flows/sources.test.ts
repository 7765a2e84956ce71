/** One image in every place an image can be: the same findings and one linked identity; its unpacked tree: the findings about that tree. */
import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { isSameImage } from '../../src/core/identity.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { buildImage, writeDockerArchive, writeOciArchive, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { markerOf, openHostileFlow, type HostileFlow } from '../builders/hostile-flow.ts';
import { startFakeRegistry, type FakeRegistry } from '../fakes/registry.ts';

const visible: readonly TarEntrySpec[] = [
  { path: 'usr/bin/tool', content: `#!/bin/sh\necho ${markerOf(1)}\n`, mode: 0o755 },
  { path: 'etc/app.conf', content: `key=${markerOf(2)}\n` },
];

const image = buildImage({
  layers: [
    { entries: [...visible, { path: 'opt/gone', content: markerOf(3) }], createdBy: 'COPY one' },
    { entries: [{ path: 'opt/gone', type: 'deletion' }], createdBy: 'RUN rm /opt/gone', compression: 'zstd' },
  ],
  config: { config: { Entrypoint: ['/usr/bin/tool'] } },
});

let flow: HostileFlow;
let registry: FakeRegistry;

before(async () => {
  flow = await openHostileFlow({ severity: 'high' });
  registry = await startFakeRegistry();
});

after(async () => {
  // The flow looks for descriptors that were left behind: ours must be gone by then.
  await registry[Symbol.asyncDispose]();
  await flow[Symbol.asyncDispose]();
});

/** What a person compares: rule, path, visibility and content of every proof. */
const proofsOf = ({ dossier }: Verdict): readonly string[] =>
  dossier.findings
    .flatMap(({ rule, evidence }) =>
      evidence.map((proof) =>
        proof.kind === 'excerpt' || proof.kind === 'file'
          ? `${rule} ${proof.path} ${proof.hidden === true ? 'hidden' : 'visible'} ${proof.layerIndex ?? ''} ${proof.createdBy ?? ''} ${proof.sha256 ?? ''}`
          : `${rule} ${proof.field} ${proof.value}`,
      ),
    )
    .sort();

const places: Readonly<Record<string, () => Promise<string>>> = {
  oci: async () => {
    const folder = flow.path();
    await writeOciLayout(folder, image, 'v1');
    return `oci:${folder}:v1`;
  },
  'oci-archive': async () => {
    const file = flow.path();
    await writeOciArchive(file, image, 'v1');
    return `oci-archive:${file}:v1`;
  },
  'docker-archive, classic': async () => {
    const file = flow.path();
    await writeDockerArchive(file, image, { name: 'docker.io/team/app:v1', layout: 'classic' });
    return `docker-archive:${file}`;
  },
  'docker-archive, with a layout inside': async () => {
    const file = flow.path();
    await writeDockerArchive(file, image, { name: 'docker.io/team/app:v1', layout: 'oci' });
    return `docker-archive:${file}`;
  },
  registry: async () => {
    registry.put('team/app', image, 'v1');
    return `docker://${registry.host}/team/app:v1`;
  },
};

test('every source gives the same findings and links to one identity', async () => {
  const verdicts = new Map<string, Verdict>();
  for (const [name, place] of Object.entries(places)) verdicts.set(name, await flow.inspect(await place()));
  const [first] = verdicts.values();
  assert.ok(first);
  assert.equal(first.assessment, 'malicious');
  const proofs = proofsOf(first);
  for (const marker of ['usr/bin/tool visible', 'etc/app.conf visible', 'opt/gone hidden 0 COPY one'])
    assert.ok(
      proofs.some((proof) => proof.includes(marker)),
      marker,
    );
  for (const [name, verdict] of verdicts) {
    assert.deepEqual(proofsOf(verdict), proofs, name);
    assert.ok(isSameImage(verdict.dossier.identity, first.dossier.identity), name);
    assert.deepEqual(verdict.dossier.identity.diffIds, image.diffIds, name);
    assert.equal(verdict.dossier.identity.config, image.configDigest, name);
    assert.deepEqual(verdict.dossier.gaps, [], name);
  }
});

test('the unpacked tree gives the findings about that tree, and no digest', async () => {
  const root = flow.path();
  for (const { path, content, mode } of visible) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content ?? '');
    if (mode !== undefined) await chmod(file, mode);
  }
  const verdict = await flow.inspect(`rootfs:${root}`);
  assert.equal(verdict.dossier.digest, null);
  const paths = verdict.dossier.findings.flatMap(({ evidence }) =>
    evidence.flatMap((proof) => ('path' in proof ? [proof.path] : [])),
  );
  assert.deepEqual([...new Set(paths)].sort(), ['etc/app.conf', 'usr/bin/tool']);
});
