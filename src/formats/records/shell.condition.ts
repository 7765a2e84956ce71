/** `[[ … ]]` → an expression (Bash Reference Manual, 3.2.5.2 and 6.4). */
import { skipBlanks } from './shell.blank.ts';
import { shown } from './shell.simple.ts';
import type { ShellSource } from './shell.source.ts';
import type { Condition, Word } from './shell.tree.ts';
import { plainText, readWord } from './shell.word.ts';
import type { WordReader } from './shell.word-parts.ts';

const unaryOperator = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const binaryOperator = /^(?:=|==|!=|=~|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))$/;

const isEnd = (word: Word | undefined): boolean => word !== undefined && plainText(word) === ']]';

const readOperand = (source: ShellSource, reader: WordReader): Word => {
  skipBlanks(source);
  const word = readWord(source, reader);
  if (word === undefined || isEnd(word))
    throw source.problem(`unexpected ${word === undefined ? shown(source) : ']]'} in [[`);
  return word;
};

/** The `]]` without taking it. */
const atEnd = (source: ShellSource): boolean => {
  skipNewlines(source);
  return /^\]\](?:[\s;&|<>()]|$)/.test(source.text.slice(source.position, Math.min(source.position + 3, source.limit)));
};

/** Newlines between the parts of a condition are blanks, here-documents do not occur. */
const skipNewlines = (source: ShellSource): void => {
  skipBlanks(source);
  while (source.peek() === '\n') {
    source.position += 1;
    skipBlanks(source);
  }
};

const readPrimary = (source: ShellSource, reader: WordReader): Condition => {
  skipNewlines(source);
  if (source.peek() === '(') {
    const opening = source.position;
    source.position += 1;
    const inner = source.deeper(() => readOr(source, reader));
    skipNewlines(source);
    if (source.peek() !== ')') throw source.problem('( in [[ is never closed', opening);
    source.position += 1;
    return inner;
  }
  const first = readOperand(source, reader);
  const text = plainText(first);
  if (text === '!') return { kind: 'not', operand: source.deeper(() => readPrimary(source, reader)) };
  skipBlanks(source);
  if (
    unaryOperator.test(text ?? '') &&
    !atEnd(source) &&
    !/^(?:&&|\|\||\))/.test(source.text.slice(source.position, source.position + 2))
  )
    return { kind: 'unary', operator: text ?? '', word: readOperand(source, reader) };
  return readBinary(source, reader, first);
};

const readBinary = (source: ShellSource, reader: WordReader, left: Word): Condition => {
  const sign = source.peek();
  if ((sign === '<' || sign === '>') && source.peek(1) !== '(') {
    source.position += 1;
    return { kind: 'binary', operator: sign, left, right: readOperand(source, reader) };
  }
  if (atEnd(source) || source.peek() === ')' || source.startsWith('&&') || source.startsWith('||'))
    return { kind: 'word', word: left };
  const word = readOperand(source, reader);
  const operator = plainText(word) ?? '';
  if (!binaryOperator.test(operator)) throw source.problem('expected an operator in [[');
  skipBlanks(source);
  const right = operator === '=~' ? readWord(source, reader, 'pattern') : readWord(source, reader);
  if (right === undefined || isEnd(right)) throw source.problem(`nothing follows ${operator}`);
  return { kind: 'binary', operator, left, right };
};

const readChain = (
  source: ShellSource,
  kind: 'and' | 'or',
  operator: string,
  readOperandOf: () => Condition,
): Condition => {
  const operands = [readOperandOf()];
  for (;;) {
    skipNewlines(source);
    if (!source.startsWith(operator)) break;
    source.position += 2;
    operands.push(readOperandOf());
  }
  const [only] = operands;
  return operands.length === 1 && only !== undefined ? only : { kind, operands };
};

const readOr = (source: ShellSource, reader: WordReader): Condition =>
  readChain(source, 'or', '||', () => readChain(source, 'and', '&&', () => readPrimary(source, reader)));

/** From behind `[[` up to and with `]]`. */
export const readCondition = (source: ShellSource, reader: WordReader): Condition => {
  const opening = source.position;
  const condition = readOr(source, reader);
  if (!atEnd(source))
    throw source.problem(
      source.atEnd ? '[[ is never closed' : `unexpected ${shown(source)} in [[`,
      source.atEnd ? opening : source.position,
    );
  source.position += 2;
  skipBlanks(source);
  return condition;
};
