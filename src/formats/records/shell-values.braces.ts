/** Brace expansion: `{a,b}`, `{1..3}` (Bash Reference Manual, 3.5.1). */
import type { WordPart } from './shell.tree.ts';

/** A character that may mean something, or a part that cannot. */
type Token = string | WordPart;

const maximumWords = 64;
/** Looks at a character or part, for one word. */
const maximumWork = 50_000;
const workForAStep = 16;

const toTokens = (parts: readonly WordPart[]): Token[] =>
  parts.flatMap((part): Token[] => (part.kind === 'text' && !part.quoted ? part.text.split('') : [part]));

const toParts = (tokens: readonly Token[]): readonly WordPart[] => {
  const parts: WordPart[] = [];
  let text = '';
  const close = (): void => {
    if (text !== '') parts.push({ kind: 'text', text, quoted: false });
    text = '';
  };
  for (const token of tokens)
    if (typeof token === 'string') text += token;
    else {
      close();
      parts.push(token);
    }
  close();
  return parts;
};

const rangePattern = /^(?:(-?\d{1,9})\.\.(-?\d{1,9})|([a-zA-Z])\.\.([a-zA-Z]))(?:\.\.(-?\d{1,9}))?$/;

const rangeOf = (inner: readonly Token[]): Token[][] | undefined => {
  let text = '';
  for (const token of inner) {
    if (typeof token !== 'string') return undefined;
    text += token;
  }
  const found = rangePattern.exec(text);
  if (found === null) return undefined;
  const [, low, high, first, last, stride] = found;
  const from = low === undefined ? (first ?? '').charCodeAt(0) : Number(low);
  const to = high === undefined ? (last ?? '').charCodeAt(0) : Number(high);
  const step = Math.max(1, Math.abs(Number(stride ?? 1))) * (to < from ? -1 : 1);
  const words: Token[][] = [];
  for (let at = from; step > 0 ? at <= to : at >= to; at += step) {
    if (words.length >= maximumWords) return undefined;
    words.push((low === undefined ? String.fromCharCode(at) : String(at)).split(''));
  }
  return words;
};

/** The first brace that opens a list or range: its alternatives and where it ends. */
const findBrace = (tokens: readonly Token[], start: number): { words: Token[][]; end: number } | undefined => {
  let depth = 0;
  const commas: number[] = [];
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === '{') depth += 1;
    else if (token === ',' && depth === 1) commas.push(at);
    else if (token === '}') {
      depth -= 1;
      if (depth > 0) continue;
      if (commas.length === 0) {
        const words = rangeOf(tokens.slice(start + 1, at));
        return words === undefined ? undefined : { words, end: at };
      }
      const edges = [start, ...commas, at];
      return { words: edges.slice(1).map((edge, index) => tokens.slice((edges[index] ?? 0) + 1, edge)), end: at };
    }
  }
  return undefined;
};

const expandTokens = (tokens: readonly Token[], budget: { left: number }): readonly (readonly Token[])[] => {
  for (let at = 0; at < tokens.length; at += 1) {
    if (tokens[at] !== '{') continue;
    budget.left -= 1 + tokens.length;
    if (budget.left < 0) return [tokens];
    const brace = findBrace(tokens, at);
    if (brace === undefined) continue;
    const before = tokens.slice(0, at);
    const results: (readonly Token[])[] = [];
    const behind = tokens.slice(brace.end + 1);
    for (const word of brace.words) {
      for (const expanded of expandTokens([...word, ...behind], budget)) results.push([...before, ...expanded]);
      if (results.length > maximumWords) return [tokens];
    }
    return results;
  }
  return [tokens];
};

/** The words that a word's parts stand for: mostly the word itself. More than 64 stay one word as written. */
export const expandBraces = (
  parts: readonly WordPart[],
  spend: (steps: number) => void,
): readonly (readonly WordPart[])[] => {
  const mayHold = parts.some((part) => part.kind === 'text' && !part.quoted && part.text.includes('{'));
  if (!mayHold) return [parts];
  const tokens = toTokens(parts);
  if (tokens.length > 4096) return [parts];
  const budget = { left: maximumWork };
  const words = expandTokens(tokens, budget);
  spend((tokens.length + maximumWork - budget.left) / workForAStep);
  if (words.length === 1) return [parts];
  // Each word is a word of its own from here on.
  spend(words.length + words.reduce((sum, word) => sum + word.length, 0) / workForAStep);
  return words.map(toParts);
};
