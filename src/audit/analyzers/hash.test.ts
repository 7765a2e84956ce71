import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  toConclusion,
  type InspectedFile,
  type Inspector,
  type Observation,
  type Plain,
  type Subject,
} from '../../core/analyzer.ts';
import type { Digest } from '../../core/digest.ts';
import type { Finding } from '../../core/finding.ts';
import { hash } from './hash.ts';

const concluded = (of: Subject, seen: readonly Observation[], data: unknown): readonly Finding[] =>
  toConclusion(hash.conclude(of, seen, data)).findings;

const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-hash-'));
after(() => rmSync(folder, { recursive: true }));

const hex = (digit: string, length: number): string => digit.repeat(length);

const load = async (text: string) => {
  const file = join(folder, 'feed.txt');
  writeFileSync(file, text);
  const loaded = await hash.load?.({ added: [file] });
  assert.ok(loaded);
  return loaded;
};

const file = (sha256: string, given: Partial<InspectedFile> = {}): InspectedFile => ({
  path: 'bin/x',
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 3,
  modified: 0,
  kind: 'data',
  sha256,
  windowOffset: 0,
  overlap: 0,
  lastWindow: true,
  ...given,
});

const inspectorOf = async (data: unknown): Promise<Inspector> => {
  const inspector = await hash.open?.(data);
  assert.ok(inspector);
  return inspector;
};

const subject = (given: Partial<Subject> = {}): Subject => ({
  reference: 'oci:x',
  kind: 'container',
  identity: { diffIds: [] },
  layers: [],
  inventory: [],
  ...given,
});

const content = new Uint8Array(3);

test('a file is found by each of its hashes, another is not', async () => {
  const { data, counts } = await load(`${hex('a', 64)} one\n${hex('b', 40)} two\n${hex('c', 32)} three\n`);
  assert.deepEqual(counts, { hash: 3 });
  const inspector = await inspectorOf(data);
  assert.deepEqual(inspector.digests, ['sha1', 'md5']);
  const factsOf = (sha256: string, sha1: string, md5: string): Plain | undefined =>
    inspector.inspect(file(sha256), content, { sha1, md5 })?.facts;
  const cases: readonly (readonly [string, string, string, RegExp | undefined])[] = [
    [hex('a', 64), hex('0', 40), hex('0', 32), /one/],
    [hex('0', 64), hex('b', 40), hex('0', 32), /two/],
    [hex('0', 64), hex('0', 40), hex('c', 32), /three/],
    [hex('0', 64), hex('0', 40), hex('0', 32), undefined],
  ];
  for (const [sha256, sha1, md5, title] of cases) {
    const facts = factsOf(sha256, sha1, md5);
    if (title === undefined) assert.equal(facts, undefined);
    else {
      const [finding] = concluded(
        subject(),
        [{ path: 'bin/x', sha256, size: 3, layerIndex: 0, hidden: false, facts: facts ?? null }],
        data,
      );
      assert.match(finding?.title ?? '', title);
      assert.deepEqual(
        [finding?.rule, finding?.severity, finding?.confidence],
        ['hash/known-bad-file', 'critical', 'high'],
      );
    }
  }
});

test('weaker digests are asked for only when a feed holds such', async () => {
  const { data } = await load(hex('a', 64));
  assert.deepEqual((await inspectorOf(data)).digests, []);
});

test('a file scanned in windows is reported once', async () => {
  const { data } = await load(hex('a', 64));
  const inspector = await inspectorOf(data);
  assert.equal(inspector.inspect(file(hex('a', 64), { lastWindow: false }), content, {}), undefined);
  assert.notEqual(inspector.inspect(file(hex('a', 64), { windowOffset: 9 }), content, {}), undefined);
});

test('layers are found by blob digest and diffID, images by index, manifest and config', async () => {
  const { data } = await load(`${hex('a', 64)} bad layer\n${hex('b', 64)} bad image\n`);
  const digest = (digit: string): Digest => `sha256:${hex(digit, 64)}`;
  const rulesOf = (given: Partial<Subject>): readonly string[] =>
    concluded(subject(given), [], data).map(({ rule }) => rule);
  assert.deepEqual(rulesOf({ layers: [{ digest: digest('a') }] }), ['hash/known-bad-layer']);
  assert.deepEqual(rulesOf({ layers: [{ digest: digest('0'), diffId: digest('a') }] }), ['hash/known-bad-layer']);
  assert.deepEqual(rulesOf({ layers: [{ digest: digest('0') }], identity: { diffIds: [digest('a')] } }), [
    'hash/known-bad-layer',
  ]);
  for (const field of ['index', 'manifest', 'config'] as const)
    assert.deepEqual(rulesOf({ identity: { diffIds: [], [field]: digest('b') } }), ['hash/known-bad-image'], field);
  assert.deepEqual(
    rulesOf({ layers: [{ digest: digest('0') }], identity: { diffIds: [digest('0')], config: digest('0') } }),
    [],
  );
});

test('the same knowledge has the same digest, in whatever order it is written', async () => {
  const one = await load(`${hex('a', 64)}\n${hex('b', 64)}\n`);
  const other = await load(`${hex('b', 64)}\n${hex('a', 64)}\n`);
  const more = await load(`${hex('b', 64)}\n${hex('a', 64)}\n${hex('c', 64)}\n`);
  assert.equal(one.digest, other.digest);
  assert.notEqual(one.digest, more.digest);
});

test('damaged facts conclude nothing', async () => {
  const { data } = await load(hex('a', 64));
  for (const facts of [null, 'x', [[9, 9]], [['a', 1]], {}] as const) {
    const findings = concluded(
      subject(),
      [{ path: 'x', sha256: hex('0', 64), size: 1, layerIndex: 0, hidden: false, facts }],
      data,
    );
    assert.ok(findings.length <= 1);
  }
});
