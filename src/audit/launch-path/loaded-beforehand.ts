/** Interpreters that the launch path starts, and the environment → code that they load before what they are given. */
import type { ImageConfig } from '../../core/image.ts';
import { baseName, parentOf } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { languageOf } from '../../formats/records/shell-values.interpreters.ts';
import { nodeOptionsOf, nodePreloads, variableOf } from './environment.ts';

/** Of one variable. */
const maximumNames = 20;
const longestName = 400;

/** ruby(1): RUBYOPT, the blank may be missing. */
const rubyOption = /(?:^|\s)-r\s*([^\s"]+)/g;

const ofRuby = (config: ImageConfig): readonly string[] =>
  [...(variableOf(config, 'RUBYOPT=') ?? '').matchAll(rubyOption)]
    .slice(0, maximumNames)
    .flatMap(([, name = '']) => (name.length > longestName || !/^\.{0,2}\//.test(name) ? [] : [name, `${name}.rb`]));

const ofNode = (config: ImageConfig): readonly string[] =>
  nodePreloads(nodeOptionsOf(config))
    .slice(0, maximumNames)
    .flatMap((path) => ['', '.js', '.cjs', '.mjs', '/index.js'].map((end) => path + end));

/** Python, the module site: imported wherever it is found. */
const siteModules = ['sitecustomize.py', 'usercustomize.py'];

/** `program`: the path that a program's name leads to, links followed; undefined where there is none. */
const ofPython = (config: ImageConfig, program: string | undefined): readonly string[] => {
  const folders = (variableOf(config, 'PYTHONPATH=') ?? '')
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
    ...(started.has('javascript') ? ofNode(config) : []),
    ...(started.has('ruby') ? ofRuby(config) : []),
    ...(python === undefined ? [] : ofPython(config, program(python))),
  ];
};
