/** The streaming formats against the contract of formats. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { tarOf } from '../../src/formats/tar-writer.ts';
import { tar } from '../../src/formats/trees/tar.ts';
import { unwrapLayer } from '../../src/formats/unwrap-layer.ts';
import { toLayerEntry } from '../../src/formats/whiteout.ts';
import type { Wrapper } from '../../src/formats/wrapper.ts';
import { bzip2 } from '../../src/formats/wrappers/bzip2.ts';
import { gzip } from '../../src/formats/wrappers/gzip.ts';
import { lz4 } from '../../src/formats/wrappers/lz4.ts';
import { lzma } from '../../src/formats/wrappers/lzma.ts';
import { xz } from '../../src/formats/wrappers/xz.ts';
import { zstd } from '../../src/formats/wrappers/zstd.ts';
import {
  bzip2Lines,
  lz4Lines,
  lz4OldLines,
  lzmaLines,
  plainLines,
  xzFiltered,
  xzLines,
  xzSha256Blocks,
} from '../builders/packed.ts';
import { base256, octal, rawTar, rawTarEntry } from '../builders/tar.ts';
import { xzStream } from '../builders/xz.ts';
import { formatContract, type FormatSubject, readTree } from './format.contract.ts';

const wrapperSubject = (wrapper: Wrapper, samples: FormatSubject['samples']): FormatSubject => ({
  name: wrapper.id,
  samples,
  read: ({ stream }, budget, remark) => wrapper.unwrap(stream, budget, remark),
});

const text = Buffer.from(plainLines);
const zstdFrame = zstdCompressSync(text);
const skippable = Buffer.concat([Buffer.from('502a4d1804000000', 'hex'), Buffer.from('size')]);

const lzmaSized = Buffer.from(lzmaLines);
lzmaSized.writeBigUInt64LE(BigInt(text.length), 5);

formatContract(
  wrapperSubject(gzip, { one: gzipSync(text), three: Buffer.concat([gzipSync(text), gzipSync(''), gzipSync('end')]) }),
);
formatContract(
  wrapperSubject(zstd, { one: zstdFrame, frames: Buffer.concat([skippable, zstdFrame, skippable, zstdFrame]) }),
);
formatContract(
  wrapperSubject(xz, { coded: xzLines, stored: Buffer.concat([xzStream(text), new Uint8Array(8), xzStream('next')]) }),
);
formatContract({
  ...wrapperSubject(xz, {
    sha256: xzSha256Blocks,
    x86: xzFiltered['x86'] ?? xzLines,
    delta: xzFiltered['delta'] ?? xzLines,
  }),
  name: 'xz that the decoder does not know',
});
formatContract(wrapperSubject(lzma, { one: lzmaLines, sized: lzmaSized }));
formatContract(
  wrapperSubject(lz4, {
    frames: Buffer.concat([lz4Lines, skippable, lz4Lines]),
    old: Buffer.concat([lz4OldLines, lz4Lines]),
  }),
);
formatContract({
  ...wrapperSubject(bzip2, { one: bzip2Lines, two: Buffer.concat([bzip2Lines, bzip2Lines]) }),
  mutations: 60,
});

const plainTar = tarOf([
  { path: 'etc', type: 'directory' },
  { path: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\n', xattrs: { 'user.note': Uint8Array.of(0, 255, 10) } },
  { path: 'etc/mtab', type: 'symlink', target: '/proc/mounts' },
  { path: 'etc/passwd-', type: 'hardlink', target: 'etc/passwd' },
  { path: 'etc/shadow', type: 'deletion' },
  { path: 'var', type: 'opaque' },
]);

const gnuTar = rawTar(
  rawTarEntry({ name: '././@LongLink', typeFlag: 'L', magic: 'gnu' }, `${'long/'.repeat(30)}name\0`),
  rawTarEntry({ name: 'long', magic: 'gnu' }, 'content'),
  rawTarEntry(
    {
      name: 'sparse',
      typeFlag: 'S',
      magic: 'gnu',
      tail: new Map([
        [386, octal(1000)],
        [398, octal(4)],
        [483, octal(5000)],
      ]),
    },
    'data',
  ),
  rawTarEntry({ name: 'old', magic: 'gnu', modified: base256(-5n) }, ''),
);

formatContract({
  name: 'tar',
  samples: { plain: plainTar, gnu: gnuTar },
  read: ({ stream }, budget, remark) => readTree(tar.walk(stream, budget, remark)),
});

async function* readLayer(
  ...[{ stream }, budget, remark]: Parameters<FormatSubject['read']>
): ReturnType<FormatSubject['read']> {
  const bytes = unwrapLayer(stream, 'application/vnd.oci.image.layer.v1.tar+gzip', budget, remark);
  for await (const entry of tar.walk(bytes, budget, remark)) {
    const found = toLayerEntry(entry, remark);
    yield JSON.stringify({ ...found, content: undefined });
    yield* found.content();
  }
}

formatContract({ name: 'layer', samples: { gzip: gzipSync(plainTar) }, read: readLayer });
