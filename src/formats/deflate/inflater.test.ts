import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { Inflater, type InflaterState } from './inflater.ts';

interface Outcome {
  readonly state: InflaterState;
  readonly content: Buffer;
  readonly used: number;
}

/** Packed bytes in pieces of these sizes, over and over. */
const inflate = (packed: Uint8Array, sizes: readonly number[] = [65_536]): Outcome => {
  const inflater = Inflater.take();
  const chunks: Buffer[] = [];
  let used = 0;
  let fed = 0;
  for (let turn = 0; ; turn += 1) {
    fed = Math.min(packed.length, fed + (sizes[turn % sizes.length] ?? 1));
    const end = Math.min(fed, used + inflater.room);
    inflater.feed(packed.subarray(used, end), end === packed.length);
    let state = inflater.run();
    for (; state === 'full'; state = inflater.run()) chunks.push(Buffer.from(inflater.content));
    used += inflater.used;
    if (state === 'hungry') continue;
    chunks.push(Buffer.from(inflater.content));
    inflater.giveBack();
    return { state, content: Buffer.concat(chunks), used };
  }
};

/** What Node's own decoder, which is zlib's, makes of the same bytes. */
const inflateByNode = (packed: Uint8Array): Pick<Outcome, 'content' | 'used'> | undefined => {
  try {
    const { buffer, engine } = inflateRawSync(packed, { info: true }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return { content: buffer, used: engine.bytesWritten };
  } catch {
    return undefined;
  }
};

/** Bits, lowest first, as RFC 1951 packs them. */
const fromBits = (bits: string): Buffer => {
  const text = bits.replaceAll(' ', '');
  const bytes = Buffer.alloc(Math.ceil(text.length / 8));
  for (const [at, bit] of text.split('').entries())
    if (bit === '1') bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  return bytes;
};

const lowFirst = (value: number, count: number): string =>
  Array.from({ length: count }, (_, bit) => String((value >> bit) & 1)).join('');

/** Text with repetitions near and far, bytes without any, runs: what blocks of every type are made of. */
const sample = (size: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(size);
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8;
  for (let at = 0; at < size;) {
    const length = 1 + (next() % 400);
    const kind = next() % 4;
    const far = 1 + (next() % Math.max(1, Math.min(at, 40_000)));
    const end = Math.min(size, at + length);
    for (; at < end; at += 1)
      bytes[at] = kind === 0 ? next() : kind === 1 ? 97 + (next() % 6) : at < far ? 0 : (bytes[at - far] ?? 0);
  }
  return bytes;
};

const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];

test('unpacks what every level and strategy of zlib packs, across windows and pieces', () => {
  for (const size of [0, 1, 2, 100, 5000, 70_000, 300_000, 900_000])
    for (const level of [0, 1, 6, 9])
      for (const strategy of strategies) {
        const content = sample(size, size + level);
        const packed = deflateRawSync(content, { level, strategy, memLevel: 1 + (level % 9) });
        const outcome = inflate(packed, [50_000, 3, 1000]);
        assert.equal(outcome.state, 'ended', `${size} ${level} ${strategy}`);
        assert.ok(outcome.content.equals(content), `${size} ${level} ${strategy}`);
        assert.equal(outcome.used, packed.length);
      }
});

test('it does not matter how the packed bytes are cut', () => {
  const content = sample(40_000, 7);
  const packed = deflateRawSync(content, { level: 6 });
  for (const size of [1, 2, 7, 23, 24, 25, 575, 576, 577, 4096])
    assert.ok(inflate(packed, [size]).content.equals(content), `pieces of ${size}`);
});

test('says where the data end, whatever follows', () => {
  const packed = deflateRawSync(sample(3000, 1));
  for (const tail of [1, 7, 8, 30, 1000]) {
    const outcome = inflate(Buffer.concat([packed, Buffer.alloc(tail, 0xff)]), [packed.length - 3, 1]);
    assert.deepEqual([outcome.state, outcome.used], ['ended', packed.length]);
  }
});

test('data cut short are truncated at every byte, and what came before is given', () => {
  const content = sample(9000, 3);
  for (const options of [{ level: 9 }, { level: 0 }, { strategy: constants.Z_FIXED }]) {
    const packed = deflateRawSync(content, options);
    let longest = 0;
    for (let length = 0; length < packed.length; length += 1) {
      const outcome = inflate(packed.subarray(0, length));
      assert.equal(outcome.state, 'truncated', `${length} of ${packed.length}`);
      assert.ok(outcome.content.equals(content.subarray(0, outcome.content.length)), `${length} of ${packed.length}`);
      assert.ok(outcome.content.length >= longest);
      longest = outcome.content.length;
    }
    assert.ok(longest > content.length - 300);
  }
});

test('takes and refuses the same damaged data as zlib, with the same content', () => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3000 }),
      fc.constantFrom(...strategies),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
      (size, strategy, changes) => {
        const packed = deflateRawSync(sample(size, size), { strategy, level: 1 + (size % 9) });
        // Headers of blocks are where most damage is told apart.
        for (const [at, change] of changes) {
          const place = at % (at % 2 === 0 ? packed.length : Math.min(packed.length, 80));
          packed[place] = (packed[place] ?? 0) ^ change;
        }
        const expected = inflateByNode(packed);
        const outcome = inflate(packed, [100, 1]);
        if (expected === undefined) {
          refused += 1;
          assert.notEqual(outcome.state, 'ended');
        } else {
          taken += 1;
          assert.deepEqual([outcome.state, outcome.used], ['ended', expected.used]);
          assert.ok(outcome.content.equals(expected.content));
        }
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(taken > 50 && refused > 500, `${taken} taken, ${refused} refused`);
});

test('arbitrary bytes end in a state, and in the same one as with zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const expected = inflateByNode(bytes);
      const outcome = inflate(bytes);
      assert.equal(outcome.state === 'ended', expected !== undefined);
      if (expected !== undefined) assert.ok(outcome.content.equals(expected.content));
    }),
    { numRuns: 3000 },
  );
});

test('a distance must not reach before the content', () => {
  // Fixed codes: the literal "a", then three bytes from one or from two bytes before.
  const data = (distance: string): Buffer => fromBits(`1 10 10010001 0000001 ${distance} 0000000`);
  assert.deepEqual(inflate(data('00000')), { state: 'ended', content: Buffer.from('aaaa'), used: 4 });
  assert.equal(inflate(data('00001')).state, 'damaged');
  // Nor into the content that the decoder unpacked for somebody else.
  inflate(deflateRawSync(sample(100_000, 5)));
  assert.equal(inflate(data('00001')).state, 'damaged');
});

test('symbols that the fixed codes have and the format does not are damage', () => {
  assert.equal(inflate(fromBits(`1 10 10010001 0000001 11110 0000000`)).state, 'damaged');
  assert.equal(inflate(fromBits(`1 10 11000110 0000000`)).state, 'damaged');
});

test('a block of the reserved type is damage, and so is a stored one whose length contradicts itself', () => {
  assert.equal(inflate(fromBits('1 11 00000')).state, 'damaged');
  assert.equal(inflate(Buffer.from([1, 2, 0, 0xfd, 0xff, 65, 66])).state, 'ended');
  assert.equal(inflate(Buffer.from([1, 2, 0, 0xfc, 0xff, 65, 66])).state, 'damaged');
});

/** A dynamic block with these code lengths, each written with a code of four bits, and what follows. */
const dynamic = (literals: readonly number[], distances: readonly number[], then: string): Buffer => {
  const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  // Sixteen codes of four bits: the lengths themselves.
  const meta = order.map((symbol) => lowFirst(symbol < 16 ? 4 : 0, 3)).join('');
  const highFirst = (length: number): string => length.toString(2).padStart(4, '0');
  const counts = `${lowFirst(literals.length - 257, 5)}${lowFirst(distances.length - 1, 5)}${lowFirst(15, 4)}`;
  return fromBits(`1 01 ${counts} ${meta} ${[...literals, ...distances].map(highFirst).join('')} ${then}`);
};

const lengthsOf = (lengths: Readonly<Record<number, number>>, count: number): readonly number[] =>
  Array.from({ length: count }, (_, symbol) => lengths[symbol] ?? 0);

test('codes that are no codes are damage, but for a single one of one bit', () => {
  const cases: readonly (readonly [string, readonly number[], readonly number[], string, InflaterState])[] = [
    ['complete', lengthsOf({ 97: 1, 256: 1 }, 257), [0], '0 0 1', 'ended'],
    ['too many codes', lengthsOf({ 97: 1, 98: 1, 256: 1 }, 257), [0], '0 1', 'damaged'],
    ['too few codes', lengthsOf({ 97: 2, 98: 2, 256: 2 }, 257), [0], '00 10', 'damaged'],
    ['no end', lengthsOf({ 97: 1, 98: 1 }, 257), [0], '0 1', 'damaged'],
    ['the end alone', lengthsOf({ 256: 1 }, 257), [0], '0', 'ended'],
    ['the end alone, and another bit', lengthsOf({ 256: 1 }, 257), [0], '1', 'damaged'],
    ['one distance', lengthsOf({ 97: 2, 256: 2, 257: 1 }, 258), [1], '10 0 0 11', 'ended'],
    ['another than the one distance', lengthsOf({ 97: 2, 256: 2, 257: 1 }, 258), [1], '10 0 1 11', 'damaged'],
    ['two distances of two bits', lengthsOf({ 97: 2, 256: 2, 257: 1 }, 258), [2, 2], '10 0 00 11', 'damaged'],
    ['no distance, and none used', lengthsOf({ 97: 2, 256: 2, 257: 1 }, 258), [0], '10 11', 'ended'],
    ['no distance, and one used', lengthsOf({ 97: 2, 256: 2, 257: 1 }, 258), [0], '10 0 0 11', 'damaged'],
    ['too many literals', lengthsOf({ 97: 1, 256: 1 }, 287), [0], '0 1', 'damaged'],
    ['too many distances', lengthsOf({ 97: 1, 256: 1 }, 257), lengthsOf({}, 31), '0 1', 'damaged'],
  ];
  for (const [what, literals, distances, then, state] of cases) {
    const packed = dynamic(literals, distances, then);
    assert.equal(inflate(packed).state, state, what);
    assert.equal(inflateByNode(packed) !== undefined, state === 'ended', `${what}: zlib`);
  }
});

test('codes of fifteen bits, which go through a second table', () => {
  // 1, 2, … 14, 15, 15: the deepest code there is.
  const lengths = lengthsOf(Object.fromEntries(Array.from({ length: 15 }, (_, at) => [at, at + 1])), 257).with(256, 15);
  const code = (length: number): string => (length < 15 ? `${'1'.repeat(length - 1)}0` : `${'1'.repeat(14)}0`);
  const symbols = Array.from({ length: 15 }, (_, at) => at);
  const text = [...symbols, ...symbols.toReversed(), ...symbols];
  const packed = dynamic(lengths, [0], `${text.map((symbol) => code(symbol + 1)).join('')}${'1'.repeat(15)}`);
  assert.deepEqual(inflate(packed).content, Buffer.from(text));
  assert.deepEqual(inflateByNode(packed)?.content, Buffer.from(text));
});

test('several at work at once do not disturb one another', () => {
  const contents = [1, 2, 3, 4, 5, 6].map((seed) => sample(200_000, seed));
  const inflaters = contents.map((content) => {
    const inflater = Inflater.take();
    inflater.feed(deflateRawSync(content).subarray(0, inflater.room), true);
    return inflater;
  });
  for (const [place, inflater] of inflaters.entries()) {
    inflater.run();
    const { content } = inflater;
    assert.ok(content.length > 0);
    assert.ok(Buffer.from(content).equals(contents[place]?.subarray(0, content.length) ?? Buffer.alloc(0)));
  }
  for (const inflater of inflaters) inflater.giveBack();
});
