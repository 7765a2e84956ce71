/** `npm start` and its like → the commands that the package's own manifest names for it (docs.npmjs.com, scripts). */
import type { LaunchFiles } from './launch-part.ts';

export interface PackageScript {
  /** The manifest. */
  readonly named: string;
  /** For a shell. */
  readonly command: string;
}

export const packageRunner = /^(?:npm|yarn|pnpm|bun)$/;

const maximumScripts = 20;
const longestName = 100;
const valued = /^-{1,2}(?:prefix|C|cwd|dir|w|workspace|filter|loglevel)$/;
const folderOption = /^(?:--prefix|-C|--cwd|--dir)$/;
/** Words of the runner itself that start nothing of the package. */
const ownWords =
  /^(?:i|in|install|ci|add|remove|uninstall|update|upgrade|exec|dlx|x|create|init|audit|config|cache|set|version|help|login|publish|pack|link|ls|list|why|view|info)$/;

interface Asked {
  readonly script: string;
  readonly folder: string;
}

/** undefined: it runs no script. */
const readArguments = (args: readonly string[], directory: string): Asked | undefined => {
  let folder = directory;
  const words: string[] = [];
  for (let at = 0; at < Math.min(args.length, 50); at += 1) {
    const arg = args[at] ?? '';
    const [option = '', inline] = arg.split('=', 2);
    if (arg === '--') break;
    if (valued.test(option)) {
      const value = inline ?? args[(at += 1)] ?? '';
      if (folderOption.test(option)) folder = value.startsWith('/') ? value : `${directory}/${value}`;
    } else if (!arg.startsWith('-')) words.push(arg);
  }
  const [first = '', second = ''] = words;
  const script = /^run(?:-script)?$/.test(first) ? second : first;
  return script === '' || script.length > longestName || ownWords.test(script) ? undefined : { script, folder };
};

const scriptsOf = (path: string, files: LaunchFiles): ReadonlyMap<string, string> => {
  const bytes = files.readFile(path);
  if (bytes === undefined) return new Map();
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly scripts?: unknown } | null;
    const scripts = value?.scripts;
    if (typeof scripts !== 'object' || scripts === null) return new Map();
    return new Map(
      Object.entries(scripts).flatMap(([name, command]) => (typeof command === 'string' ? [[name, command]] : [])),
    );
  } catch {
    // What npm cannot read starts nothing.
    return new Map();
  }
};

const inner = /\b(?:npm|yarn|pnpm|bun)\s+(?:run(?:-script)?\s+)?(?:-{1,2}[a-z-]{1,20}\s+){0,3}([\w:.-]{1,100})/g;

/** What runs before and after a script by its name, and what scripts start in turn; each once, bounded. */
export const findPackageScripts = (
  args: readonly string[],
  directory: string,
  files: LaunchFiles,
): readonly PackageScript[] => {
  const asked = readArguments(args, directory === '' ? '/' : directory);
  if (asked === undefined) return [];
  const { folder } = asked;
  const path = `${folder === '/' ? '' : folder.replace(/\/+$/, '')}/package.json`;
  const scripts = scriptsOf(path, files);
  const names = new Set([asked.script]);
  const found = new Map<string, string>();
  // Grows while it is walked over.
  for (const name of names) {
    for (const one of [`pre${name}`, name, `post${name}`]) {
      const command = scripts.get(one);
      if (command === undefined || found.size >= maximumScripts) continue;
      found.set(one, command);
      for (const [, next = ''] of command.slice(0, 2000).matchAll(inner)) if (scripts.has(next)) names.add(next);
    }
  }
  return [...found.values()].map((command) => ({
    named: path,
    command: folder === directory ? command : `cd '${folder.replaceAll("'", '')}'\n${command}`,
  }));
};
