/** Programs in scripting languages that the launch path starts → the files of the image that they are made of: what a server is told to load, and what each file loads in turn. */
import type { ImageConfig } from '../../core/image.ts';
import { baseName, extensionOf, normalisePath, parentOf } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { languageOf } from '../../formats/records/shell-values.interpreters.ts';
import { nodeOptionsOf, nodePreloads, variableOf } from './environment.ts';
import type { LaunchFiles } from './launch-part.ts';

export interface LaunchModule {
  /** Absolute. */
  readonly path: string;
  /** An interpreter that reads it. */
  readonly interpreter: string;
}

type Language = 'python' | 'javascript' | 'php' | 'perl' | 'ruby';

/** More than the programs have that people put into images by hand; frameworks lie elsewhere and are not kept. */
const maximumModules = 40;
const maximumImports = 200;
const longestName = 200;

const interpreters: Readonly<Record<Language, string>> = {
  python: 'python3',
  javascript: 'node',
  php: 'php',
  perl: 'perl',
  ruby: 'ruby',
};

const byExtension: Readonly<Record<string, Language>> = {
  '.py': 'python',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.php': 'php',
  '.pl': 'perl',
  '.pm': 'perl',
  '.rb': 'ruby',
};

const languageOfAction = ({ what, through }: Action): Language | undefined => {
  for (const program of through.toReversed()) {
    const found = languageOf(program);
    if (found !== undefined) return found.language;
  }
  return byExtension[extensionOf(what)];
};

const pythonServer =
  /^(?:gunicorn|uvicorn|hypercorn|daphne|granian|waitress-serve|uwsgi|celery|flask|quart|fastapi|streamlit)$/;
const scriptRunner = /^(?:npm|yarn|pnpm|nodemon|pm2|pm2-runtime|tsx|ts-node|forever)$/;
/** pm2's, by its usual name. */
const processFile = /(?:^|\/)(?:ecosystem|process|pm2)(?:\.[\w-]{1,40}){0,2}\.(?:js|cjs|mjs)$/;
const processScript = /\bscript["']?\s*:\s*["'`]([^"'`\n]{1,200})["'`]/g;
/** Where programs begin that are started by their folder. */
const usualStarts: readonly string[] = [
  'index.js',
  'server.js',
  'app.js',
  'main.js',
  'index.mjs',
  'src/index.js',
  'src/server.js',
  'src/app.js',
  'src/main.js',
  'dist/index.js',
  'dist/main.js',
  'bin/www',
];

class ModuleFinder {
  readonly found = new Map<string, LaunchModule>();
  readonly #files: LaunchFiles;
  readonly #folders: readonly string[];
  readonly #directory: string;
  readonly #preloads: readonly string[];

  constructor(files: LaunchFiles, config: ImageConfig) {
    this.#files = files;
    this.#directory = config.workingDirectory === '' ? '/' : config.workingDirectory;
    const more = variableOf(config, 'PYTHONPATH=') ?? '';
    this.#preloads = nodePreloads([...config.entrypoint, ...config.command, ...nodeOptionsOf(config)].slice(0, 100));
    this.#folders = [this.#directory, ...more.split(':', 10).filter((folder) => folder.startsWith('/'))];
  }

  /** True where it is a file whose text is known. */
  add(path: string, language: Language): boolean {
    if (this.found.has(path)) return true;
    if (this.#files.locate(path) === undefined || this.#files.readFile(path) === undefined) return false;
    if (this.found.size < maximumModules) this.found.set(path, { path, interpreter: interpreters[language] });
    return true;
  }

  /** `a.b`, from any of the folders. */
  #python(module: string, folders: readonly string[]): void {
    const name = module.replaceAll('.', '/');
    for (const folder of folders)
      for (const file of [`${name}.py`, `${name}/__init__.py`])
        if (this.add(`${folder === '/' ? '' : folder}/${file}`, 'python')) return;
  }

  start(action: Action): void {
    const { what, arguments: args } = action;
    const language = languageOfAction(action);
    if (language !== undefined && what.startsWith('/') && action.through.length > 0) this.follow(what, language);
    if (language === 'javascript') this.#preloaded();
    const name = baseName(what);
    const known = languageOf(name);
    if (known?.language === 'python' && args.includes('-m')) {
      const module = args[args.indexOf('-m') + 1] ?? '';
      this.#python(module, this.#folders);
      this.#python(`${module}.__main__`, this.#folders);
    }
    if (pythonServer.test(name))
      for (const word of args) {
        const module = /^(?:--app=|-A=?|--module=)?([A-Za-z_][\w.]{0,190})(?::[\w.()]{1,100})?$/.exec(word)?.[1];
        if (module !== undefined) this.#python(module.replace(/\.py$/, ''), this.#folders);
      }
    if (name === 'flask') for (const module of ['app', 'wsgi']) this.#python(module, this.#folders);
    if (/^pm2(?:-\w+)?$/.test(name)) for (const word of args) if (processFile.test(word)) this.#processes(word);
    if (known?.language === 'javascript' || scriptRunner.test(name)) this.#byFolder(args);
  }

  /** What node loads before the program: from the start command, or from the environment. */
  #preloaded(): void {
    for (const path of this.#preloads) {
      const whole = this.#resolve(path, this.#directory);
      ['', ...(loaders.javascript ?? [])].some((end) => this.add(whole + end, 'javascript'));
    }
  }

  /** The programs that a process file of pm2 names. */
  #processes(name: string): void {
    const path = this.#resolve(name, this.#directory);
    const bytes = this.#files.readFile(path);
    if (bytes === undefined) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    for (const [, script = ''] of [...text.matchAll(processScript)].slice(0, maximumImports)) {
      const language = byExtension[extensionOf(script)];
      if (language !== undefined) this.add(this.#resolve(script, parentOf(path) || '/'), language);
    }
  }

  #byFolder(args: readonly string[]): void {
    const folder = args.find((word) => word === '.' || word.startsWith('/') || word.startsWith('./'));
    const from = folder === undefined || folder === '.' ? this.#directory : this.#resolve(folder, this.#directory);
    for (const name of usualStarts) if (this.add(`${from === '/' ? '' : from}/${name}`, 'javascript')) return;
  }

  #resolve(name: string, folder: string): string {
    return `/${normalisePath(name.startsWith('/') ? name : `${folder}/${name}`).path}`;
  }

  /** What a file loads. */
  follow(path: string, language: Language): void {
    const bytes = this.#files.readFile(path);
    if (bytes === undefined) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const folder = parentOf(path) || '/';
    if (language === 'python') this.#followPython(text, folder);
    else
      for (const name of namedFiles(text, language)) {
        const whole = this.#resolve(name, folder);
        const candidates = [whole, ...(loaders[language] ?? []).map((end) => whole + end)];
        candidates.some((candidate) => this.add(candidate, language));
      }
  }

  #followPython(text: string, folder: string): void {
    let left = maximumImports;
    for (const [, dots = '', from = '', names = '', plain = ''] of text.matchAll(
      /^[ \t]*(?:from[ \t]+(\.{0,3})([\w.]{0,200})[ \t]+import[ \t]+\(?([^\n#]{1,300})|import[ \t]+([\w., \t]{1,300}))/gm,
    )) {
      left -= 1;
      if (left < 0) return;
      const up = dots.length > 1 ? parentOf(folder) || '/' : folder;
      const folders = dots === '' ? [folder, ...this.#folders] : [up];
      if (plain !== '')
        for (const one of plain.split(',', 20)) this.#python(one.trim().split(/\s/, 1)[0] ?? '', folders);
      else {
        if (from !== '') this.#python(from, folders);
        for (const one of names.split(',', 20)) {
          const name = one.trim().split(/\W/, 1)[0] ?? '';
          if (name !== '') this.#python(from === '' ? name : `${from}.${name}`, folders);
        }
      }
    }
  }
}

const loaders: Readonly<Partial<Record<Language, readonly string[]>>> = {
  javascript: ['.js', '.mjs', '.cjs', '/index.js'],
  ruby: ['.rb'],
};

const loading: Readonly<Record<Exclude<Language, 'python'>, RegExp>> = {
  javascript: /(?:\brequire\s*\(\s*|\bimport\s*\(\s*|\bfrom\s+|\bimport\s+)['"](\.{1,2}\/[^'"\n]{1,200})['"]/g,
  php: /\b(?:include|require)(?:_once)?\s*\(?\s*(?:(?:__DIR__|dirname\s*\(\s*__FILE__\s*\))\s*\.\s*)?['"]\/?([^'"\n]{1,200}\.(?:php|inc))['"]/g,
  perl: /\b(?:require|do)\s+['"]([^'"\n]{1,200}\.p[lm])['"]/g,
  ruby: /\b(?:require_relative|load)\s*\(?\s*['"]([^'"\n]{1,200})['"]/g,
};

const namedFiles = (text: string, language: Exclude<Language, 'python'>): readonly string[] =>
  [...text.matchAll(loading[language])]
    .slice(0, maximumImports)
    .flatMap(([, name = '']) => (name.length > longestName ? [] : [name]));

/** In the order in which they are found; none that an action names itself. Bounded in files, names and loads. */
export const findModules = (
  actions: readonly Action[],
  files: LaunchFiles,
  config: ImageConfig,
): readonly LaunchModule[] => {
  const finder = new ModuleFinder(files, config);
  for (const action of actions) if (action.kind === 'run') finder.start(action);
  // Grows while it is walked over.
  for (const { path, interpreter } of finder.found.values())
    finder.follow(path, languageOf(interpreter)?.language ?? 'python');
  const known = new Set(actions.filter(({ kind }) => kind === 'run').map(({ what }) => what));
  return [...finder.found.values()].filter(({ path }) => !known.has(path));
};
