/** The list of program names in `rules/known` → what a path's name says that the program is. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedKnowledge, RuleLocations } from '../../core/analyzer.ts';

/** Name in lower case → the words of the list. Structured-clone data. */
export type ProgramNames = ReadonlyMap<string, string>;

/** One `SORT NAME` a line, where a name may be `go:` and a main package; `#` begins a remark. A line of another shape is none. */
export const parseProgramNames = (text: string): ProgramNames =>
  new Map(
    text.split('\n').flatMap((line): (readonly [string, string])[] => {
      const match = /^([a-z-]+) +((?:go:[a-z0-9./_-]+)|[a-z0-9][a-z0-9._+-]*)$/.exec(line.trim());
      return match === null ? [] : [[match[2] ?? '', match[1] ?? '']];
    }),
  );

/** Versions, systems and architectures that releases carry behind their name. */
const suffix =
  /(?:[-_.](?:v?\d[\w.]*|linux|linux64|static|x86[-_]64|x64|x86|amd64|arm64|aarch64|armv\d\w*|musl|gnu|glibc|bin|sh|elf))+$/;

/** undefined for all programs that the list does not name. */
export const sortOfProgram = (names: ProgramNames, path: string): string | undefined => {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return names.get(name) ?? (name.length > 80 ? undefined : names.get(name.replace(suffix, '')));
};

/** Without the built-in rules no name is known. */
export const loadProgramNames = ({ builtIn }: RuleLocations): LoadedKnowledge => {
  const text = builtIn === undefined ? '' : readFileSync(join(builtIn, 'known', 'program-names.list'), 'utf8');
  const names = parseProgramNames(text);
  const digest = createHash('sha256')
    .update(JSON.stringify([...names]))
    .digest('hex');
  return { digest, counts: { name: names.size }, rejected: [], data: names, gaps: [] };
};
