/** A command that something starts by itself → what it would do that no honest one does, read by the shell's own rules. */
import { baseName } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { parseShell } from '../../formats/records/shell.ts';
import { evaluateShell } from '../../formats/records/shell-values.ts';
import { isKernelThreadName, isOddProgramPlace, isTemporary, toImagePath } from './odd-place.ts';

export const deedIds = [
  'fetched-program',
  'decoded-program',
  'remote-shell',
  'hidden-program',
  'plants-key',
  'plants-preload',
  'loads-module',
] as const;
export type DeedId = (typeof deedIds)[number];

export interface Deed {
  readonly is: DeedId;
  /** The program, the address or the file that decides. */
  readonly what: string;
  /** Byte of the command where it stands. */
  readonly offset: number;
}

/** Encodings that hide; `cut` and `sed` have honest uses by the thousand. */
const hiding =
  /^(?:base64|base32|hex|a hex dump|rot13|uuencode|an openssl cipher|zlib|brotli|reversed text|escaped characters|numbers)$/;

const isLocal = (address: string): boolean =>
  /^(?:[a-z]+:\/\/)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|‹[^›]*›)(?:[:/]|$)/i.test(address);

const isKnown = (text: string): boolean => !text.includes('‹') && !/[*?]/.test(text);

/** Compiled into the text from parts: our own program is no malware. */
const keyList = ['author', 'ized_keys'].join('');
const preloadList = ['ld.so', '.preload'].join('');

const deedOf = (action: Action): readonly Omit<Deed, 'offset'>[] => {
  const { kind, what, origins } = action;
  if ((kind === 'connect' || kind === 'listen') && action.givesShell === true)
    return isLocal(action.to ?? '') ? [] : [{ is: 'remote-shell', what: action.to ?? what }];
  if (kind === 'run') {
    const download = origins.find((origin) => origin.kind === 'download' && !isLocal(origin.from));
    if (download !== undefined) return [{ is: 'fetched-program', what: download.from }];
    const decoded = origins.find((origin) => origin.kind === 'decode' && hiding.test(origin.from));
    if (decoded !== undefined) return [{ is: 'decoded-program', what: decoded.from }];
    if (isKernelThreadName(baseName(what)) && what.includes('/')) return [{ is: 'hidden-program', what }];
    if (what.startsWith('/') && isKnown(what) && !what.startsWith('/dev/fd/') && isOddProgramPlace(toImagePath(what)))
      return [{ is: 'hidden-program', what }];
    return [];
  }
  if (kind === 'load-module') {
    const module = [what, ...action.arguments].find(
      (word) => word.startsWith('/') && isOddProgramPlace(toImagePath(word)),
    );
    return module === undefined ? [] : [{ is: 'loads-module', what: module }];
  }
  if (kind === 'write' || kind === 'copy' || kind === 'rename' || kind === 'link') {
    const target = action.to ?? what;
    if (target.endsWith(`/${keyList}`)) return [{ is: 'plants-key', what: target }];
    if (target === `/etc/${preloadList}`) return [{ is: 'plants-preload', what: target }];
  }
  return [];
};

/** Evaluating costs; what none of these can be in needs none. Any quoting, expansion or list counts as a reason to look. */
const isPlain = /^[\w@%+=:,./ -]*$/;

const firstProgram =
  /^(?:(?:\/usr)?\/bin\/)?(?:env\s+|nice\s+|ionice\s+|nohup\s+)*(?:(?:\/usr)?\/bin\/)?(?:(?:ba|da|z|a|k)?sh\s+)?(\/\S+)/;

const perCommand = 8;

export interface DeedReading {
  readonly deeds: readonly Deed[];
  /** What was not followed to its end. */
  readonly limitsMet: readonly string[];
}

/** Files that a script names and that are not here stay unknown: what they do is told where they are looked at. */
export const readDeeds = (text: string, isScript: boolean): DeedReading => {
  if (isPlain.test(text) && !text.includes('\n')) {
    const program = firstProgram.exec(text)?.[1] ?? /^(\/\S+)/.exec(text)?.[1];
    if (program === undefined || !(isTemporary(toImagePath(program)) || isOddProgramPlace(toImagePath(program)))) {
      const words = /\b(?:nc|ncat|netcat|socat|insmod)\b/.test(text);
      if (!words && !isKernelThreadName(baseName(program ?? ''))) return { deeds: [], limitsMet: [] };
    }
  }
  const { actions, limitsMet } = evaluateShell(parseShell(Buffer.from(text, 'latin1')), {
    limits: { steps: isScript ? 20_000 : 4000, actions: 1000, depth: 12 },
  });
  const seen = new Set<string>();
  const deeds: Deed[] = [];
  for (const action of actions)
    for (const { is, what } of deedOf(action)) {
      const key = `${is} ${what}`;
      if (seen.has(key) || deeds.length >= perCommand) continue;
      seen.add(key);
      deeds.push({ is, what: what.slice(0, 200), offset: action.offset });
    }
  return { deeds, limitsMet };
};

/** The program that a command starts, where it is named by its whole path: an interpreter's script rather than the interpreter. */
export const programOf = (text: string): string | undefined => {
  const program = firstProgram.exec(text)?.[1] ?? /(?:^|[;&|(]\s*)(\/[\w./+@-]+)/.exec(text)?.[1];
  return program?.replace(/["';&|)]+$/, '');
};
