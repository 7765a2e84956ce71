/** What a cloud said of an event's image and machine → the record of it that goes into the flow, as the sensor `cloud-facts` reads it. */
import { hash } from 'node:crypto';
import type { MachineFacts, MachineImageFacts } from '../../core/cloud-client.ts';
import type { Event } from '../../core/event.ts';

export interface CloudAnswers {
  readonly image?: MachineImageFacts;
  readonly machine?: MachineFacts;
  /** What it runs when it starts, without secrets; and what that does. */
  readonly script?: string;
  readonly story?: readonly string[];
  readonly traits?: readonly string[];
  /** What was not told, and why: code of a Gap and reason. */
  readonly refused?: { readonly code: string; readonly reason: string };
}

/** The same whenever the same event is asked about, so that what follows is found once. */
export const factIdOf = ({ id }: Pick<Event, 'id'>): string => hash('sha256', id).slice(0, 32);

export const toFactRecord = (event: Event, answers: CloudAnswers): object => {
  const { id, at, action, actor, place } = event;
  const { image, machine, script, story, traits, refused } = answers;
  const named = event.image?.kind === 'machine' ? event.image : undefined;
  return {
    type: 'cloud-facts',
    id: factIdOf(event),
    // Behind what it is about, whatever the ids.
    at: new Date(at + 1).toISOString(),
    about: { event: id, action },
    ...(actor === undefined ? {} : { actor }),
    place,
    ...(named === undefined
      ? {}
      : { named: { written: named.written, resolved: named.resolved, owner: named.owner, name: named.name } }),
    ...(image === undefined
      ? machine?.image === undefined
        ? {}
        : { image: { id: machine.image } }
      : {
          image: {
            ...image,
            ...(image.created === undefined ? {} : { created: new Date(image.created).toISOString() }),
          },
        }),
    ...(machine === undefined
      ? {}
      : { machine: { tags: machine.tags, addresses: machine.addresses, hostNames: machine.hostNames } }),
    ...(script === undefined ? {} : { script }),
    ...(story === undefined ? {} : { story }),
    ...(traits === undefined ? {} : { traits }),
    ...(refused === undefined ? {} : { refused }),
  };
};
