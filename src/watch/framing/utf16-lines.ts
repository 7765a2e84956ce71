/** Bytes of a log in UTF-16, as Windows writes what is redirected → its lines, as `LineSplitter` gives those of UTF-8. */
import type { LogLine } from '../../formats/records/log-lines.ts';

export type Utf16 = 'utf-16le' | 'utf-16be';

/** By the mark at its beginning. */
export const utf16Of = (first: Uint8Array): Utf16 | undefined =>
  first[0] === 0xff && first[1] === 0xfe ? 'utf-16le' : first[0] === 0xfe && first[1] === 0xff ? 'utf-16be' : undefined;

const newline = 10;

export class Utf16Splitter {
  readonly #maximum: number;
  readonly #decoder: InstanceType<typeof TextDecoder>;
  /** Where in a unit the byte stands that tells a line feed. */
  readonly #low: 0 | 1;
  #parts: Uint8Array[] = [];
  #held = 0;
  #tooLong = false;
  /** The first byte of a unit whose second has not come. */
  #half: Uint8Array = new Uint8Array(0);
  #line: number;
  #offset: number;

  constructor(encoding: Utf16, maximumBytes: number, offset = 0, line = 1) {
    this.#decoder = new TextDecoder(encoding, { ignoreBOM: true });
    this.#low = encoding === 'utf-16le' ? 0 : 1;
    this.#maximum = maximumBytes;
    this.#offset = offset;
    this.#line = line;
  }

  get next(): { readonly offset: number; readonly line: number } {
    return { offset: this.#offset, line: this.#line };
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
      lines.push(this.#finish(bytes.subarray(start, unit), 2));
      start = unit + 2;
    }
    if (start < whole) this.#hold(bytes.subarray(start, whole));
    return lines;
  }

  finish(): readonly LogLine[] {
    if (this.#half.length > 0) this.#hold(this.#half);
    this.#half = new Uint8Array(0);
    return this.#held === 0 ? [] : [this.#finish(new Uint8Array(0), 0)];
  }

  #hold(part: Uint8Array): void {
    this.#held += part.length;
    if (this.#held > this.#maximum) {
      this.#tooLong = true;
      this.#parts = [];
    }
    if (!this.#tooLong) this.#parts.push(part.slice());
  }

  #finish(last: Uint8Array, ending: number): LogLine {
    const size = this.#held + last.length;
    const place = { line: this.#line, offset: this.#offset, end: this.#offset + size + ending };
    const readable = !this.#tooLong && size <= this.#maximum;
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#held = 0;
    this.#tooLong = false;
    this.#line += 1;
    this.#offset = place.end;
    if (!readable) return place;
    const text = this.#decoder.decode(whole).replace(/\r$/, '');
    return { ...place, text: place.offset === 0 ? text.replace(/^\ufeff/, '') : text };
  }
}
