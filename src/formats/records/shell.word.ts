/** Characters → one word: quoting and expansions (POSIX.1-2024, Shell Command Language, 2.2, 2.3 and 2.6; Bash Reference Manual, 3.1.2 and 3.5). */
import { readBraces } from './shell.parameter.ts';
import { readAnsiQuoted, readBackquoted, readSingleQuoted } from './shell.quotes.ts';
import type { ShellSource } from './shell.source.ts';
import type { Word, WordPart } from './shell.tree.ts';
import { PartCollector, type WordMode, type WordReader } from './shell.word-parts.ts';

const plainRuns: Readonly<Record<WordMode, RegExp>> = {
  word: /[^ \t\n;&|<>()$`'"\\]+/y,
  pattern: /[^ \t\n;&<>()|$`'"\\]+/y,
  quotes: /[^$`"\\]+/y,
  document: /[^$`\\\n]+/y,
  braces: /[^}$`'"\\<>]+/y,
  'quoted-braces': /[^}$`'"\\]+/y,
  brackets: /[^\]$`'"\\[]+/y,
  arithmetic: /[^()$`'"\\]+/y,
};

const isDoubleQuoted = (mode: WordMode): boolean =>
  mode === 'quotes' || mode === 'document' || mode === 'quoted-braces';

/** Whether `((` at the position opens arithmetic: the two parentheses that answer it stand together. */
export const opensArithmetic = (source: ShellSource): boolean => {
  let depth = 0;
  let at = source.position + 1;
  for (; at < source.limit; at += 1) {
    const character = source.text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') {
      depth -= 1;
      if (depth === 0) break;
    } else if (character === "'" || character === '"' || character === '`') {
      for (at += 1; at < source.limit && source.text.charAt(at) !== character; at += 1)
        if (character !== "'" && source.text.charAt(at) === '\\') at += 1;
    }
  }
  source.meter.spend(at - source.position, source.position);
  return at < source.limit && source.text.charAt(at + 1) === ')' && at + 1 < source.limit;
};

/** From `((` up to and with `))`. */
export const readArithmetic = (source: ShellSource, reader: WordReader): readonly WordPart[] => {
  const opening = source.position;
  source.position += 2;
  const parts = source.deeper(() => readParts(source, reader, 'arithmetic'));
  if (!source.startsWith('))')) throw source.problem('(( is never closed', opening);
  source.position += 2;
  return parts;
};

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;

/** From the `$`. */
const readDollar = (source: ShellSource, reader: WordReader, mode: WordMode, out: PartCollector): void => {
  const opening = source.position;
  const quoted = isDoubleQuoted(mode);
  source.position += 1;
  source.skipContinuations();
  const next = source.peek();
  if (next === '(') {
    if (source.peek(1) === '(' && opensArithmetic(source)) {
      out.part({ kind: 'arithmetic', parts: readArithmetic(source, reader), quoted });
      return;
    }
    source.position += 1;
    out.part({ kind: 'command', form: '$(', body: reader.commandsToParenthesis(source, opening), quoted });
  } else if (next === '{') {
    source.position += 1;
    out.part(
      source.deeper(() =>
        readBraces(source, { quoted, opening, readParts: (inner) => readParts(source, reader, inner) }),
      ),
    );
  } else if (next === '[' && source.dialect === 'bash') {
    source.position += 1;
    const parts = source.deeper(() => readParts(source, reader, 'brackets'));
    if (source.peek() !== ']') throw source.problem('$[ is never closed', opening);
    source.position += 1;
    out.part({ kind: 'arithmetic', parts, quoted });
  } else if (next === "'" && !quoted) {
    source.position += 1;
    out.add(readAnsiQuoted(source, opening), true);
  } else if (next === '"' && !quoted) {
    readDoubleQuoted(source, reader, out);
  } else if (/^[0-9@*#?$!-]$/.test(next)) {
    source.position += 1;
    out.part({ kind: 'parameter', name: next, quoted });
  } else {
    const name = source.match(namePattern);
    source.position += name.length;
    if (name === '') out.add('$', quoted);
    else out.part({ kind: 'parameter', name, quoted });
  }
};

/** From the opening `"` up to and with the closing one. */
const readDoubleQuoted = (source: ShellSource, reader: WordReader, out: PartCollector): void => {
  const opening = source.position;
  source.position += 1;
  const parts = source.deeper(() => readParts(source, reader, 'quotes'));
  // An empty pair is an empty word; around "$@" the quotes add nothing.
  if (parts.length === 0) out.add('', true);
  for (const part of parts)
    if (part.kind === 'text') out.add(part.text, true);
    else out.part(part);
  if (source.peek() !== '"') throw source.problem('the quote " is never closed', opening);
  source.position += 1;
};

const readBackslash = (source: ShellSource, mode: WordMode, out: PartCollector): void => {
  const next = source.peek(1);
  if (next === '\n') {
    source.position += 2;
  } else if (next === '') {
    // A backslash at the very end stands for itself.
    out.add('\\', true);
    source.position += 1;
  } else if (isDoubleQuoted(mode)) {
    const isSpecial =
      '$`\\'.includes(next) || (next === '"' && mode !== 'document') || (next === '}' && mode === 'quoted-braces');
    out.add(isSpecial ? next : `\\${next}`, true);
    source.position += 2;
  } else {
    out.add(next, true);
    source.position += 2;
  }
};

/** A parenthesis in a word: `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`, and anything behind `=~`. */
const readParenthesis = (source: ShellSource, reader: WordReader, mode: WordMode, out: PartCollector): boolean => {
  const isExtended = '?*+@!'.includes(out.lastPlain) && out.lastPlain !== '' && source.peek(1) !== ')';
  if (mode !== 'pattern' && !isExtended) return false;
  const opening = source.position;
  source.deeper(() => {
    let depth = 0;
    for (;;) {
      source.meter.spend(1, opening);
      const character = source.peek();
      if (character === '') throw source.problem('the pattern ( is never closed', opening);
      if (character === '(') depth += 1;
      if (character === ')') depth -= 1;
      if ('()|;&<> \t\n'.includes(character)) {
        out.add(character, false);
        source.position += 1;
      } else readPiece(source, reader, mode, out);
      if (depth === 0) return;
    }
  });
  return true;
};

/** One piece that is not an end of the word. False where the word ends. */
const readPiece = (source: ShellSource, reader: WordReader, mode: WordMode, out: PartCollector): boolean => {
  const quoted = isDoubleQuoted(mode);
  const run = source.match(plainRuns[mode]);
  if (run !== '') {
    source.meter.spend(run.length, source.position);
    source.position += run.length;
    out.add(run, quoted);
    return true;
  }
  source.meter.spend(1, source.position);
  const character = source.peek();
  switch (character) {
    case '':
      return false;
    case '\\':
      readBackslash(source, mode, out);
      return true;
    case '$':
      readDollar(source, reader, mode, out);
      return true;
    case '`': {
      const opening = source.position;
      source.position += 1;
      out.part({ kind: 'command', form: '`', body: readBackquoted(source, reader, quoted, opening), quoted });
      return true;
    }
    case "'":
      if (mode === 'quoted-braces' && source.dialect === 'sh') {
        out.add("'", true);
        source.position += 1;
        return true;
      }
      source.position += 1;
      out.add(readSingleQuoted(source, source.position - 1), true);
      return true;
    case '"':
      if (mode === 'quotes') return false;
      // Inside `"${x:-…}"` they quote once more.
      readDoubleQuoted(source, reader, out);
      return true;
    default:
      return readSpecial(source, reader, mode, character, out);
  }
};

const readSpecial = (
  source: ShellSource,
  reader: WordReader,
  mode: WordMode,
  character: string,
  out: PartCollector,
): boolean => {
  if (mode === 'document') {
    // A newline: the tabs behind it were taken out with the document.
    out.add(character, true);
    source.position += 1;
    return true;
  }
  if (mode === 'arithmetic') {
    if (character === ')') return false;
    readNested(source, reader, mode, ')', out);
    return true;
  }
  if (mode === 'brackets' && character === '[') {
    readNested(source, reader, mode, ']', out);
    return true;
  }
  if ((character === '<' || character === '>') && mode !== 'brackets' && mode !== 'quoted-braces') {
    if (source.peek(1) === '(' && mode !== 'pattern') {
      const opening = source.position;
      source.position += 2;
      out.part({ kind: 'process', direction: character, body: reader.commandsToParenthesis(source, opening) });
      return true;
    }
    if (mode !== 'braces') return false;
    out.add(character, false);
    source.position += 1;
    return true;
  }
  if (character === '(' && (mode === 'word' || mode === 'pattern')) return readParenthesis(source, reader, mode, out);
  if (character === '|' && mode === 'pattern' && source.peek(1) !== '|') {
    out.add('|', false);
    source.position += 1;
    return true;
  }
  return false;
};

/** A pair of parentheses or brackets inside arithmetic, with its content. */
const readNested = (
  source: ShellSource,
  reader: WordReader,
  mode: WordMode,
  closing: string,
  out: PartCollector,
): void => {
  const opening = source.position;
  out.add(source.peek(), false);
  source.position += 1;
  for (const part of source.deeper(() => readParts(source, reader, mode)))
    if (part.kind === 'text') out.add(part.text, part.quoted);
    else out.part(part);
  if (source.peek() !== closing) throw source.problem('a parenthesis is never closed', opening);
  out.add(closing, false);
  source.position += 1;
};

export const readParts = (source: ShellSource, reader: WordReader, mode: WordMode): readonly WordPart[] => {
  const out = new PartCollector();
  while (readPiece(source, reader, mode, out));
  out.close();
  return out.parts;
};

/** The word at the position; undefined where none begins. @throws {ShellProblem} */
export const readWord = (source: ShellSource, reader: WordReader, mode: WordMode = 'word'): Word | undefined => {
  const start = source.position;
  const parts = readParts(source, reader, mode);
  if (source.position === start) return undefined;
  return { parts, start: source.offset(start), end: source.offset(source.position) };
};

/** The word's text if it is all literal and unquoted: what a reserved word or a name must be. */
export const plainText = (word: Word): string | undefined => {
  const [part] = word.parts;
  return word.parts.length === 1 && part?.kind === 'text' && !part.quoted ? part.text : undefined;
};
