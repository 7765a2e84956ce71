import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { markerAuditor, memoryImage } from '../../test/builders/audit.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { markers } from '../../test/fakes/marker-analyzer.ts';
import { overLimit } from '../core/fault.ts';
import type { TarEntrySpec } from '../formats/tar-writer.ts';
import type { AuditResult } from './audit-result.ts';
import type { Auditor } from './auditor.ts';

const before5 = Array.from({ length: 5 }, (_, at) => ({ path: `a/${at}`, content: `${markers.find} ${at}` }));
const behind5 = Array.from({ length: 5 }, (_, at) => ({ path: `z/${at}`, content: `${markers.find} ${at}` }));
const around = (...culprits: readonly TarEntrySpec[]): readonly TarEntrySpec[] => [...before5, ...culprits, ...behind5];
const found = ({ findings }: AuditResult): readonly string[] =>
  findings
    .filter(({ rule }) => rule === 'marker/found')
    .flatMap(({ evidence: [proof] }) => ('path' in proof ? proof.path : []));
const others = [...before5, ...behind5].map(({ path }) => path);
const context = fakeContext();

describe('a file at which the scan does not get on', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor({ fileTimeoutMs: 600 });
  });
  after(() => auditor[Symbol.asyncDispose]());

  const cases = [
    ['hangs', markers.hang, 'FILE_TIMED_OUT'],
    ['ends its thread', markers.exit, 'SCAN_PROCESS_DIED'],
    ['crashes the process', markers.die, 'SCAN_PROCESS_DIED'],
  ] as const;
  for (const [what, content, code] of cases)
    test(`${what}: a gap for this file, and every other one is examined`, async () => {
      const culprit = { path: 'opt/culprit', content, mode: 0o755 };
      const result = await auditor.audit(memoryImage([{ entries: around(culprit) }]), context);
      assert.deepEqual(found(result), others);
      assert.deepEqual(
        result.gaps.map((gap) => [gap.code, gap.bytes, gap.executable]),
        [[code, content.length, true]],
      );
      assert.match(result.gaps[0]?.where ?? '', /^layer 0 \(sha256:[0-9a-f]{12}…\): opt\/culprit$/);
      assert.deepEqual(result.coverage.files, { seen: 11, examined: 10, skipped: 0, unreadable: 1 });
    });

  test('several in one layer', async () => {
    const entries = around({ path: 'opt/1', content: markers.die }, { path: 'opt/2', content: markers.hang });
    const result = await auditor.audit(memoryImage([{ entries }]), context);
    assert.deepEqual(found(result), others);
    assert.deepEqual(
      result.gaps.map(({ code, executable }) => [code, executable]),
      [
        ['SCAN_PROCESS_DIED', undefined],
        ['FILE_TIMED_OUT', undefined],
      ],
    );
  });

  test('a member of an archive', async () => {
    const { tarOf } = await import('../formats/tar-writer.ts');
    const archive = { path: 'opt/x.tar', content: tarOf([{ path: 'member', content: markers.hang }]) };
    const result = await auditor.audit(memoryImage([{ entries: around(archive) }]), context);
    assert.deepEqual(found(result), others);
    assert.deepEqual(
      result.gaps.map(({ code }) => code),
      ['FILE_TIMED_OUT'],
    );
  });

  test('another image is audited as if nothing had been', async () => {
    const result = await auditor.audit(memoryImage([{ entries: before5 }]), context);
    assert.deepEqual(found(result), others.slice(0, 5));
    assert.deepEqual(result.gaps, []);
  });
});

test('eats memory: a gap for this file, and every other one is examined', async () => {
  await using auditor = await markerAuditor({ processBytes: 500 * 2 ** 20 });
  const result = await auditor.audit(
    memoryImage([{ entries: around({ path: 'opt/x', content: markers.memory }) }]),
    context,
  );
  assert.deepEqual(found(result), others);
  assert.deepEqual(
    result.gaps.map(({ code }) => code),
    ['SCAN_PROCESS_DIED'],
  );
  assert.match(result.gaps[0]?.reason ?? '', /memory/);
});

test('more culprits than restarts: the rest is listed and told', async () => {
  await using auditor = await markerAuditor({ restarts: 1 });
  const dying = Array.from({ length: 3 }, (_, at) => ({ path: `opt/${at}`, content: markers.die }));
  const result = await auditor.audit(memoryImage([{ entries: around(...dying) }]), context);
  assert.deepEqual(result.gaps.map(({ code }) => code).sort(), [
    'LAYER_ABANDONED',
    'SCAN_PROCESS_DIED',
    'SCAN_PROCESS_DIED',
  ]);
  const { seen, examined, unreadable } = result.coverage.files;
  assert.equal(seen, 13);
  assert.ok(examined < 13 && examined + unreadable === seen);
  assert.equal(result.inventory.length, 13);
});

test('an analyzer that throws is a gap for the file, and the process lives on', async () => {
  await using auditor = await markerAuditor();
  const entries = around({ path: 'opt/1', content: markers.fault }, { path: 'opt/2.sh', content: markers.bug });
  const result = await auditor.audit(memoryImage([{ entries }]), context);
  assert.deepEqual(found(result), others);
  assert.deepEqual(
    result.gaps.map(({ code, executable }) => [code, executable]),
    [
      ['MARKER_FAULT', undefined],
      ['ANALYZER_FAILED', true],
    ],
  );
});

test('content that changes between two readings is not taken for examined', async () => {
  await using auditor = await markerAuditor();
  const entries = [
    { path: 'a', content: Buffer.alloc(600_000, `${markers.find} `) },
    { path: 'b', content: markers.die },
  ];
  const innocent = Buffer.alloc(600_000, 'nothing to be found here');
  const change = {
    bytes: (stored: Uint8Array, attempt: number) => {
      const copy = Buffer.from(stored);
      if (attempt === 1) copy.set(innocent, 512);
      return copy;
    },
  };
  const result = await auditor.audit(memoryImage([{ entries, compression: 'none', change }]), context);
  assert.deepEqual(found(result), ['a']);
});

test('the time is up: what is known counts, and the rest is told', async () => {
  await using auditor = await markerAuditor();
  const stop = new AbortController();
  const bytes = async function* (stored: Uint8Array): AsyncGenerator<Uint8Array> {
    yield stored.subarray(0, -700);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    stop.abort(overLimit('SCAN_TIMED_OUT', 'not finished in time'));
    await new Promise(() => undefined);
  };
  const big = { path: 'b', content: Buffer.alloc(600_000) };
  const image = memoryImage([{ entries: [...before5, big], compression: 'none', change: { bytes } }]);
  const result = await auditor.audit(image, fakeContext({ signal: stop.signal }));
  assert.deepEqual(found(result), others.slice(0, 5));
  assert.deepEqual(
    result.gaps.map(({ code, executable }) => [code, executable]),
    [['SCAN_TIMED_OUT', true]],
  );
});

test('stopped by a person: no result', async () => {
  await using auditor = await markerAuditor();
  const reason = new Error('the person gave up');
  const image = memoryImage([{ entries: before5 }]);
  await assert.rejects(auditor.audit(image, fakeContext({ signal: AbortSignal.abort(reason) })), reason);
});
