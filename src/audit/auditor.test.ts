import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { markerAuditor, memoryImage } from '../../test/builders/audit.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { marker, markers } from '../../test/fakes/marker-analyzer.ts';
import type { Analyzer } from '../core/analyzer.ts';
import { misuse, unavailable } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import { noMemory } from '../core/memory.ts';
import { tarOf } from '../formats/tar-writer.ts';
import type { Auditor } from './auditor.ts';

const rulesOf = (findings: readonly Finding[]): readonly string[] => findings.map(({ rule }) => rule);
const plain = { path: 'etc/plain', content: 'nothing of interest' };
const marked = { path: 'usr/bin/marked', content: `#!/bin/sh\n${markers.find}\n`, mode: 0o755 };
const context = fakeContext();

describe('an image that is as it claims', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor();
  });
  after(() => auditor[Symbol.asyncDispose]());

  for (const compression of ['gzip', 'zstd', 'none'] as const)
    test(`${compression}: every file examined, identity from the bytes, no gap`, async () => {
      const image = memoryImage([{ entries: [plain, marked], compression, createdBy: 'COPY . /' }]);
      const { findings, gaps, coverage, identity, layers } = await auditor.audit(image, context);
      assert.deepEqual(gaps, []);
      assert.deepEqual(rulesOf(findings), ['marker/found']);
      assert.deepEqual(coverage.files, { seen: 2, examined: 2, skipped: 0, unreadable: 0 });
      assert.equal(coverage.bytes.examined, plain.content.length + marked.content.length);
      assert.deepEqual(identity, image.identity);
      assert.deepEqual(layers[0]?.createdBy, 'COPY . /');
    });

  test('a proof carries its layer, build step and visibility', async () => {
    const image = memoryImage([
      { entries: [marked], createdBy: 'RUN make' },
      { entries: [{ path: 'usr/bin/.wh.marked' }] },
    ]);
    const { findings } = await auditor.audit(image, context);
    const [proof] = findings[0]?.evidence ?? [];
    assert.ok(proof?.kind === 'excerpt');
    assert.equal(proof.layer, image.layers[0]?.digest);
    assert.equal(proof.createdBy, 'RUN make');
    assert.equal(proof.hidden, true);
    assert.equal(proof.offset, 10);
  });

  test('a file that no later layer touches is not hidden', async () => {
    const image = memoryImage([{ entries: [marked] }, { entries: [{ path: 'usr/bin/.wh.other' }] }]);
    const { findings } = await auditor.audit(image, context);
    const [proof] = findings[0]?.evidence ?? [];
    assert.ok(proof?.kind === 'excerpt' && proof.hidden === false);
  });

  test('members of archives are examined and counted apart', async () => {
    const inner = gzipSync(tarOf([{ path: 'deep/marked', content: markers.find }]));
    const image = memoryImage([{ entries: [{ path: 'opt/data.tgz', content: inner }] }]);
    const { findings, coverage } = await auditor.audit(image, context);
    const [proof] = findings[0]?.evidence ?? [];
    assert.ok(proof?.kind === 'excerpt');
    assert.equal(proof.path, 'opt/data.tgz!/deep/marked');
    assert.equal(coverage.files.seen, 1);
    assert.deepEqual(coverage.nested.files, { seen: 1, examined: 1, skipped: 0, unreadable: 0 });
    assert.equal(coverage.nested.bytes.examined, markers.find.length);
  });

  test('a layer that two images have is read for each: another source may give other bytes', async () => {
    const base = { entries: [marked], createdBy: 'COPY base /' };
    const [one, other] = [memoryImage([base, { entries: [plain] }]), memoryImage([base])];
    const results = await Promise.all([auditor.audit(one, context), auditor.audit(other, context)]);
    assert.deepEqual([one.opened[0], other.opened[0]], [1, 1]);
    assert.deepEqual(
      results.map(({ findings }) => rulesOf(findings)),
      [['marker/found'], ['marker/found']],
    );
  });

  test('the inventory keeps the capabilities of a file, and none of its other attributes', async () => {
    const xattrs = { 'security.capability': Uint8Array.of(1, 0, 0, 2), 'user.note': Uint8Array.of(7) };
    const image = memoryImage([{ entries: [{ ...plain, xattrs }, { path: 'etc/other' }] }]);
    const { inventory } = await auditor.audit(image, context);
    assert.deepEqual(
      inventory.map(({ capabilities }) => capabilities),
      ['01000002', undefined],
    );
    assert.ok(!JSON.stringify(inventory).includes('note'));
  });

  test('the inventory holds every entry with its place', async () => {
    const image = memoryImage([
      { entries: [plain, { path: 'bin', type: 'symlink', target: 'usr/bin' }] },
      { entries: [{ ...plain, content: 'other' }] },
    ]);
    const { inventory } = await auditor.audit(image, context);
    assert.deepEqual(
      inventory.map(({ path, type, layerIndex, hidden, kind }) => [path, type, layerIndex, hidden, kind]),
      [
        ['etc/plain', 'file', 0, true, 'text'],
        ['bin', 'symlink', 0, false, undefined],
        ['etc/plain', 'file', 1, false, 'text'],
      ],
    );
    assert.match(inventory[0]?.sha256 ?? '', /^[0-9a-f]{64}$/);
  });

  test('findings of one rule are capped and the rest counted', async () => {
    const entries = Array.from({ length: 25 }, (_, index) => ({ ...marked, path: `opt/${index}` }));
    const { findings } = await auditor.audit(memoryImage([{ entries }]), context);
    assert.equal(findings.length, 20);
    assert.deepEqual(
      findings.map(({ more }) => more).filter((more) => more !== undefined),
      [5],
    );
  });

  test('content that is no tar is examined as one file', async () => {
    const blob = Buffer.from(`model weights ${markers.find}`);
    const title = { 'org.opencontainers.image.title': 'weights.bin' };
    const image = memoryImage([{ tar: blob, compression: 'none', change: { annotations: title } }]);
    const { findings, gaps, coverage } = await auditor.audit(image, context);
    const [proof] = findings.find(({ rule }) => rule === 'marker/found')?.evidence ?? [];
    assert.ok(proof?.kind === 'excerpt' && proof.path === 'weights.bin');
    assert.deepEqual(
      gaps.map(({ code }) => code),
      ['LAYER_NOT_TAR'],
    );
    assert.equal(coverage.bytes.examined, blob.length);
  });
});

describe('an image that is not as it claims', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor();
  });
  after(() => auditor[Symbol.asyncDispose]());

  test('another digest than the manifest names', async () => {
    const digest = `sha256:${'0'.repeat(64)}` as const;
    const image = memoryImage([{ entries: [plain], change: { digest } }]);
    const { findings } = await auditor.audit(image, context);
    assert.deepEqual(rulesOf(findings), ['layer/digest-mismatch']);
    assert.equal(findings[0]?.severity, 'critical');
    assert.equal(findings[0]?.intent, 'tampering');
  });

  test('another diffID than the config names', async () => {
    const diffId = `sha256:${'0'.repeat(64)}` as const;
    const { findings, identity } = await auditor.audit(
      memoryImage([{ entries: [plain], change: { diffId } }]),
      context,
    );
    assert.deepEqual(rulesOf(findings), ['layer/diff-id-mismatch']);
    assert.notEqual(identity.diffIds[0], diffId);
  });

  test('another size than the manifest states', async () => {
    const image = memoryImage([{ entries: [plain], change: { size: 10 } }]);
    const { findings, gaps } = await auditor.audit(image, context);
    assert.deepEqual(rulesOf(findings), ['layer/size-mismatch']);
    assert.deepEqual(gaps, []);
  });

  test('a layer cut short: what came is examined, what did not is told', async () => {
    const big = { path: 'opt/big', content: Buffer.alloc(300_000, 'x') };
    const image = memoryImage([
      { entries: [marked, big], compression: 'none', change: { bytes: (stored) => stored.subarray(0, 200_000) } },
      { entries: [{ ...marked, path: 'usr/bin/other' }] },
    ]);
    const { findings, gaps, coverage } = await auditor.audit(image, context);
    assert.deepEqual(rulesOf(findings), [
      'layer/diff-id-mismatch',
      'layer/digest-mismatch',
      'layer/size-mismatch',
      'marker/found',
      'marker/found',
    ]);
    assert.deepEqual(gaps.map(({ code }) => code).sort(), ['LAYER_TRUNCATED', 'TAR_TRUNCATED']);
    assert.ok(gaps.every(({ executable }) => executable));
    assert.equal(coverage.files.unreadable, 1);
    assert.equal(coverage.bytes.seen, coverage.bytes.examined + coverage.bytes.unreadable);
    assert.ok(coverage.bytes.unreadable > 90_000);
  });

  test('damage in the middle: the digest is verified all the same', async () => {
    const tar = Buffer.from(tarOf([marked, { path: 'opt/x', content: 'x' }, { path: 'opt/y', content: 'y' }]));
    tar.fill(0xff, 1024, 1100);
    const { findings, gaps } = await auditor.audit(memoryImage([{ tar }]), context);
    assert.deepEqual(rulesOf(findings), ['marker/found']);
    assert.deepEqual(
      gaps.map(({ code, executable }) => [code, executable]),
      [['TAR_HEADER_INVALID', true]],
    );
  });

  test('a source that breaks off', async () => {
    const bytes = async function* (stored: Uint8Array): AsyncGenerator<Uint8Array> {
      yield stored.subarray(0, 1000);
      throw unavailable('CONNECTION_LOST', 'the registry went away');
    };
    const noise = { path: 'opt/noise', content: Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * at) % 251)) };
    const image = memoryImage([{ entries: [plain, noise], compression: 'none', change: { bytes } }]);
    const { gaps, findings } = await auditor.audit(image, context);
    assert.deepEqual(
      gaps.map(({ code }) => code),
      ['CONNECTION_LOST'],
    );
    assert.deepEqual(findings, []);
  });

  test('data after the end of the tar', async () => {
    const tar = Buffer.concat([tarOf([plain]), Buffer.from('hidden behind the end')]);
    const { findings } = await auditor.audit(memoryImage([{ tar }]), context);
    assert.deepEqual(rulesOf(findings), ['container-format/data-after-end']);
    assert.equal(findings[0]?.severity, 'medium');
  });

  describe('a table of contents for lazy pulling', () => {
    const content = 'first half|second half';
    const digestOf = (text: string): string => `sha256:${hash('sha256', text)}`;
    const tableOf = (whole: string, second: string): string =>
      JSON.stringify({
        version: 1,
        entries: [
          {
            type: 'reg',
            name: 'opt/file',
            mode: 0o644,
            size: content.length,
            digest: digestOf(whole),
            chunkSize: 11,
            chunkDigest: digestOf('first half|'),
          },
          { type: 'chunk', name: 'opt/file', chunkOffset: 11, chunkSize: 11, chunkDigest: digestOf(second) },
        ],
      });
    const auditTable = async (table: string): Promise<{ rules: readonly string[]; opened: number | undefined }> => {
      const entries = [
        { path: 'opt/file', content },
        { path: 'stargz.index.json', content: table },
      ];
      const image = memoryImage([{ entries }]);
      const { findings, gaps } = await auditor.audit(image, context);
      assert.deepEqual(gaps, []);
      return { rules: rulesOf(findings), opened: image.opened[0] };
    };

    test('that agrees is no finding; its chunks are compared in a second reading', async () => {
      assert.deepEqual(await auditTable(tableOf(content, 'second half')), { rules: [], opened: 2 });
    });

    test('that gives a file other content is one', async () => {
      const { rules } = await auditTable(tableOf('other', 'second half'));
      assert.deepEqual(rules, ['container-format/toc-disagrees']);
    });

    test('that gives other content for a part only is one too', async () => {
      const { rules } = await auditTable(tableOf(content, 'other  half'));
      assert.deepEqual(rules, ['container-format/toc-disagrees']);
    });
  });
});

describe('a process that was started before anything is known', () => {
  test('ends with an auditor that was asked nothing', async () => {
    const auditor = await markerAuditor();
    await auditor[Symbol.asyncDispose]();
  });

  test('ends where rules cannot be used', async () => {
    const broken: Analyzer = {
      ...marker,
      load: async () => {
        throw misuse('RULES_NOT_FOUND', 'there are none');
      },
    };
    await assert.rejects(markerAuditor({ analyzers: [broken] }), { code: 'RULES_NOT_FOUND' });
  });

  test('is none where something is remembered, and the audit is the same', async () => {
    await using auditor = await markerAuditor({ memory: { ...noMemory, isEmpty: () => false } });
    const { findings } = await auditor.audit(memoryImage([{ entries: [marked] }]), context);
    assert.deepEqual(rulesOf(findings), ['marker/found']);
  });
});
