/** Compound commands and functions (POSIX.1-2024, 2.9.4 and 2.9.5; Bash Reference Manual, 3.2.5 and 3.3). */
import { skipBlanks, skipLines, takeNewline } from './shell.blank.ts';
import { readCondition } from './shell.condition.ts';
import { closers, expectReserved, peekReserved, takeReserved } from './shell.reserved.ts';
import { shown } from './shell.simple.ts';
import { ShellProblem, type ShellSource } from './shell.source.ts';
import type { CaseBranch, ShellCommand, ShellList, Word } from './shell.tree.ts';
import { opensArithmetic, plainText, readArithmetic, readParts, readWord } from './shell.word.ts';
import type { WordReader } from './shell.word-parts.ts';

/** Lists and commands are the grammar's: a compound command asks it for what stands inside. */
export interface CommandReader extends WordReader {
  list(source: ShellSource): ShellList;
  /** A list that a shell does not allow to be empty. */
  someList(source: ShellSource, behind: string): ShellList;
  command(source: ShellSource): ShellCommand;
}

/** Lists already complete survive a problem in what follows. */
const keeping = <T>(lists: readonly ShellList[], read: () => T): T => {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof ShellProblem) for (const list of lists.toReversed()) thrown.salvaged.push(list);
    throw thrown;
  }
};

/** From the `(` behind a function's name, or from its body. */
export const readFunction = (
  source: ShellSource,
  reader: CommandReader,
  name: string,
  at: number,
  hasParentheses: boolean,
): ShellCommand => {
  if (hasParentheses) {
    source.position += 1;
    skipBlanks(source);
    if (source.peek() !== ')') throw source.problem(`unexpected ${shown(source)} behind (`);
    source.position += 1;
  }
  skipLines(source, reader);
  const start = source.position;
  const body = source.deeper(() => reader.command(source));
  if (body.kind === 'simple' || body.kind === 'function')
    source.mistake('the body of a function is not enclosed', start);
  return {
    kind: 'function',
    name,
    body,
    redirections: [],
    start: source.offset(at),
    end: source.offset(source.position),
  };
};

/** undefined where no compound command begins. Positions and redirections are the caller's. */
export const readCompound = (source: ShellSource, reader: CommandReader): ShellCommand | undefined => {
  const at = source.position;
  const frame = { redirections: [], start: 0, end: 0 };
  if (source.peek() === '(') {
    if (source.peek(1) === '(' && source.dialect === 'bash' && opensArithmetic(source))
      return { kind: 'arithmetic', parts: readArithmetic(source, reader), ...frame };
    source.position += 1;
    const body = reader.commandsToParenthesis(source, at);
    if (body.length === 0) source.mistake('nothing stands between ( and )', at);
    return { kind: 'subshell', body, ...frame };
  }
  const { word, length } = peekReserved(source);
  if (word === '') return undefined;
  const take = (): void => {
    source.position += length;
  };
  switch (word) {
    case '{': {
      take();
      const body = reader.someList(source, '{');
      return keeping([body], () => {
        expectReserved(source, '}', at, '{');
        return { kind: 'group', body, ...frame };
      });
    }
    case 'if':
      take();
      return readIf(source, reader, at);
    case 'while':
    case 'until': {
      take();
      const condition = reader.someList(source, word);
      return keeping([condition], () => ({
        kind: word,
        condition,
        body: readDoGroup(source, reader, at, word, false),
        ...frame,
      }));
    }
    case 'for':
      take();
      return readFor(source, reader, at, 'for');
    case 'case':
      take();
      return readCase(source, reader, at);
    case 'function': {
      if (source.dialect === 'sh') return undefined;
      take();
      skipBlanks(source);
      const name = readWord(source, reader);
      if (name === undefined) throw source.problem('function lacks a name');
      skipBlanks(source);
      return readFunction(
        source,
        reader,
        plainText(name) ?? '',
        at,
        source.peek() === '(' && /^\([ \t]*\)/.test(source.text.slice(source.position, source.position + 40)),
      );
    }
    case 'select':
      if (source.dialect === 'sh') return undefined;
      take();
      return readFor(source, reader, at, 'select');
    case '[[':
      if (source.dialect === 'sh') return undefined;
      take();
      return { kind: 'condition', expression: readCondition(source, reader), ...frame };
    case 'coproc':
      if (source.dialect === 'sh') return undefined;
      take();
      return readCoprocess(source, reader);
    default:
      if (closers.has(word)) throw source.problem(`unexpected ${word}`);
      return undefined;
  }
};

const readIf = (source: ShellSource, reader: CommandReader, at: number): ShellCommand => {
  const branches: { condition: ShellList; body: ShellList }[] = [];
  const done: ShellList[] = [];
  return keeping(done, () => {
    let opener = 'if';
    do {
      const condition = reader.someList(source, opener);
      done.push(condition);
      expectReserved(source, 'then', at, opener);
      const body = reader.someList(source, 'then');
      done.push(body);
      branches.push({ condition, body });
      opener = 'elif';
    } while (takeReserved(source, 'elif'));
    const otherwise = takeReserved(source, 'else') ? reader.someList(source, 'else') : undefined;
    if (otherwise !== undefined) done.push(otherwise);
    expectReserved(source, 'fi', at, 'if');
    return {
      kind: 'if',
      branches,
      ...(otherwise === undefined ? {} : { otherwise }),
      redirections: [],
      start: 0,
      end: 0,
    };
  });
};

/** `do … done`; behind `for`, bash also takes `{ … }`. */
const readDoGroup = (
  source: ShellSource,
  reader: CommandReader,
  at: number,
  opener: string,
  braces: boolean,
): ShellList => {
  skipLines(source, reader);
  const closer = braces && takeReserved(source, '{') ? '}' : 'done';
  if (closer === 'done') expectReserved(source, 'do', at, opener);
  const body = reader.someList(source, closer === 'done' ? 'do' : '{');
  keeping([body], () => {
    expectReserved(source, closer, at, opener);
  });
  return body;
};

const readFor = (source: ShellSource, reader: CommandReader, at: number, kind: 'for' | 'select'): ShellCommand => {
  const frame = { redirections: [], start: 0, end: 0 };
  skipBlanks(source);
  const braces = source.dialect === 'bash';
  if (kind === 'for' && braces && source.startsWith('((')) {
    source.position += 2;
    const header = source.deeper(() => readParts(source, reader, 'arithmetic'));
    if (!source.startsWith('))')) throw source.problem('for (( is never closed', at);
    source.position += 2;
    skipBlanks(source);
    if (source.peek() === ';' && source.peek(1) !== ';') source.position += 1;
    return { kind: 'arithmetic-for', header, body: readDoGroup(source, reader, at, 'for', true), ...frame };
  }
  const word = readWord(source, reader);
  const name = word === undefined ? undefined : plainText(word);
  if (name === undefined) throw source.problem(`${kind} lacks a name`);
  skipLines(source, reader);
  let words: Word[] | undefined;
  if (takeReserved(source, 'in')) {
    words = [];
    for (;;) {
      skipBlanks(source);
      const value = readWord(source, reader);
      if (value === undefined) break;
      words.push(value);
    }
    if (source.peek() === '\n') takeNewline(source, reader);
    else if (source.peek() === ';' && source.peek(1) !== ';') source.position += 1;
    else throw source.problem(`unexpected ${shown(source)} in ${kind}`);
  } else if (source.peek() === ';' && source.peek(1) !== ';') source.position += 1;
  const body = readDoGroup(source, reader, at, kind, braces);
  return { kind, name, ...(words === undefined ? {} : { words }), body, ...frame };
};

const readCase = (source: ShellSource, reader: CommandReader, at: number): ShellCommand => {
  skipBlanks(source);
  const subject = readWord(source, reader);
  if (subject === undefined) throw source.problem('case lacks a word');
  skipLines(source, reader);
  expectReserved(source, 'in', at, 'case');
  const branches: CaseBranch[] = [];
  return keeping([], () => {
    try {
      for (;;) {
        skipLines(source, reader);
        if (takeReserved(source, 'esac')) break;
        if (source.atEnd) throw source.problem('case lacks its esac');
        branches.push(readCaseBranch(source, reader));
      }
    } catch (thrown) {
      if (thrown instanceof ShellProblem) for (const { body } of branches.toReversed()) thrown.salvaged.push(body);
      throw thrown;
    }
    return { kind: 'case', subject, branches, redirections: [], start: 0, end: 0 };
  });
};

const readCaseBranch = (source: ShellSource, reader: CommandReader): CaseBranch => {
  if (source.peek() === '(') source.position += 1;
  const patterns: Word[] = [];
  for (;;) {
    skipBlanks(source);
    const pattern = readWord(source, reader);
    if (pattern === undefined) throw source.problem(`unexpected ${shown(source)} in case`);
    patterns.push(pattern);
    skipBlanks(source);
    if (source.peek() !== '|') break;
    source.position += 1;
  }
  if (source.peek() !== ')') throw source.problem(`unexpected ${shown(source)} in case`);
  source.position += 1;
  const body = source.deeper(() => reader.list(source));
  return keeping([body], () => {
    const end = source.startsWith(';;&')
      ? ';;&'
      : source.startsWith(';;')
        ? ';;'
        : source.startsWith(';&')
          ? ';&'
          : undefined;
    if (end === undefined) {
      if (peekReserved(source).word !== 'esac') throw source.problem(`unexpected ${shown(source)} in case`);
      return { patterns, body, end: ';;' };
    }
    source.position += end.length;
    return { patterns, body, end };
  });
};

const readCoprocess = (source: ShellSource, reader: CommandReader): ShellCommand => {
  skipBlanks(source);
  const frame = { redirections: [], start: 0, end: 0 };
  const named = source.match(
    /[A-Za-z_][A-Za-z0-9_]*(?=[ \t]+(?:[({]|\[\[|(?:if|while|until|for|case|select)[ \t\n]))/y,
  );
  source.position += /^(?:if|while|until|for|case|select)$/.test(named) ? 0 : named.length;
  const command = source.deeper(() => reader.command(source));
  return { kind: 'coprocess', ...(named === '' ? {} : { name: named }), command, ...frame };
};
