import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, asyncProperty, nat, tuple } from 'fast-check';
import { Budget, defaultLimits } from '../core/budget.ts';
import { bytesOf } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import type { Remark } from '../core/remark.ts';
import { locateTarEntries, type TarLocation } from './tar-offsets.ts';
import { paxHeader, paxRecord, tarEnd, tarHeader, tarOf } from './tar-writer.ts';

const locate = async (
  bytes: Uint8Array,
  budget = new Budget(),
): Promise<{ readonly locations: readonly TarLocation[]; readonly remarks: readonly Remark[] }> => {
  const locations: TarLocation[] = [];
  const remarks: Remark[] = [];
  for await (const location of locateTarEntries(bytesOf(bytes), budget, (remark) => remarks.push(remark)))
    locations.push(location);
  return { locations, remarks };
};

const remarkCodes = async (bytes: Uint8Array): Promise<readonly string[]> =>
  (await locate(bytes)).remarks.map(({ kind, code }) => `${kind} ${code}`);

test('the content of every file is where it is said to be, and links lead to paths', async () => {
  const long = `${'l'.repeat(150)}/ä`;
  const bytes = tarOf([
    { path: './a', content: 'first' },
    { path: 'empty', content: '' },
    { path: 'd', type: 'directory' },
    { path: long, content: 'x'.repeat(100_000) },
    { path: 'd/soft', type: 'symlink', target: '../a' },
    { path: 'd/hard', type: 'hardlink', target: 'a' },
    { path: 'd/out', type: 'symlink', target: '../../a' },
    { path: 'd/abs', type: 'symlink', target: '/a' },
    { path: 'null', type: 'character-device' },
    { path: 'last', content: 'last' },
  ]);
  const { locations, remarks } = await locate(bytes);
  const contents = locations.map((one) =>
    one.type === 'link'
      ? [one.path, `→ ${one.target}`]
      : [
          one.path,
          Buffer.from(bytes.subarray(one.offset, one.offset + one.size))
            .toString()
            .slice(0, 5),
        ],
  );
  assert.deepEqual(contents, [
    ['a', 'first'],
    ['empty', ''],
    [long, 'xxxxx'],
    ['d/soft', '→ a'],
    ['d/hard', '→ a'],
    ['d/out', '→ undefined'],
    ['d/abs', '→ undefined'],
    ['last', 'last'],
  ]);
  assert.deepEqual(remarks, []);
});

test('a pax size counts, so that files beyond 8 GiB are found', async () => {
  const size = 9 * 2 ** 30;
  const header = tarHeader({ path: 'huge', size });
  const tail = Buffer.concat([tarHeader({ path: 'z', size: 0 }), tarEnd]);
  const at = header.length + size;
  const sparse = {
    size: at + tail.length,
    read: async (offset: number, length: number): Promise<Uint8Array> => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, at + tail.length - offset)));
      if (offset < header.length) Buffer.from(header).copy(bytes, 0, offset);
      if (offset + bytes.length > at) tail.copy(bytes, Math.max(0, at - offset), Math.max(0, offset - at));
      return bytes;
    },
    stream: (offset = 0) =>
      (async function* () {
        yield tail.subarray(Math.max(0, offset - at));
      })(),
  };
  const found: TarLocation[] = [];
  for await (const one of locateTarEntries(sparse, new Budget(), (remark) => assert.fail(remark.reason)))
    found.push(one);
  assert.deepEqual(found, [
    { path: 'huge', type: 'file', offset: header.length, size },
    { path: 'z', type: 'file', offset: at + 512, size: 0 },
  ]);
});

test('damage is told and what came before it is given', async () => {
  const whole = tarOf([
    { path: 'a', content: 'x'.repeat(1000) },
    { path: 'b', content: 'y'.repeat(1000) },
  ]);
  const cut = await locate(whole.subarray(0, 512 + 1024 + 512 + 100));
  assert.deepEqual(
    cut.locations.map(({ path }) => path),
    ['a', 'b'],
  );
  assert.deepEqual(
    cut.remarks.map(({ kind, code }) => [kind, code]),
    [['gap', 'TAR_TRUNCATED']],
  );
  const broken = Uint8Array.from(whole);
  broken[512 + 1024 + 10] = 1;
  assert.deepEqual(
    (await locate(broken)).locations.map(({ path }) => path),
    ['a'],
  );
  assert.deepEqual(await remarkCodes(broken), ['gap TAR_HEADER_INVALID']);
});

test('a missing end mark, data after it, and names that lead out are told; zeros after it are not', async () => {
  const whole = tarOf([{ path: 'a', content: 'x' }]);
  assert.deepEqual(await remarkCodes(whole.subarray(0, 1024)), ['gap TAR_END_MISSING']);
  assert.deepEqual(await remarkCodes(Buffer.concat([whole, Buffer.alloc(9000)])), []);
  assert.deepEqual(await remarkCodes(Buffer.concat([whole, Buffer.from('x')])), ['ambiguity DATA_AFTER_END']);
  assert.deepEqual(await remarkCodes(Buffer.concat([whole, whole])), ['ambiguity DATA_AFTER_END']);
  assert.deepEqual(await remarkCodes(tarOf([{ path: '../a', content: 'x' }])), ['ambiguity PATH_ESCAPES']);
});

test('a sparse file is a gap, since its content lies nowhere in one piece', async () => {
  const bytes = Buffer.concat([
    paxHeader([paxRecord('GNU.sparse.major', '1'), paxRecord('GNU.sparse.minor', '0')]),
    tarOf([
      { path: 'a', content: 'x' },
      { path: 'b', content: 'y' },
    ]),
  ]);
  const { locations, remarks } = await locate(bytes);
  assert.deepEqual(
    locations.map(({ path }) => path),
    ['b'],
  );
  assert.deepEqual(
    remarks.map(({ code }) => code),
    ['ARCHIVE_SPARSE'],
  );
});

test('more entries than the budget has are a limit', async () => {
  const bytes = tarOf(Array.from({ length: 5 }, (_, number) => ({ path: `${number}`, content: '' })));
  await assert.rejects(locate(bytes, new Budget({ ...defaultLimits, entries: 4 })), /more than 4 entries/);
  assert.equal((await locate(bytes, new Budget({ ...defaultLimits, entries: 5 }))).locations.length, 5);
});

test('any mutation ends in locations inside the archive, a remark or a Fault', async () => {
  const whole = tarOf([
    { path: 'a', content: 'x'.repeat(700) },
    { path: 'l'.repeat(200), content: 'y' },
    { path: 's', type: 'symlink', target: 'a' },
  ]);
  await check(
    asyncProperty(
      array(tuple(nat(whole.length - 1), nat(255)), { minLength: 1, maxLength: 6 }),
      nat(whole.length),
      async (changes, length) => {
        const bytes = Uint8Array.from(whole.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const { locations } = await locate(bytes);
          for (const one of locations) if (one.type === 'file') assert.ok(one.offset <= bytes.length && one.size >= 0);
        } catch (thrown) {
          assert.ok(isFault(thrown), String(thrown));
        }
      },
    ),
    { numRuns: 300 },
  );
});
