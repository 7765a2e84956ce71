/** Layers that engines unpack in two ways: what umoci (which copies layers) and Podman (which stacks them) show is what we judge. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import type { AuditResult } from '../../src/audit/audit-result.ts';
import type { Auditor } from '../../src/audit/auditor.ts';
import { markerAuditor, memoryImage } from '../builders/audit.ts';
import { fakeContext } from '../fakes/context.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const folder = (path: string): TarEntrySpec => ({ path, type: 'directory' });
const file = (path: string, content: string): TarEntrySpec => ({ path, content });
const link = (path: string, target: string): TarEntrySpec => ({ path, type: 'symlink', target });
const hardLink = (path: string, target: string): TarEntrySpec => ({ path, type: 'hardlink', target });
const base = [folder('etc'), folder('etc/cron.d'), folder('usr'), folder('usr/bin'), file('usr/bin/good', 'good')];

/** For each image, the codes that tell of it; engines agree on those without any that is not of a layer's own link. */
const images: readonly (readonly [string, readonly (readonly TarEntrySpec[])[], readonly string[]])[] = [
  ['a link', [[...base, link('a', 'etc'), file('a/cron.d/x', 'job')]], ['layer-path-through-link']],
  ['an absolute link', [[...base, link('a', '/etc'), file('a/cron.d/x', 'job')]], ['layer-path-through-link']],
  ['a link upwards', [[...base, link('a', '../../etc'), file('a/cron.d/x', 'job')]], ['layer-path-through-link']],
  [
    'links in a row',
    [[...base, link('b', 'usr/../etc'), link('a', '/b'), file('a/x', 'job')]],
    ['layer-path-through-link'],
  ],
  [
    'a hard link to a link',
    [[...base, link('a', '/etc'), hardLink('h', 'a'), file('h/x', 'job')]],
    ['layer-path-through-link'],
  ],
  ['a file before the link', [[...base, file('a/x', 'job'), link('a', 'etc')]], []],
  ['a hard link', [[...base, file('zz', 'old'), hardLink('etc/x', 'zz')], [file('zz', 'new')]], []],
  ['a link of a lower layer', [[...base, link('a', 'etc')], [file('a/cron.d/x', 'job')]], ['layer-path-over-link']],
  ['a merged folder', [[...base, link('bin', 'usr/bin')], [file('bin/good', 'other')]], ['layer-path-over-link']],
  [
    'a deletion through a link',
    [[...base, link('bin', 'usr/bin')], [{ path: 'bin/good', type: 'deletion' }]],
    ['layer-path-over-link'],
  ],
  [
    'a device 0/0',
    [base, [{ path: 'usr/bin/good', type: 'character-device', device: { major: 0, minor: 0 } }]],
    ['layer-overlay-deletion'],
  ],
  [
    'an opaque folder',
    [base, [{ ...folder('usr/bin'), xattrs: { 'trusted.overlay.opaque': Buffer.from('y') } }]],
    ['layer-overlay-deletion'],
  ],
];

/** Path and content of every file below a folder; no link is followed. */
const filesIn = (root: string, below = ''): readonly string[] =>
  readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return /^(?:dev|proc|sys|run)$/.test(path) ? [] : filesIn(root, path);
    return entry.isFile() ? [`${path}: ${readFileSync(join(root, path), 'utf8')}`] : [];
  });

const inOrder = (texts: readonly string[]): readonly string[] =>
  texts.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));

/** Those that are not hidden, under each path that a finding gives them. */
const judged = (
  { inventory, findings }: AuditResult,
  layers: readonly (readonly TarEntrySpec[])[],
): readonly string[] => {
  const contents = new Map(
    layers.flat().flatMap(({ path, content }) => (typeof content === 'string' ? [[path, content] as const] : [])),
  );
  const others = new Map(
    findings.flatMap(({ evidence: [proof] }) => {
      const other = proof.kind === 'excerpt' ? /others put it at (\S+)$/.exec(proof.text)?.[1] : undefined;
      return other === undefined || proof.kind !== 'excerpt' ? [] : [[proof.path, other] as const];
    }),
  );
  const bySha256 = new Map<string, string>();
  for (const { sha256 = '', path, storedAs, type, layerIndex } of inventory)
    if (type === 'file') {
      const own = layers[layerIndex]?.find((spec) => spec.path === (storedAs ?? path))?.content;
      bySha256.set(sha256, typeof own === 'string' ? own : (contents.get(path) ?? ''));
    }
  return inventory
    .filter(({ type, hidden }) => !hidden && (type === 'file' || type === 'hardlink'))
    .flatMap(({ path, sha256 = '' }) =>
      [path, ...(others.has(path) ? [others.get(path)] : [])].map((place) => `${place}: ${bySha256.get(sha256)}`),
    );
};

// Podman takes no folder with capital letters for a layout.
const work = join(tmpdir(), `tw-unpack-${process.pid}`);
const store = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'overlay'];
const podman = (...words: readonly string[]): string =>
  execFileSync('podman', [...store, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
let auditor: Auditor;
before(async () => {
  mkdirSync(work);
  auditor = await markerAuditor();
});
after(async () => {
  await auditor[Symbol.asyncDispose]();
  // Podman may leave its store mounted on itself.
  if (required) spawnSync('umount', [join(work, 'store', 'overlay')], { stdio: 'ignore' });
  rmSync(work, { recursive: true, force: true });
});

for (const [name, layers, codes] of images)
  test(`${name} is judged where umoci and Podman show it`, options, async () => {
    const specs = layers.map((entries) => ({ entries }));
    const layout = join(work, 'layout');
    const bundle = join(work, 'bundle');
    for (const path of [layout, bundle]) rmSync(path, { recursive: true, force: true });
    await writeOciLayout(
      layout,
      buildImage({ layers: specs, config: { architecture: 'amd64', os: 'linux' } }),
      'latest',
    );
    const result = await auditor.audit(memoryImage(specs), fakeContext());
    const told = result.findings.map(({ rule }) => rule.replace('container-format/', ''));
    assert.deepEqual(told, codes);
    const ours = judged(result, layers);

    execFileSync('umoci', ['unpack', '--image', `${layout}:latest`, bundle], { stdio: 'ignore' });
    const copied = filesIn(join(bundle, 'rootfs'));
    const id = podman('pull', '-q', `oci:${layout}:latest`);
    const stacked = filesIn(podman('image', 'mount', id));
    podman('image', 'umount', id);
    podman('rmi', '-f', id);
    for (const shown of [...copied, ...stacked]) assert.ok(ours.includes(shown), `${shown} of ${ours.join(', ')}`);
    // Of a single layer all show the same, to the last file.
    if (layers.length > 1) return;
    assert.deepEqual(inOrder(stacked), inOrder(copied));
    assert.deepEqual(inOrder(ours), inOrder(copied));
  });
