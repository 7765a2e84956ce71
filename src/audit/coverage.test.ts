import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  linkSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { markerAuditor, memoryImage } from '../../test/builders/audit.ts';
import { base256, rawTar, rawTarBlock } from '../../test/builders/tar.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import type { Auditor } from './auditor.ts';

const hasTar = (() => {
  try {
    return execFileSync('tar', ['--version']).toString().includes('GNU tar');
  } catch {
    return false;
  }
})();

/** Files and bytes as GNU tar lists them: type letter, and the size before the date. */
const listing = (file: string): { files: number; bytes: number } => {
  const lines = execFileSync('tar', ['-tvf', file, '--quoting-style=escape']).toString().split('\n');
  const sizes = lines.flatMap((line) => {
    const match = /^-\S+\s+\S+\s+(\d+) \d{4}-/.exec(line);
    return match === null ? [] : [Number(match[1])];
  });
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
};

describe('the ledger equals the listing of another program', { skip: hasTar ? false : 'needs GNU tar' }, () => {
  let auditor: Auditor;
  let folder: string;
  before(async () => {
    auditor = await markerAuditor({ windowBytes: 1 << 20 });
    folder = mkdtempSync(join(tmpdir(), 'tidewaiter-coverage-'));
    const tree = join(folder, 'tree');
    mkdirSync(join(tree, 'a/b'), { recursive: true });
    for (let at = 0; at < 700; at += 1) writeFileSync(join(tree, `a/b/${at}`), 'x'.repeat(at * 3));
    writeFileSync(join(tree, 'a', 'n'.repeat(180)), 'long name');
    writeFileSync(join(tree, 'a/large'), Buffer.alloc(5_000_001, 7));
    writeFileSync(join(tree, 'a/exact'), Buffer.alloc(1 << 20, 8));
    writeFileSync(join(tree, 'a/.wh.gone'), '');
    writeFileSync(join(tree, 'a/.wh.odd'), 'a whiteout with content');
    writeFileSync(join(tree, 'a/sparse'), 'start');
    truncateSync(join(tree, 'a/sparse'), 3_000_000);
    linkSync(join(tree, 'a/large'), join(tree, 'a/hard'));
    symlinkSync('large', join(tree, 'a/soft'));
  });
  after(async () => {
    await auditor[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const format of ['gnu', 'pax', 'ustar'])
    test(format, async () => {
      const file = join(folder, `${format}.tar`);
      const sparse = format === 'ustar' ? ['--exclude', 'nnnn*'] : ['--sparse'];
      execFileSync('tar', [...sparse, `--format=${format}`, '-cf', file, '-C', join(folder, 'tree'), '.']);
      const expected = listing(file);
      assert.ok(expected.files > 700);
      const { coverage, gaps } = await auditor.audit(memoryImage([{ tar: readFileSync(file) }]), fakeContext());
      assert.deepEqual(gaps, []);
      assert.deepEqual(coverage.files, { seen: expected.files, examined: expected.files, skipped: 0, unreadable: 0 });
      assert.equal(coverage.bytes.seen, expected.bytes);
      assert.equal(coverage.bytes.examined, expected.bytes);
    });
});

test('a size that no file can have leaves the sums exact', async () => {
  await using auditor = await markerAuditor();
  const tar = rawTar(rawTarBlock({ size: base256(2n ** 53n - 1n) }), new Uint8Array(512));
  const { coverage } = await auditor.audit(memoryImage([{ tar }, { tar: Buffer.concat([tar, tar]) }]), fakeContext());
  const { seen, examined, unreadable } = coverage.bytes;
  assert.ok(Number.isSafeInteger(seen));
  assert.equal(seen, examined + unreadable);
  // What follows the header, end mark and all, is taken for the file's content.
  assert.equal(examined, tar.length - 512 + 2 * tar.length - 512);
  assert.deepEqual(coverage.files, { seen: 2, examined: 0, skipped: 0, unreadable: 2 });
});
