/** ENTRYPOINT and CMD → the programs that they name, without shells' options and wrappers. */

const wrappers: ReadonlySet<string> = new Set([
  'tini',
  'dumb-init',
  'catatonit',
  'env',
  'exec',
  'gosu',
  'su-exec',
  'setpriv',
  'sudo',
  'nice',
  'nohup',
  'time',
  'timeout',
  'chroot',
  'docker-init',
  's6-setuidgid',
  'setuidgid',
]);

export const programName = (word: string): string => word.slice(word.lastIndexOf('/') + 1).replace(/\.exe$/i, '');

/** More words than any start needs. */
const maximumWords = 200;

/** The first is what runs; those behind it may be what an entrypoint script is told to run. Options and assignments are left out. */
export const programsStarted = (words: readonly string[]): readonly string[] =>
  words
    .slice(0, maximumWords)
    .flatMap((word) => word.slice(0, 4000).split(/[\s;&|()]+/, maximumWords))
    .map((word) => word.replaceAll(/["']/g, ''))
    .filter((word) => word !== '' && !word.startsWith('-') && !/^\w+=/.test(word))
    .filter((word) => programName(word) !== '' && !wrappers.has(programName(word)));
