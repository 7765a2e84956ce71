/** Interpreters that the launch path starts, and the environment → code that they load before what they are given. */
import type { ImageConfig } from '../../core/image.ts';
import { baseName, parentOf } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { languageOf } from '../../formats/records/shell-values.interpreters.ts';

/** Of one variable. */
const maximumNames = 20;
const longestName = 400;

/** `assignment`: the variable's name with the sign behind it. */
const valueOf = ({ environment }: ImageConfig, assignment: string): string =>
  environment.find((entry) => entry.startsWith(assignment))?.slice(assignment.length) ?? '';

const named = (value: string, option: RegExp): readonly string[] =>
  [...value.matchAll(option)]
    .slice(0, maximumNames)
    .flatMap(([, name = '']) => (name.length > longestName || !/^\.{0,2}\//.test(name) ? [] : [name]));

/** node(1): NODE_OPTIONS stands before the command line. */
const nodeOption = /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader)[=\s]\s*"?([^\s"]+)/g;
/** ruby(1): RUBYOPT, the blank may be missing. */
const rubyOption = /(?:^|\s)-r\s*([^\s"]+)/g;

/** Python, the module site: imported wherever it is found. */
const siteModules = ['sitecustomize.py', 'usercustomize.py'];

/** `program`: the path that a program's name leads to, links followed; undefined where there is none. */
const ofPython = (config: ImageConfig, program: string | undefined): readonly string[] => {
  const folders = valueOf(config, 'PYTHONPATH=')
    .split(':', maximumNames)
    .filter((folder) => folder.startsWith('/'));
  const version = baseName(program ?? '');
  if (program !== undefined && /^python\d\.\d+$/.test(version)) {
    const library = `/${parentOf(parentOf(program))}/lib`;
    folders.push(
      `${library}/${version}`,
      `${library}/${version}/site-packages`,
      `${library}/${version}/dist-packages`,
      `${library}/python3/dist-packages`,
    );
  }
  return folders.flatMap((folder) => siteModules.map((name) => `${folder}/${name}`));
};

/** Paths that may lead nowhere. Total and bounded; nothing is looked for where no interpreter starts. */
export const loadedBeforehand = (
  actions: readonly Action[],
  config: ImageConfig,
  program: (name: string) => string | undefined,
): readonly string[] => {
  const started = new Map<string, string>();
  for (const { kind, what, through } of actions)
    if (kind === 'run')
      for (const one of [what, ...through]) {
        const language = languageOf(baseName(one))?.language;
        if (language !== undefined && !started.has(language)) started.set(language, one);
      }
  const python = started.get('python');
  return [
    ...(started.has('javascript')
      ? named(valueOf(config, 'NODE_OPTIONS='), nodeOption).flatMap((path) =>
          ['', '.js', '.cjs', '.mjs', '/index.js'].map((end) => path + end),
        )
      : []),
    ...(started.has('ruby')
      ? named(valueOf(config, 'RUBYOPT='), rubyOption).flatMap((path) => [path, `${path}.rb`])
      : []),
    ...(python === undefined ? [] : ofPython(config, program(python))),
  ];
};
