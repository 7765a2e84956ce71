/** A rule's condition → what it reads besides its patterns: other rules, externals, sizes, positions. */
import { fileKinds, type FileKind } from '../../core/file-kind.ts';
import { externalNames, wholeFileSize, type ExternalName } from './engine-interface.ts';
import { rewriteClasses } from './class-rewrite.ts';
import { unquote, type SourcePattern, type SourceRule, type SourceToken } from './yara-source.ts';

/** Names a condition uses that are no patterns, keywords aside; `name*` stands for every rule that begins so. */
const words = (rule: SourceRule): readonly string[] =>
  rule.condition.filter(({ kind, text }) => kind === 'word' && !/^[$#@!]/.test(text)).map(({ text }) => text);

export const externalsRead = (rule: SourceRule): readonly ExternalName[] => {
  const used = new Set(words(rule));
  return externalNames.filter((name) => used.has(name));
};

/** For each rule the positions of the rules that it refers to, and of the global ones, which restrict it. */
export const neededRules = (rules: readonly SourceRule[]): readonly (readonly number[])[] => {
  const byName = new Map(rules.map((rule, position) => [rule.name, position]));
  const globals = rules.flatMap((rule, position) => (rule.isGlobal ? [position] : []));
  return rules.map((rule, own) => {
    const needed = new Set(globals);
    for (const word of words(rule)) {
      const exact = byName.get(word);
      if (exact !== undefined) needed.add(exact);
      if (!word.endsWith('*')) continue;
      for (const [name, position] of byName) if (name.startsWith(word.slice(0, -1))) needed.add(position);
    }
    needed.delete(own);
    return [...needed];
  });
};

/** Compiled programs and archives, whose members are looked at one by one. */
const notInterpreted: readonly FileKind[] = [
  'empty',
  'elf',
  'pe',
  'macho',
  'java-class',
  'python-bytecode',
  'wasm',
  'zip',
  'tar',
  'gzip',
  'zstd',
  'xz',
  'bzip2',
  'lz4',
  'lzma',
  'ar',
  'rpm',
  'cpio',
  '7z',
  'rar',
];

/**
 * Whatever an interpreter would run when told to: shells and PHP do not mind a picture's or a document's first bytes, so those
 * must not keep the rules for scripts away.
 */
const interpretable: readonly FileKind[] = fileKinds.filter((kind) => !notInterpreted.includes(kind));

const kindsOfWord = (word: string): readonly FileKind[] => {
  if (word === 'interpretable') return interpretable;
  return fileKinds.filter((kind) => kind === word);
};

/**
 * `filetypes = "elf,interpretable"` in the meta: file kinds, or that one word for many. Undefined: every file, also when a word is
 * none of ours and so the meta means something else.
 */
export const kindsOf = (rule: SourceRule): ReadonlySet<FileKind> | undefined => {
  const meta = rule.meta.get('filetypes');
  if (typeof meta !== 'string') return undefined;
  const kinds = meta.split(',').map((word) => kindsOfWord(word.trim()));
  return kinds.every((group) => group.length > 0) ? new Set(kinds.flat()) : undefined;
};

/** LOKI and THOR write other words than we do. */
const foreignKinds: Readonly<Record<string, FileKind>> = {
  exe: 'pe',
  dll: 'pe',
  jpg: 'image',
  jpeg: 'image',
  gif: 'image',
  png: 'image',
  bmp: 'image',
  '7zip': '7z',
  gz: 'gzip',
  bz2: 'bzip2',
  class: 'java-class',
  'mach-o': 'macho',
  mdmp: 'data',
};

const isComparison = (token: SourceToken | undefined): boolean => token?.text === '==' || token?.text === '!=';

/** The literal compared with `filetype`, in our words. */
const translateKind = (literal: string): string => {
  const word = unquote(literal).toLowerCase();
  return JSON.stringify(foreignKinds[word] ?? word);
};

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The pattern's value as it is compiled, without its modifiers. */
export const patternText = (pattern: SourcePattern, source: string): string => {
  const written = source.slice(pattern.start, pattern.modifiersStart);
  if (pattern.kind !== 'regex') return written;
  const rewritten = rewriteClasses(pattern.text, pattern.modifiers.includes('nocase'));
  return rewritten === pattern.text ? written : written.replace(pattern.text, () => rewritten);
};

const conditionEdits = (rule: SourceRule, inWindows: boolean): readonly Edit[] =>
  rule.condition.flatMap(({ kind, text, start, end }, position) => {
    if (inWindows && kind === 'word' && text === 'filesize') return [{ start, end, text: wholeFileSize }];
    if (kind !== 'string') return [];
    const before = rule.condition.slice(Math.max(0, position - 2), position);
    const after = rule.condition.slice(position + 1, position + 3);
    const isKind =
      (isComparison(before[1]) && before[0]?.text === 'filetype') ||
      (isComparison(after[0]) && after[1]?.text === 'filetype');
    return isKind ? [{ start, end, text: translateKind(text) }] : [];
  });

/**
 * YARA-X (up to 1.20 at least) takes size limits and magic numbers at the top of a condition for limits of the rule's patterns, and
 * forgets that another rule may share a pattern without them: such a rule then misses. Behind a double negation it does not look.
 */
const shielded = (condition: readonly SourceToken[]): readonly Edit[] => {
  const first = condition[0];
  const last = condition.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    { start: first.start, end: first.start, text: 'not not (' },
    { start: last.end, end: last.end, text: ')' },
  ];
};

/**
 * The rule's text as it is compiled, with every line where it was: classes that the engine misreads written otherwise, the condition
 * shielded from an optimisation, literals compared with `filetype` in our words, and with `inWindows` the whole file's size in the
 * place of `filesize`, which an engine that sees one window cannot know.
 */
export const ruleText = (rule: SourceRule, source: string, inWindows: boolean): string => {
  const patterns = rule.patterns.map((pattern) => ({
    start: pattern.start,
    end: pattern.modifiersStart,
    text: patternText(pattern, source),
  }));
  const [opening, closing] = shielded(rule.condition);
  const edits = [...patterns, opening, ...conditionEdits(rule, inWindows), closing];
  let text = '';
  let at = rule.start;
  for (const edit of edits) {
    if (edit === undefined) continue;
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at, rule.end);
};

const readers = /^u?int(?:8|16|32)(?:be)?$/;
/** What the first window surely holds. */
const headBytes = 4096;

/** Whether a count, a position or a module decides: then pieces of a file cannot stand for the whole. */
export const isPositional = (rule: SourceRule, modules: readonly string[]): boolean =>
  rule.condition.some((token, position) => {
    const next = rule.condition[position + 1];
    if (token.kind !== 'word') return false;
    if (/^[#@!]/.test(token.text) || token.text === 'at' || token.text === 'entrypoint') return true;
    if (token.text === 'in') return /^\$|^them$|^\)$/.test(rule.condition[position - 1]?.text ?? '');
    if (readers.test(token.text)) {
      const argument = rule.condition[position + 2];
      return !(
        argument?.kind === 'number' &&
        Number(argument.text) < headBytes &&
        rule.condition[position + 3]?.text === ')'
      );
    }
    return next?.text === '.' && modules.includes(token.text);
  });

const unitBytes: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 * 1024 };

const sizeOf = (number: string): number => Number(number.replace(/[KM]B$/, '')) * (unitBytes[number.slice(-2)] ?? 1);

/** The size from which a condition is false, when it says so at its top: `filesize < 5MB and …`. */
export const sizeBound = (rule: SourceRule): number | undefined => {
  let depth = 0;
  let bound: number | undefined;
  for (const [position, token] of rule.condition.entries()) {
    if (token.text === '(') depth += 1;
    else if (token.text === ')') depth -= 1;
    else if (depth === 0 && token.text === 'or') return undefined;
    else if (depth === 0 && token.text === 'filesize' && rule.condition[position - 1]?.text !== 'not') {
      const [sign, limit] = rule.condition.slice(position + 1, position + 3);
      if (limit?.kind === 'number' && (sign?.text === '<' || sign?.text === '<='))
        bound = Math.min(bound ?? Infinity, sizeOf(limit.text) + (sign.text === '<=' ? 1 : 0));
    }
  }
  return bound;
};
