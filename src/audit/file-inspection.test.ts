import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { markerAuditor, memoryImage } from '../../test/builders/audit.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { markers } from '../../test/fakes/marker-analyzer.ts';
import { defaultLimits } from '../core/budget.ts';
import { tarOf } from '../formats/tar-writer.ts';
import { programOf } from '../../test/builders/elf-program.ts';
import { frozenPythonOf } from '../../test/builders/frozen-python.ts';
import { zipOf } from '../../test/builders/zip.ts';
import type { AuditResult } from './audit-result.ts';
import type { Auditor } from './auditor.ts';

const windowBytes = 1 << 20;
const overlapBytes = windowBytes / 4;
const context = fakeContext();

/** Path, offset, digest and size of everything found. */
const proofs = ({ findings }: AuditResult): readonly unknown[] =>
  findings.flatMap(({ evidence: [proof] }) =>
    proof.kind === 'excerpt' ? [[proof.path, proof.offset, proof.sha256, Number(proof.text)]] : [],
  );

/** Bytes that no compressor makes small, the same in every run. */
const noise = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) createHash('sha256').update(String(at)).digest().copy(bytes, at);
  return bytes;
};

const withMarkerAt = (size: number, offset: number): Buffer => {
  const bytes = Buffer.alloc(size, '.');
  bytes.write(markers.find, offset);
  return bytes;
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a file larger than a window', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor({ windowBytes, spoolBytes: 8 << 20 });
  });
  after(() => auditor[Symbol.asyncDispose]());

  const size = 3 * windowBytes + 12_345;
  const places = {
    'at the start': 0,
    'in the first window': 5000,
    'across the border of two windows': windowBytes - 5,
    'at the start of the overlap': windowBytes - overlapBytes,
    'at the very end': size - markers.find.length,
  };
  for (const [what, offset] of Object.entries(places))
    test(`something ${what} is found once, at its offset in the file, with the digest of the whole`, async () => {
      const content = withMarkerAt(size, offset);
      const result = await auditor.audit(memoryImage([{ entries: [{ path: 'large', content }] }]), context);
      assert.deepEqual(proofs(result), [['large', offset, sha256(content), size]]);
      assert.equal(result.coverage.bytes.examined, size);
      assert.deepEqual(result.gaps, []);
      assert.equal(result.inventory[0]?.sha256, sha256(content));
    });

  for (const length of [windowBytes - 1, windowBytes, windowBytes + 1, 2 * windowBytes - overlapBytes])
    test(`${length} bytes: the last byte is seen`, async () => {
      const content = withMarkerAt(length, length - markers.find.length);
      const result = await auditor.audit(memoryImage([{ entries: [{ path: 'large', content }] }]), context);
      assert.deepEqual(proofs(result), [['large', length - markers.find.length, sha256(content), length]]);
    });

  test('an archive is read member by member', async () => {
    const inner = tarOf([
      { path: 'noise', content: noise(2 * windowBytes) },
      { path: 'marked', content: markers.find },
    ]);
    const archive = gzipSync(inner, { level: 1 });
    assert.ok(archive.length > windowBytes);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'a.tgz', content: archive }] }]), context);
    assert.deepEqual(proofs(result), [['a.tgz!/marked', 0, sha256(Buffer.from(markers.find)), markers.find.length]]);
    assert.deepEqual(result.coverage.nested.files.examined, 2);
    assert.equal(result.coverage.nested.bytes.examined, 2 * windowBytes + markers.find.length);
    assert.deepEqual(result.gaps, []);
  });

  test('an archive larger than may be spooled is a gap', async () => {
    const content = tarOf([{ path: 'noise', content: noise(9 << 20) }]);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'opt/a.tar', content }] }]), context);
    assert.deepEqual(
      result.gaps.map(({ code, bytes }) => [code, bytes]),
      [['ARCHIVE_TOO_LARGE', content.length]],
    );
  });

  test('a member larger than a window', async () => {
    const content = withMarkerAt(size, windowBytes - 5);
    const archive = tarOf([{ path: 'member', content }]);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'a.tar', content: archive }] }]), context);
    // Once in the archive as it is stored, and once in the member.
    assert.deepEqual(proofs(result).at(-1), ['a.tar!/member', windowBytes - 5, sha256(content), size]);
  });
});

describe('a program with something frozen into it', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor({ windowBytes, spoolBytes: 8 << 20 });
  });
  after(() => auditor[Symbol.asyncDispose]());

  /** Packed, so that the program as it is shows nothing. */
  const script = { name: 'main', sort: 's', content: `${'-'.repeat(300)}${markers.find}` } as const;
  const padding = { name: 'data', sort: 'x', content: noise(2 * windowBytes), isStored: true } as const;
  const audit = (content: Uint8Array): Promise<AuditResult> =>
    auditor.audit(memoryImage([{ entries: [{ path: 'bin/app', content, mode: 0o755 }] }]), context);
  const pathsOf = (result: AuditResult): readonly unknown[] => proofs(result).map((proof) => (proof as unknown[])[0]);
  const codesOf = ({ gaps }: AuditResult): readonly string[] => gaps.map(({ code }) => code);

  test('is read member by member', async () => {
    const result = await audit(frozenPythonOf(programOf(), [script]));
    assert.deepEqual(pathsOf(result), ['bin/app!/main']);
    assert.deepEqual(result.gaps, []);
  });

  test('larger than a window: read when it begins like one, a gap when only its end says so', async () => {
    const runtime = Buffer.concat([programOf(), Buffer.from('\0_MEIPASS\0')]);
    const known = await audit(frozenPythonOf(runtime, [padding, script]));
    assert.deepEqual([pathsOf(known), codesOf(known)], [['bin/app!/main'], []]);
    const altered = await audit(frozenPythonOf(programOf(), [padding, script]));
    assert.deepEqual([pathsOf(altered), codesOf(altered)], [[], ['ARCHIVE_TOO_LARGE']]);
  });

  test('a large program that merely knows the runtime has none', async () => {
    const plain = Buffer.concat([programOf(), Buffer.from('\0_MEIPASS\0'), noise(2 * windowBytes)]);
    assert.deepEqual(codesOf(await audit(plain)), []);
    const larger = Buffer.concat([programOf(), Buffer.from('\0_MEIPASS\0'), noise(9 * windowBytes)]);
    assert.deepEqual(codesOf(await audit(larger)), []);
  });
});

describe('a zip behind something else', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor({ windowBytes });
  });
  after(() => auditor[Symbol.asyncDispose]());

  // Packed, so that the file as it is shows nothing.
  const zip = zipOf([{ name: 'marked', content: `${'-'.repeat(300)}${markers.find}` }]);
  const codesOf = ({ gaps }: AuditResult): readonly string[] => gaps.map(({ code }) => code);
  const pathsOf = ({ findings }: AuditResult): readonly unknown[] =>
    findings
      .filter(({ rule }) => rule === 'marker/found')
      .map(({ evidence: [proof] }) => (proof.kind === 'excerpt' ? proof.path : ''));
  const auditFile = (content: Uint8Array): Promise<AuditResult> =>
    auditor.audit(memoryImage([{ entries: [{ path: 'opt/x', content, mode: 0o755 }] }]), context);

  for (const [what, start] of Object.entries({
    'a script': '#!/usr/bin/env python3\n',
    'a program': '\x7fELF\x02\x01\x01',
    'a picture': 'GIF89a',
  }))
    test(`${what} with a zip at its end is both`, async () => {
      const before = Buffer.concat([Buffer.from(start, 'latin1'), noise(9000)]);
      const result = await auditFile(Buffer.concat([before, zip]));
      assert.deepEqual(pathsOf(result), ['opt/x!/marked']);
      assert.deepEqual(codesOf(result), []);
      assert.deepEqual(pathsOf(await auditFile(Buffer.concat([before, zip, noise(70_000)]))), []);
    });

  test('larger than a window: read behind a script, told behind anything else', async () => {
    const script = Buffer.concat([Buffer.from('#!/bin/sh\n'), noise(2 * windowBytes), zip]);
    assert.deepEqual(pathsOf(await auditFile(script)), ['opt/x!/marked']);
    const program = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), noise(2 * windowBytes)]);
    assert.deepEqual(codesOf(await auditFile(Buffer.concat([program, zip]))), ['ARCHIVE_TOO_LARGE']);
    assert.deepEqual(codesOf(await auditFile(program)), []);
  });
});

describe('archives that are not whole', () => {
  let auditor: Auditor;
  before(async () => {
    auditor = await markerAuditor();
  });
  after(() => auditor[Symbol.asyncDispose]());

  test('what can be read is examined, the rest is a gap', async () => {
    const tar = tarOf([
      { path: 'marked', content: markers.find },
      { path: 'lost', content: noise(5000) },
    ]);
    const content = tar.subarray(0, 3000);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'opt/x.jar', content }] }]), context);
    assert.ok(proofs(result).some((proof) => (proof as unknown[])[0] === 'opt/x.jar!/marked'));
    const { files } = result.coverage.nested;
    assert.equal(files.unreadable, 1);
    assert.equal(files.seen, files.examined + files.unreadable);
    assert.ok(result.gaps.length > 0);
    assert.ok(result.gaps.every(({ code, executable }) => code === 'TAR_TRUNCATED' && executable === true));
  });

  test('a gap in what cannot run is told apart', async () => {
    const content = tarOf([{ path: 'data', content: noise(5000) }]).subarray(0, 3000);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'share/data.bin', content }] }]), context);
    assert.ok(result.gaps.length > 0);
    assert.ok(result.gaps.every(({ code, executable }) => code === 'TAR_TRUNCATED' && executable === undefined));
  });

  test('an archive in an archive, deeper than is read', async () => {
    let content = tarOf([{ path: 'core', content: markers.find }]);
    for (let depth = 0; depth < 12; depth += 1) content = tarOf([{ path: 'in.tar', content }]);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'out.tar', content }] }]), context);
    assert.deepEqual([...new Set(result.gaps.map(({ code }) => code))], ['NESTING_TOO_DEEP']);
  });

  test('a member that ends before the size its archive states is whole', async () => {
    const content = zipOf([{ name: 'marked', content: markers.find, size: 2 ** 31 }]);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'opt/x.jar', content }] }]), context);
    assert.deepEqual(result.coverage.nested.bytes, {
      seen: markers.find.length,
      examined: markers.find.length,
      skipped: 0,
      unreadable: 0,
    });
    assert.ok(result.findings.some(({ rule }) => rule === 'container-format/zip-size-disagrees'));
  });

  test('a size that no archive can hold does not drown the ledger', async () => {
    const content = zipOf(
      Array.from({ length: 5 }, (_, at) => ({ name: `lost-${at}`, content: 'x', offset: 2 ** 31 })),
    );
    // Packed sizes in the directory.
    for (let at = content.indexOf('PK\u0001\u0002'); at >= 0; at = content.indexOf('PK\u0001\u0002', at + 1))
      content.writeUInt32LE(0xffff_fffe, at + 20);
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'opt/x.jar', content }] }]), context);
    const { seen, examined, unreadable } = result.coverage.nested.bytes;
    assert.equal(seen, examined + unreadable);
    assert.ok(unreadable <= 5 * 1100 * content.length, `${unreadable} bytes`);
    assert.ok(result.gaps.length > 0);
  });
});

test('packed twice, each time within the ratio: a bomb all the same', async () => {
  await using auditor = await markerAuditor({ limits: { ...defaultLimits, ratioFloor: 2 ** 20 } });
  const once = gzipSync(Buffer.alloc(8 << 20));
  const codesOf = async (content: Uint8Array): Promise<readonly string[]> => {
    const result = await auditor.audit(memoryImage([{ entries: [{ path: 'opt/x.gz', content }] }]), context);
    return result.gaps.map(({ code }) => code);
  };
  assert.deepEqual(await codesOf(once), []);
  assert.deepEqual(await codesOf(gzipSync(once)), ['UNPACKED_TOO_LARGE']);
});
