/** Bytes of a log in UTF-16, as Windows writes what is redirected → its lines, as `LineSplitter` gives those of UTF-8. */
import { OpenLine, type LogLine } from '../../formats/records/log-lines.ts';

export type Utf16 = 'utf-16le' | 'utf-16be';

/** By the mark at its beginning. */
export const utf16Of = (first: Uint8Array): Utf16 | undefined =>
  first[0] === 0xff && first[1] === 0xfe ? 'utf-16le' : first[0] === 0xfe && first[1] === 0xff ? 'utf-16be' : undefined;

const newline = 10;

export class Utf16Splitter {
  readonly #open: OpenLine;
  /** Where in a unit the byte stands that tells a line feed. */
  readonly #low: 0 | 1;
  /** The first byte of a unit whose second has not come. */
  #half: Uint8Array = new Uint8Array(0);

  constructor(encoding: Utf16, maximumBytes: number, offset = 0, line = 1) {
    const decoder = new TextDecoder(encoding, { ignoreBOM: true });
    this.#open = new OpenLine(maximumBytes, (whole) => decoder.decode(whole).replace(/\r$/, ''), offset, line);
    this.#low = encoding === 'utf-16le' ? 0 : 1;
  }

  get next(): { readonly offset: number; readonly line: number } {
    return this.#open.place;
  }

  push(chunk: Uint8Array): readonly LogLine[] {
    const bytes = this.#half.length === 0 ? chunk : Buffer.concat([this.#half, chunk]);
    const whole = bytes.length - (bytes.length % 2);
    this.#half = bytes.slice(whole);
    const lines: LogLine[] = [];
    let start = 0;
    for (let at = bytes.indexOf(newline); at >= 0 && at < whole; at = bytes.indexOf(newline, at + 1)) {
      if (at % 2 !== this.#low || bytes[this.#low === 0 ? at + 1 : at - 1] !== 0) continue;
      const unit = at - this.#low;
      lines.push(this.#open.finish(bytes.subarray(start, unit), 2));
      start = unit + 2;
    }
    if (start < whole) this.#open.hold(bytes.subarray(start, whole));
    return lines;
  }

  finish(): readonly LogLine[] {
    if (this.#half.length > 0) this.#open.hold(this.#half);
    this.#half = new Uint8Array(0);
    return this.#open.held === 0 ? [] : [this.#open.finish(new Uint8Array(0), 0)];
  }
}
