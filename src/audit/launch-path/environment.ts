/** The environment that an image states → variables as programs read them. */
import type { ImageConfig } from '../../core/image.ts';

/** `assignment`: the variable's name with the sign behind it. The first one of a name counts. */
export const variableOf = ({ environment }: ImageConfig, assignment: string): string | undefined =>
  environment.find((entry) => entry.startsWith(assignment))?.slice(assignment.length);

/** node(1), NODE_OPTIONS: words between blanks, which may stand in quotes. */
export const nodeOptionsOf = (config: ImageConfig): readonly string[] =>
  (variableOf(config, 'NODE_OPTIONS=') ?? '').split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));

const longestName = 400;
const preload = /^(?:-r|--require|--import|--loader|--experimental-loader)$/;
const inlinePreload = /^(?:--require|--import|--loader|--experimental-loader)=(.+)$/;

/** Words that node is given → the modules that it loads before the program: paths as written, no names of packages. */
export const nodePreloads = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, index) => {
    const name = preload.test(words[index - 1] ?? '') ? word : inlinePreload.exec(word)?.[1];
    const path = name?.replace(/^["']|["']$/g, '').replace(/^file:\/\//, '') ?? '';
    return path.length <= longestName && /^\.{0,2}\//.test(path) ? [path] : [];
  });
