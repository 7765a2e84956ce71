import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { cpioOf, rpmOf, type RpmValue } from '../../../test/builders/archives.ts';
import { inChunks, walked, type Walked } from '../../../test/builders/walked.ts';
import { isFault } from '../../core/fault.ts';
import { rpm } from './rpm.ts';

const walk = (values: Readonly<Record<number, RpmValue>>, payload: Uint8Array): Promise<Walked> =>
  walked((budget, remark) => rpm.walk(inChunks(rpmOf(values, payload), 100), budget, remark));

const payload = cpioOf([{ name: './usr/bin/tool', content: 'a tool', mode: 0o100755 }]);

for (const [compressor, packed] of [
  ['gzip', gzipSync(payload)],
  ['zstd', zstdCompressSync(payload)],
  ['none', payload],
] as const)
  test(`gives the files of a ${compressor} payload`, async () => {
    const { files, remarks } = await walk({ 1125: compressor }, packed);
    assert.deepEqual([files, remarks], [{ 'usr/bin/tool': 'a tool' }, []]);
  });

test('gives the scripts that run at installation', async () => {
  const { entries } = await walk(
    { 1023: 'useradd x', 1024: 'curl x', 1065: ['one', 'two'], 1125: 'gzip' },
    gzipSync(payload),
  );
  assert.deepEqual(
    entries.map(({ path, text, mode }) => [path, text, mode]),
    [
      ['%pre', 'useradd x', 0o755],
      ['%post', 'curl x', 0o755],
      ['%trigger-0', 'one', 0o755],
      ['%trigger-1', 'two', 0o755],
      ['usr/bin/tool', 'a tool', 0o755],
    ],
  );
});

test('reads payloads that only number their files', async () => {
  const entry = (position: number, content: string): Buffer => {
    const size = content.length;
    return Buffer.from(
      `07070X${position.toString(16).padStart(8, '0')}\0\0${content}${'\0'.repeat((4 - (size % 4)) % 4)}`,
    );
  };
  const stripped = Buffer.concat([entry(1, 'second'), entry(0, 'first'), entry(2, ''), cpioOf([])]);
  const { entries } = await walk(
    {
      1028: [5, 6, 0],
      1030: [0o100644, 0o104755, 0o40755],
      1034: [1, 2, 3],
      1116: [0, 1, 0],
      1117: ['a', 'b', 'c'],
      1118: ['/etc/', '/usr/bin/'],
      1125: 'none',
    },
    stripped,
  ).catch((thrown: unknown) => assert.fail(String(thrown)));
  assert.deepEqual(
    entries.map(({ path, type, mode, text, modified }) => [path, type, mode, text, modified]),
    [
      ['usr/bin/b', 'file', 0o4755, 'second', 2],
      ['etc/a', 'file', 0o644, 'first', 1],
      ['etc/c', 'directory', 0o755, '', 3],
    ],
  );
});

test('a number without a file in the header is a Fault', async () => {
  const stripped = Buffer.concat([Buffer.from('07070X00000009\0\0'), cpioOf([])]);
  await assert.rejects(
    walk({ 1117: ['a'], 1125: 'none' }, stripped),
    (thrown) => isFault(thrown) && thrown.code === 'RPM_FILE_UNKNOWN',
  );
});

test('a payload packed otherwise than stated is read and remarked on', async () => {
  const { files, codes } = await walk({ 1125: 'xz' }, gzipSync(payload));
  assert.deepEqual([Object.keys(files), codes], [['usr/bin/tool'], ['RPM_PAYLOAD_DISAGREES']]);
});

test('a payload that cannot be unpacked is a gap', async () => {
  const { remarks } = await walk({ 1125: 'lzip' }, Buffer.from('4c5a495001ff0000000000000000', 'hex'));
  assert.deepEqual(
    remarks.map(({ kind, code, bytes }) => [kind, code, bytes]),
    [['gap', 'ARCHIVE_UNSUPPORTED', 14]],
  );
});

test('bytes behind the cpio, inside the payload, are remarked on', async () => {
  const { codes } = await walk({ 1125: 'gzip' }, gzipSync(Buffer.concat([payload, Buffer.from('hidden')])));
  assert.deepEqual(codes, ['DATA_AFTER_END']);
});
