/** A simple command: assignments, words, redirections (POSIX.1-2024, 2.7 and 2.9.1; Bash Reference Manual, 3.2.2, 3.4, 3.6 and 6.7). */
import { skipBlanks, skipLines } from './shell.blank.ts';
import { ShellProblem, type ShellSource } from './shell.source.ts';
import type {
  ArrayElement,
  Assignment,
  Redirection,
  RedirectionOperator,
  SimpleCommand,
  Word,
  WordPart,
} from './shell.tree.ts';
import { plainText, readParts, readWord } from './shell.word.ts';
import type { WordReader } from './shell.word-parts.ts';

const operatorPattern = /&>>|&>|<<<|<<-|<<|<>|<&|>>|>\||>&|<|>/y;
const descriptorPattern = /(?:[0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})(?=[<>])/y;

/** The delimiter of a here-document as written: quotes taken out, nothing expanded. */
const readDelimiter = (
  source: ShellSource,
  reader: WordReader,
): { text: string; quoted: boolean; word: Word } | undefined => {
  const start = source.position;
  const word = readWord(source, reader);
  if (word === undefined) return undefined;
  if (word.parts.every((part) => part.kind === 'text'))
    return {
      text: word.parts.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
      quoted: word.parts.some((part) => part.kind === 'text' && part.quoted),
      word,
    };
  const raw = source.text.slice(start, source.position);
  return { text: raw.replace(/["']/g, ''), quoted: /["'\\]/.test(raw), word };
};

/** undefined where no redirection begins. */
export const readRedirection = (source: ShellSource, reader: WordReader): Redirection | undefined => {
  const first = source.peek();
  if (first !== '<' && first !== '>' && first !== '&' && first !== '{' && !(first >= '0' && first <= '9'))
    return undefined;
  const at = source.position;
  const descriptor = source.match(descriptorPattern);
  source.position += descriptor.length;
  const operator = source.match(operatorPattern) as RedirectionOperator | '';
  const isProcess = (operator === '<' || operator === '>') && source.peek(1) === '(' && descriptor === '';
  if (operator === '' || isProcess || (source.dialect === 'sh' && operator.startsWith('&'))) {
    source.position = at;
    return undefined;
  }
  source.position += operator.length;
  skipBlanks(source);
  const start = source.offset(at);
  const named = descriptor === '' ? {} : { descriptor: descriptor.replace(/[{}]/g, '') };
  if (operator === '<<' || operator === '<<-') {
    const delimiter = readDelimiter(source, reader);
    if (delimiter === undefined) throw source.problem(`nothing follows ${operator}`);
    const redirection = { operator, ...named, target: delimiter.word, start, end: source.offset(source.position) };
    source.pending.push({
      delimiter: delimiter.text,
      quoted: delimiter.quoted,
      stripTabs: operator === '<<-',
      at,
      redirection,
    });
    return redirection;
  }
  const target = readWord(source, reader);
  if (target === undefined) throw source.problem(`nothing follows ${operator}`);
  return { operator, ...named, target, start, end: source.offset(source.position) };
};

export const readRedirections = (source: ShellSource, reader: WordReader): readonly Redirection[] => {
  const redirections: Redirection[] = [];
  for (;;) {
    skipBlanks(source);
    const redirection = readRedirection(source, reader);
    if (redirection === undefined) return redirections;
    redirections.push(redirection);
  }
};

/** From behind the `[` of a subscript, where its `]` is; -1 when it is none. Looks no further than the line and the next blank outside quotes. */
const subscriptEnd = (source: ShellSource, start: number): number => {
  let depth = 1;
  let at = start;
  for (; at < source.limit; at += 1) {
    const character = source.text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '\n') break;
    else if (character === '[') depth += 1;
    else if (character === ']') {
      depth -= 1;
      if (depth === 0) break;
    } else if (character === "'" || character === '"') {
      for (at += 1; at < source.limit && source.text.charAt(at) !== character; at += 1)
        if (character === '"' && source.text.charAt(at) === '\\') at += 1;
    }
  }
  source.meter.spend(at - start, start);
  return depth === 0 && at < source.limit ? at : -1;
};

interface AssignmentHead {
  readonly name: string;
  readonly subscript?: readonly WordPart[];
  readonly append: boolean;
}

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const signPattern = /\+?=/y;

/** `name=`, `name+=`, `name[…]=`. Takes nothing where none stands. */
const readHead = (source: ShellSource, reader: WordReader, element = false): AssignmentHead | undefined => {
  const start = source.position;
  const name = element ? '' : source.match(namePattern);
  if (name === '' && !element) return undefined;
  source.position += name.length;
  let subscript: readonly WordPart[] | undefined;
  if (source.peek() === '[' && source.dialect === 'bash') {
    const end = subscriptEnd(source, source.position + 1);
    const sign = end < 0 ? '' : source.text.slice(end + 1, end + 3);
    if (!sign.startsWith('=') && sign !== '+=') {
      source.position = start;
      return undefined;
    }
    source.position += 1;
    subscript = source.deeper(() => readParts(source, reader, 'brackets'));
    if (source.peek() !== ']') throw source.problem('a subscript is never closed', start);
    source.position += 1;
  }
  const sign = source.match(signPattern);
  if (sign === '' || (element && subscript === undefined) || (sign === '+=' && source.dialect === 'sh')) {
    source.position = start;
    return undefined;
  }
  source.position += sign.length;
  return { name, ...(subscript === undefined ? {} : { subscript }), append: sign === '+=' };
};

const readElements = (source: ShellSource, reader: WordReader, opening: number): readonly ArrayElement[] => {
  const elements: ArrayElement[] = [];
  for (;;) {
    skipLines(source, reader);
    if (source.peek() === ')') {
      source.position += 1;
      return elements;
    }
    const at = source.position;
    const head = readHead(source, reader, true);
    const value = readWord(source, reader) ?? (head === undefined ? undefined : emptyWord(source));
    if (value === undefined)
      throw source.problem(
        source.atEnd ? 'the array ( is never closed' : `unexpected ${shown(source)} in an array`,
        source.atEnd ? opening : at,
      );
    elements.push(head?.subscript === undefined ? { value } : { subscript: head.subscript, value });
  }
};

const emptyWord = (source: ShellSource): Word => ({
  parts: [],
  start: source.offset(source.position),
  end: source.offset(source.position),
});

const readAssignment = (source: ShellSource, reader: WordReader): Assignment | undefined => {
  const at = source.position;
  const head = readHead(source, reader);
  if (head === undefined) return undefined;
  let value: Assignment['value'];
  if (source.peek() === '(' && source.dialect === 'bash') {
    const opening = source.position;
    source.position += 1;
    value = source.deeper(() => readElements(source, reader, opening));
  } else value = readWord(source, reader) ?? emptyWord(source);
  return { ...head, value, start: source.offset(at), end: source.offset(source.position) };
};

/** Builtins whose arguments may assign arrays. */
const declarers = new Set([
  'declare',
  'typeset',
  'local',
  'export',
  'readonly',
  'alias',
  'eval',
  'let',
  'builtin',
  'command',
]);

/** The next thing for a person: an operator, a newline, the end. */
export const shown = (source: ShellSource): string => {
  const operator = source.match(/;;&|;;|;&|&&|\|\||\|&|[;&|()<>]/y);
  if (operator !== '') return operator;
  if (source.atEnd) return 'end of the script';
  return source.peek() === '\n' ? 'end of the line' : source.match(/[^\s;&|()<>]{1,20}/y);
};

/** undefined where no simple command begins. A word is taken as it stands: that it is not reserved is for the caller to see. */
export const readSimple = (source: ShellSource, reader: WordReader): SimpleCommand | undefined => {
  const at = source.position;
  const assignments: Assignment[] = [];
  const words: (Word | Assignment)[] = [];
  const redirections: Redirection[] = [];
  let end = at;
  const command = (): SimpleCommand => ({
    kind: 'simple',
    assignments,
    words,
    redirections,
    start: source.offset(at),
    end: source.offset(end),
  });
  let declares = false;
  try {
    for (;;) {
      skipBlanks(source);
      const redirection = readRedirection(source, reader);
      if (redirection !== undefined) redirections.push(redirection);
      else {
        const assignment = words.length === 0 || declares ? readAssignment(source, reader) : undefined;
        const word = assignment ?? readWord(source, reader);
        if (word === undefined) break;
        if (words.length === 0 && assignment !== undefined) assignments.push(assignment);
        else {
          if (words.length === 0) declares = declarers.has(plainText(word as Word) ?? '');
          words.push(word);
        }
      }
      end = source.position;
      // `name (` begins a function: the caller looks.
      if (words.length === 1 && assignments.length === 0 && redirections.length === 0 && opensFunction(source)) break;
    }
  } catch (thrown) {
    // What a person would still recognise survives: the words before the one that could not be read.
    if (thrown instanceof ShellProblem && words.length > 0)
      thrown.salvaged.push([
        { first: { negated: false, commands: [command()], withErrors: [] }, rest: [], background: false },
      ]);
    throw thrown;
  }
  if (assignments.length + words.length + redirections.length === 0) return undefined;
  return command();
};

const opensFunction = (source: ShellSource): boolean => {
  skipBlanks(source);
  return source.peek() === '(';
};
