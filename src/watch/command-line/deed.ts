/** What one command does to an image or a machine: the words that readers of command lines share. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventImage, EventPlace, EventRights } from '../../core/event.ts';
import { bounded, boundedRights, containerImage, member, unknownImage } from '../event-parts.ts';

export interface Deed {
  readonly action: EventAction;
  readonly image?: EventImage;
  readonly place?: EventPlace;
  readonly rights?: EventRights;
  /** A container, a pod, a file, a new name. */
  readonly target?: string;
  /** What runs inside. */
  readonly command?: readonly string[];
}

/** A reader of one program's arguments. */
export type DeedReader = (words: readonly string[], tool: string) => readonly Deed[];

/** A word that shells would have replaced, or none at all, names no image. */
export const imageOfWord = (word: string | undefined): EventImage => {
  if (word === undefined || word === '') return unknownImage('the command names no image');
  if (/[$`*]/.test(word)) return unknownImage(`the command names its image only when it runs: ${bounded(word, 100)}`);
  return containerImage({ written: word });
};

export const machineOf = (cloud: 'aws' | 'gcp' | 'azure', word: string | undefined): EventImage =>
  word === undefined || word === ''
    ? unknownImage('the command names no image')
    : { kind: 'machine', cloud, written: bounded(word) };

/** `{ rights: … }` unless nothing is allowed. */
export const rightsOf = (rights: EventRights): { readonly rights?: EventRights } =>
  Object.values(rights).some(
    (value) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0),
  )
    ? member('rights', boundedRights(rights))
    : {};
