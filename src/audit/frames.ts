/** The byte stream between auditor and scanning process ↔ frames: a length (u32, little endian), a type (u8), a payload. */

export const frameTypes = {
  /** v8-serialised; only from the auditor, which the scanning process trusts. */
  init: 1,
  /** JSON; the only type that goes from the scanning process to the auditor, which does not trust it. */
  message: 2,
  /** Bytes of the layer, in pieces as they arrive. */
  data: 3,
} as const;

export interface Frame {
  readonly type: number;
  /** A view into the chunk it came in when the type is `data`, else whole. */
  readonly payload: Uint8Array;
}

const headerSize = 5;
/** A message larger than this is no message of ours. */
const maximumPayload = 512 * 2 ** 20;

export const frameHeader = (type: number, length: number): Buffer => {
  const header = Buffer.allocUnsafe(headerSize);
  header.writeUInt32LE(length, 0);
  header.writeUInt8(type, 4);
  return header;
};

export const encodeMessage = (message: object): Buffer => {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerSize + length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt8(frameTypes.message, 4);
  frame.write(text, headerSize);
  return frame;
};

/** Cuts chunks of any size into frames. A stream that is no frames makes it throw. */
export class FrameReader {
  readonly #header = Buffer.alloc(headerSize);
  #headerFilled = 0;
  #type = 0;
  #left = 0;
  /** Of a frame that is no data; each byte is copied once. */
  #payload: Buffer = Buffer.alloc(0);

  *read(chunk: Uint8Array): Generator<Frame> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#headerFilled < headerSize) {
        const count = Math.min(headerSize - this.#headerFilled, chunk.length - offset);
        this.#header.set(chunk.subarray(offset, offset + count), this.#headerFilled);
        this.#headerFilled += count;
        offset += count;
        if (this.#headerFilled < headerSize) return;
        this.#type = this.#header.readUInt8(4);
        this.#left = this.#header.readUInt32LE(0);
        if (this.#left > maximumPayload) throw new RangeError(`a frame of ${this.#left} bytes`);
        if (this.#left === 0) this.#headerFilled = 0;
        else if (this.#type !== frameTypes.data) this.#payload = Buffer.allocUnsafe(this.#left);
        continue;
      }
      const count = Math.min(this.#left, chunk.length - offset);
      const piece = chunk.subarray(offset, offset + count);
      offset += count;
      const place = this.#payload.length - this.#left;
      this.#left -= count;
      if (this.#left === 0) this.#headerFilled = 0;
      if (this.#type === frameTypes.data) yield { type: this.#type, payload: piece };
      else {
        this.#payload.set(piece, place);
        if (this.#left === 0) yield { type: this.#type, payload: this.#payload };
      }
    }
  }
}
