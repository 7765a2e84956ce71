/** What readers of words hand to each other: where a word ends, who reads commands inside it, and its parts as they grow. */
import type { ShellSource } from './shell.source.ts';
import type { ShellList, WordPart } from './shell.tree.ts';

/** How words reach commands inside them, and parameters reach words: the grammar knows both. */
export interface WordReader {
  /** From behind the `$(` or `<(`, up to and with the `)`. */
  commandsToParenthesis(source: ShellSource, opening: number): ShellList;
  /** A whole script in backquotes, with its escapes taken out. */
  commandsOf(source: ShellSource): ShellList;
}

/**
 * Where a word ends, and what quotes mean there.
 * - `word`: at blanks and operators.
 * - `pattern`: the same, but `(` and `|` belong to it (behind `=~`).
 * - `quotes`: at `"`.
 * - `document`: at the end only (a here-document).
 * - `braces`: at `}`; `quoted-braces`: the same inside double quotes.
 * - `brackets`: at `]`; `arithmetic`: at `))`.
 */
export type WordMode =
  | 'word'
  | 'pattern'
  | 'quotes'
  | 'document'
  | 'braces'
  | 'quoted-braces'
  | 'brackets'
  | 'arithmetic';

/** Runs of one kind of text become one part. */
export class PartCollector {
  readonly parts: WordPart[] = [];
  #text = '';
  #quoted = false;
  #open = false;

  add(text: string, quoted: boolean): void {
    if (this.#open && this.#quoted !== quoted) this.close();
    this.#open = true;
    this.#quoted = quoted;
    this.#text += text;
  }

  part(part: WordPart): void {
    this.close();
    this.parts.push(part);
  }

  close(): void {
    if (this.#open) this.parts.push({ kind: 'text', text: this.#text, quoted: this.#quoted });
    this.#text = '';
    this.#open = false;
  }

  get lastPlain(): string {
    return this.#open && !this.#quoted ? this.#text.slice(-1) : '';
  }
}
