/** Code of Python, JavaScript, Perl, PHP or Ruby → what its literals and its well-known calls say that it does. It is no interpreter: what it cannot tell stays a mark. */
import type { EffectContext } from './one-liner.effects.ts';
import { ScriptReader } from './one-liner.reader.ts';
import type { ScriptLanguage } from './one-liner.tokens.ts';
import type { Machine } from './shell-values.machine.ts';

export type { ScriptLanguage } from './one-liner.tokens.ts';

/** Code in code: dozens of layers are a known disguise. */
const maximumLayers = 120;

const shellStart =
  /(?<!#!)\/bin\/(?:ba|da|z|k|a)?sh\b|\bcmd\.exe\b|\bpty\.spawn\b|\b(?:spawn|exec|system|call|Popen|run)\w*\s*[([]{1,2}\s*['"](?:ba|da|z)?sh\b/g;
const handOver =
  /\bdup2\b|\bfileno\b|\bpty\.spawn\b|\bSTD(?:IN|OUT)\b|[<>]&|\.pipe\s*\(|\bstdin\s*[=:]|\bproc_open\b|\brecv\b/;
const connection = /connect|socket|TCP|Tcp|fsockopen/i;

/** As far apart as the parts of one deed stand: a shell, a connection, and what joins them. */
const nearby = 1500;
const maximumPlaces = 50;

const handsOverShell = (code: string): boolean => {
  let places = 0;
  for (const { index } of code.matchAll(shellStart)) {
    places += 1;
    if (places > maximumPlaces) return true;
    const around = code.slice(Math.max(0, index - nearby), index + nearby);
    if (handOver.test(around) && connection.test(around)) return true;
  }
  return false;
};

/** Total; spends from the machine's budget, and adds what it finds to the machine's actions. `layer`: how much code it was found in. */
export const readOneLiner = (language: ScriptLanguage, code: string, machine: Machine, layer = 0): void => {
  if (layer >= maximumLayers) {
    machine.limitsMet.add('depth');
    return;
  }
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
  const givesShell = connections.length > 0 && handsOverShell(code);
  for (const [kind, to] of connections) machine.act(kind, language, { to, givesShell });
};
