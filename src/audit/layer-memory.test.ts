import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { markerAuditor, markerEntry, memoryImage } from '../../test/builders/audit.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { mapMemory } from '../../test/fakes/map-memory.ts';
import { marker, markers } from '../../test/fakes/marker-analyzer.ts';
import { tarOf } from '../formats/tar-writer.ts';
import { openFactMemory } from '../store/backends/sqlite.ts';
import type { AuditResult } from './audit-result.ts';
import { ScanProcesses } from './scan-processes.ts';

const context = fakeContext();

const entries = [
  { path: 'etc/plain', content: 'plain' },
  { path: 'usr/marked', content: `${markers.find} ${'x'.repeat(20_000)}` },
];

/** Everything that a report shows, but for what was recalled. */
const shown = ({ layers, ...rest }: AuditResult): unknown => ({
  ...rest,
  layers: layers.map((layer) => ({ ...layer, recalled: false })),
});

describe('a layer that is known', () => {
  test('is not opened, and gives the same result', async () => {
    const memory = mapMemory();
    await using auditor = await markerAuditor({ memory });
    const first = memoryImage([{ entries, createdBy: 'one' }]);
    const second = memoryImage([{ entries, createdBy: 'one' }]);
    const cold = await auditor.audit(first, context);
    const warm = await auditor.audit(second, context);
    assert.deepEqual([first.opened, second.opened], [[1], [0]]);
    assert.equal(warm.layers[0]?.recalled, true);
    assert.deepEqual(shown(warm), shown(cold));
  });

  test('is still compared with what this image claims', async () => {
    const memory = mapMemory();
    await using auditor = await markerAuditor({ memory });
    await auditor.audit(memoryImage([{ entries }]), context);
    const change = { diffId: `sha256:${'0'.repeat(64)}`, size: 5 } as const;
    const lying = memoryImage([{ entries, change }]);
    const { findings } = await auditor.audit(lying, context);
    assert.deepEqual(lying.opened, [0]);
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['layer/diff-id-mismatch', 'layer/size-mismatch', 'marker/found'],
    );
  });

  test('is placed anew: another layer above may hide its files', async () => {
    const memory = mapMemory();
    await using auditor = await markerAuditor({ memory });
    await auditor.audit(memoryImage([{ entries }]), context);
    const { findings } = await auditor.audit(
      memoryImage([{ entries: [{ path: 'a', content: 'a' }] }, { entries }, { entries: [{ path: '.wh.usr' }] }]),
      context,
    );
    const [proof] = findings[0]?.evidence ?? [];
    assert.ok(proof?.kind === 'excerpt' && proof.hidden === true && proof.layerIndex === 1);
  });

  test('is read again when an analyzer knows more, or the media type is another', async () => {
    const memory = mapMemory();
    {
      await using auditor = await markerAuditor({ memory });
      await auditor.audit(memoryImage([{ entries }]), context);
      const other = memoryImage([{ entries, change: { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' } }]);
      const { findings } = await auditor.audit(other, context);
      assert.deepEqual(other.opened, [1]);
      assert.ok(findings.some(({ rule }) => rule === 'container-format/layer-media-type-disagrees'));
    }
    await using auditor = await markerAuditor({ memory, analyzers: [{ ...marker, version: 2 }] });
    const image = memoryImage([{ entries }]);
    await auditor.audit(image, context);
    assert.deepEqual(image.opened, [1]);
  });

  test('twice in one image is read once', async () => {
    await using auditor = await markerAuditor();
    const image = memoryImage([{ entries }, { entries }]);
    const { findings, coverage } = await auditor.audit(image, context);
    assert.equal((image.opened[0] ?? 0) + (image.opened[1] ?? 0), 1);
    assert.equal(coverage.files.seen, 4);
    assert.deepEqual(
      findings.map(({ evidence: [proof] }) => proof.kind === 'excerpt' && [proof.layerIndex, proof.hidden]),
      [
        [0, true],
        [1, false],
      ],
    );
  });
});

describe('what is not remembered', () => {
  const cases = {
    'a layer whose bytes are not those that its digest names': {
      entries,
      change: { digest: `sha256:${'1'.repeat(64)}` as const },
    },
    'a layer that was cut short': { entries, change: { bytes: (stored: Uint8Array) => stored.subarray(0, 100) } },
    'a layer with a file that ended the scan': { entries: [...entries, { path: 'x', content: markers.die }] },
    'a layer on which an analyzer failed': { entries: [...entries, { path: 'x', content: markers.bug }] },
  };
  for (const [what, layer] of Object.entries(cases))
    test(what, async () => {
      const memory = mapMemory();
      await using auditor = await markerAuditor({ memory });
      await auditor.audit(memoryImage([layer]), context);
      assert.deepEqual(memory.keys('layer'), []);
    });

  test('but damage that every scan will meet is', async () => {
    const memory = mapMemory();
    await using auditor = await markerAuditor({ memory });
    const tar = tarOf(entries).subarray(0, -1024);
    const { gaps } = await auditor.audit(memoryImage([{ tar }]), context);
    assert.deepEqual(
      gaps.map(({ code }) => code),
      ['TAR_END_MISSING'],
    );
    assert.equal(memory.keys('layer').length, 1);
  });
});

test('a layer that only the config names is verified before its facts are used', async () => {
  const memory = mapMemory();
  await using auditor = await markerAuditor({ memory });
  const unnamed = (bytes?: (stored: Uint8Array) => Uint8Array) =>
    memoryImage([{ entries, compression: 'none', ...(bytes === undefined ? {} : { change: { bytes } }) }]);
  const strip = (image: ReturnType<typeof memoryImage>): ReturnType<typeof memoryImage> => ({
    ...image,
    layers: image.layers.map((layer) => {
      const { diffId, mediaType } = layer;
      return { mediaType, ...(diffId === undefined ? {} : { diffId }), open: (context) => layer.open(context) };
    }),
  });
  await auditor.audit(strip(unnamed()), context);
  const same = strip(unnamed());
  assert.equal((await auditor.audit(same, context)).layers[0]?.recalled, true);
  assert.deepEqual(same.opened, [1]);
  const changed = unnamed((stored) => Buffer.from(stored).fill('y', 1600, 1700));
  const result = await auditor.audit(strip(changed), context);
  assert.equal(result.layers[0]?.recalled, false);
  assert.ok(result.findings.some(({ rule }) => rule === 'layer/diff-id-mismatch'));
});

describe('a file whose content is known', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-memory-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('is found again in another layer, by the scanning process itself', async () => {
    const memory = openFactMemory(folder, { maximumBytes: 2 ** 24, log: context.log });
    const touched: string[] = [];
    const watched = {
      ...memory,
      touch: (kind: 'file' | 'layer', keys: readonly string[]) => {
        touched.push(...keys);
        memory.touch(kind, keys);
      },
    };
    await using auditor = await markerAuditor({
      memory: watched,
      processes: new ScanProcesses({ workerEntry: markerEntry, memoryFolder: folder }),
    });
    const cold = await auditor.audit(memoryImage([{ entries }]), context);
    assert.deepEqual(touched, []);
    const warm = await auditor.audit(
      memoryImage([{ entries: entries.map((entry) => ({ ...entry, path: `other/${entry.path}` })) }]),
      context,
    );
    assert.equal(touched.length, 1);
    const offsets = [cold, warm].map(({ findings }) =>
      findings.map(({ evidence: [proof] }) => proof.kind === 'excerpt' && [proof.path, proof.offset]),
    );
    assert.deepEqual(offsets, [[['usr/marked', 0]], [['other/usr/marked', 0]]]);
    memory.close();
  });
});
