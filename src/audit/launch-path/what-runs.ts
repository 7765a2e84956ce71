/** The actions of the launch path → which files of the image they run, and which of those could not be followed. */
import type { InventoryEntry } from '../../core/analyzer.ts';
import { isProgram } from '../../core/file-kind.ts';
import type { Gap } from '../../core/gap.ts';
import type { ImageConfig } from '../../core/image.ts';
import { extensionOf } from '../../core/path.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Action } from '../../formats/records/action.ts';
import { languageOf } from '../../formats/records/shell-values.interpreters.ts';
import type { EvaluationLimit } from '../../formats/records/shell-values.meter.ts';
import { variableOf } from './environment.ts';
import type { ImageTree } from './image-tree.ts';
import { mayKeep } from './kept-text.ts';
import type { LaunchPart } from './launch-part.ts';
import { loadedBeforehand } from './loaded-beforehand.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const maximumFolders = 40;
/** Of an argument that names a file. */
const longestWord = 1000;

/** What an interpreter or a virtual machine is given to run. */
const codeExtensions = new Set([
  '.jar',
  '.war',
  '.py',
  '.pyc',
  '.js',
  '.mjs',
  '.cjs',
  '.pl',
  '.php',
  '.rb',
  '.sh',
  '.so',
  '.lua',
  '.tcl',
]);

/** Finds files as a container that has just started would: along PATH, from the working directory. */
class Finder {
  readonly #tree: ImageTree;
  readonly #folders: readonly string[];
  readonly #directory: string;
  readonly #known = new Map<string, InventoryEntry | undefined>();

  constructor(tree: ImageTree, config: ImageConfig) {
    this.#tree = tree;
    const path = variableOf(config, 'PATH=') ?? defaultPath;
    this.#folders = path.split(':', maximumFolders);
    this.#directory = config.workingDirectory;
  }

  program(name: string): InventoryEntry | undefined {
    if (!this.#known.has(name)) this.#known.set(name, this.#program(name));
    return this.#known.get(name);
  }

  #program(name: string): InventoryEntry | undefined {
    if (name.includes('/')) return this.file(name);
    for (const folder of this.#folders) {
      const found = this.#tree.find(`${folder}/${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  file(name: string): InventoryEntry | undefined {
    return this.#tree.find(name.startsWith('/') ? name : `${this.#directory}/${name}`);
  }

  /** An argument that is itself something to run. */
  argument(word: string): InventoryEntry | undefined {
    if (word.length > longestWord) return undefined;
    const value = word.replace(/^-{1,2}[\w-]+[=:]/, '');
    const isPath = value.includes('/') || codeExtensions.has(extensionOf(value));
    const found = isPath && !value.includes('‹') ? this.file(value) : undefined;
    if (found?.kind === undefined) return undefined;
    return isProgram(found.kind) || codeExtensions.has(extensionOf(found.path)) ? found : undefined;
  }
}

/** What the option before a file says that it is: a program without a name of its own does what its settings say. */
const settingsOption = /^(?:-c|-C|--?conf(?:ig)?(?:-?file)?|--settings)$/;

const reads = /^(?:source|(?:ba|da|a|z|k)?sh)$/;

/**
 * A text that a shell reads as a script, without anybody having looked into it. A program's kind says how the kernel starts it.
 * What was looked at and holds no command may be read as settings, and does nothing.
 */
const isUnread = (action: Action, entry: InventoryEntry): boolean => {
  if (entry.kind !== undefined && action.through.includes('source') && mayKeep(entry, entry.kind)) return false;
  const byShell = action.through.some((program) => reads.test(program));
  if (action.through.some((program) => languageOf(program) !== undefined)) return false;
  return entry.kind === 'text' || (byShell && (entry.kind === 'data' || entry.kind === 'empty'));
};

const reasons: Readonly<Record<EvaluationLimit, string>> = {
  steps: 'it takes more work to follow than start scripts do',
  actions: 'it does more than can be kept',
  depth: 'functions or scripts lie in each other too deep',
  syntax: 'a part of it is too deep or too costly to read',
};

/** A script that cannot be followed can do anything: such gaps are executable. */
const gapOf = (where: string, code: string, reason: string, bytes: number): Gap => ({
  where: toPlainText(where, 300),
  code,
  reason,
  bytes,
  executable: true,
  kind: code === 'LAUNCH_SCRIPT_UNREADABLE' ? 'unavailable' : 'limit',
});

const unfollowed = (parts: readonly LaunchPart[]): readonly Gap[] =>
  parts
    .filter(({ limitsMet }) => limitsMet.length > 0)
    .map(({ named, limitsMet }) => {
      const why = limitsMet.map((limit) => reasons[limit]).join('; ');
      return gapOf(`launch path: ${named}`, 'LAUNCH_PATH_NOT_FOLLOWED', `not followed to its end: ${why}`, 0);
    });

export interface WhatRuns {
  /** Paths as in the inventory: programs, scripts, units, what interpreters load beforehand, and the settings that a command line hands to them. */
  readonly launched: ReadonlySet<string>;
  readonly gaps: readonly Gap[];
}

export const whatRuns = (parts: readonly LaunchPart[], config: ImageConfig, tree: ImageTree): WhatRuns => {
  const finder = new Finder(tree, config);
  const launched = new Set<string>();
  const unread = new Map<string, Gap>();
  // A unit or a run script says what is started, as a start command does.
  for (const { trigger, named } of parts) {
    const unit = trigger === 'service' && named.startsWith('/') ? tree.find(named) : undefined;
    if (unit !== undefined) launched.add(unit.path);
  }
  const all = parts.flatMap(({ actions }) => actions);
  for (const path of loadedBeforehand(all, config, (name) => finder.program(name)?.path)) {
    const early = finder.file(path);
    if (early !== undefined) launched.add(early.path);
  }
  for (const action of all) {
    const script = action.script === '' ? undefined : tree.find(action.script);
    if (script !== undefined) launched.add(script.path);
    if (action.kind !== 'run') continue;
    const program = finder.program(action.what);
    for (const entry of [program, ...action.arguments.map((word) => finder.argument(word))])
      if (entry !== undefined) launched.add(entry.path);
    for (const [index, word] of action.arguments.entries()) {
      const inline = /^--?conf(?:ig)?(?:-?file)?=(.+)$/.exec(word)?.[1];
      const named = inline ?? (settingsOption.test(action.arguments[index - 1] ?? '') ? word : undefined);
      const settings = named === undefined || named.length > longestWord ? undefined : finder.file(named);
      if (settings?.kind === 'text') launched.add(settings.path);
    }
    if (program === undefined) continue;
    if (tree.isLarge(program))
      unread.set(
        program.path,
        gapOf(program.path, 'LAUNCH_SCRIPT_TOO_LARGE', 'a start script that is too large to be followed', program.size),
      );
    else if (tree.textOf(program) === undefined && program.size > 0 && isUnread(action, program))
      unread.set(
        program.path,
        gapOf(
          program.path,
          'LAUNCH_SCRIPT_UNREADABLE',
          'a shell reads it at the start, but by its name and place it was taken for data',
          program.size,
        ),
      );
  }
  return { launched, gaps: [...unfollowed(parts), ...unread.values()] };
};
