/** DEFLATE data, piece by piece → their content (RFC 1951), by the decoder in `assembly/inflate`. */
import { inflateModule } from './inflate.module.ts';

/** `ended`: the data are whole. `truncated`: they are not, and no more will come. */
export type InflaterState = 'hungry' | 'full' | 'ended' | 'truncated' | 'damaged';

/** By the numbers that the decoder answers with. */
const states: readonly InflaterState[] = ['hungry', 'full', 'ended', 'truncated', 'damaged'];

interface Decoder {
  readonly memory: WebAssembly.Memory;
  readonly INPUT: WebAssembly.Global;
  readonly OUTPUT: WebAssembly.Global;
  readonly ROOM: WebAssembly.Global;
  begin(): void;
  feed(size: number, isLast: number): void;
  run(): number;
  consumed(): number;
  produced(): number;
}

let compiled: WebAssembly.Module | undefined;

/** Decoders that nobody uses: one is half a megabyte, and there are as many at work as archives lie in one another. */
const idle: Inflater[] = [];
const keptIdle = 4;

export class Inflater {
  readonly #decoder: Decoder;
  readonly #memory: Uint8Array;
  readonly #input: number;
  readonly #output: number;
  /** Packed bytes that one piece may have. */
  readonly room: number;

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(inflateModule, 'base64'));
    this.#decoder = new WebAssembly.Instance(compiled).exports as unknown as Decoder;
    this.#memory = new Uint8Array(this.#decoder.memory.buffer);
    this.#input = this.#decoder.INPUT.value;
    this.#output = this.#decoder.OUTPUT.value;
    this.room = this.#decoder.ROOM.value;
  }

  /** One at the start of its data. */
  static take(): Inflater {
    const inflater = idle.pop() ?? new Inflater();
    inflater.#decoder.begin();
    return inflater;
  }

  /** For the next who takes one. */
  giveBack(): void {
    if (idle.length < keptIdle) idle.push(this);
  }

  /** At most `room` bytes; after `hungry` they begin with those that were not used. The last piece may be empty. */
  feed(packed: Uint8Array, isLast: boolean): void {
    this.#memory.set(packed, this.#input);
    this.#decoder.feed(packed.length, isLast ? 1 : 0);
  }

  /** Unpacks until the piece or the room for content is used up. */
  run(): InflaterState {
    return states[this.#decoder.run()] ?? 'damaged';
  }

  /** Bytes used of the last piece. */
  get used(): number {
    return this.#decoder.consumed();
  }

  /** What was unpacked since the room for it was full; a view, valid until `run`. */
  get content(): Uint8Array {
    return this.#memory.subarray(this.#output, this.#output + this.#decoder.produced());
  }
}
