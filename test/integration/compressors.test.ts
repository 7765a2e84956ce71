/** What the real compressors write, in their less usual modes, is unpacked to the last byte. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { bzip2 } from '../../src/formats/wrappers/bzip2.ts';
import { gzip } from '../../src/formats/wrappers/gzip.ts';
import { lz4 } from '../../src/formats/wrappers/lz4.ts';
import { lzma } from '../../src/formats/wrappers/lzma.ts';
import { xz } from '../../src/formats/wrappers/xz.ts';
import { zstd } from '../../src/formats/wrappers/zstd.ts';
import { streamOf, unpack } from '../builders/streams.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const text = Buffer.from(
  Array.from({ length: 60_000 }, (_, index) => `line ${index * index} of a long text\n`).join(''),
);
const content = Buffer.concat([text, randomBytes(700_000), Buffer.alloc(900_000), text]);

for (const [wrapper, command, ...args] of [
  [gzip, 'gzip', '-c', '-9'],
  [gzip, 'gzip', '-c', '-1', '--rsyncable'],
  [zstd, 'zstd', '-c', '-3'],
  [zstd, 'zstd', '-c', '-19', '--long=27'],
  [zstd, 'zstd', '-c', '--no-check', '-1'],
  [zstd, 'pzstd', '-c', '-p', '2'],
  [xz, 'xz', '-c', '-1'],
  [xz, 'xz', '-c', '-1', '-T2', '--block-size=500KiB', '--check=crc32'],
  [xz, 'xz', '-c', '-9', '--check=none'],
  [xz, 'xz', '-c', '-1', '-T2', '--block-size=500KiB', '--check=sha256'],
  [xz, 'xz', '-c', '--delta=dist=3', '--x86', '--lzma2=preset=1'],
  [xz, 'xz', '-c', '--arm64', '--lzma2=preset=1', '--check=sha256'],
  [xz, 'xz', '-c', '--armthumb', '--lzma2=preset=1', '--check=crc32'],
  [lz4, 'lz4', '-c', '-1', '-BD', '-BX'],
  [lz4, 'lz4', '-c', '-9', '-B4', '-BD'],
  [lz4, 'lz4', '-c', '-l'],
  [bzip2, 'bzip2', '-c', '-9'],
  [bzip2, 'bzip2', '-c', '-1'],
] as const)
  test(`${command} ${args.join(' ')}`, options, async () => {
    const packed = execFileSync(command, args, {
      input: content,
      maxBuffer: 2 ** 26,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const twice = Buffer.concat([packed, packed]);
    const result = await unpack((budget, remark) => wrapper.unwrap(streamOf(twice, 40_000), budget, remark));
    assert.deepEqual([result.fault, result.remarks], [undefined, []]);
    assert.ok(result.content.equals(Buffer.concat([content, content])));
  });

for (const form of ['preset=1', 'preset=6,lc=4,pb=0', 'dict=4KiB,lc=0,lp=4,pb=4'])
  test(`xz --format=lzma --lzma1=${form}`, options, async () => {
    const packed = execFileSync('xz', ['-c', '--format=lzma', `--lzma1=${form}`], {
      input: content,
      maxBuffer: 2 ** 26,
    });
    const result = await unpack((budget, remark) => lzma.unwrap(streamOf(packed, 40_000), budget, remark));
    assert.deepEqual([result.fault, result.remarks], [undefined, []]);
    assert.ok(result.content.equals(content));
  });

test('zstd beyond a window of 128 MiB is a limit', options, async () => {
  const packed = execFileSync('zstd', ['-c', '-1', '--long=28', '--stream-size=300000000'], {
    input: content,
    maxBuffer: 2 ** 26,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const result = await unpack((budget, remark) => zstd.unwrap(streamOf(packed), budget, remark));
  assert.equal(result.fault, 'ZSTD_WINDOW_TOO_LARGE');
});
