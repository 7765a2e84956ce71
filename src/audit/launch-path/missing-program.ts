/** A start command whose program the image does not hold: it has to come from somewhere else. */
import type { Subject } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import type { Action } from '../../formats/records/action.ts';
import { isKnown } from '../../formats/records/shell-values.value.ts';
import type { ImageTree } from './image-tree.ts';
import type { LaunchPart } from './launch-part.ts';

/** What the machine that runs it binds there is nobody's fault. */
const isBound = (path: string, volumes: readonly string[]): boolean =>
  /^\/(?:proc|sys|dev|run|var\/run|host|mnt|data|config|secrets?|workspaces?)\//.test(path) ||
  volumes.some((volume) => path.startsWith(volume.endsWith('/') ? volume : `${volume}/`));

const interpreter = /^(?:source|python|pypy|node|bun|deno|perl|php|ruby)/;

/** Something of the launch path brings it, or the folder it lies in. */
const isBrought = (path: string, actions: readonly Action[]): boolean =>
  actions.some(({ kind, what, to }) => {
    if (kind === 'unpack' || kind === 'install' || kind === 'mount' || kind === 'enter-host') return true;
    return kind !== 'run' && (to ?? what) !== '' && path.startsWith(to ?? what);
  });

export const findMissingProgram = (
  parts: readonly LaunchPart[],
  subject: Subject,
  tree: ImageTree,
): readonly Finding[] => {
  // What was not read may hold it.
  if (subject.partial === true) return [];
  for (const part of parts) {
    if (part.trigger !== 'start') continue;
    const missing = part.actions.find(
      ({ kind, what, conditional, origins, through }) =>
        kind === 'run' &&
        !conditional &&
        // `node .`, `python app`: an interpreter finds more than the path it is given.
        !through.some((program) => interpreter.test(program)) &&
        origins.length === 0 &&
        what.startsWith('/') &&
        isKnown(what) &&
        !/[*?[]/.test(what) &&
        tree.find(what) === undefined &&
        !isBound(what, subject.config?.volumes ?? []),
    );
    if (missing === undefined || isBrought(missing.what, part.actions)) continue;
    return [
      {
        rule: 'launch-path/program-missing',
        title: 'The image starts a program that it does not hold',
        severity: 'low',
        confidence: 'medium',
        intent: 'implant',
        techniques: ['T1204.003'],
        advice: 'Ask what is bound into the container to supply it: what runs then is not what was scanned.',
        evidence: [{ kind: 'config', field: part.named, value: missing.what }],
      },
    ];
  }
  return [];
};
