/** Shared memory → extents for file contents: written by the process's main thread, read by its scanning threads without a copy. */

interface Extent {
  readonly offset: number;
  readonly size: number;
}

const align = (size: number): number => Math.max(64, Math.ceil(size / 64) * 64);

/**
 * First fit from the lowest address: while the scanners keep up, the same few hundred kilobytes are used again and again
 * and stay in the processor's cache. Only the main thread allocates and releases.
 */
export class Arena {
  readonly memory: SharedArrayBuffer;
  readonly bytes: Buffer;
  /** In order of offset. */
  readonly #used: Extent[] = [];
  #waiting: (() => void) | undefined;

  constructor(size: number) {
    this.memory = new SharedArrayBuffer(size);
    this.bytes = Buffer.from(this.memory);
  }

  tryAllocate(size: number): number | undefined {
    const wanted = align(size);
    let offset = 0;
    let place = 0;
    for (const extent of this.#used) {
      if (extent.offset - offset >= wanted) break;
      offset = extent.offset + extent.size;
      place += 1;
    }
    if (offset + wanted > this.memory.byteLength) return undefined;
    this.#used.splice(place, 0, { offset, size: wanted });
    return offset;
  }

  /** Waits until the scanners have released enough. `size` must not exceed the arena. One caller at a time. */
  async allocate(size: number): Promise<number> {
    for (;;) {
      const offset = this.tryAllocate(size);
      if (offset !== undefined) return offset;
      if (this.#used.length === 0) throw new RangeError(`${size} bytes do not fit the arena`);
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** Gives the end of an extent back. */
  shrink(offset: number, size: number): void {
    const place = this.#used.findIndex((extent) => extent.offset === offset);
    if (place >= 0) this.#used[place] = { offset, size: align(size) };
  }

  release(offset: number): void {
    const place = this.#used.findIndex((extent) => extent.offset === offset);
    if (place >= 0) this.#used.splice(place, 1);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
