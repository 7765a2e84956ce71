/** Quotes that end at the next character of their kind: `'…'`, `$'…'` and the backquotes of a command (POSIX.1-2024, 2.2; Bash Reference Manual, 3.1.2). */
import { decodeAnsiString } from './shell.escapes.ts';
import type { ShellSource } from './shell.source.ts';
import type { ShellList } from './shell.tree.ts';
import type { WordReader } from './shell.word-parts.ts';

/** From behind the opening quote. */
export const readSingleQuoted = (source: ShellSource, opening: number): string => {
  const end = source.text.indexOf("'", source.position);
  source.meter.spend((end < 0 ? source.limit : end) - source.position, opening);
  if (end < 0 || end >= source.limit) throw source.problem("the quote ' is never closed", opening);
  const text = source.text.slice(source.position, end);
  source.position = end + 1;
  return text;
};

export const readAnsiQuoted = (source: ShellSource, opening: number): string => {
  const start = source.position;
  const body = source.match(/(?:[^'\\]|\\[\s\S])*/y);
  source.meter.spend(body.length, opening);
  source.position += body.length;
  if (source.peek() !== "'") throw source.problem("the quote $' is never closed", opening);
  source.position += 1;
  return decodeAnsiString(source.text.slice(start, start + body.length));
};

/** From behind the backquote. Inside, a backslash keeps its meaning unless one of $ ` \ follows, or a " where quoted. */
export const readBackquoted = (
  source: ShellSource,
  reader: WordReader,
  quoted: boolean,
  opening: number,
): ShellList => {
  const start = source.position;
  const body = source.match(/(?:[^`\\]|\\[\s\S])*/y);
  source.meter.spend(body.length * 2, opening);
  source.position += body.length;
  if (source.peek() !== '`') throw source.problem('the quote ` is never closed', opening);
  source.position += 1;
  const offsets = new Uint32Array(body.length + 1);
  const characters: string[] = [];
  for (let at = 0; at < body.length; at += 1) {
    const next = body.charAt(at + 1);
    if (body.charAt(at) === '\\' && (next === '$' || next === '`' || next === '\\' || (next === '"' && quoted)))
      at += 1;
    offsets[characters.length] = source.offset(start + at);
    characters.push(body.charAt(at));
  }
  offsets[characters.length] = source.offset(start + body.length);
  return source.deeper(() => reader.commandsOf(source.inside(characters.join(''), offsets)));
};
