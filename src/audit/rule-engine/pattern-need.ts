/** A pattern of a rule → the literals that every match of it contains. */
import { allOf, anyOf, frequencyOf, maximumLiterals, shortestLiteral, type Need } from './need.ts';
import type { SourcePattern } from './yara-source.ts';

/**
 * What is known of a piece of a regular expression: `exact`, the only texts that it matches, where those are few; `need`, what
 * every match contains. Both undefined: nothing.
 */
interface Known {
  readonly exact?: readonly string[];
  readonly need?: Need | undefined;
}

const nothing: Known = {};
const emptyMatch: Known = { exact: [''] };

/** Long enough, and no row of one character, of which contents are full. */
const isUseful = (literal: string): boolean => literal.length >= shortestLiteral && new Set(literal).size > 1;

/** Without those that hold another one: where they are, that one is. */
const shortestOnes = (literals: readonly string[]): readonly string[] =>
  [...new Set(literals)].filter(
    (literal, _, all) => !all.some((other) => other !== literal && literal.includes(other)),
  );

const literalNeed = (literals: readonly string[] | undefined): Need | undefined =>
  literals !== undefined && literals.length > 0 && literals.every(isUseful)
    ? { literals: shortestOnes(literals) }
    : undefined;

const joined = (left: readonly string[], right: readonly string[]): readonly string[] | undefined =>
  left.length * right.length > maximumLiterals ? undefined : left.flatMap((start) => right.map((end) => start + end));

/** Everything that a piece is known to need. */
const needsOf = ({ exact, need }: Known): Need | undefined => {
  const literal = literalNeed(exact);
  if (literal === undefined || need === undefined) return literal ?? need;
  return frequencyOf(literal) <= frequencyOf(need) ? literal : need;
};

/** Reads the syntax that YARA and YARA-X share; whatever else there is counts as nothing known. */
class RegexReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  alternatives(): Known {
    const branches = [this.#sequence()];
    while (this.#text[this.#at] === '|') {
      this.#at += 1;
      branches.push(this.#sequence());
    }
    const [only] = branches;
    if (branches.length === 1 && only !== undefined) return only;
    const exact = branches.flatMap((branch) => branch.exact ?? []);
    const isExact = branches.every((branch) => branch.exact !== undefined) && exact.length <= maximumLiterals;
    const needs = branches.map(needsOf);
    return {
      ...(isExact ? { exact } : {}),
      need: needs.every((need) => need !== undefined) ? anyOf(needs) : undefined,
    };
  }

  #sequence(): Known {
    let run: readonly string[] = [''];
    const needs: Need[] = [];
    let isExact = true;
    const close = (next: readonly string[]): void => {
      const literal = literalNeed(run);
      if (literal !== undefined) needs.push(literal);
      run = next;
    };
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const item = this.#repeated(this.#item());
      if (item.exact === undefined && item.need !== undefined) needs.push(item.need);
      const longer = item.exact === undefined ? undefined : joined(run, item.exact);
      if (longer !== undefined) {
        run = longer;
        continue;
      }
      isExact = false;
      close(item.exact ?? ['']);
    }
    if (isExact) return { exact: run };
    close(['']);
    return { need: allOf(needs) };
  }

  #item(): Known {
    const character = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (character === '\\') return this.#escape();
    if (character === '^' || character === '$') return emptyMatch;
    if (character === '.') return nothing;
    if (character === '[') return this.#class();
    if (character !== '(') return { exact: [Buffer.from(character, 'utf8').toString('latin1')] };
    if (this.#text.startsWith('?', this.#at)) this.#at = this.#text.indexOf(':', this.#at) + 1 || this.#text.length;
    const inside = this.alternatives();
    this.#at += 1;
    return inside;
  }

  #escape(): Known {
    const escaped = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (escaped === 'x') {
      const code = Number.parseInt(this.#text.slice(this.#at, this.#at + 2), 16);
      this.#at += 2;
      return Number.isNaN(code) ? nothing : { exact: [String.fromCharCode(code)] };
    }
    if (/[bB]/.test(escaped)) return emptyMatch;
    const control = { n: '\n', t: '\t', r: '\r', f: '\f', a: '\u0007' }[escaped];
    if (control !== undefined) return { exact: [control] };
    return /[A-Za-z0-9]/.test(escaped) ? nothing : { exact: [escaped] };
  }

  /** A class of a few plain characters is that many alternatives. */
  #class(): Known {
    const start = this.#at;
    if (this.#text[this.#at] === '^') this.#at += 1;
    if (this.#text[this.#at] === ']') this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== ']')
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    const inside = this.#text.slice(start, this.#at);
    this.#at += 1;
    // oxlint-disable-next-line no-control-regex
    return /^[^\\^\-[\]\u0080-\uffff]{1,3}$/.test(inside) ? { exact: [...new Set(Array.from(inside))] } : nothing;
  }

  #repeated(item: Known): Known {
    const match = /^(?:[?*+]|\{(\d*)(,?)(\d*)\})\??/.exec(this.#text.slice(this.#at, this.#at + 24));
    if (match === null) return item;
    this.#at += match[0].length;
    const isCounted = match[0].startsWith('{');
    const least = isCounted ? Number(match[1] ?? 0) : match[0].startsWith('+') ? 1 : 0;
    if (least === 0 && match[0].startsWith('?') && item.exact !== undefined) return { exact: ['', ...item.exact] };
    return least === 0 ? nothing : { need: needsOf(item) };
  }
}

/** Text with the escapes of YARA resolved, one character a byte. */
const toBytes = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, hex: string | undefined, sign: string | undefined) =>
      hex === undefined
        ? ({ n: '\n', t: '\t', r: '\r' }[sign ?? ''] ?? sign ?? '')
        : String.fromCharCode(Number.parseInt(hex, 16)),
    );

/** The longest row of fixed bytes; jumps, wildcards and alternatives break it. */
const hexLiteral = (text: string): string => {
  const plain = text
    .replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/\((?:[^()]|\([^()]*\))*\)/g, ' ?? ')
    .replaceAll(/\[[^\]]*\]/g, ' ?? ')
    .replaceAll(/\s+/g, '');
  let best = '';
  let open = '';
  for (const [piece] of plain.matchAll(/~?[0-9A-Fa-f?]{2}|./g)) {
    open = /^[0-9A-Fa-f]{2}$/.test(piece) ? open + String.fromCharCode(Number.parseInt(piece, 16)) : '';
    if (open.length > best.length) best = open;
  }
  return best;
};

/** Modifiers under which the bytes of a match are others than those written. */
const changing: readonly string[] = ['xor', 'base64', 'base64wide', 'wide'];

/** Undefined: no literal of at least five bytes is known to be in every match. */
export const patternNeed = ({
  kind,
  text,
  modifiers,
}: Pick<SourcePattern, 'kind' | 'text' | 'modifiers'>): Need | undefined => {
  if (modifiers.some((modifier) => changing.includes(modifier))) return undefined;
  if (kind === 'hex') return literalNeed([hexLiteral(text)]);
  if (kind === 'text') return literalNeed([toBytes(text)]);
  return needsOf(new RegexReader(text).alternatives());
};
