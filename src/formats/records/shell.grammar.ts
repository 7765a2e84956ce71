/** Lists, pipelines and compound commands (POSIX.1-2024, 2.9 and 2.10; Bash Reference Manual, 3.2). */
import { endDocuments, skipBlanks, skipLines, takeNewline } from './shell.blank.ts';
import { readCondition } from './shell.condition.ts';
import { readRedirections, readSimple, shown } from './shell.simple.ts';
import { ShellProblem, type ShellSource } from './shell.source.ts';
import type { CaseBranch, ListItem, Pipeline, ShellCommand, ShellList, Word } from './shell.tree.ts';
import { opensArithmetic, plainText, readArithmetic, readParts, readWord, type WordReader } from './shell.word.ts';

const closers = new Set(['then', 'do', 'done', 'fi', 'elif', 'else', 'esac', '}']);
const reservedPattern = /(?:[a-z!{}[\]]|\\\n)+/y;
const longestReserved = 30;

/** The reserved word at the position, or ''. */
const peekReserved = (source: ShellSource): { readonly word: string; readonly length: number } => {
  const run = source.match(reservedPattern);
  const next = source.peek(run.length);
  if (run === '' || run.length > longestReserved || (next !== '' && !' \t\n;&|<>()'.includes(next)))
    return { word: '', length: 0 };
  return { word: run.replaceAll('\\\n', ''), length: run.length };
};

const takeReserved = (source: ShellSource, word: string): boolean => {
  skipBlanks(source);
  const found = peekReserved(source);
  if (found.word !== word) return false;
  source.position += found.length;
  return true;
};

const expectReserved = (source: ShellSource, word: string, opening: number, opener: string): void => {
  if (takeReserved(source, word)) return;
  throw source.problem(
    source.atEnd ? `${opener} lacks its ${word}` : `unexpected ${shown(source)} where ${opener} needs ${word}`,
    source.atEnd ? source.position : Math.max(opening, source.position),
  );
};

const atListEnd = (source: ShellSource): boolean =>
  source.atEnd ||
  source.peek() === ')' ||
  source.startsWith(';;') ||
  source.startsWith(';&') ||
  closers.has(peekReserved(source).word);

class Grammar implements WordReader {
  commandsToParenthesis(source: ShellSource, opening: number): ShellList {
    source.substitutions += 1;
    try {
      const list = source.deeper(() => this.list(source));
      if (source.peek() !== ')') {
        const problem = source.problem(
          source.atEnd ? '( is never closed' : `unexpected ${shown(source)} inside ( )`,
          source.atEnd ? opening : source.position,
        );
        problem.salvaged.push(list);
        throw problem;
      }
      source.position += 1;
      return list;
    } finally {
      source.substitutions -= 1;
    }
  }

  commandsOf(source: ShellSource): ShellList {
    const items: ListItem[] = [];
    this.script(source, items, 'SHELL_SYNTAX_LATER');
    return items;
  }

  /** Everything to the end of the source, going on behind what cannot be read. */
  script(source: ShellSource, items: ListItem[], code: 'SHELL_SYNTAX' | 'SHELL_SYNTAX_LATER'): void {
    while (!source.atEnd) {
      const start = source.position;
      try {
        this.list(source, items);
        if (!source.atEnd) throw source.problem(`unexpected ${shown(source)}`);
        endDocuments(source, this);
      } catch (thrown) {
        if (!(thrown instanceof ShellProblem)) throw thrown;
        this.#recover(source, start, thrown, items, code);
      }
    }
  }

  #recover(
    source: ShellSource,
    start: number,
    problem: ShellProblem,
    items: ListItem[],
    code: 'SHELL_SYNTAX' | 'SHELL_SYNTAX_LATER',
  ): void {
    for (const salvaged of problem.salvaged.toReversed()) for (const item of salvaged) items.push(item);
    const at = Math.max(problem.at, start);
    const newline = source.text.indexOf('\n', at);
    const next = problem.code === 'SHELL_TOO_COSTLY' || newline < 0 ? source.limit : newline + 1;
    const noted = problem.code === 'SHELL_SYNTAX' ? code : problem.code;
    source.meter.remark(noted, source.offset(at), source.offset(next) - source.offset(at), problem.message);
    source.pending = [];
    source.position = next;
  }

  /** Items up to the end, a `)`, a `;;` or a reserved word that closes. What was complete survives a problem. */
  list(source: ShellSource, into?: ListItem[]): ShellList {
    const items: ListItem[] = into ?? [];
    try {
      for (;;) {
        skipLines(source, this);
        if (atListEnd(source)) return items;
        const item = this.andOr(source);
        skipBlanks(source);
        const background = source.peek() === '&' && source.peek(1) !== '&';
        items.push(background ? { ...item, background } : item);
        if (background || (source.peek() === ';' && !source.startsWith(';;') && !source.startsWith(';&')))
          source.position += 1;
        else if (source.peek() === '\n') takeNewline(source, this);
        else if (atListEnd(source)) return items;
        else throw source.problem(`unexpected ${shown(source)}`);
      }
    } catch (thrown) {
      if (thrown instanceof ShellProblem && into === undefined) thrown.salvaged.push(items);
      throw thrown;
    }
  }

  /** A list that a shell does not allow to be empty. */
  someList(source: ShellSource, behind: string): ShellList {
    const items = source.deeper(() => this.list(source));
    if (items.length === 0 && !source.atEnd) source.mistake(`nothing stands behind ${behind}`);
    return items;
  }

  andOr(source: ShellSource): ListItem {
    const first = this.pipeline(source);
    const rest: ListItem['rest'][number][] = [];
    for (;;) {
      skipBlanks(source);
      const operator = source.startsWith('&&') ? '&&' : source.startsWith('||') ? '||' : undefined;
      if (operator === undefined) return { first, rest, background: false };
      source.position += 2;
      skipLines(source, this);
      try {
        rest.push({ operator, pipeline: this.pipeline(source) });
      } catch (thrown) {
        if (thrown instanceof ShellProblem) thrown.salvaged.push([{ first, rest, background: false }]);
        throw thrown;
      }
    }
  }

  pipeline(source: ShellSource): Pipeline {
    const commands: ShellCommand[] = [];
    const withErrors: number[] = [];
    let negated = false;
    let isPrefixed = false;
    for (;;) {
      if (takeReserved(source, '!')) negated = !negated;
      else if (source.dialect === 'bash' && takeReserved(source, 'time')) {
        skipBlanks(source);
        source.position += source.match(/-p(?=[ \t\n;&|]|$)/y).length;
      } else break;
      isPrefixed = true;
    }
    skipBlanks(source);
    if (isPrefixed && (source.atEnd || source.peek() === '\n' || (source.peek() === ';' && source.peek(1) !== ';')))
      return { negated, commands, withErrors };
    try {
      for (;;) {
        commands.push(this.command(source));
        skipBlanks(source);
        if (source.peek() !== '|' || source.peek(1) === '|') return { negated, commands, withErrors };
        source.position += 1;
        if (source.peek() === '&') {
          withErrors.push(commands.length - 1);
          source.position += 1;
        }
        skipLines(source, this);
      }
    } catch (thrown) {
      if (thrown instanceof ShellProblem && commands.length > 0)
        thrown.salvaged.push([{ first: { negated, commands, withErrors }, rest: [], background: false }]);
      throw thrown;
    }
  }

  command(source: ShellSource): ShellCommand {
    skipBlanks(source);
    const at = source.position;
    const compound = source.deeper(() => this.compound(source));
    if (compound !== undefined) {
      const redirections = readRedirections(source, this);
      return { ...compound, redirections, start: source.offset(at), end: source.offset(source.position) };
    }
    const simple = readSimple(source, this);
    if (simple === undefined) throw source.problem(`unexpected ${shown(source)}`);
    if (
      source.peek() === '(' &&
      simple.words.length === 1 &&
      simple.assignments.length + simple.redirections.length === 0
    ) {
      const [word] = simple.words;
      const name = word !== undefined && 'parts' in word ? plainText(word) : undefined;
      return this.functionBody(source, name ?? '', at, true);
    }
    return simple;
  }

  /** From the `(` behind a function's name, or from its body. */
  functionBody(source: ShellSource, name: string, at: number, hasParentheses: boolean): ShellCommand {
    if (hasParentheses) {
      source.position += 1;
      skipBlanks(source);
      if (source.peek() !== ')') throw source.problem(`unexpected ${shown(source)} behind (`);
      source.position += 1;
    }
    skipLines(source, this);
    const start = source.position;
    const body = source.deeper(() => this.command(source));
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
  }

  /** undefined where no compound command begins. Positions and redirections are the caller's. */
  compound(source: ShellSource): ShellCommand | undefined {
    const at = source.position;
    const frame = { redirections: [], start: 0, end: 0 };
    if (source.peek() === '(') {
      if (source.peek(1) === '(' && source.dialect === 'bash' && opensArithmetic(source))
        return { kind: 'arithmetic', parts: readArithmetic(source, this), ...frame };
      source.position += 1;
      const body = this.commandsToParenthesis(source, at);
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
        const body = this.someList(source, '{');
        return this.#keeping([body], () => {
          expectReserved(source, '}', at, '{');
          return { kind: 'group', body, ...frame };
        });
      }
      case 'if':
        take();
        return this.#ifCommand(source, at);
      case 'while':
      case 'until': {
        take();
        const condition = this.someList(source, word);
        return this.#keeping([condition], () => ({
          kind: word,
          condition,
          body: this.#doGroup(source, at, word, false),
          ...frame,
        }));
      }
      case 'for':
        take();
        return this.#forCommand(source, at, 'for');
      case 'case':
        take();
        return this.#caseCommand(source, at);
      case 'function': {
        if (source.dialect === 'sh') return undefined;
        take();
        skipBlanks(source);
        const name = readWord(source, this);
        if (name === undefined) throw source.problem('function lacks a name');
        skipBlanks(source);
        return this.functionBody(
          source,
          plainText(name) ?? '',
          at,
          source.peek() === '(' && /^\([ \t]*\)/.test(source.text.slice(source.position, source.position + 40)),
        );
      }
      case 'select':
        if (source.dialect === 'sh') return undefined;
        take();
        return this.#forCommand(source, at, 'select');
      case '[[':
        if (source.dialect === 'sh') return undefined;
        take();
        return { kind: 'condition', expression: readCondition(source, this), ...frame };
      case 'coproc':
        if (source.dialect === 'sh') return undefined;
        take();
        return this.#coprocess(source);
      default:
        if (closers.has(word)) throw source.problem(`unexpected ${word}`);
        return undefined;
    }
  }

  /** Lists already complete survive a problem in what follows. */
  #keeping<T>(lists: readonly ShellList[], read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      if (thrown instanceof ShellProblem) for (const list of lists.toReversed()) thrown.salvaged.push(list);
      throw thrown;
    }
  }

  #ifCommand(source: ShellSource, at: number): ShellCommand {
    const branches: { condition: ShellList; body: ShellList }[] = [];
    const done: ShellList[] = [];
    return this.#keeping(done, () => {
      let opener = 'if';
      do {
        const condition = this.someList(source, opener);
        done.push(condition);
        expectReserved(source, 'then', at, opener);
        const body = this.someList(source, 'then');
        done.push(body);
        branches.push({ condition, body });
        opener = 'elif';
      } while (takeReserved(source, 'elif'));
      const otherwise = takeReserved(source, 'else') ? this.someList(source, 'else') : undefined;
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
  }

  /** `do … done`; behind `for`, bash also takes `{ … }`. */
  #doGroup(source: ShellSource, at: number, opener: string, braces: boolean): ShellList {
    skipLines(source, this);
    const closer = braces && takeReserved(source, '{') ? '}' : 'done';
    if (closer === 'done') expectReserved(source, 'do', at, opener);
    const body = this.someList(source, closer === 'done' ? 'do' : '{');
    this.#keeping([body], () => {
      expectReserved(source, closer, at, opener);
    });
    return body;
  }

  #forCommand(source: ShellSource, at: number, kind: 'for' | 'select'): ShellCommand {
    const frame = { redirections: [], start: 0, end: 0 };
    skipBlanks(source);
    const braces = source.dialect === 'bash';
    if (kind === 'for' && braces && source.startsWith('((')) {
      source.position += 2;
      const header = source.deeper(() => readParts(source, this, 'arithmetic'));
      if (!source.startsWith('))')) throw source.problem('for (( is never closed', at);
      source.position += 2;
      skipBlanks(source);
      if (source.peek() === ';' && source.peek(1) !== ';') source.position += 1;
      return { kind: 'arithmetic-for', header, body: this.#doGroup(source, at, 'for', true), ...frame };
    }
    const word = readWord(source, this);
    const name = word === undefined ? undefined : plainText(word);
    if (name === undefined) throw source.problem(`${kind} lacks a name`);
    skipLines(source, this);
    let words: Word[] | undefined;
    if (takeReserved(source, 'in')) {
      words = [];
      for (;;) {
        skipBlanks(source);
        const value = readWord(source, this);
        if (value === undefined) break;
        words.push(value);
      }
      if (source.peek() === '\n') takeNewline(source, this);
      else if (source.peek() === ';' && source.peek(1) !== ';') source.position += 1;
      else throw source.problem(`unexpected ${shown(source)} in ${kind}`);
    } else if (source.peek() === ';' && source.peek(1) !== ';') source.position += 1;
    const body = this.#doGroup(source, at, kind, braces);
    return { kind, name, ...(words === undefined ? {} : { words }), body, ...frame };
  }

  #caseCommand(source: ShellSource, at: number): ShellCommand {
    skipBlanks(source);
    const subject = readWord(source, this);
    if (subject === undefined) throw source.problem('case lacks a word');
    skipLines(source, this);
    expectReserved(source, 'in', at, 'case');
    const branches: CaseBranch[] = [];
    return this.#keeping([], () => {
      try {
        for (;;) {
          skipLines(source, this);
          if (takeReserved(source, 'esac')) break;
          if (source.atEnd) throw source.problem('case lacks its esac');
          branches.push(this.#caseBranch(source));
        }
      } catch (thrown) {
        if (thrown instanceof ShellProblem) for (const { body } of branches.toReversed()) thrown.salvaged.push(body);
        throw thrown;
      }
      return { kind: 'case', subject, branches, redirections: [], start: 0, end: 0 };
    });
  }

  #caseBranch(source: ShellSource): CaseBranch {
    if (source.peek() === '(') source.position += 1;
    const patterns: Word[] = [];
    for (;;) {
      skipBlanks(source);
      const pattern = readWord(source, this);
      if (pattern === undefined) throw source.problem(`unexpected ${shown(source)} in case`);
      patterns.push(pattern);
      skipBlanks(source);
      if (source.peek() !== '|') break;
      source.position += 1;
    }
    if (source.peek() !== ')') throw source.problem(`unexpected ${shown(source)} in case`);
    source.position += 1;
    const body = source.deeper(() => this.list(source));
    return this.#keeping([body], () => {
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
  }

  #coprocess(source: ShellSource): ShellCommand {
    skipBlanks(source);
    const frame = { redirections: [], start: 0, end: 0 };
    const named = source.match(
      /[A-Za-z_][A-Za-z0-9_]*(?=[ \t]+(?:[({]|\[\[|(?:if|while|until|for|case|select)[ \t\n]))/y,
    );
    source.position += /^(?:if|while|until|for|case|select)$/.test(named) ? 0 : named.length;
    const command = source.deeper(() => this.command(source));
    return { kind: 'coprocess', ...(named === '' ? {} : { name: named }), command, ...frame };
  }
}

/** Reads a whole script into `items`, whatever it holds: what cannot be read is remarked on, and reading goes on behind it. */
export const readScript = (source: ShellSource, items: ListItem[]): void =>
  new Grammar().script(source, items, 'SHELL_SYNTAX');
