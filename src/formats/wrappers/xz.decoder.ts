/** One xz stream → its content, with the xz-embedded decoder that the package xz-decompress carries as WebAssembly. */

/**
 * What the module exports. The package's own stream class is not used: it locks the decoder for as long as a stream is
 * open, so that an xz file inside an xz layer would wait for itself, and it does not end on truncated data.
 */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  create_context(): number;
  destroy_context(context: number): void;
  supply_input(context: number, size: number): void;
  get_next_output(context: number): number;
}

interface Loader {
  _getModuleInstance(): Promise<void>;
  readonly _moduleInstance?: { readonly exports: Exports };
}

/** Results of the decoder. */
const ok = 0;
const streamEnd = 1;

/** Words at the start of a context: its buffer size, then input pointer, position and size, then output pointer and position. */
const bufferSizeWord = 0;
const inputWord = 1;
const inputPositionWord = 2;
const inputSizeWord = 3;
const outputWord = 4;
const outputPositionWord = 5;

let loading: Promise<Exports> | undefined;

const load = async (): Promise<Exports> => {
  const { default: xzDecompress } = await import('xz-decompress');
  const loader = xzDecompress.XzReadableStream as unknown as Loader;
  await loader._getModuleInstance();
  if (loader._moduleInstance === undefined) throw new Error('xz-decompress gave no module');
  return loader._moduleInstance.exports;
};

/** Decodes one stream, synchronously. Must be closed. */
export interface XzDecoder extends Disposable {
  /** The output of the next input, which must belong to this one stream. The chunks are the caller's to keep. Throws `XzDataError`. */
  decode(input: Uint8Array): Generator<Uint8Array, void>;
  /** To be called when the stream's last byte was decoded. Throws `XzDataError` if the decoder waits for more. */
  finish(): void;
}

/** The decoder's refusal; `result` is its number. */
export class XzDataError extends Error {
  readonly result: number;
  constructor(result: number) {
    super(`the xz decoder gave up with result ${result}`);
    this.result = result;
  }
}

/** A new decoder. All share one memory, which holds their dictionaries (64 MiB each at most). */
export const openXzDecoder = async (): Promise<XzDecoder> => {
  loading ??= load();
  const wasm = await loading;
  const context = wasm.create_context();
  let open = true;
  // The memory moves when it grows, so views live for one step only.
  const words = (): Uint32Array => new Uint32Array(wasm.memory.buffer, context, 8);
  const room = words()[bufferSizeWord] ?? 0;

  /** One step of the decoder; gives a copy of what came out. */
  const step = (): { readonly output: Uint8Array; readonly result: number } => {
    const result = wasm.get_next_output(context);
    if (result !== ok && result !== streamEnd) throw new XzDataError(result);
    const state = words();
    const start = state[outputWord] ?? 0;
    const output = new Uint8Array(wasm.memory.buffer).slice(start, start + (state[outputPositionWord] ?? 0));
    state[outputPositionWord] = 0;
    return { output, result };
  };

  return {
    *decode(input) {
      for (let at = 0; at < input.length; at += room) {
        const part = input.subarray(at, at + room);
        new Uint8Array(wasm.memory.buffer).set(part, words()[inputWord] ?? 0);
        wasm.supply_input(context, part.length);
        for (;;) {
          const { output } = step();
          if (output.length > 0) yield output;
          const state = words();
          const waits = state[inputPositionWord] === state[inputSizeWord];
          if (waits && output.length < room) break;
        }
      }
    },
    finish() {
      wasm.supply_input(context, 0);
      const { output, result } = step();
      if (result !== streamEnd || output.length > 0) throw new XzDataError(result);
    },
    [Symbol.dispose]() {
      if (open) wasm.destroy_context(context);
      open = false;
    },
  };
};
