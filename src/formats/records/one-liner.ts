/** Code of Python, JavaScript, Perl, PHP or Ruby → what its literals and its well-known calls say that it does. It is no interpreter: what it cannot tell stays a mark. */
import type { EffectContext } from './one-liner.effects.ts';
import { ScriptReader } from './one-liner.reader.ts';
import type { ScriptLanguage } from './one-liner.tokens.ts';
import type { Machine } from './shell-values.machine.ts';

export type { ScriptLanguage } from './one-liner.tokens.ts';

/** Code in code: dozens of layers are a known disguise. */
const maximumLayers = 120;

/** Total; spends from the machine's budget, and adds what it finds to the machine's actions. `layer`: how much code it was found in. */
export const readOneLiner = (language: ScriptLanguage, code: string, machine: Machine, layer = 0): void => {
  if (layer >= maximumLayers) return;
  machine.spend(1 + code.length / 64);
  const connections: (readonly ['connect' | 'listen', string])[] = [];
  const context: EffectContext = {
    language,
    machine,
    follow: (inner) => {
      readOneLiner(language, inner, machine, layer + 1);
    },
    connected: (kind, to) => {
      connections.push([kind, to]);
    },
  };
  new ScriptReader(code, context).whole();
  const givesShell = /\bdup2\b|pty\.spawn|STDIN|\/bin\/(?:ba|da)?sh|child_process|cmd\.exe/.test(code);
  for (const [kind, to] of connections) machine.act(kind, language, { to, givesShell });
};
