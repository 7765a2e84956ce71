import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { markerAuditor, memoryImage, type LayerChange } from '../../test/builders/audit.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { markers } from '../../test/fakes/marker-analyzer.ts';
import { defaultLimits } from '../core/budget.ts';
import type { Digest } from '../core/digest.ts';
import { tarOf, type TarEntrySpec } from '../formats/tar-writer.ts';
import type { AuditResult } from './audit-result.ts';
import type { Auditor } from './auditor.ts';
import { ScanProcesses } from './scan-processes.ts';

const context = fakeContext();
const noise = (size: number, seed: string): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) createHash('sha256').update(`${seed} ${at}`).digest().copy(bytes, at);
  return bytes;
};
const entries: readonly TarEntrySpec[] = [
  { path: 'etc', type: 'directory' },
  ...Array.from({ length: 12 }, (_, at): TarEntrySpec => ({ path: `etc/${at}`, content: noise(1500, `${at}`) })),
  { path: 'opt/in.tgz', content: gzipSync(tarOf([{ path: 'member', content: noise(3000, 'member') }])) },
  { path: 'bin', type: 'symlink', target: 'usr/bin' },
];

const codes = ({ gaps }: AuditResult): readonly string[] => gaps.map(({ code }) => code);

const isBalanced = ({ coverage }: AuditResult): boolean =>
  [coverage.files, coverage.bytes, coverage.nested.files, coverage.nested.bytes].every(
    ({ seen, examined, skipped, unreadable }) => seen === examined + skipped + unreadable && unreadable >= 0,
  );

/** The same layer, but the manifest names what is delivered: only the parsers can notice. */
const honestDigest = (bytes: Uint8Array): LayerChange => ({
  digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest,
  size: bytes.length,
  bytes: () => bytes,
});

describe('layers that no honest tool made', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor();
  });
  after(() => auditor[Symbol.asyncDispose]());

  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const tar = tarOf(entries);
    const whole = memoryImage([{ tar, compression }]).layers[0]?.size ?? 0;

    test(`${compression}: cut at every kilobyte, never taken for whole`, async () => {
      for (let length = 0; length < whole; length += 1024) {
        const change = { bytes: (stored: Uint8Array) => stored.subarray(0, length) };
        const result = await auditor.audit(memoryImage([{ tar, compression, change }]), context);
        assert.ok(codes(result).includes('LAYER_TRUNCATED'), `${length}`);
        assert.ok(
          result.findings.some(({ rule }) => rule === 'layer/digest-mismatch'),
          `${length}`,
        );
        assert.ok(isBalanced(result), `${length}: ${JSON.stringify(result.coverage)}`);
      }
    });

    test(`${compression}: one byte changed, with a digest that fits: the diffID tells, or the parser`, async () => {
      const stored = Buffer.from(await collectLayer(tar, compression));
      for (let at = 0; at < stored.length; at += 509) {
        const bytes = Buffer.from(stored);
        bytes[at] = (bytes[at] ?? 0) ^ 0x55;
        const result = await auditor.audit(memoryImage([{ tar, compression, change: honestDigest(bytes) }]), context);
        const told = result.findings.some(({ severity }) => severity === 'critical') || result.gaps.length > 0;
        // The time and name in a gzip header are nobody's content.
        assert.ok(told || (compression !== 'none' && at < 16), `${at}`);
        assert.ok(isBalanced(result), `${at}`);
      }
    });
  }

  test('a path that leads out of the image', async () => {
    const { findings } = await auditor.audit(
      memoryImage([{ entries: [{ path: '../../etc/x', content: 'x' }] }]),
      context,
    );
    assert.deepEqual(
      findings.map(({ rule, severity }) => [rule, severity]),
      [['container-format/path-escapes', 'high']],
    );
  });

  test('one path twice, with different content', async () => {
    const twice = [
      { path: 'etc/x', content: 'shown to one' },
      { path: 'etc/x', content: 'shown to the other' },
    ];
    const { findings } = await auditor.audit(memoryImage([{ entries: twice }]), context);
    assert.deepEqual(
      findings.map(({ rule, severity }) => [rule, severity]),
      [['container-format/layer-path-twice', 'medium']],
    );
  });

  const etc: readonly TarEntrySpec[] = [
    { path: 'etc/cron.d', type: 'directory' },
    { path: 'a', type: 'symlink', target: '/etc' },
  ];
  const told = ({ findings }: AuditResult): readonly unknown[] =>
    findings.map(({ rule, severity, evidence: [proof] }) => [
      rule,
      severity,
      proof.kind === 'excerpt' ? proof.path : '',
    ]);

  test('a path through a link of the same layer is judged where it lands', async () => {
    const job = { path: 'a/cron.d/x', content: markers.find };
    const result = await auditor.audit(memoryImage([{ entries: [...etc, job] }]), context);
    assert.deepEqual(told(result), [
      ['container-format/layer-path-through-link', 'low', 'etc/cron.d/x'],
      ['marker/found', 'low', 'etc/cron.d/x'],
    ]);
    assert.deepEqual(
      result.inventory.filter(({ type }) => type === 'file').map(({ path, storedAs }) => [path, storedAs]),
      [['etc/cron.d/x', 'a/cron.d/x']],
    );
  });

  test('one through a link of a lower layer is told with both places', async () => {
    const layers = [{ entries: etc }, { entries: [{ path: 'a/cron.d/x', content: 'x' }] }];
    const result = await auditor.audit(memoryImage(layers), context);
    assert.deepEqual(told(result), [['container-format/layer-path-over-link', 'medium', 'a/cron.d/x']]);
    assert.match(JSON.stringify(result.findings), /others put it at etc\/cron\.d\/x/);
  });

  test('a hard link shows what it was made to, also when a later layer replaces that', async () => {
    const first: readonly TarEntrySpec[] = [
      { path: 'zz', content: 'old' },
      { path: 'x', type: 'hardlink', target: 'zz' },
    ];
    const image = memoryImage([{ entries: first }, { entries: [{ path: 'zz', content: 'newer' }] }]);
    const { inventory, findings } = await auditor.audit(image, context);
    const [old, link, newer] = inventory;
    assert.deepEqual([link?.type, link?.sha256, link?.size], ['hardlink', old?.sha256, 3]);
    assert.notEqual(newer?.sha256, link?.sha256);
    assert.deepEqual(findings, []);
  });

  test('a hard link where texts are read for their place is read under its own name, in a second reading', async () => {
    const link = (path: string, target: string): TarEntrySpec => ({ path, type: 'hardlink', target });
    const image = memoryImage([
      {
        entries: [
          { path: 'zz', content: markers.find },
          link('y', './zz'),
          link('etc/read/x', 'y'),
          link('etc/other', 'zz'),
          link('etc/read/again', 'etc/read/x'),
        ],
      },
      { entries: [link('etc/read/nothing', 'nowhere')] },
    ]);
    const result = await auditor.audit(image, context);
    assert.deepEqual(told(result), [
      ['container-format/layer-link-broken', 'medium', 'etc/read/nothing'],
      ['marker/found', 'low', 'etc/read/x'],
      ['marker/found', 'low', 'zz'],
    ]);
    assert.deepEqual([result.gaps, image.opened], [[], [2, 2]]);
    assert.ok(isBalanced(result));
    assert.deepEqual(result.coverage.files, { seen: 1, examined: 1, skipped: 0, unreadable: 0 });
  });

  test('so is a symbolic link to a file of the same layer, whichever comes first', async () => {
    const entries: readonly TarEntrySpec[] = [
      { path: 'etc/read/before', type: 'symlink', target: '../../opt/way/zz' },
      { path: 'opt/way', type: 'symlink', target: '/srv' },
      { path: 'srv/zz', content: markers.find },
      { path: 'etc/read/after', type: 'symlink', target: 'before' },
      { path: 'etc/read/gone', type: 'symlink', target: '/srv/zz' },
      { path: 'etc/read/gone', type: 'directory' },
      { path: 'etc/read/circle', type: 'symlink', target: 'circle' },
    ];
    const image = memoryImage([{ entries }]);
    const result = await auditor.audit(image, context);
    assert.deepEqual(
      told(result).filter((one) => (one as readonly unknown[])[0] === 'marker/found'),
      ['etc/read/after', 'etc/read/before', 'srv/zz'].map((path) => ['marker/found', 'low', path]),
    );
    assert.deepEqual([result.gaps, image.opened], [[], [2]]);
    const link = result.inventory.find(({ path }) => path === 'etc/read/before');
    assert.deepEqual([link?.type, link?.sha256, link?.kind], ['symlink', undefined, undefined]);
    assert.ok(isBalanced(result));
  });

  test('a layer without such links is read once', async () => {
    const image = memoryImage([
      {
        entries: [
          { path: 'etc/read/y', type: 'symlink', target: 'x' },
          { path: 'etc/read/x', content: 'text' },
        ],
      },
      {
        entries: [
          { path: 'etc/other', type: 'symlink', target: 'z' },
          { path: 'etc/z', content: 'text' },
        ],
      },
      {
        entries: [
          { path: 'etc/read/x', content: markers.find },
          { path: 'y', type: 'hardlink', target: 'etc/read/x' },
        ],
      },
    ]);
    const { findings } = await auditor.audit(image, context);
    assert.deepEqual([findings.length, image.opened], [1, [1, 1, 1]]);
  });

  test('what cannot be read a second time, or is too large for it, is a gap', async () => {
    const large = { path: 'zz', content: Buffer.alloc(8 * 2 ** 20 + 1, 'x') };
    const entries: readonly TarEntrySpec[] = [large, { path: 'etc/read/x', type: 'hardlink', target: 'zz' }];
    const held = await auditor.audit(memoryImage([{ entries }]), context);
    assert.deepEqual(
      held.gaps.map(({ code, where }) => [code, where.endsWith(': etc/read/x')]),
      [['LAYER_LINKS_UNREAD', true]],
    );
    const small = [{ path: 'zz', content: 'x' }, ...entries.slice(1)];
    const change = { bytes: (stored: Uint8Array, attempt: number) => (attempt === 1 ? stored : stored.subarray(0, 9)) };
    const cut = await auditor.audit(memoryImage([{ entries: small, change }]), context);
    assert.ok(codes(cut).includes('LAYER_LINKS_UNREAD'), codes(cut).join(' '));
    assert.ok(isBalanced(cut));
  });

  test('hard links to nothing and into lower layers, and marks of overlay file systems', async () => {
    const image = memoryImage([
      {
        entries: [
          { path: 'low', content: 'x' },
          { path: 'b', type: 'hardlink', target: 'nowhere' },
        ],
      },
      {
        entries: [
          { path: 'l', type: 'hardlink', target: 'low' },
          { path: 'low', type: 'character-device', device: { major: 0, minor: 0 } },
        ],
      },
    ]);
    assert.deepEqual(told(await auditor.audit(image, context)), [
      ['container-format/layer-link-below', 'medium', 'l'],
      ['container-format/layer-link-broken', 'medium', 'b'],
      ['container-format/layer-overlay-deletion', 'medium', 'low'],
    ]);
  });

  test('an empty layer is no gap', async () => {
    const result = await auditor.audit(memoryImage([{ entries: [] }]), context);
    assert.deepEqual([result.gaps, result.findings], [[], []]);
  });

  test('names with control characters and bytes that are no text', async () => {
    const odd = 'a\u001b[31m\n\udcff\u202e';
    const { inventory, gaps } = await auditor.audit(memoryImage([{ entries: [{ path: odd, content: 'x' }] }]), context);
    assert.deepEqual(gaps, []);
    assert.equal(inventory[0]?.path, odd);
  });
});

const collectLayer = async (tar: Uint8Array, compression: 'none' | 'gzip' | 'zstd'): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  const [layer] = memoryImage([{ tar, compression }]).layers;
  for await (const chunk of (await layer?.open(context)) ?? []) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
};

describe('limits', () => {
  test('a layer that unpacks to too much: the rest is a gap', async () => {
    await using auditor = await markerAuditor({ limits: { ...defaultLimits, ratio: 50, ratioFloor: 100_000 } });
    const bomb = { path: 'bomb', content: Buffer.alloc(4_000_000) };
    const result = await auditor.audit(memoryImage([{ entries: [entries[1] ?? bomb, bomb] }]), context);
    assert.deepEqual(codes(result), ['RATIO_TOO_HIGH']);
    assert.equal(result.coverage.files.examined, 1);
    assert.ok(
      !result.findings.some(({ rule }) => rule === 'layer/digest-mismatch'),
      'the blob was still read to its end',
    );
  });

  test('an archive that unpacks to too much is a gap for the archive', async () => {
    await using auditor = await markerAuditor({ limits: { ...defaultLimits, ratio: 50, ratioFloor: 100_000 } });
    const bomb = { path: 'opt/bomb.gz', content: gzipSync(Buffer.alloc(4_000_000)) };
    const result = await auditor.audit(memoryImage([{ entries: [bomb, ...entries] }]), context);
    assert.match(codes(result).join(), /^(?:RATIO_TOO_HIGH|UNPACKED_TOO_LARGE)$/);
    assert.equal(result.coverage.files.unreadable, 0);
  });

  test('more entries than a layer may have', async () => {
    await using auditor = await markerAuditor({ limits: { ...defaultLimits, entries: 100 } });
    const many = Array.from({ length: 200 }, (_, at) => ({ path: `many/${at}`, content: 'x' }));
    const result = await auditor.audit(memoryImage([{ entries: many }]), context);
    assert.deepEqual(codes(result), ['ENTRIES_TOO_MANY']);
    assert.equal(result.coverage.files.examined, 100);
  });

  test('a scanning process that cannot be started is a gap, not a hang', async () => {
    await using auditor = await markerAuditor({
      processes: new ScanProcesses({ workerEntry: '/nowhere/worker.ts' }),
    });
    const result = await auditor.audit(memoryImage([{ entries }]), context);
    assert.deepEqual(
      result.gaps.map(({ code, executable }) => [code, executable]),
      [['LAYER_ABANDONED', true]],
    );
  });
});
