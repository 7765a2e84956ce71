/** Words that mean something where a command begins (POSIX.1-2024, 2.4). */
import { skipBlanks } from './shell.blank.ts';
import { shown } from './shell.simple.ts';
import type { ShellSource } from './shell.source.ts';

export const closers = new Set(['then', 'do', 'done', 'fi', 'elif', 'else', 'esac', '}']);
const reservedPattern = /(?:[a-z!{}[\]]|\\\n)+/y;
const longestReserved = 30;

/** The reserved word at the position, or ''. */
export const peekReserved = (source: ShellSource): { readonly word: string; readonly length: number } => {
  const run = source.match(reservedPattern);
  const next = source.peek(run.length);
  if (run === '' || run.length > longestReserved || (next !== '' && !' \t\n;&|<>()'.includes(next)))
    return { word: '', length: 0 };
  return { word: run.replaceAll('\\\n', ''), length: run.length };
};

export const takeReserved = (source: ShellSource, word: string): boolean => {
  skipBlanks(source);
  const found = peekReserved(source);
  if (found.word !== word) return false;
  source.position += found.length;
  return true;
};

export const expectReserved = (source: ShellSource, word: string, opening: number, opener: string): void => {
  if (takeReserved(source, word)) return;
  throw source.problem(
    source.atEnd ? `${opener} lacks its ${word}` : `unexpected ${shown(source)} where ${opener} needs ${word}`,
    source.atEnd ? source.position : Math.max(opening, source.position),
  );
};

/** The end, a `)`, a `;;`, or a reserved word that closes. */
export const atListEnd = (source: ShellSource): boolean =>
  source.atEnd ||
  source.peek() === ')' ||
  source.startsWith(';;') ||
  source.startsWith(';&') ||
  closers.has(peekReserved(source).word);
