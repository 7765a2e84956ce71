/** Tokens of a script, and where its reader stands. */
import type { Token } from './one-liner.tokens.ts';

export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  isSign(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token?.kind === 'sign' && token.text === text;
  }

  take(text: string): boolean {
    if (!this.isSign(text)) return false;
    this.at += 1;
    return true;
  }

  skipLines(): void {
    while (this.peek()?.kind === 'line') this.at += 1;
  }

  /** Names with dots up to a word of the language. */
  name(): string {
    let path = '';
    for (;;) {
      const token = this.peek();
      if (token?.kind === 'name' && (path === '' || path.endsWith('.'))) path += token.text;
      else if (token?.text === '.' && path !== '') path += '.';
      else return path;
      this.at += 1;
    }
  }

  alias(): string | undefined {
    if (this.peek()?.text !== 'as') return undefined;
    const alias = this.peek(1)?.text;
    this.at += 2;
    return alias;
  }
}
