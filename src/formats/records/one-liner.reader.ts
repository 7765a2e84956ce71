/** Tokens of Python, JavaScript, Perl, PHP or Ruby → the values of its literals, and its well-known calls with them. Control flow is not followed: every call that stands in the text counts once. */
import { Cursor } from './one-liner.cursor.ts';
import { ScriptCalls } from './one-liner.calls.ts';
import type { EffectContext } from './one-liner.effects.ts';
import { type ScriptLanguage, type Token, tokenise } from './one-liner.tokens.ts';
import { type Lambda, nothing, type ScriptValue, textValue, toItems, toText } from './one-liner.value.ts';
import type { Machine } from './shell-values.machine.ts';
import { isKnown, mark } from './shell-values.value.ts';

const maximumTokens = 100_000;
const maximumDepth = 60;

/** `.` joins texts in Perl and PHP and names elsewhere. */
const joinsTexts = (language: ScriptLanguage): boolean => language === 'perl' || language === 'php';

/** Names that take arguments without parentheses. */
const bareCalls =
  /^(?:system|exec|eval|require|decode_base64|pack|unlink|get|getstore|open|include|assert|spawn|chmod)$/;
const statementWords =
  /^(?:if|elif|else|for|foreach|while|until|try|except|finally|with|return|await|async|new|def|class|in|not|and|or|do|end|then|begin|rescue|echo|print|puts|my|our|local|var|let|const|yield|raise|throw|case|when|unless|from|as|import|use)$/;

export class ScriptReader extends Cursor {
  readonly #calls: ScriptCalls;
  readonly #language: ScriptLanguage;
  readonly #machine: Machine;
  readonly #names = new Map<string, ScriptValue>();
  #depth = 0;

  constructor(code: string, context: EffectContext) {
    super(
      tokenise(code, context.language, maximumTokens, (length) => {
        context.machine.spendText(length);
      }),
    );
    this.#calls = new ScriptCalls(context);
    this.#language = context.language;
    this.#machine = context.machine;
    // They take far more room than the text.
    this.#machine.spend(this.tokens.length / 2);
  }

  whole(): void {
    while (this.at < this.tokens.length) {
      this.#machine.spend(1);
      const before = this.at;
      this.#statement();
      if (this.at === before) this.at += 1;
    }
  }

  #statement(): void {
    const token = this.peek();
    if (token?.kind === 'name' && this.#import(token.text)) return;
    if (token?.kind === 'name' && statementWords.test(token.text)) {
      this.at += 1;
      return;
    }
    if (this.#destructures()) return;
    this.#expression();
  }

  /** `import a as b`, `from a import b as c`, `use A::B`. */
  #import(word: string): boolean {
    if (this.#language !== 'python' || (word !== 'import' && word !== 'from')) return false;
    this.at += 1;
    if (word === 'from') {
      const module = this.name();
      if (this.peek()?.text !== 'import') return true;
      this.at += 1;
      this.take('(');
      do {
        this.skipLines();
        const what = this.name();
        this.#names.set(this.alias() ?? what, { path: `${module}.${what}` });
      } while (this.take(','));
      return true;
    }
    do {
      const module = this.name();
      const alias = this.alias();
      if (alias !== undefined) this.#names.set(alias, { path: module });
    } while (this.take(','));
    return true;
  }

  /** `{exec, spawn: s} = …`: names taken out of a module. */
  #destructures(): boolean {
    if (this.#language !== 'javascript' || !this.isSign('{')) return false;
    const names: (readonly [string, string])[] = [];
    let at = this.at + 1;
    for (; at < this.at + 60 && this.tokens[at]?.kind === 'name'; at += 1) {
      const own = this.tokens[at]?.text ?? '';
      const renamed = this.tokens[at + 1]?.text === ':' ? this.tokens[at + 2]?.text : undefined;
      names.push([own, renamed ?? own]);
      if (renamed !== undefined) at += 2;
      at += 1;
      if (this.tokens[at]?.text !== ',') break;
    }
    if (this.tokens[at]?.text !== '}' || this.tokens[at + 1]?.text !== '=' || names.length === 0) return false;
    this.at = at + 2;
    const module = this.#expression();
    for (const [own, renamed] of names)
      if (module.path !== undefined) this.#names.set(renamed, { path: `${module.path}.${own}` });
    return true;
  }

  #expression(): ScriptValue {
    if (this.#depth > maximumDepth) return nothing;
    this.#depth += 1;
    try {
      return this.#sum();
    } finally {
      this.#depth -= 1;
    }
  }

  #sum(): ScriptValue {
    let value = this.#term();
    for (;;) {
      const token = this.peek();
      if (token?.kind === 'text' && this.#language === 'python' && value.text !== undefined)
        value = this.#calls.text(value.text + toText(this.#term()));
      else if (this.isSign('+') || (this.isSign('.') && joinsTexts(this.#language))) {
        this.at += 1;
        this.skipLines();
        const right = this.#term();
        value =
          value.number !== undefined && right.number !== undefined
            ? { number: value.number + right.number }
            : this.#calls.text(toText(value) + toText(right));
      } else if (this.isSign('*') && value.text !== undefined && this.peek(1)?.kind === 'number') {
        const times = Math.min(Number(this.peek(1)?.text), 64);
        this.at += 2;
        value = this.#calls.text(value.text.length > 4096 ? value.text : value.text.repeat(times));
      } else if (this.isSign('%') && this.#language === 'python' && value.text?.includes('%s') === true) {
        this.at += 1;
        const right = toItems(this.#term());
        this.#machine.spendText(value.text.length * (1 + right.length));
        value = this.#calls.text(
          right.reduce<string>((text, item) => text.replace('%s', () => toText(item)), value.text),
        );
      } else return value;
    }
  }

  #term(): ScriptValue {
    const token = this.peek();
    if (token === undefined) return nothing;
    this.#machine.spend(1);
    this.at += 1;
    switch (token.kind) {
      case 'text':
        return this.#postfix(this.#calls.text(this.#fill(token)));
      case 'number':
        return { number: /^0\d+$/.test(token.text) ? Number.parseInt(token.text, 8) : Number(token.text) };
      case 'command':
        return this.#postfix(this.#calls.effect('system', '', [textValue(this.#fill(token))]) ?? nothing);
      case 'name':
        return this.#named(token.text);
      case 'line':
        return nothing;
      default:
        return this.#signed(token.text);
    }
  }

  #signed(sign: string): ScriptValue {
    if (sign === '(') {
      const items = this.#list(')');
      const [only] = items;
      return this.#postfix(items.length === 1 && only !== undefined ? only : { items });
    }
    if (sign === '[') return this.#postfix({ items: this.#list(']') });
    return nothing;
  }

  /** Variables in `"$x"`, `${x}`, `{x}`, `#{x}`: known ones are filled in, others become marks. */
  #fill(token: Token): string {
    if (token.fills !== true) return token.text;
    const pattern =
      this.#language === 'python'
        ? /\{(\w+)[^{}]*\}/g
        : this.#language === 'ruby'
          ? /#\{([^{}]*)\}/g
          : this.#language === 'javascript'
            ? /\$\{([^{}]*)\}/g
            : /(\$\w+)/g;
    return token.text.replace(pattern, (_, name: string) => {
      const value = this.#names.get(name.trim());
      return value === undefined ? mark(name.trim()) : toText(value);
    });
  }

  #named(name: string): ScriptValue {
    if (name === 'lambda') return this.#lambda();
    if (name === 'new' || name === 'await' || name === 'async') return this.#term();
    if (this.isSign('=') && !this.isSign('=', 1)) {
      this.at += 1;
      this.skipLines();
      const value = this.#expression();
      this.#names.set(name, value);
      return value;
    }
    if (this.isSign('.=') || this.isSign('+=')) {
      this.at += 1;
      const value = this.#calls.text(toText(this.#names.get(name)) + toText(this.#expression()));
      this.#names.set(name, value);
      return value;
    }
    const value = this.#names.get(name) ?? { path: name };
    const next = this.peek();
    const startsArgument =
      next?.kind === 'text' ||
      next?.kind === 'command' ||
      (next?.kind === 'name' && next.text.startsWith('$')) ||
      (next?.kind === 'name' && bareCalls.test(name) && !statementWords.test(next.text)) ||
      (this.isSign('[') && this.#language === 'ruby');
    if (
      value.path === name &&
      this.#language !== 'python' &&
      this.#language !== 'javascript' &&
      bareCalls.test(name) &&
      startsArgument
    )
      return this.#postfix(this.#calls.call(name, this.#bareArguments()));
    return this.#postfix(value);
  }

  #bareArguments(): readonly ScriptValue[] {
    const args = [this.#argument()];
    while (this.take(',') || this.take('=>')) args.push(this.#argument());
    return args;
  }

  #lambda(): ScriptValue {
    const parameters: string[] = [];
    while (this.peek()?.kind === 'name' || this.isSign(',') || this.isSign('*')) {
      const token = this.tokens[this.at++];
      if (token?.kind === 'name') parameters.push(token.text);
    }
    if (!this.take(':')) return nothing;
    const lambda: Lambda = { parameters, start: this.at };
    // The body stands for itself only when it is called: here it is passed over.
    let depth = 0;
    for (; this.at < this.tokens.length; this.at += 1) {
      const token = this.peek();
      if (token?.kind === 'sign' && '([{'.includes(token.text)) depth += 1;
      if (token?.kind === 'sign' && ')]}'.includes(token.text)) depth -= 1;
      if (
        depth < 0 ||
        (depth === 0 &&
          (token?.kind === 'line' || (token?.kind === 'sign' && (token.text === ',' || token.text === ';'))))
      )
        break;
    }
    return { lambda };
  }

  #apply(lambda: Lambda, args: readonly ScriptValue[]): ScriptValue {
    this.#machine.spend(8);
    const at = this.at;
    const before = lambda.parameters.map((name) => [name, this.#names.get(name)] as const);
    lambda.parameters.forEach((name, index) => this.#names.set(name, args[index] ?? nothing));
    this.at = lambda.start;
    const value = this.#expression();
    this.at = at;
    for (const [name, old] of before)
      if (old === undefined) this.#names.delete(name);
      else this.#names.set(name, old);
    return value;
  }

  #argument(): ScriptValue {
    this.skipLines();
    const name = this.peek();
    const isNamed =
      (name?.kind === 'name' || name?.kind === 'text') &&
      ((this.isSign('=', 1) && name.kind === 'name') ||
        this.isSign('=>', 1) ||
        (this.isSign(':', 1) && this.#language !== 'python'));
    if (!isNamed) return this.#expression();
    this.at += 2;
    return { ...this.#expression(), named: name.text };
  }

  /** Up to and with the closing sign. */
  #list(closing: string): readonly ScriptValue[] {
    const items: ScriptValue[] = [];
    for (;;) {
      this.skipLines();
      if (this.at >= this.tokens.length || this.take(closing)) return items;
      const before = this.at;
      if (this.isSign('{')) {
        this.at += 1;
        continue;
      }
      const value = this.#argument();
      if (this.at === before) {
        this.at += 1;
        continue;
      }
      if (items.length < 4096) items.push(value);
      this.skipLines();
      // What stands between an argument and the next comma is no literal: a loop, a comparison.
      while (this.at < this.tokens.length && !this.isSign(',') && !this.isSign(closing) && !this.isSign(';')) {
        const from = this.at;
        this.#statement();
        if (this.at === from) this.at += 1;
      }
      if (!this.take(',')) this.take(';');
    }
  }

  #postfix(start: ScriptValue): ScriptValue {
    let value = start;
    for (;;) {
      if (this.take('(')) value = this.#callValue(value, this.#list(')'));
      else if (this.isSign('[') && this.#slice(value) !== undefined) value = this.#slice(value, true) ?? value;
      else if (this.#isMember()) {
        this.at += 1;
        const name = this.tokens[this.at++]?.text ?? '';
        value = this.#member(value, name);
      } else return value;
    }
  }

  #isMember(): boolean {
    const isDot = this.isSign('.') && !joinsTexts(this.#language);
    return (isDot || this.isSign('->') || this.isSign('::') || this.isSign('?->')) && this.peek(1)?.kind === 'name';
  }

  /** `[::-1]`, and indexes of known lists. */
  #slice(value: ScriptValue, takes = false): ScriptValue | undefined {
    if (this.isSign(':', 1) || this.isSign('::', 1)) {
      const signs = this.isSign('::', 1) ? 2 : 3;
      if (this.isSign('-', signs) && this.peek(signs + 1)?.text === '1' && this.isSign(']', signs + 2)) {
        if (!takes) return value;
        this.at += signs + 3;
        const text = toText(value);
        return this.#calls.decoded({
          encoding: 'reversed text',
          text: isKnown(text) ? text.split('').toReversed().join('') : undefined,
          from: text,
        });
      }
    }
    const index = this.peek(1);
    if (index?.kind === 'number' && this.isSign(']', 2)) {
      if (!takes) return value;
      this.at += 3;
      return (
        value.items?.[Number(index.text)] ??
        (value.text === undefined ? value : textValue(value.text.charAt(Number(index.text))))
      );
    }
    return undefined;
  }

  /** A method of a text is called at once; of anything else the name grows. */
  #member(value: ScriptValue, name: string): ScriptValue {
    if (value.text === undefined && value.items === undefined) return { path: `${value.path ?? ''}.${name}` };
    return this.#calls.method(value, name, this.take('(') ? this.#list(')') : []);
  }

  #callValue(value: ScriptValue, args: readonly ScriptValue[]): ScriptValue {
    if (value.lambda !== undefined) {
      if (this.#depth > maximumDepth) return nothing;
      this.#depth += 1;
      const result = this.#apply(value.lambda, args);
      this.#depth -= 1;
      return result;
    }
    this.#machine.spend(args.length / 16);
    if (value.path !== undefined) return this.#calls.call(value.path, args);
    if (value.text !== undefined && joinsTexts(this.#language)) return this.#calls.call(value.text, args);
    return value.text === undefined ? nothing : value;
  }
}
