/** A zstd:chunked layer that skopeo makes, and what happens when somebody edits its table of contents. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Budget, defaultLimits } from '../../src/core/budget.ts';
import type { FileEntry } from '../../src/core/file-entry.ts';
import type { Remark } from '../../src/core/remark.ts';
import { checkTocChunks } from '../../src/formats/records/layer-toc.chunks.ts';
import { TocCheck } from '../../src/formats/records/layer-toc.ts';
import {
  findZstdChunkedToc,
  isZstdChunked,
  type SkippableFrame,
} from '../../src/formats/records/layer-toc.zstd-chunked.ts';
import { tarOf, type TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { tar } from '../../src/formats/trees/tar.ts';
import { unwrapLayer } from '../../src/formats/unwrap-layer.ts';
import { toLayerEntry } from '../../src/formats/whiteout.ts';
import { streamOf } from '../builders/streams.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

interface Packed {
  readonly blob: Uint8Array;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Lets skopeo recompress a one-layer image, and gives that layer. */
const packWithSkopeo = (folder: string, specs: readonly TarEntrySpec[]): Packed => {
  const layout = join(folder, 'layout');
  const blobs = join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Uint8Array | string): { digest: string; size: number } => {
    writeFileSync(join(blobs, sha256(bytes)), bytes);
    return { digest: `sha256:${sha256(bytes)}`, size: Buffer.from(bytes).length };
  };
  const layer = tarOf(specs);
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(JSON.stringify(config)) },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...put(gzipSync(layer)) }],
  };
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ mediaType: manifest.mediaType, ...put(JSON.stringify(manifest)) }],
    }),
  );
  const packed = join(folder, 'packed');
  execFileSync(
    'skopeo',
    ['copy', '--dest-compress', '--dest-compress-format', 'zstd:chunked', `oci:${layout}`, `dir:${packed}`],
    {
      stdio: 'pipe',
    },
  );
  const written = JSON.parse(readFileSync(join(packed, 'manifest.json'), 'utf8')) as {
    layers: [{ digest: string; mediaType: string; annotations: Record<string, string> }];
  };
  const [found] = written.layers;
  return {
    blob: readFileSync(join(packed, found.digest.slice('sha256:'.length))),
    mediaType: found.mediaType,
    annotations: found.annotations,
  };
};

const audit = async (
  { blob, mediaType, annotations }: Packed,
  specs?: readonly TarEntrySpec[],
): Promise<readonly Remark[]> => {
  const remarks: Remark[] = [];
  const frames: SkippableFrame[] = [];
  const remark = (one: Remark): void => void remarks.push(one);
  async function* entries(keep: boolean): AsyncIterable<FileEntry> {
    const hooks = keep
      ? { onSkippableFrame: (payload: Uint8Array, offset: number) => frames.push({ payload, offset }) }
      : {};
    const bytes = unwrapLayer(streamOf(blob), mediaType, new Budget(), keep ? remark : () => undefined, hooks);
    // The tar that a dishonest layer would show beside the table of another.
    const shown =
      specs === undefined
        ? bytes
        : (async function* () {
            for await (const _ of bytes);
            yield tarOf(specs);
          })();
    for await (const entry of tar.walk(shown, new Budget(), remark)) yield toLayerEntry(entry, remark);
  }
  const inventory: (readonly [FileEntry, string | undefined])[] = [];
  for await (const entry of entries(true)) {
    const hash = createHash('sha256');
    for await (const chunk of entry.content()) hash.update(chunk);
    inventory.push([entry, entry.type === 'file' ? hash.digest('hex') : undefined]);
  }
  assert.ok(isZstdChunked(annotations));
  const toc =
    findZstdChunkedToc(frames, annotations, defaultLimits, 'layer', remark) ?? assert.fail('no table of contents');
  const check = new TocCheck(toc);
  for (const [entry, digest] of inventory) check.add(entry, digest);
  remarks.push(...check.finish());
  if (specs === undefined) assert.ok(check.claims.length > 0, 'the large file is split into chunks');
  await checkTocChunks(entries(false), check.claims, remark);
  return remarks;
};

const large = Buffer.concat([randomBytes(2_000_000), Buffer.alloc(50_000), randomBytes(100_000)]);
const specs: readonly TarEntrySpec[] = [
  { path: 'usr/bin', type: 'directory' },
  { path: 'usr/bin/large', content: large, mode: 0o755, xattrs: { 'user.note': Uint8Array.of(1, 255, 0) } },
  { path: 'usr/bin/alias', type: 'hardlink', target: 'usr/bin/large', mode: 0o755 },
  { path: 'usr/bin/sh', type: 'symlink', target: 'large' },
  { path: 'etc/small', content: 'small', uid: 7 },
  { path: 'etc/gone', type: 'deletion' },
];

test("skopeo's table of contents agrees with its tar, to the last chunk", options, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-chunked-'));
  try {
    assert.deepEqual(await audit(packWithSkopeo(folder, specs)), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the same table beside another tar disagrees, naming the file', options, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-chunked-'));
  try {
    const packed = packWithSkopeo(folder, specs);
    const other = specs.map((spec) => (spec.path === 'etc/small' ? { ...spec, content: 'SMALL' } : spec));
    const remarks = await audit(packed, other);
    assert.deepEqual(
      remarks.map(({ code, where }) => [code, where]),
      [['TOC_DISAGREES', 'etc/small']],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
