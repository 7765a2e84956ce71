/** Preload lists, variables and the libraries that they name → findings: what is forced into every program, and what it does there. */
import type { Subject } from '../../core/analyzer.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Sighting } from './conclude-logins.ts';
import type { ImageView } from './image-view.ts';
import type { Fact } from './inspect-file.ts';
import { entrancesOf, hidesListings, isAllocatorOrClock, type HooksFact } from './library-hooks.ts';
import { readVariable } from './library-lists.ts';
import { isOddProgramPlace, toImagePath } from './odd-place.ts';
import { excerptOf, fileOf, stateFinding } from './statement.ts';

interface Preloaded {
  readonly library: string;
  readonly by: 'list' | 'variable' | 'config';
  readonly proof: Evidence;
}

/** Few functions and all of one kind, or the listing of folders together with logins: no honest faker is made so. */
const fewFunctions = 16;

const isMadeToHide = (hooks: HooksFact): boolean =>
  hidesListings(hooks) && (hooks.total <= fewFunctions || entrancesOf(hooks).length >= 2);

const judgePreloaded = (
  { library, by, proof }: Preloaded,
  view: ImageView,
  hooksAt: (path: string) => HooksFact | undefined,
): readonly Finding[] => {
  const file = view.find(library);
  const hooks = file === undefined ? undefined : hooksAt(file.path);
  const evidence: readonly [Evidence, ...Evidence[]] = [proof, ...(file === undefined ? [] : [fileOf(file)])];
  if (hooks !== undefined && (hidesListings(hooks) || entrancesOf(hooks).length >= 2))
    return [stateFinding('preloaded-hider', evidence)];
  // The config's own variables are judged where the config is.
  if (by === 'config') return [];
  if (isOddProgramPlace(toImagePath(library))) return [stateFinding('preload-odd-place', evidence)];
  if (by === 'variable') return [];
  if (hooks !== undefined && isAllocatorOrClock(hooks)) return [stateFinding('preload-list-harmless', evidence)];
  return [stateFinding(file !== undefined && hooks === undefined ? 'preload-list-unknown' : 'preload-list', evidence)];
};

const fromConfig = ({ config }: Subject): readonly Preloaded[] =>
  (config?.environment ?? []).flatMap((variable) => {
    const equals = variable.indexOf('=');
    return readVariable(variable.slice(0, Math.max(0, equals)), variable.slice(equals + 1), 0).flatMap(
      (fact): readonly Preloaded[] =>
        fact.is === 'preload'
          ? [
              {
                library: fact.library,
                by: 'config',
                proof: { kind: 'config', field: 'Env', value: toPlainText(variable, 300) },
              },
            ]
          : [],
    );
  });

export const concludeLibraries = (
  subject: Subject,
  sightings: readonly Sighting<Fact>[],
  view: ImageView,
): readonly Finding[] => {
  const hooks = new Map<string, Sighting<HooksFact>>();
  const preloaded: Preloaded[] = [...fromConfig(subject)];
  for (const { seen, fact } of sightings) {
    if (fact.is === 'hooks') hooks.set(seen.path, { seen, fact });
    if (fact.is === 'preload')
      preloaded.push({ library: fact.library, by: fact.by, proof: excerptOf(seen, fact.offset, fact.library) });
  }
  const named = new Set(preloaded.map(({ library }) => view.find(library)?.path));
  const alone = [...hooks.values()].flatMap(({ seen, fact }): readonly Finding[] => {
    if (!hidesListings(fact) || named.has(seen.path)) return [];
    return [stateFinding(isMadeToHide(fact) ? 'hiding-library' : 'listing-library', [fileOf(seen)])];
  });
  return [...preloaded.flatMap((one) => judgePreloaded(one, view, (path) => hooks.get(path)?.fact)), ...alone];
};
