/** The text of a script while it is read: where the reader stands, what it may still spend, and where in the file each character lies. */
import type { Redirection, ShellRemark, ShellRemarkCode, ShellList, Word } from './shell.tree.ts';

/** `sh`: POSIX as dash and busybox read it. They agree with bash but for quotes inside `"${x:-…}"`. */
export type ShellDialect = 'sh' | 'bash';

/** The script cannot be read further from here. Carries what was complete by then, innermost list first. */
export class ShellProblem extends Error {
  readonly code: ShellRemarkCode;
  /** Character where the unreadable thing begins: for an open quote the quote, not the end. */
  readonly at: number;
  readonly salvaged: ShellList[] = [];

  constructor(code: ShellRemarkCode, at: number, reason: string) {
    super(reason);
    this.code = code;
    this.at = at;
  }
}

/** A here-document whose text begins after the next newline. */
export interface PendingDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
  readonly at: number;
  readonly redirection: Redirection & { body?: Word };
}

const maximumDepth = 160;
const maximumRemarks = 200;

/** What reading may cost, shared by a script and the scripts inside its backquotes: linear in its size. */
export class ShellMeter {
  readonly remarks: ShellRemark[] = [];
  #left: number;

  constructor(size: number) {
    this.#left = 1_000_000 + 40 * size;
  }

  /** @throws {ShellProblem} `SHELL_TOO_COSTLY` */
  spend(steps: number, at: number): void {
    this.#left -= steps;
    if (this.#left < 0)
      throw new ShellProblem('SHELL_TOO_COSTLY', at, 'reading it costs more than scripts of its size do');
  }

  remark(code: ShellRemarkCode, offset: number, bytes: number, reason: string): void {
    if (this.remarks.length < maximumRemarks - 1) this.remarks.push({ code, offset, bytes, reason });
    else if (this.remarks.length < maximumRemarks)
      this.remarks.push({ code, offset, bytes, reason: 'and more of the kind behind it' });
  }
}

export class ShellSource {
  readonly text: string;
  readonly dialect: ShellDialect;
  readonly meter: ShellMeter;
  position = 0;
  /** Nothing at or behind this is read: the end of the text, or of a here-document while it is read. */
  limit: number;
  depth: number;
  /** How many `$(` are open: a here-document inside may end before the `)` on its last line. */
  substitutions = 0;
  pending: PendingDocument[] = [];
  readonly #offsets: ArrayLike<number> | undefined;

  /** `offsets` gives the byte of each character and of the end; undefined where they are equal. */
  constructor(text: string, meter: ShellMeter, dialect: ShellDialect, offsets?: ArrayLike<number>, depth = 0) {
    this.text = text;
    this.limit = text.length;
    this.meter = meter;
    this.dialect = dialect;
    this.depth = depth;
    this.#offsets = offsets;
  }

  /** A script found inside this one, its text already freed of one level of escapes. */
  inside(text: string, offsets: ArrayLike<number>): ShellSource {
    return new ShellSource(text, this.meter, this.dialect, offsets, this.depth);
  }

  offset(position: number): number {
    return this.#offsets === undefined ? position : (this.#offsets[position] ?? 0);
  }

  get atEnd(): boolean {
    return this.position >= this.limit;
  }

  /** The character so far ahead, '' behind the end. */
  peek(ahead = 0): string {
    const at = this.position + ahead;
    return at < this.limit ? this.text.charAt(at) : '';
  }

  startsWith(text: string): boolean {
    return this.position + text.length <= this.limit && this.text.startsWith(text, this.position);
  }

  /** What a sticky pattern matches here, or ''. The position stays. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0] ?? '';
    return this.position + found.length > this.limit ? found.slice(0, this.limit - this.position) : found;
  }

  /** A backslash and a newline are nothing at all, wherever a token could begin or go on. */
  skipContinuations(): void {
    while (this.peek() === '\\' && this.peek(1) === '\n') this.position += 2;
  }

  problem(reason: string, at = this.position): ShellProblem {
    return new ShellProblem('SHELL_SYNTAX', Math.min(at, this.limit), reason);
  }

  /** A mistake that does not keep the rest from being read. */
  mistake(reason: string, at = this.position): void {
    this.meter.remark('SHELL_SYNTAX', this.offset(at), 0, reason);
  }

  /** Runs `read` one level deeper. @throws {ShellProblem} `SHELL_TOO_DEEP` */
  deeper<T>(read: () => T): T {
    if (this.depth >= maximumDepth)
      throw new ShellProblem('SHELL_TOO_DEEP', this.position, `commands nested deeper than ${maximumDepth}`);
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }
}
