/** The list of actions as it grows, and where the texts came from that they hold. */
import type { Action, ActionKind, ActionOrigin } from './action.ts';
import type { ActionDetails, Frame } from './shell-values.machine.ts';
import { type EvaluationLimit, type EvaluationLimits, EvaluationMeter } from './shell-values.meter.ts';
import { isKnown, isUnknown, mark, marksOf, toReadable, trimEnd } from './shell-values.value.ts';

/** Shorter texts turn up anywhere: they count only where they are all of what runs. */
const recognisable = 12;

/** Changes that honest scripts make by the thousand. */
const isWeak = (encoding: string): boolean => /^(?:replaced|cut|exchanged) characters$|^edited text$/.test(encoding);

/** Decoded texts that are remembered. */
const noted = 64;
/** Looked through for one step. */
const charactersForAStep = 4096;

/** Of one word of an action, and of the words. */
const maximumWord = 2000;
const maximumWords = 100;
/** Of what is run, written or decoded. */
const maximumText = 400;

export class Recorder extends EvaluationMeter {
  readonly actions: Action[] = [];
  /** What was not followed, and why. */
  readonly limitsMet = new Set<EvaluationLimit>();
  frame: Frame;
  /** Where in its script the current command begins. */
  offset = 0;
  readonly #origins = new Map<string, readonly ActionOrigin[]>();
  readonly #decoded = new Map<string, string>();
  readonly #frozen: string[] = [];

  constructor(limits: EvaluationLimits, script: string) {
    super(limits);
    this.frame = {
      conditional: false,
      background: false,
      repeats: false,
      script,
      fixedOffset: undefined,
      nesting: 0,
    };
  }

  act(kind: ActionKind, what: string, details: ActionDetails = {}): void {
    const { from, to, text, givesShell } = details;
    const named = [what, from ?? '', to ?? ''].map((name) => name.slice(0, maximumWord));
    const words = (details.arguments ?? []).slice(0, maximumWords).map((word) => word.slice(0, maximumWord));
    // What it takes to make it, and what it holds.
    this.spendAction(
      [...named, ...words].reduce((sum, word) => sum + word.length, 200 + Math.min(text?.length ?? 0, maximumText)),
    );
    const args = words.map(toReadable);
    this.actions.push({
      kind,
      what: toReadable(what.slice(0, maximumWord)),
      ...(from === undefined ? {} : { from: toReadable(from.slice(0, maximumWord)) }),
      ...(to === undefined ? {} : { to: toReadable(to.slice(0, maximumWord)) }),
      arguments: args,
      through: (details.through ?? []).slice(0, 20),
      origins: details.origins ?? [],
      ...(text === undefined ? {} : { text: text.slice(0, maximumText) }),
      ...(givesShell === true ? { givesShell } : {}),
      script: this.frame.script,
      offset: this.frame.fixedOffset ?? this.offset,
      nesting: this.frame.nesting,
      conditional: this.frame.conditional,
      background: this.frame.background,
      repeats: this.frame.repeats,
      certainty: named.some((name) => name !== '' && isUnknown(name))
        ? 'unknown'
        : named.every(isKnown)
          ? 'known'
          : 'partial',
    });
  }

  markFrom(why: string, origins: readonly ActionOrigin[]): string {
    const made = mark(why);
    if (origins.length > 0 && this.#origins.size < 4096) this.#origins.set(made, origins);
    return made;
  }

  originsOf(text: string): readonly ActionOrigin[] {
    this.spend((text.length * (1 + this.#decoded.size)) / charactersForAStep);
    const found = new Map<string, ActionOrigin>();
    const add = (origin: ActionOrigin): void => {
      if (found.size < 20) found.set(`${origin.kind} ${origin.from}`, origin);
    };
    for (const made of marksOf(text).slice(0, 50)) for (const origin of this.#origins.get(made) ?? []) add(origin);
    for (const [decoded, encoding] of this.#decoded)
      if (decoded.length < recognisable ? text.trim() === decoded : text.includes(decoded))
        add({ kind: 'decode', from: encoding });
    return [...found.values()];
  }

  noteDecoded(text: string, encoding: string): void {
    const trimmed = trimEnd(text, '\n').trim();
    if (trimmed.length < (isWeak(encoding) ? recognisable : 2)) return;
    this.#decoded.set(trimmed, encoding);
    const [oldest] = this.#decoded.keys();
    if (this.#decoded.size > noted && oldest !== undefined) this.#decoded.delete(oldest);
  }

  /** Marks become characters that a script may hold, and back again where its text is used. */
  freeze(text: string): string {
    if (isKnown(text)) return text;
    return text.replace(/‹[^›]*›/g, (made) => {
      let index = this.#frozen.indexOf(made);
      if (index < 0) index = this.#frozen.length < 1000 ? this.#frozen.push(made) - 1 : 0;
      return `\x01${index}\x02`;
    });
  }

  thaw(text: string): string {
    if (this.#frozen.length === 0 || !text.includes('\x01')) return text;
    // oxlint-disable-next-line no-control-regex
    return text.replace(/\x01(\d{1,4})\x02/g, (whole, index: string) => this.#frozen[Number(index)] ?? whole);
  }
}
