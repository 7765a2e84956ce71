/** Lines of a report for a terminal: wrapped, indented, and coloured where that shows. */
import type { Severity } from '../core/finding.ts';
import type { Decision } from '../core/verdict.ts';
import type { RenderOptions } from './renderer.ts';
import { wrap } from './wrap.ts';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

const styleCodes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

export const decisionStyles: Readonly<Record<Decision, Style>> = { allow: 'green', warn: 'yellow', deny: 'red' };

export const severityStyles: Readonly<Record<Severity, Style>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'dim',
};

const minimumWidth = 40;

/** Collects lines; styles are put on whole lines or words after wrapping, so that they never count as columns. */
export class Page {
  readonly #lines: string[] = [];
  readonly #colour: boolean;
  readonly #width: number;

  constructor({ colour, width }: Pick<RenderOptions, 'colour' | 'width'>) {
    this.#colour = colour;
    this.#width = width > 0 ? Math.max(width, minimumWidth) : 0;
  }

  style(text: string, ...styles: readonly Style[]): string {
    if (!this.#colour || styles.length === 0) return text;
    return `\u001b[${styles.map((style) => styleCodes[style]).join(';')}m${text}\u001b[0m`;
  }

  add(text: string, indent = 0, ...styles: readonly Style[]): void {
    const margin = ' '.repeat(indent);
    for (const line of wrap(text, this.#width, margin, `${margin}  `)) this.#lines.push(this.style(line, ...styles));
  }

  /** A word in front of text that hangs behind it. */
  item(word: string, text: string, indent: number, ...styles: readonly Style[]): void {
    const margin = ' '.repeat(indent);
    const lines = wrap(text, this.#width, `${margin}${word} `, ' '.repeat(indent + word.length + 1));
    const [first = '', ...rest] = lines;
    this.#lines.push(`${margin}${this.style(word, ...styles)}${first.slice(margin.length + word.length)}`, ...rest);
  }

  gap(): void {
    if (this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('');
  }

  raw(line: string): void {
    this.#lines.push(line);
  }

  toString(): string {
    return `${this.#lines.map((line) => line.trimEnd()).join('\n')}\n`;
  }
}
