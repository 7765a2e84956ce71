/** Lines of a log → the JSON values in it: one to a line, several in a row, or spread over lines. */
import type { LogLine } from './log-lines.ts';

export interface JsonRecord {
  readonly kind: 'value';
  readonly value: unknown;
  readonly text: string;
  readonly line: number;
  readonly offset: number;
}

/** A line that belongs to no JSON value. */
export interface PlainLine {
  readonly kind: 'line';
  readonly text: string;
  readonly line: number;
  readonly offset: number;
}

export interface UnreadableLines {
  readonly kind: 'unreadable';
  readonly problem: 'too-long' | 'too-deep' | 'broken';
  readonly line: number;
  readonly lastLine: number;
  readonly bytes: number;
}

export type LogPiece = JsonRecord | PlainLine | UnreadableLines;

export interface LogJsonLimits {
  /** Of one value that spreads over lines, in characters. */
  readonly value: number;
  readonly depth: number;
  /** The log has lines of text too: what cannot be JSON is such a line, and none that is damaged. */
  readonly text?: boolean;
}

const quote = 34;
const comma = 44;
const colon = 58;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** Fewer brackets than that open nothing deeper: nearly every record, told without looking at each character. */
const opensMore = (text: string, limit: number): boolean => {
  let count = 0;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > limit) return true;
    }
  return false;
};

/** Objects and arrays inside each other at the deepest. Brackets in strings are not counted. */
const isDeeper = (text: string, limit: number): boolean => {
  if (!opensMore(text, limit)) return false;
  let depth = 0;
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === openBrace || code === openBracket) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === closeBrace || code === closeBracket) depth -= 1;
    else if (code === quote) {
      position += 1;
      for (; position < text.length; position += 1) {
        const inner = text.charCodeAt(position);
        if (inner === backslash) position += 1;
        else if (inner === quote) break;
      }
    }
  }
  return false;
};

const parseJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
};

const firstCode = (text: string): number | undefined => {
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code !== 32 && code !== 9 && code !== 13 && code !== 0xfeff) return code;
  }
  return undefined;
};

/** `{"Records":[` and the like: the head of a file whose members are the records. */
const listOpening = /^\s*\{\s*"(?:Records|records|items|logEvents)"\s*:\s*\[|^\s*\[/;

/** Where the brackets of a text stand, fed piece by piece. */
class Brackets {
  readonly #open: number[] = [];
  #inString = false;
  #escaped = false;
  #last = 0;

  /** @returns positions behind each value that is whole, or undefined where no value can come of it. */
  feed(text: string): readonly number[] | undefined {
    const ends: number[] = [];
    for (let position = 0; position < text.length; position += 1) {
      const code = text.charCodeAt(position);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === backslash) this.#escaped = true;
        else if (code === quote) this.#inString = false;
        continue;
      }
      if (code <= 32) continue;
      this.#last = code;
      if (code === quote) this.#inString = true;
      else if (code === openBrace || code === openBracket) this.#open.push(code);
      else if (code === closeBrace || code === closeBracket) {
        // `[` is two below `]`, and `{` two below `}`.
        if (this.#open.pop() !== code - 2) return undefined;
        if (this.#open.length === 0) ends.push(position + 1);
      }
    }
    // RFC 8259, 7: no string goes over the end of a line.
    return this.#inString ? undefined : ends;
  }

  /** An object may stand here: behind a colon, or as a member of a list. */
  get expectsValue(): boolean {
    if (this.#last === colon) return true;
    return this.#open.at(-1) === openBracket && (this.#last === openBracket || this.#last === comma);
  }
}

/** Members of a list that was cut off, each whole one with where it ends. */
const wholeMembers = (text: string, start: number): readonly string[] => {
  const members: string[] = [];
  const brackets = { depth: 0, from: -1 };
  for (let position = start; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === quote) {
      for (position += 1; position < text.length && text.charCodeAt(position) !== quote; position += 1)
        if (text.charCodeAt(position) === backslash) position += 1;
    } else if (code === openBrace || code === openBracket) {
      if (brackets.depth === 0) brackets.from = position;
      brackets.depth += 1;
    } else if (code === closeBrace || code === closeBracket) {
      brackets.depth -= 1;
      if (brackets.depth < 0) break;
      if (brackets.depth === 0) members.push(text.slice(brackets.from, position + 1));
    }
  }
  return members;
};

/**
 * A value that spreads over lines is gathered until its brackets close. What can never become a value (a string that goes over
 * the end of a line, brackets that do not match, too much) is given up: each of its lines is then judged by itself, so that one
 * broken record costs no others. Nothing is read more than four times.
 */
export class LogJsonReader {
  readonly #limits: LogJsonLimits;
  #pending: LogLine[] = [];
  #pendingSize = 0;
  #brackets = new Brackets();
  #pieces: LogPiece[] = [];

  constructor(limits: LogJsonLimits) {
    this.#limits = limits;
  }

  /** Lines that came and are no record yet. */
  get pendingLines(): number {
    return this.#pending.length;
  }

  /** The first of them. */
  get firstPending(): LogLine | undefined {
    return this.#pending[0];
  }

  push(lines: readonly LogLine[]): readonly LogPiece[] {
    this.#pieces = [];
    for (const line of lines) this.#take(line);
    return this.#pieces;
  }

  finish(): readonly LogPiece[] {
    this.#pieces = [];
    this.#giveUp();
    return this.#pieces;
  }

  #take(line: LogLine): void {
    const { text } = line;
    if (text === undefined) {
      this.#giveUp();
      this.#unreadable('too-long', line);
      return;
    }
    const first = firstCode(text);
    if (first === undefined) return;
    if (this.#pending.length === 0) {
      if (first !== openBrace && first !== openBracket) this.#plain(line, text);
      else if (this.#whole(line, text)) return;
      else if (this.#limits.text === true && !/^\s*(?:\{|\[\s*(?:\{|$))/.test(text)) this.#plain(line, text);
      else this.#gather(line, text);
      return;
    }
    // What came before was cut off when a whole record begins a line where none may begin.
    if (first === openBrace && !this.#brackets.expectsValue && parseJson(text) !== undefined) {
      this.#giveUp();
      this.#take(line);
      return;
    }
    this.#gather(line, text);
  }

  /** A line that is one value, or one member of a list with its comma. */
  #whole(line: LogLine, text: string): boolean {
    const trimmed = text.trimEnd();
    const value = parseJson(text) ?? (trimmed.endsWith(',') ? parseJson(trimmed.slice(0, -1)) : undefined);
    if (value === undefined) return false;
    this.#give(value.value, text, line);
    return true;
  }

  #give(value: unknown, text: string, line: LogLine): void {
    if (isDeeper(text, this.#limits.depth)) this.#unreadable('too-deep', line);
    else this.#pieces.push({ kind: 'value', value, text, line: line.line, offset: line.offset });
  }

  #plain(line: LogLine, text: string): void {
    this.#pieces.push({ kind: 'line', text, line: line.line, offset: line.offset });
  }

  #unreadable(problem: UnreadableLines['problem'], line: LogLine): void {
    const bytes = line.end - line.offset;
    const before = this.#pieces.at(-1);
    if (before?.kind === 'unreadable' && before.problem === problem && before.lastLine >= line.line - 1)
      this.#pieces[this.#pieces.length - 1] = { ...before, lastLine: line.line, bytes: before.bytes + bytes };
    else this.#pieces.push({ kind: 'unreadable', problem, line: line.line, lastLine: line.line, bytes });
  }

  #gather(line: LogLine, text: string): void {
    if (this.#pending.length === 0) {
      this.#brackets = new Brackets();
      this.#pendingSize = 0;
    }
    this.#pending.push(line);
    this.#pendingSize += text.length;
    const ends = this.#pendingSize > this.#limits.value ? undefined : this.#brackets.feed(text);
    if (ends === undefined) this.#giveUp();
    else if (ends.length > 0) this.#emit(ends, line, text);
  }

  #emit(ends: readonly number[], line: LogLine, text: string): void {
    const first = this.#pending[0] ?? line;
    const lead = this.#pending
      .slice(0, -1)
      .map((pending) => `${pending.text ?? ''}\n`)
      .join('');
    const found: { readonly value: unknown; readonly text: string }[] = [];
    let start = 0;
    for (const end of ends) {
      const part = `${start === 0 ? lead : ''}${text.slice(start, end)}`.replace(/^[\s,\ufeff]+/, '');
      const value = parseJson(part);
      if (value === undefined) {
        this.#giveUp();
        return;
      }
      found.push({ value: value.value, text: part });
      start = end;
    }
    this.#pending = [];
    for (const { value, text } of found) this.#give(value, text, first);
    const rest = text.slice(start).replace(/^[\s,]+/, '');
    if (rest !== '') this.#take({ ...line, text: rest });
  }

  /** Each pending line for itself: a value, a list that was cut off, or unreadable. */
  #giveUp(): void {
    const lines = this.#pending;
    this.#pending = [];
    for (const line of lines) {
      const text = line.text ?? '';
      if (firstCode(text) === undefined || this.#whole(line, text)) continue;
      const opening = listOpening.exec(text);
      if (opening !== null)
        for (const member of wholeMembers(text, opening[0].length)) {
          const value = parseJson(member);
          if (value !== undefined) this.#give(value.value, member, line);
        }
      else if (this.#limits.text === true) {
        this.#plain(line, text);
        continue;
      }
      this.#unreadable('broken', line);
    }
  }
}
