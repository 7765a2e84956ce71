import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { programOf } from '../../test/builders/elf-program.ts';
import { walked, type Walked } from '../../test/builders/walked.ts';
import { mutate } from '../../test/contracts/format.contract.ts';
import { bytesOf } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import { tarOf } from './tar-writer.ts';
import { isUnfoldableProgram, unfold } from './unfold.ts';
import { isUpxPacked, unpackUpx } from './upx.ts';
import { decodeNrv } from './upx.nrv.ts';

const text = Buffer.from(
  Array.from(
    { length: 40 },
    (_, line) => `line ${(line * line) % 17} of a text that a packer packs, with ${'more '.repeat(line % 5)}words\n`,
  ).join(''),
);

/** The text as the UCL library 1.03 packs it with words of four bytes and of one, and as liblzma does with UPX's two bytes before it. */
const packed: Readonly<Record<string, { readonly method: number; readonly bytes: Buffer }>> = {
  'NRV2B in words': {
    method: 2,
    bytes: Buffer.from(
      'Vm7//2xpbmUgMCBvZiBhIHRleHQEaGELb+3H/nBhY2tlcgZzLCB3aRYEb3JkywTI2HMKMDFtZWwFcmA1NDqRhUKOOT8c2YDsMTZARTgTJEchJz' +
        'IxlfCKhDUoMTMpRJYgG0DCgJAqISqRGYHAWBKT0oKkURN6sAApVeEUKmGBJyYEShiF9WsCMEIk3U8oKRDGwDIAaZQ0eL7ACpG08KSEUQkhKqVp' +
        'UNIo//AFYLAg9RTSqKR69QVZoGyE8CAQKIFNycCojEFPAAAAAAAAIAH/',
      'base64',
    ),
  },
  'NRV2D in words': {
    method: 5,
    bytes: Buffer.from(
      'r3z//2xpbmUgMCBvZiBhIHRleHQJaGEXcPt3P/thY2tlcg1zLCB3aS0Jb3Jkcwph2DIBMjFtZWuOtgI5NHU52qOFQn8xNoGK4WgDizhPNJwgOT' +
        'IxNVHaqIZXMTNTgYYQBQmFVWMBRaojRhUFgiUnVE0Lmif1BcMCqsNPFFWohk3rURGoYde7RAvgCJ+B06CmQGXx1QKqUX3hEBAgREkUxaiGVUtQ' +
        'Nahq/+EpAURY6xhFNar16xYUBCoJ4VBgRQObk8KojkCfSpIkSQAAAID/',
      'base64',
    ),
  },
  'NRV2E in words': {
    method: 8,
    bytes: Buffer.from(
      'zWz//2xpbmUgMCBvZiBhIHRleHQIaGEWcPfN/vthY2tlcg1zLCB3aSwIb3JkcwphYM0ByDFtZWsZWgpkNHU5aIe2CH8xNoEohqEFizhP0fCAZD' +
        'IxNVFooRpOMTNTgRoWFAyFVY4EFKMjJQpVtAInRjUlaCf1EgwJqMNPUFSLGk3rQcWKhte7ECWAY5+BTYGaVmXxVQmoQn3hFkCABUlQFKEaVUtB' +
        'VaCq/+GmARAh6/UgFFWo60hQsKIJ4UCBFA2bkwmhOlafKkmSJP8=',
      'base64',
    ),
  },
  'NRV2E in bytes': {
    method: 9,
    bytes: Buffer.from(
      '/2xpbmUgMCBv/2YgYSB0ZXh0bAhoYc0WcPthY2tlcg3+cywgd2nNLAhv93JkcwphyDEBzW1lYGtkNApadRk5CLZ/hzE2aIEFoYuGOE8oZDKA8D' +
        'E10VFOMTMaU6FogQwUhRYaVaMUIwSOJQK0VScKaCclNfVGqMMJDE8SGk2LVOtQhteKxbtBY4CfJRCBVpplgU3xQqh9CVXhBYBASRYaVaEUS1Cq' +
        '/6BV4UEhEOsBpvWoVesUIKIJsFDhSA2bFIFAk1Y6n6EJJJJJKv8=',
      'base64',
    ),
  },
  LZMA: {
    method: 14,
    bytes: Buffer.from(
      'GgMANhpKHwigJgNNBp3v7YyhP8g4z22FLQwnOEpYjBm4vk/OFRjbzx0V1rpG954RRJ925bgsaffe4Nh56WMu90Vq6yLsE3NxnkEyMC4ITuX3vr' +
        'd5V8Fu7LWhRxXCYnEZfW57yBoLOViGUuGvOOZmGAFjsrr/2MOQRZJoK8FsBnvlmFv7oGPz137fIyxewgfBEYIg+04705ZXazr3849aEVfGCOFN' +
        'SjJkkDQJ8fDfpmKdA0lf+CBDJw==',
      'base64',
    ),
  },
};

interface Block {
  readonly content: Uint8Array;
  readonly size: number;
  readonly method: number;
}

/** A program of 64-bit class whose blocks these are, in either byte order. */
const packedProgram = (blocks: readonly Block[], isLittle = true, stated?: number): Buffer => {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (isLittle) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const head = Buffer.alloc(176);
  head.write(`\u007fELF\u0002${isLittle ? '\u0001' : '\u0002'}\u0001`, 'latin1');
  const size = stated ?? blocks.reduce((sum, block) => sum + block.size, 0);
  return Buffer.concat([
    head,
    number(0),
    Buffer.from('UPX!'),
    Buffer.alloc(4),
    number(0),
    number(size),
    number(4096),
    ...blocks.flatMap(({ content, size: unpacked, method }) => [
      number(unpacked),
      number(content.length),
      Buffer.from([method, 0, 0, 0]),
      content,
    ]),
    number(0),
    Buffer.from('UPX!'),
    Buffer.alloc(40),
  ]);
};

const blockOf = (name: string): Block => {
  const { method = 0, bytes = Buffer.alloc(0) } = packed[name] ?? {};
  return { method, content: bytes, size: text.length };
};
const stored: Block = { content: Buffer.from('\u007fELF as it was'), size: 14, method: 8 };

for (const name of Object.keys(packed))
  test(`unpacks ${name}`, () => {
    for (const isLittle of [true, false]) {
      const bytes = packedProgram([stored, blockOf(name), blockOf(name)], isLittle);
      assert.ok(isUpxPacked(bytes));
      assert.equal(
        Buffer.from(unpackUpx(bytes, '')).toString('latin1'),
        `\u007fELF as it was${text.toString()}${text.toString()}`,
      );
    }
  });

const codeOf = (bytes: Uint8Array): string => {
  try {
    unpackUpx(bytes, '');
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return 'none';
};

test('blocks that end too early, or do not unpack, are damage', () => {
  const block = blockOf('NRV2E in words');
  assert.equal(codeOf(packedProgram([stored, block])), 'none');
  assert.equal(codeOf(packedProgram([stored, block], true, 9000)), 'UPX_DAMAGED');
  assert.equal(codeOf(packedProgram([stored, { ...block, method: 2 }])), 'UPX_DAMAGED');
  assert.equal(codeOf(packedProgram([stored, { ...block, method: 77 }])), 'UPX_DAMAGED');
  assert.equal(codeOf(packedProgram([stored, { ...block, size: text.length - 1 }])), 'UPX_DAMAGED');
  assert.equal(codeOf(packedProgram([stored], true, 0x7fffffff)), 'UPX_TOO_LARGE');
});

test('a program that was not packed is not taken for one', () => {
  const plain = Buffer.alloc(2000);
  plain.write('\u007fELF\u0002\u0001\u0001', 'latin1');
  plain.write('UPX!', 1500, 'latin1');
  assert.ok(!isUpxPacked(plain));
  plain.write('UPX!', 200, 'latin1');
  assert.ok(!isUpxPacked(plain), 'a mark without a description');
  assert.ok(!isUnfoldableProgram(packedProgram([stored]), 'data'));
});

const walk = (bytes: Uint8Array): Promise<Walked> =>
  walked((budget, remark) => unfold(bytesOf(bytes), 'elf', 'bin/x', budget, remark));

test('the program that was packed is a member, and damage is a gap', async () => {
  const good = await walk(packedProgram([stored, blockOf('LZMA')]));
  assert.deepEqual(good.files, { 'bin/x!/unpacked': `\u007fELF as it was${text.toString()}` });
  assert.deepEqual(good.codes, []);
  const bad = await walk(packedProgram([stored, { ...blockOf('LZMA'), method: 8 }]));
  assert.deepEqual([bad.paths, bad.codes], [[], ['UPX_DAMAGED']]);
});

test('packed programs in archives and in packed files are unpacked too', async () => {
  const bytes = packedProgram([stored, blockOf('NRV2B in words')]);
  const tar = tarOf([
    { path: 'opt/x', content: bytes, mode: 0o755 },
    { path: 'opt/y', content: programOf(), mode: 0o755 },
  ]);
  const { paths, codes } = await walked((budget, remark) =>
    unfold(bytesOf(gzipSync(tar)), 'gzip', 'a.tgz', budget, remark),
  );
  assert.deepEqual([paths, codes], [['a.tgz!/opt/x', 'a.tgz!/opt/x!/unpacked', 'a.tgz!/opt/y'], []]);
  const packedFile = await walked((budget, remark) => unfold(bytesOf(gzipSync(bytes)), 'gzip', 'x.gz', budget, remark));
  assert.deepEqual(packedFile.paths, ['x.gz!/data', 'x.gz!/data!/unpacked']);
});

test('mutated blocks end in bytes or damage, and cost no more than their sizes allow', async () => {
  const bytes = packedProgram([stored, ...Object.keys(packed).map(blockOf)]);
  for (let seed = 1; seed <= 400; seed += 1) await walk(Buffer.from(mutate(bytes, seed)));
  for (let length = 180; length < bytes.length; length += 7) await walk(bytes.subarray(0, length));
  for (const variant of ['b', 'd', 'e'] as const)
    for (const byte of [0, 0xff, 0xaa, 0x55])
      assert.equal(decodeNrv(Buffer.alloc(3000, byte), 500, variant, 4), undefined);
});
