/** Bytes → Keccak-256 as Monero and Ethereum use it: the padding of the first submission, not that of FIPS 202 (SHA-3). */

const rounds = 24;
const rate = 136;
const mask = (1n << 64n) - 1n;

const rotateLeft = (value: bigint, by: number): bigint =>
  by === 0 ? value : ((value << BigInt(by)) | (value >> BigInt(64 - by))) & mask;

/** The round constants: bits of a linear feedback shift register, as the reference states them. */
const roundConstants: readonly bigint[] = (() => {
  let register = 1;
  const nextBit = (): boolean => {
    const bit = (register & 1) === 1;
    register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    return bit;
  };
  return Array.from({ length: rounds }, () => {
    let constant = 0n;
    for (let power = 0; power < 7; power += 1) if (nextBit()) constant |= 1n << BigInt(2 ** power - 1);
    return constant;
  });
})();

/** Lane x + 5y. */
const permute = (state: bigint[]): void => {
  const lane = (index: number): bigint => state[index] ?? 0n;
  for (const constant of roundConstants) {
    // θ
    const parity = [0, 1, 2, 3, 4].map((x) => lane(x) ^ lane(x + 5) ^ lane(x + 10) ^ lane(x + 15) ^ lane(x + 20));
    for (let index = 0; index < 25; index += 1) {
      const x = index % 5;
      state[index] = lane(index) ^ (parity[(x + 4) % 5] ?? 0n) ^ rotateLeft(parity[(x + 1) % 5] ?? 0n, 1);
    }
    // ρ and π
    let [x, y] = [1, 0];
    let carried = lane(1);
    for (let step = 0; step < 24; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const kept = lane(x + 5 * y);
      state[x + 5 * y] = rotateLeft(carried, (((step + 1) * (step + 2)) / 2) % 64);
      carried = kept;
    }
    // χ
    for (let row = 0; row < 25; row += 5) {
      const old = state.slice(row, row + 5);
      for (let column = 0; column < 5; column += 1)
        state[row + column] =
          (old[column] ?? 0n) ^ (~(old[(column + 1) % 5] ?? 0n) & mask & (old[(column + 2) % 5] ?? 0n));
    }
    // ι
    state[0] = lane(0) ^ constant;
  }
};

export const keccak256 = (message: Uint8Array): Buffer => {
  const padded = Buffer.alloc((Math.floor(message.length / rate) + 1) * rate);
  padded.set(message);
  padded[message.length] = (padded[message.length] ?? 0) | 0x01;
  padded[padded.length - 1] = (padded.at(-1) ?? 0) | 0x80;
  const state = Array.from({ length: 25 }, () => 0n);
  for (let start = 0; start < padded.length; start += rate) {
    for (let index = 0; index < rate / 8; index += 1)
      state[index] = (state[index] ?? 0n) ^ padded.readBigUInt64LE(start + index * 8);
    permute(state);
  }
  const digest = Buffer.alloc(32);
  for (let index = 0; index < 4; index += 1) digest.writeBigUInt64LE(state[index] ?? 0n, index * 8);
  return digest;
};
