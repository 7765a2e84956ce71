/** Scripts of execline, in which s6 writes its services: one chain of programs, each of which starts the next (skarnet.org, execline). */
import type { Machine } from './shell-values.machine.ts';

/** A word, or a block in braces. */
type Item = string | readonly Item[];

const maximumDepth = 20;

const tokenPattern =
  /\s+|#[^\n]*|"((?:[^"\\]|\\[\s\S])*)"|((?:[^\s"#\\{}]|\\[\s\S])(?:[^\s"\\]|\\[\s\S])*)|[{}]|[\s\S]/g;

const unescape = (text: string): string =>
  text.replace(/\\([\s\S])/g, (_, character: string) => ({ n: '\n', t: '\t', '\n': '' })[character] ?? character);

/** What no brace closes ends with the text. */
const toItems = (text: string): readonly Item[] => {
  const whole: Item[] = [];
  const open: Item[][] = [whole];
  for (const [token, quoted, plain] of text.matchAll(tokenPattern)) {
    if (token === '{') {
      if (open.length > maximumDepth) break;
      const block: Item[] = [];
      open.at(-1)?.push(block);
      open.push(block);
    } else if (token === '}') {
      if (open.length > 1) open.pop();
    } else if (quoted !== undefined || plain !== undefined) open.at(-1)?.push(unescape(quoted ?? plain ?? ''));
  }
  return whole;
};

/** Programs of a chain → how many words they take before the next one; options and blocks apart. */
const links: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    foreground: 0,
    background: 0,
    if: 0,
    ifelse: 0,
    ifte: 0,
    ifthenelse: 0,
    pipeline: 0,
    piperw: 2,
    loopwhilex: 0,
    trap: 0,
    backtick: 1,
    forx: 1,
    forbacktickx: 1,
    forstdin: 1,
    importas: 2,
    multisubstitute: 0,
    multidefine: 1,
    define: 2,
    export: 2,
    unexport: 1,
    fdmove: 2,
    fdcopy: 2,
    fdclose: 1,
    fdreserve: 1,
    redirfd: 2,
    heredoc: 2,
    cd: 1,
    'execline-cd': 1,
    umask: 1,
    'execline-umask': 1,
    exec: 0,
    emptyenv: 0,
    'with-contenv': 0,
    's6-setuidgid': 1,
    's6-envuidgid': 1,
    's6-applyuidgid': 0,
    's6-envdir': 1,
    's6-setlock': 1,
    's6-setsid': 0,
    's6-softlimit': 0,
    's6-notifyoncheck': 0,
    's6-ipcserver-socketbinder': 1,
    nice: 0,
  }),
);

/** Options of these take a word. */
const valuedOption = /^-[nocdadmwsSbiuUG]$/;
const takesValues = /^(?:s6-softlimit|s6-applyuidgid|s6-notifyoncheck|nice)$/;

const isWord = (item: Item | undefined): item is string => typeof item === 'string';

const follow = (items: readonly Item[], machine: Machine): void => {
  let at = 0;
  while (at < items.length) {
    machine.spend(1);
    const item = items[at];
    if (item === undefined) return;
    if (!isWord(item)) {
      follow(item, machine);
      at += 1;
      continue;
    }
    const name = item.slice(item.lastIndexOf('/') + 1);
    const takes = links.get(name);
    if (takes === undefined) {
      const [program = '', ...args] = items.slice(at).filter(isWord);
      machine.runCall({ program, args, input: undefined, through: [] });
      return;
    }
    at += 1;
    for (let next = items[at]; isWord(next) && next.startsWith('-'); next = items[at])
      at += takesValues.test(name) && valuedOption.test(next) ? 2 : 1;
    at += takes;
  }
};

export const runExecline = (text: string, machine: Machine): void => {
  machine.spendText(8 * text.length);
  follow(toItems(text), machine);
};
