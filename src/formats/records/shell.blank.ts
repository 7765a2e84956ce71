/** What stands between words: blanks, comments, newlines, and behind a newline the here-documents that were announced before it. */
import { readParts } from './shell.word.ts';
import type { WordReader } from './shell.word-parts.ts';
import type { PendingDocument, ShellSource } from './shell.source.ts';

const blanks = /(?:[ \t]|\\\n)+/y;
const comment = /#[^\n]*/y;

/** Blanks, line continuations and a comment. Stands before a newline, an operator, a word or the end. */
export const skipBlanks = (source: ShellSource): void => {
  const blank = source.match(blanks);
  source.position += blank.length;
  if (source.peek() === '#') source.position += source.match(comment).length;
  source.meter.spend(1, source.position);
};

const lineEnd = (source: ShellSource, start: number): number => {
  const end = source.text.indexOf('\n', start);
  return end < 0 || end > source.limit ? source.limit : end;
};

const endsInContinuation = (text: string, start: number, end: number): boolean => {
  let backslashes = 0;
  for (let at = end - 1; at >= start && text.charAt(at) === '\\'; at -= 1) backslashes += 1;
  return backslashes % 2 === 1;
};

interface DocumentExtent {
  /** Each line with its newline, tabs taken out where they do not count, and where each begins. */
  readonly lines: readonly { readonly start: number; readonly end: number }[];
  readonly behind: number;
  readonly closed: boolean;
}

const findExtent = (source: ShellSource, document: PendingDocument): DocumentExtent => {
  const lines: { start: number; end: number }[] = [];
  let at = source.position;
  let isContinued = false;
  while (at < source.limit) {
    const end = lineEnd(source, at);
    source.meter.spend(end - at + 1, source.position);
    let start = at;
    if (document.stripTabs && !isContinued) while (source.text.charAt(start) === '\t' && start < end) start += 1;
    const line = source.text.slice(start, end);
    if (!isContinued && line === document.delimiter)
      return { lines, behind: Math.min(end + 1, source.limit), closed: true };
    // `cat <<E)` on its last line, inside `$(`.
    const rest = line.slice(document.delimiter.length);
    if (!isContinued && source.substitutions > 0 && line.startsWith(document.delimiter) && /^[ \t]*\)/.test(rest))
      return { lines, behind: start + document.delimiter.length, closed: true };
    isContinued = !document.quoted && endsInContinuation(source.text, start, end);
    lines.push({ start, end: Math.min(end + 1, source.limit) });
    at = end + 1;
  }
  return { lines, behind: source.limit, closed: false };
};

const readDocument = (source: ShellSource, reader: WordReader, document: PendingDocument): void => {
  const { lines, behind, closed } = findExtent(source, document);
  const first = lines[0]?.start ?? source.position;
  const last = lines.at(-1)?.end ?? first;
  const span = { start: source.offset(first), end: source.offset(last) };
  if (!closed)
    source.meter.remark(
      'SHELL_SYNTAX_LATER',
      source.offset(document.at),
      0,
      'the here-document is ended by the end of the script, not by its delimiter',
    );
  const text = lines.map(({ start, end }) => source.text.slice(start, end)).join('');
  if (document.quoted) {
    document.redirection.body = { parts: [{ kind: 'text', text, quoted: true }], ...span };
  } else {
    const offsets = new Uint32Array(text.length + 1);
    let filled = 0;
    for (const { start, end } of lines)
      for (let at = start; at < end; at += 1, filled += 1) offsets[filled] = source.offset(at);
    offsets[filled] = source.offset(last);
    const parts = source.deeper(() => readParts(source.inside(text, offsets), reader, 'document'));
    document.redirection.body = { parts, ...span };
  }
  source.position = behind;
};

/** Takes the newline at the position and the here-documents behind it. */
export const takeNewline = (source: ShellSource, reader: WordReader): void => {
  source.position += 1;
  const announced = source.pending;
  source.pending = [];
  for (const document of announced) readDocument(source, reader, document);
};

/** Blanks, comments and any number of newlines. */
export const skipLines = (source: ShellSource, reader: WordReader): void => {
  skipBlanks(source);
  while (source.peek() === '\n') {
    takeNewline(source, reader);
    skipBlanks(source);
  }
};

/** Here-documents whose newline never came: their text is missing. */
export const endDocuments = (source: ShellSource, reader: WordReader): void => {
  const announced = source.pending;
  source.pending = [];
  for (const document of announced) readDocument(source, reader, document);
};
