/** ONBUILD instructions → one script that does what a build on top of the image would do, in order (Dockerfile reference). */
import type { ImageConfig } from '../../core/image.ts';
import { baseName } from '../../core/path.ts';

const maximumInstructions = 200;

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
const commandOf = (words: readonly string[]): string => words.map(quote).join(' ');

/** A JSON list of words; undefined for anything else, which Docker reads as a command line. */
const wordsOf = (text: string): readonly string[] | undefined => {
  if (!text.startsWith('[')) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return undefined;
  }
};

/** `ADD URL… FOLDER/`: only addresses are fetched, the rest comes from whoever builds. */
const additions = (text: string): string => {
  const words = wordsOf(text) ?? text.split(/\s+/);
  const to = words.at(-1) ?? '';
  return words
    .slice(0, -1)
    .filter((word) => /^(?:https?|ftp|git):\/\//i.test(word))
    .map((url) => commandOf(['curl', '-o', to.endsWith('/') ? to + (baseName(url) || 'index.html') : to, url]))
    .join('\n');
};

const lineOf = (instruction: string, shell: readonly string[]): string => {
  const [, verb = '', rest = ''] = /^\s*([A-Za-z]+)\s+([\s\S]*)$/.exec(instruction) ?? [];
  const text = rest.replace(/^(?:--\S+\s+)+/, '').trim();
  switch (verb.toUpperCase()) {
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
      return commandOf(wordsOf(text) ?? [...(shell.length === 0 ? ['/bin/sh', '-c'] : shell), text]);
    case 'ADD':
      return additions(text);
    case 'WORKDIR':
      return commandOf(['cd', text]);
    case 'ENV': {
      const [, name = '', value = ''] = /^([A-Za-z_]\w*)[= ]([\s\S]*)$/.exec(text) ?? [];
      return name === '' ? '' : `export ${name}=${quote(value.replace(/^"(.*)"$/, '$1'))}`;
    }
    default:
      return '';
  }
};

export const onBuildScript = ({ onBuild, shell }: ImageConfig): string =>
  onBuild
    .slice(0, maximumInstructions)
    .map((instruction) => lineOf(instruction, shell))
    .filter((line) => line !== '')
    .join('\n');
