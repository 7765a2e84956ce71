/** Bytes in pieces → their 32-bit xxHash with seed 0, as LZ4 frames store it (xxHash fast digest algorithm, XXH32). */

const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const round = (lane: number, word: number): number =>
  Math.imul(rotate((lane + Math.imul(word, prime2)) | 0, 13), prime1);

const stripe = 16;

export class Xxh32 {
  #lanes: [number, number, number, number] = [(prime1 + prime2) | 0, prime2 | 0, 0, -prime1 | 0];
  readonly #held = Buffer.alloc(stripe);
  #heldBytes = 0;
  #total = 0;

  update(bytes: Uint8Array): this {
    const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#total += input.length;
    let at = 0;
    if (this.#heldBytes > 0) {
      at = Math.min(stripe - this.#heldBytes, input.length);
      input.copy(this.#held, this.#heldBytes, 0, at);
      this.#heldBytes += at;
      if (this.#heldBytes < stripe) return this;
      this.#consume(this.#held, 0, stripe);
      this.#heldBytes = 0;
    }
    const end = at + Math.floor((input.length - at) / stripe) * stripe;
    this.#consume(input, at, end);
    this.#heldBytes = input.copy(this.#held, 0, end);
    return this;
  }

  #consume(input: Buffer, start: number, end: number): void {
    let [first, second, third, fourth] = this.#lanes;
    for (let at = start; at < end; at += stripe) {
      first = round(first, input.readInt32LE(at));
      second = round(second, input.readInt32LE(at + 4));
      third = round(third, input.readInt32LE(at + 8));
      fourth = round(fourth, input.readInt32LE(at + 12));
    }
    this.#lanes = [first, second, third, fourth];
  }

  /** As an unsigned number. */
  digest(): number {
    const [first, second, third, fourth] = this.#lanes;
    let hash =
      this.#total < stripe
        ? prime5
        : (rotate(first, 1) + rotate(second, 7) + rotate(third, 12) + rotate(fourth, 18)) | 0;
    hash = (hash + this.#total) | 0;
    let at = 0;
    for (; at + 4 <= this.#heldBytes; at += 4)
      hash = Math.imul(rotate((hash + Math.imul(this.#held.readInt32LE(at), prime3)) | 0, 17), prime4);
    for (; at < this.#heldBytes; at += 1)
      hash = Math.imul(rotate((hash + Math.imul(this.#held[at] ?? 0, prime5)) | 0, 11), prime1);
    hash = Math.imul(hash ^ (hash >>> 15), prime2);
    hash = Math.imul(hash ^ (hash >>> 13), prime3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

export const xxh32 = (bytes: Uint8Array): number => new Xxh32().update(bytes).digest();
