/** Lists and pipelines of commands (POSIX.1-2024, 2.9 and 2.10; Bash Reference Manual, 3.2). */
import { endDocuments, skipBlanks, skipLines, takeNewline } from './shell.blank.ts';
import { type CommandReader, readCompound, readFunction } from './shell.compound.ts';
import { atListEnd, takeReserved } from './shell.reserved.ts';
import { readRedirections, readSimple, shown } from './shell.simple.ts';
import { ShellProblem, type ShellSource } from './shell.source.ts';
import type { ListItem, Pipeline, ShellCommand, ShellList } from './shell.tree.ts';
import { plainText } from './shell.word.ts';

class Grammar implements CommandReader {
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
    const compound = source.deeper(() => readCompound(source, this));
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
      return readFunction(source, this, name ?? '', at, true);
    }
    return simple;
  }
}

/** Reads a whole script into `items`, whatever it holds: what cannot be read is remarked on, and reading goes on behind it. */
export const readScript = (source: ShellSource, items: ListItem[]): void =>
  new Grammar().script(source, items, 'SHELL_SYNTAX');
