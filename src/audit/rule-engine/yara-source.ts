/** YARA source text → its rules with their meta, patterns and condition words, without compiling; after the YARA 4 and YARA-X lexical rules. */
import { malformed } from '../../core/fault.ts';

export interface SourcePattern {
  /** With the dollar sign; `$` alone for an anonymous pattern. */
  readonly id: string;
  readonly kind: 'text' | 'regex' | 'hex';
  /** As written between the delimiters. */
  readonly text: string;
  readonly modifiers: readonly string[];
  readonly line: number;
  /** Character offsets of the value with its modifiers, and where the modifiers begin. */
  readonly start: number;
  readonly modifiersStart: number;
  readonly end: number;
}

/** A word, number, literal or sign of a condition, at its place in the file. */
export interface SourceToken {
  readonly kind: 'word' | 'number' | 'string' | 'regex' | 'hex' | 'sign';
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

export interface SourceRule {
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isGlobal: boolean;
  readonly tags: readonly string[];
  readonly meta: ReadonlyMap<string, string | number | boolean>;
  readonly patterns: readonly SourcePattern[];
  readonly condition: readonly SourceToken[];
  /** Lines and character offsets of the whole rule, modifiers included. */
  readonly line: number;
  readonly endLine: number;
  readonly start: number;
  readonly end: number;
}

export interface SourceInclude {
  readonly path: string;
  readonly line: number;
  readonly start: number;
}

export interface YaraSource {
  /** Module names. */
  readonly imports: readonly string[];
  readonly includes: readonly SourceInclude[];
  readonly rules: readonly SourceRule[];
}

/** `where` of the Fault is the line. Whatever the compiler would refuse inside a rule is left to the compiler. */
const refuse = (line: number, reason: string): never => {
  throw malformed('YARA_SOURCE_UNREADABLE', reason, String(line));
};

const wordPattern = /[$#@!]?[A-Za-z_][A-Za-z0-9_]*\*?|[$#@!]\*?/y;
const numberPattern = /0x[0-9A-Fa-f]+|0o[0-7]+|\d+(?:\.\d+)?(?:KB|MB)?/y;
const textPattern = /"(?:[^"\\\n]|\\.)*"/y;
const regexPattern = /\/(?:[^/\\\n]|\\.)+\/[is]*/y;
const signPattern = /==|!=|<=|>=|<<|>>|\.\.|./y;
const blankPattern = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

/** Turns the whole text into tokens, comments left out. Every pattern is sticky and consumes, so the time is linear. */
const tokenize = (text: string): readonly SourceToken[] => {
  const tokens: SourceToken[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  const countLines = (from: number, to: number): void => {
    for (let index = text.indexOf('\n', from); index >= 0 && index < to; index = text.indexOf('\n', index + 1))
      line += 1;
  };
  const take = (kind: SourceToken['kind'], length: number): void => {
    tokens.push({ kind, text: text.slice(at, at + length), start: at, end: at + length, line });
    countLines(at, at + length);
    at += length;
  };
  while (at < text.length) {
    const blank = matchAt(blankPattern, text, at);
    if (blank !== undefined) {
      countLines(at, at + blank.length);
      at += blank.length;
      continue;
    }
    const character = text[at] ?? '';
    if (character === '{' && tokens.at(-1)?.text === '=') {
      const end = hexEnd(text, at);
      if (end < 0) refuse(line, 'a hexadecimal pattern is not closed with }');
      take('hex', end - at);
    } else if (character === '"') {
      const literal = matchAt(textPattern, text, at) ?? refuse(line, 'a text in quotes is not closed on its line');
      take('string', literal.length);
    } else if (character === '/') {
      if (text.startsWith('/*', at)) refuse(line, 'a comment is not closed with */');
      const literal = matchAt(regexPattern, text, at) ?? refuse(line, 'a regular expression is not closed on its line');
      take('regex', literal.length);
    } else {
      const word = matchAt(wordPattern, text, at);
      const number = word === undefined ? matchAt(numberPattern, text, at) : undefined;
      if (word !== undefined) take('word', word.length);
      else if (number !== undefined) take('number', number.length);
      else take('sign', (matchAt(signPattern, text, at) ?? character).length);
    }
  }
  return tokens;
};

/** A hexadecimal pattern may hold comments, and those may hold braces. */
const hexEnd = (text: string, start: number): number => {
  let at = start + 1;
  while (at < text.length) {
    const blank = matchAt(blankPattern, text, at);
    if (blank !== undefined) at += blank.length;
    else if (text[at] === '}') return at + 1;
    else at += 1;
  }
  return -1;
};

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

/** The value of a text literal with its quotes. `\xNN` is taken as the code point: good for meta and paths, which are text. */
export const unquote = (literal: string): string =>
  literal
    .slice(1, -1)
    .replaceAll(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, hex: string | undefined, character: string | undefined) =>
      hex === undefined ? (escapes[character ?? ''] ?? character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
    );

class Cursor {
  readonly tokens: readonly SourceToken[];
  position = 0;

  constructor(tokens: readonly SourceToken[]) {
    this.tokens = tokens;
  }

  get current(): SourceToken | undefined {
    return this.tokens[this.position];
  }

  get line(): number {
    return (this.current ?? this.tokens.at(-1))?.line ?? 1;
  }

  /** True, and one further, when the next token reads so. */
  accept(text: string): boolean {
    if (this.current?.text !== text) return false;
    this.position += 1;
    return true;
  }

  expect(text: string, what: string): void {
    if (!this.accept(text)) refuse(this.line, `${what}: expected ${text}, found ${this.current?.text ?? 'the end'}`);
  }

  next(what: string): SourceToken {
    const token = this.current;
    if (token === undefined) return refuse(this.line, `${what}: the file ends too early`);
    this.position += 1;
    return token;
  }

  /** A section's name followed by its colon lies ahead. */
  isSection(name: string): boolean {
    return this.current?.text === name && this.tokens[this.position + 1]?.text === ':';
  }
}

const parseMeta = (cursor: Cursor): ReadonlyMap<string, string | number | boolean> => {
  const meta = new Map<string, string | number | boolean>();
  while (cursor.current !== undefined && !cursor.isSection('strings') && !cursor.isSection('condition')) {
    const name = cursor.next('meta').text;
    cursor.expect('=', `meta ${name}`);
    const sign = cursor.accept('-') ? -1 : 1;
    const value = cursor.next(`meta ${name}`);
    if (value.kind === 'string') meta.set(name, unquote(value.text));
    else if (value.kind === 'number') meta.set(name, sign * Number(value.text));
    else meta.set(name, value.text === 'true');
  }
  return meta;
};

/** Arguments of a modifier, as in `xor(1-255)`, are passed over. */
const parseModifiers = (cursor: Cursor): readonly string[] => {
  const modifiers: string[] = [];
  while (cursor.current?.kind === 'word' && !cursor.current.text.startsWith('$') && !cursor.isSection('condition')) {
    modifiers.push(cursor.next('modifier').text);
    if (!cursor.accept('(')) continue;
    while (!cursor.accept(')')) cursor.next('modifier');
  }
  return modifiers;
};

const parsePatterns = (cursor: Cursor): readonly SourcePattern[] => {
  const patterns: SourcePattern[] = [];
  while (cursor.current !== undefined && !cursor.isSection('condition')) {
    const { text: id, line } = cursor.next('strings');
    cursor.expect('=', `pattern ${id}`);
    const value = cursor.next(`pattern ${id}`);
    if (value.kind !== 'string' && value.kind !== 'regex' && value.kind !== 'hex')
      refuse(value.line, `pattern ${id} is neither text, regular expression nor hexadecimal`);
    const kind = value.kind === 'string' ? 'text' : value.kind === 'regex' ? 'regex' : 'hex';
    const closing = value.text.lastIndexOf(kind === 'regex' ? '/' : kind === 'text' ? '"' : '}');
    const flags = value.text.slice(closing + 1);
    const modifiers = [
      ...(flags.includes('i') ? ['nocase'] : []),
      ...(flags.includes('s') ? ['dotall'] : []),
      ...parseModifiers(cursor),
    ];
    patterns.push({
      id,
      kind,
      text: value.text.slice(1, closing),
      modifiers,
      line,
      start: value.start,
      modifiersStart: value.end,
      end: cursor.tokens[cursor.position - 1]?.end ?? value.end,
    });
  }
  return patterns;
};

const parseRule = (cursor: Cursor, first: SourceToken, isPrivate: boolean, isGlobal: boolean): SourceRule => {
  const name = cursor.next('rule').text;
  const what = `rule ${name}`;
  const tags: string[] = [];
  if (cursor.accept(':')) while (cursor.current?.kind === 'word') tags.push(cursor.next(what).text);
  cursor.expect('{', what);
  let meta: ReadonlyMap<string, string | number | boolean> = new Map();
  if (cursor.isSection('meta')) {
    cursor.position += 2;
    meta = parseMeta(cursor);
  }
  let patterns: readonly SourcePattern[] = [];
  if (cursor.isSection('strings')) {
    cursor.position += 2;
    patterns = parsePatterns(cursor);
  }
  cursor.expect('condition', what);
  cursor.expect(':', what);
  const condition: SourceToken[] = [];
  while (cursor.current !== undefined && cursor.current.text !== '}') condition.push(cursor.next(what));
  const closing = cursor.next(what);
  return {
    name,
    isPrivate,
    isGlobal,
    tags,
    meta,
    patterns,
    condition,
    line: first.line,
    endLine: closing.line,
    start: first.start,
    end: closing.end,
  };
};

/** @throws {Fault} malformed `YARA_SOURCE_UNREADABLE` where rules cannot be told apart; `where` is the line. */
export const parseYaraSource = (text: string): YaraSource => {
  const cursor = new Cursor(tokenize(text));
  const imports: string[] = [];
  const includes: SourceInclude[] = [];
  const rules: SourceRule[] = [];
  while (cursor.current !== undefined) {
    const first = cursor.next('rules');
    if (first.text === 'import' || first.text === 'include') {
      const target = cursor.next(first.text);
      if (target.kind !== 'string') refuse(target.line, `after ${first.text} a text in quotes must follow`);
      if (first.text === 'import') imports.push(unquote(target.text));
      else includes.push({ path: unquote(target.text), line: first.line, start: first.start });
      continue;
    }
    let isPrivate = false;
    let isGlobal = false;
    let word = first;
    while (word.text === 'private' || word.text === 'global') {
      if (word.text === 'private') isPrivate = true;
      else isGlobal = true;
      word = cursor.next('rule');
    }
    if (word.text !== 'rule')
      refuse(word.line, `expected a rule, an import or an include, found ${word.text.slice(0, 40)}`);
    rules.push(parseRule(cursor, first, isPrivate, isGlobal));
  }
  return { imports, includes, rules };
};
