import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededBytes } from './seeded.ts';
import { compressNrv2b, packWithUpx } from './upx-writer.ts';
import { writeProgram } from './elf-writer.ts';

/** Read by the published decompressor's steps, not by the writer's. */
const expand = (source: Buffer): Buffer => {
  const out: number[] = [];
  let [at, word, left, lastOffset] = [0, 0, 0, 1];
  const bit = (): number => {
    if (left === 0) {
      word = source.readUInt32LE(at);
      at += 4;
      left = 32;
    }
    left -= 1;
    return (word >>> left) & 1;
  };
  const byte = (): number => {
    at += 1;
    return source[at - 1] ?? 0;
  };
  for (;;) {
    while (bit() === 1) out.push(byte());
    let offset = 1;
    do offset = offset * 2 + bit();
    while (bit() === 0);
    if (offset === 2) offset = lastOffset;
    else {
      offset = (offset - 3) * 256 + byte();
      if (offset >= 0xffffffff) return Buffer.from(out);
      offset += 1;
      lastOffset = offset;
    }
    let length = bit() * 2;
    length += bit();
    if (length === 0) {
      length = 1;
      do length = length * 2 + bit();
      while (bit() === 0);
      length += 2;
    }
    length += offset > 0xd00 ? 1 : 0;
    for (let count = 0; count <= length; count += 1) out.push(out[out.length - offset] ?? 0);
  }
};

test('what was compressed expands to itself', () => {
  const texts = [
    '',
    'a',
    'abcabcabcabcabcabc',
    'x'.repeat(5000),
    `${'far away '.repeat(3)}${'-'.repeat(4000)}far away far away`,
  ];
  for (const text of texts) assert.equal(expand(compressNrv2b(Buffer.from(text))).toString(), text);
  const mixed = Buffer.concat([seededBytes('one', 6000), seededBytes('two', 300), seededBytes('one', 6000)]);
  const packed = compressNrv2b(mixed);
  assert.deepEqual(expand(packed), mixed);
  assert.ok(packed.length < mixed.length);
});

test('the blocks of a packed program give the program', () => {
  const traits = {
    machine: 'amd64',
    linkage: 'static',
    stripped: true,
    imports: [],
    exports: [],
    libraries: [],
    compiler: '',
    kilobytes: 20,
    seed: 'x',
  } as const;
  const program = writeProgram({ ...traits, strings: ['marker of this test'] });
  const packed = Buffer.from(packWithUpx(program, 'amd64'));
  assert.equal(packed.indexOf('marker of this test'), -1);
  assert.equal(packed.toString('latin1', 180, 184), 'UPX!');
  assert.equal(packed.readUInt32LE(192), program.length);
  const parts: Buffer[] = [];
  for (let at = 200; packed.readUInt32LE(at) !== 0;) {
    const [size, stored] = [packed.readUInt32LE(at), packed.readUInt32LE(at + 4)];
    const body = packed.subarray(at + 12, at + 12 + stored);
    parts.push(packed[at + 8] === 2 ? expand(body) : body);
    assert.equal(parts.at(-1)?.length, size);
    at += 12 + stored;
  }
  assert.deepEqual(Buffer.concat(parts), Buffer.from(program));
});
