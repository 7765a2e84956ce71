/** `tr`, `cut`, `tac` and the plainest of `sed`, on known text (POSIX.1-2024, Utilities). */
import { maximumLength, replaceEvery } from './shell-values.value.ts';

const classes: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    lower: 'abcdefghijklmnopqrstuvwxyz',
    digit: '0123456789',
    alpha: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    alnum: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    space: '\t\n\v\f\r ',
    blank: '\t ',
    punct: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
  }),
);

const escapes: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    a: '\x07',
    f: '\f',
    v: '\v',
    b: '\b',
  }),
);

const setOf = (spec: string): string => {
  let result = '';
  const characters: string[] = [];
  for (const [whole, name, octal, escaped] of spec.matchAll(/\[:([a-z]+):\]|\\([0-7]{1,3})|\\([\s\S])|[\s\S]/g)) {
    if (name !== undefined) characters.push(...(classes.get(name) ?? '').split(''));
    else if (octal !== undefined) characters.push(String.fromCharCode(Number.parseInt(octal, 8) & 255));
    else characters.push(escaped === undefined ? whole : (escapes.get(escaped) ?? escaped));
  }
  for (let at = 0; at < characters.length; at += 1) {
    const low = characters[at] ?? '';
    const high = characters[at + 2];
    if (characters[at + 1] === '-' && high !== undefined && high >= low) {
      for (let code = low.charCodeAt(0); code <= high.charCodeAt(0); code += 1) result += String.fromCharCode(code);
      at += 2;
    } else result += low;
  }
  return result;
};

export interface TranslateMode {
  readonly deletes: boolean;
  readonly complements: boolean;
  readonly squeezes: boolean;
}

export const translate = (
  text: string,
  from: string,
  to: string | undefined,
  mode: TranslateMode,
): string | undefined => {
  const source = new Map(
    setOf(from)
      .split('')
      .map((character, index) => [character, index]),
  );
  const isHit = (character: string): boolean => source.has(character) !== mode.complements;
  if (mode.deletes)
    return text
      .split('')
      .filter((character) => !isHit(character))
      .join('');
  const target = to === undefined ? undefined : setOf(to);
  if (target === '' || (target === undefined && !mode.squeezes)) return undefined;
  let result = '';
  let last = '';
  for (const character of text) {
    const hit = isHit(character);
    const index = mode.complements ? Number.MAX_SAFE_INTEGER : (source.get(character) ?? 0);
    const next = !hit || target === undefined ? character : target.charAt(index) || target.slice(-1);
    if (mode.squeezes && hit && next === last) continue;
    result += next;
    last = hit ? next : '';
  }
  return result;
};

const positions = (list: string): readonly (readonly [number, number])[] | undefined => {
  const ranges: (readonly [number, number])[] = [];
  for (const piece of list.split(',')) {
    const found = /^(\d{0,7})(-?)(\d{0,7})$/.exec(piece);
    if (found === null) return undefined;
    const [, low, dash, high] = found;
    const first = low === '' ? 1 : Number(low);
    ranges.push([first, dash === '' ? first : high === '' ? Number.MAX_SAFE_INTEGER : Number(high)]);
  }
  return ranges;
};

export const cutFields = (
  lines: readonly string[],
  delimiter: string,
  fields: string | undefined,
  characters: string | undefined,
): string | undefined => {
  const ranges = positions(fields ?? characters ?? 'none');
  if (ranges === undefined) return undefined;
  const isWanted = (position: number): boolean => ranges.some(([low, high]) => position >= low && position <= high);
  return lines
    .map((line) => {
      if (fields !== undefined && !line.includes(delimiter)) return `${line}\n`;
      const separator = fields === undefined ? '' : delimiter;
      return `${line
        .split(separator)
        .filter((_, index) => isWanted(index + 1))
        .join(separator)}\n`;
    })
    .join('');
};

export const reverseLines = (text: string): string => {
  const lines = text.replace(/\n$/, '').split('\n').toReversed();
  return lines.map((line) => `${line}\n`).join('');
};

/** `s/literal/literal/g`, `y/abc/xyz/`, `Nd`, `Np`, `N,Mp`. undefined for every other script: it would take a whole sed. */
export const editStream = (text: string, scripts: readonly string[], quiet: boolean): string | undefined => {
  let result = text;
  for (const script of scripts.flatMap((piece) => piece.split(/[;\n]/)).map((piece) => piece.trim())) {
    if (script === '') continue;
    const edited = quiet ? printLines(result, script) : editOnce(result, script);
    if (edited === undefined) return undefined;
    result = edited;
  }
  return result;
};

const lineRange = (script: string, verb: string): readonly [number, number] | undefined => {
  const found = /^(\d{1,7}|\$)(?:,(\d{1,7}|\$))?([a-z])$/.exec(script);
  if (found === null || found[3] !== verb) return undefined;
  const toLine = (line: string | undefined): number => (line === '$' ? Number.MAX_SAFE_INTEGER : Number(line));
  return [toLine(found[1]), toLine(found[2] ?? found[1])];
};

const selectLines = (text: string, keep: (line: number) => boolean): string =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .filter((_, index) => keep(index + 1))
    .map((line) => `${line}\n`)
    .join('');

const printLines = (text: string, script: string): string | undefined => {
  const range = lineRange(script, 'p');
  return range === undefined ? undefined : selectLines(text, (line) => line >= range[0] && line <= range[1]);
};

const editOnce = (text: string, script: string): string | undefined => {
  const range = lineRange(script, 'd');
  if (range !== undefined) return selectLines(text, (line) => line < range[0] || line > range[1]);
  const verb = script.charAt(0);
  const [from, to, flags = '', ...more] = script.slice(2).split(script.charAt(1));
  if (from === undefined || to === undefined || more.length > 0 || from === '') return undefined;
  if (verb === 'y')
    return translate(text, from.replace(/[-[]/g, '\\$&'), to.replace(/[-[]/g, '\\$&'), {
      deletes: false,
      complements: false,
      squeezes: false,
    });
  if (verb !== 's' || /[.*[\]^$\\+?(){}|]/.test(from) || /[&\\]/.test(to) || !/^g?$/.test(flags)) return undefined;
  if (flags === 'g') return replaceEvery(text, from, to);
  if (text.length * to.length > maximumLength) return undefined;
  return text
    .split('\n')
    .map((line) => line.replace(from, () => to))
    .join('\n');
};
