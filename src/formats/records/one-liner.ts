/** Code of Python, JavaScript, Perl, PHP or Ruby → what its literals and its well-known calls say that it does. It is no interpreter: what it cannot tell stays a mark. */
import type { ActionOrigin } from './action.ts';
import type { EffectContext } from './one-liner.effects.ts';
import { addressesIn, runsWhatItDecoded, runsWhatItFetched, runsWhatItReceived } from './one-liner.nearby.ts';
import { ScriptReader } from './one-liner.reader.ts';
import type { ScriptLanguage } from './one-liner.tokens.ts';
import type { Machine } from './shell-values.machine.ts';
import { toExcerpt } from './shell-values.value.ts';

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

/** What is spoken over a bare connection in order to fetch something. */
const asksForPage = /\bGET \S* ?HTTP\//;

/** Where the code got what it runs; empty where nothing says so. */
const sourcesOf = (
  code: string,
  downloads: readonly string[],
  connections: readonly (readonly ['connect' | 'listen', string])[],
): readonly ActionOrigin[] =>
  downloads.length > 0 || connections.length === 0
    ? (downloads.length > 0 ? downloads : addressesIn(code)).map((from) => ({ kind: 'download', from }))
    : connections.map(([, to]) =>
        asksForPage.test(code) ? { kind: 'download', from: `http://${to}/` } : { kind: 'connection', from: to },
      );

/** Total; spends from the machine's budget, and adds what it finds to the machine's actions. `layer`: how much code it was found in. */
export const readOneLiner = (language: ScriptLanguage, code: string, machine: Machine, layer = 0): void => {
  if (layer >= maximumLayers) {
    machine.limitsMet.add('depth');
    return;
  }
  machine.spend(1 + code.length / 64);
  const connections: (readonly ['connect' | 'listen', string])[] = [];
  const downloads: string[] = [];
  const ran = new Set<ActionOrigin['kind']>();
  const context: EffectContext = {
    language,
    machine,
    follow: (inner) => {
      readOneLiner(language, inner, machine, layer + 1);
    },
    connected: (kind, to) => {
      connections.push([kind, to]);
    },
    downloaded: (from) => {
      if (downloads.length < 8) downloads.push(from);
    },
    ran: (origins) => {
      for (const { kind } of origins) ran.add(kind);
    },
  };
  new ScriptReader(code, context).whole();
  const tell = (origins: readonly ActionOrigin[]): void => {
    machine.act('run', `${language} code`, { origins, text: toExcerpt(code) });
  };
  // What values do not tell, neighbourhood does.
  if (!ran.has('download') && !ran.has('connection')) {
    const origins = runsWhatItFetched(code) ? sourcesOf(code, downloads, connections) : [];
    if (origins.length > 0) tell(origins);
  }
  if (!ran.has('decode') && runsWhatItDecoded(code)) tell([{ kind: 'decode', from: 'a computation' }]);
  const givesShell = connections.length > 0 && (handsOverShell(code) || runsWhatItReceived(code));
  for (const [kind, to] of connections) machine.act(kind, language, { to, givesShell });
};
