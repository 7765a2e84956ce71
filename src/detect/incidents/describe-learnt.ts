/** What a cloud said of an image or a machine → which step of a chain it belongs to, and one sentence about it. */
import type { Event } from '../../core/event.ts';
import type { ChainStepKind } from '../../core/incident.ts';

/** `stepOfDeed`: of what was done to it. What was not told is a Gap of the incident and no step. */
export const stepOfLearnt = (
  { image, learnt }: Event,
  stepOfDeed: (about: Event['action']) => ChainStepKind | undefined,
): ChainStepKind | undefined => {
  if (learnt === undefined) return undefined;
  if (learnt.script !== undefined) return 'user-data';
  if (image?.kind !== 'machine' || (image.owner ?? image.created ?? image.public) === undefined) return undefined;
  return learnt.about === 'start' ? 'launch' : stepOfDeed(learnt.about);
};

/** The day alone: a person looks for how old it was. */
const dayOf = (created: number): string =>
  Number.isFinite(created) && Math.abs(created) <= 8.64e15 ? new Date(created).toISOString().slice(0, 10) : 'no day';

const ownerOf = (
  { owner, ownerAlias }: { readonly owner?: string; readonly ownerAlias?: string },
  account: string | undefined,
): string => {
  if (owner === undefined) return 'somebody';
  if (owner === account) return `${owner}, as the machine does`;
  return ownerAlias === undefined || ownerAlias === 'self' ? owner : `${owner} (${ownerAlias})`;
};

/** `shown` makes names that others chose harmless. */
export const describeLearnt = (
  { image, learnt, place }: Event,
  shown: (text: string, maximum?: number) => string,
): string => {
  const { story = [], script } = learnt ?? {};
  if (script !== undefined) {
    const told = story.slice(0, 6).map((one) => shown(one, 160));
    const more = story.length > told.length ? '; and more' : '';
    const whose = shown(place.instance ?? 'the machine');
    return told.length === 0
      ? `The start-up script of ${whose} does nothing that is told`
      : `At its start ${whose} ${told.join('; ')}${more}`;
  }
  if (image?.kind !== 'machine') return 'A cloud was asked about the machine';
  const name = image.name === undefined ? '' : ` (${shown(image.name)})`;
  const said = [
    `belongs to ${shown(ownerOf(image, place.account))}`,
    image.created === undefined ? undefined : `came to be on ${dayOf(image.created)}`,
    image.public === true ? 'may be used by everybody' : undefined,
  ].filter((one) => one !== undefined);
  const last = said.pop();
  return `As its cloud says, ${shown(image.resolved ?? image.written, 200)}${name} ${said.length === 0 ? '' : `${said.join(', ')} and `}${last ?? ''}`;
};
