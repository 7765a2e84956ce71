/** Bytes of a log as they come → its lines, each with its number and place, within bounds. */
import { nameFromBytes } from '../name-bytes.ts';

export interface LogLine {
  /** Counted from 1. */
  readonly line: number;
  /** Of its first byte, from the beginning of the log. */
  readonly offset: number;
  /** Of the first byte behind it and its end: where reading may go on later. */
  readonly end: number;
  /** Without its end. Absent when the line is longer than the bound: its bytes were passed over. */
  readonly text?: string;
}

const newline = 10;
const carriageReturn = 13;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A byte that is no UTF-8 is kept apart, as in names: two lines that differ never become one. */
const toText = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes);
  } catch (thrown) {
    if (thrown instanceof TypeError) return nameFromBytes(bytes);
    throw thrown;
  }
};

/** The line that has not ended yet, and where it stands; at most so many bytes of it. */
export class OpenLine {
  readonly #maximum: number;
  readonly #decode: (whole: Uint8Array) => string;
  #parts: Uint8Array[] = [];
  #held = 0;
  #tooLong = false;
  #line: number;
  #offset: number;

  /** `decode` is given the whole line without its end, a mark of the encoding at the beginning of the log included. */
  constructor(maximumBytes: number, decode: (whole: Uint8Array) => string, offset: number, line: number) {
    this.#maximum = maximumBytes;
    this.#decode = decode;
    this.#offset = offset;
    this.#line = line;
  }

  get held(): number {
    return this.#held;
  }

  get place(): { readonly offset: number; readonly line: number } {
    return { offset: this.#offset, line: this.#line };
  }

  hold(part: Uint8Array): void {
    this.#held += part.length;
    if (this.#held > this.#maximum) {
      this.#tooLong = true;
      this.#parts = [];
    }
    if (!this.#tooLong) this.#parts.push(part.slice());
  }

  /** `ending`: bytes of its end. The next line begins behind it. */
  finish(last: Uint8Array, ending: number): LogLine {
    const size = this.#held + last.length;
    const place = { line: this.#line, offset: this.#offset, end: this.#offset + size + ending };
    const readable = !this.#tooLong && size <= this.#maximum;
    const whole = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#held = 0;
    this.#tooLong = false;
    this.#line += 1;
    this.#offset = place.end;
    if (!readable) return place;
    const text = this.#decode(whole);
    return { ...place, text: place.offset === 0 && text.startsWith('\ufeff') ? text.slice(1) : text };
  }
}

const toLine = (whole: Uint8Array): string => toText(whole.at(-1) === carriageReturn ? whole.subarray(0, -1) : whole);

/**
 * Cuts at line feeds and holds at most `maximumBytes` of a line that has not ended. Cheap for what is tailed: `held` says how
 * much of what came is not yet a line.
 */
export class LineSplitter {
  readonly #open: OpenLine;

  constructor(maximumBytes: number, offset = 0, line = 1) {
    this.#open = new OpenLine(maximumBytes, toLine, offset, line);
  }

  /** Bytes of the line that has not ended yet. */
  get held(): number {
    return this.#open.held;
  }

  /** Where the line begins that has not ended yet, or the next one. */
  get next(): { readonly offset: number; readonly line: number } {
    return this.#open.place;
  }

  push(chunk: Uint8Array): readonly LogLine[] {
    const lines: LogLine[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      if (end < 0) break;
      lines.push(this.#open.finish(chunk.subarray(start, end), 1));
      start = end + 1;
    }
    if (start < chunk.length) this.#open.hold(chunk.subarray(start));
    return lines;
  }

  /** The last line, when it has no end. */
  finish(): readonly LogLine[] {
    return this.#open.held === 0 ? [] : [this.#open.finish(new Uint8Array(0), 0)];
  }
}
