/** Functions and methods with their arguments known → what they give, and what they do. */
import { decodeCall, type Decoded, methodOf } from './one-liner.decoders.ts';
import { type EffectContext, effectOf } from './one-liner.effects.ts';
import type { ScriptLanguage } from './one-liner.tokens.ts';
import { joinItems, nothing, type ScriptValue, textValue, toText } from './one-liner.value.ts';
import type { Machine } from './shell-values.machine.ts';
import { toExcerpt } from './shell-values.value.ts';

export class ScriptCalls {
  readonly #context: EffectContext;
  readonly #language: ScriptLanguage;
  readonly #machine: Machine;

  constructor(context: EffectContext) {
    this.#context = context;
    this.#language = context.language;
    this.#machine = context.machine;
  }

  /** A text that the code makes, paid for. */
  text(text: string): ScriptValue {
    this.#machine.spendText(text.length);
    return textValue(text);
  }

  /** Of a text or a list. */
  method(value: ScriptValue, name: string, args: readonly ScriptValue[]): ScriptValue {
    const own = toText(value);
    this.#machine.spendText(own.length * (1 + args.length));
    if (value.items !== undefined && name === 'pack') return this.call('pack', [args[0] ?? nothing, ...value.items]);
    if (value.items !== undefined && (name === 'reverse' || name === 'toReversed'))
      return { items: value.items.toReversed() };
    if (value.items !== undefined && name === 'join')
      return this.text(
        joinItems(value.items, args[0] === undefined ? (this.#language === 'ruby' ? '' : ',') : toText(args[0])),
      );
    const result = methodOf(own, name, args);
    if (result === undefined)
      return textValue(this.#machine.markFrom(`${name} of ${own}`, this.#machine.originsOf(own)));
    return 'encoding' in result ? this.decoded(result) : result;
  }

  decoded({ encoding, text, from }: Decoded): ScriptValue {
    const { machine } = this.#context;
    machine.spendText(text?.length ?? 0);
    const hides =
      encoding !== 'numbers' &&
      encoding !== 'replaced characters' &&
      encoding !== 'percent signs' &&
      encoding !== 'reversed text';
    const shown = toExcerpt(from, 200);
    if (text === undefined) {
      if (hides) machine.act('decode', encoding, { from: shown, origins: machine.originsOf(from) });
      return textValue(
        machine.markFrom(`${encoding} decoded from ${shown}`, [
          ...machine.originsOf(from),
          { kind: 'decode', from: encoding },
        ]),
      );
    }
    if (hides && text !== from) machine.act('decode', encoding, { from: shown, text: toExcerpt(text) });
    if (text !== from) machine.noteDecoded(text, encoding);
    return textValue(text);
  }

  call(path: string, args: readonly ScriptValue[]): ScriptValue {
    const [first] = args;
    if (
      (path === '__import__' || path === 'require' || path === 'import' || path === 'importlib.import_module') &&
      first?.text !== undefined &&
      this.#language !== 'php'
    )
      return { path: first.text.replace(/^node:/, '') };
    if (path === 'getattr' && args[1]?.text !== undefined) return { path: `${first?.path ?? ''}.${args[1].text}` };
    if (path === 'print' || path === 'int' || path === 'str') return first ?? nothing;
    // An address is what it is made of.
    if (/^(?:URI|URI\.parse|URL|quote)$/.test(path)) return first ?? nothing;
    if (path === 'inet_aton' || path === 'gethostbyname') return first ?? nothing;
    if (/^(?:pack_)?sockaddr_in$/.test(path)) return { items: [args[1] ?? nothing, first ?? nothing] };
    if (path === 'sprintf' || path === 'format') {
      this.#machine.spendText(toText(first).length * args.length);
      return this.text(
        args.slice(1).reduce<string>((text, arg) => text.replace(/%[sdi]/, () => toText(arg)), toText(first)),
      );
    }
    const dot = path.lastIndexOf('.');
    const name = path.slice(dot + 1);
    const before = dot < 0 ? '' : path.slice(0, dot);
    if (name === 'write' && before.startsWith('file for writing ')) {
      this.#machine.write(before.slice(17), [toText(first)], false);
      return nothing;
    }
    const decoded = decodeCall(
      name,
      path,
      name === 'pack' && args.length > 2 ? [first ?? nothing, textValue(joinItems(args.slice(1), ''))] : args,
    );
    if (decoded !== undefined) return this.decoded(decoded);
    return this.effect(name, before, args) ?? { path: `${path}()` };
  }

  effect(name: string, before: string, args: readonly ScriptValue[]): ScriptValue | undefined {
    const effect = effectOf(name, before, this.#language);
    return effect?.(args, this.#context, before === '' ? name : `${before}.${name}`);
  }
}
