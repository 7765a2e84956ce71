/** What nobody told of machines and their images → Gaps of the incidents about them, with what to do so that it is told. */
import type { Event } from '../../core/event.ts';
import type { Gap } from '../../core/gap.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';
import { misnamedIn, questionOf, type CloudQuestion } from '../../watch/enrichment/question.ts';

const permissions: Readonly<
  Record<CloudQuestion['cloud'], { readonly image: string; readonly machine: string; readonly startUp: string }>
> = {
  aws: { image: 'ec2:DescribeImages', machine: 'ec2:DescribeInstances', startUp: 'ec2:DescribeInstanceAttribute' },
  gcp: {
    image: 'compute.images.get',
    machine: 'compute.instances.get, compute.disks.get',
    startUp: 'compute.instances.get',
  },
  azure: {
    image: 'Microsoft.Compute/images/read, Microsoft.Compute/galleries/images/versions/read',
    machine: 'Microsoft.Compute/virtualMachines/read',
    startUp: 'Microsoft.Compute/virtualMachines/read',
  },
};

export const cloudNames = { aws: 'AWS', gcp: 'Google Cloud', azure: 'Azure' } as const;
const accountNames = { aws: 'account', gcp: 'project', azure: 'subscription' } as const;

export const accountOf = ({ cloud, account }: Pick<CloudQuestion, 'cloud' | 'account'>): string =>
  `${cloudNames[cloud]}, ${accountNames[cloud]} ${account}`;

const wanted = ({ image, details, startUp }: CloudQuestion): string =>
  [
    ...(image === undefined ? [] : ['owner and age of the image']),
    ...(details ? ['the image of the machine'] : []),
    ...(startUp ? ['what the machine runs at its start'] : []),
  ].join(', ');

export const permissionsOf = ({ cloud, image, details, startUp }: CloudQuestion): string => {
  const { [cloud]: names } = permissions;
  return [
    ...new Set(
      [
        ...(image === undefined ? [] : [names.image]),
        ...(details ? [names.machine, names.image] : []),
        ...(startUp ? [names.startUp] : []),
      ].flatMap((one) => one.split(', ')),
    ),
  ].join(', ');
};

/** `why`: nobody is configured, or not for that region; a replay asks nobody. */
export const notAsked = (question: CloudQuestion, why: string): Gap => ({
  where: accountOf(question),
  code: 'CLOUD_NOT_ASKED',
  reason: `not known: ${wanted(question)}. ${why} Permissions: ${permissionsOf(question)}`,
  bytes: 0,
});

const rememberedEvents = 100_000;
const gapsTold = 3;

/** By the ids of events. `reasonOf`: why nobody is asked; undefined: somebody is. */
export class EnrichmentGaps {
  readonly #reasonOf: (question: CloudQuestion) => string | undefined;
  readonly #gaps = new BoundedMap<Gap>(rememberedEvents);
  /** Read again and again in the order of records: an event that a cloud's answer spoke of needs nobody to be asked. */
  readonly #answered = new BoundedMap<true>(rememberedEvents);

  constructor(reasonOf: (question: CloudQuestion) => string | undefined) {
    this.#reasonOf = reasonOf;
  }

  see(event: Event): void {
    const { learnt } = event;
    if (event.action === 'learn' && learnt !== undefined) {
      this.#answered.set(learnt.event, true);
      // Of two that answer one question the other one says what was refused.
      if (learnt.script !== undefined) return;
      if (learnt.refused === undefined) this.#gaps.delete(learnt.event);
      else
        this.#gaps.set(learnt.event, {
          where: event.image?.kind === 'machine' ? event.image.written : (event.place.instance ?? learnt.event),
          ...learnt.refused,
          bytes: 0,
          kind: learnt.refused.code === 'START_UP_UNFOLLOWED' ? 'limit' : 'unavailable',
        });
      return;
    }
    if (this.#answered.get(event.id) === true) return;
    const misnamed = misnamedIn(event);
    if (misnamed !== undefined) {
      this.#gaps.set(event.id, {
        where: misnamed,
        code: 'CLOUD_NOT_ASKED',
        reason: 'the record gives this as an id, and AWS has no such ids: nobody was asked about it',
        bytes: 0,
      });
      return;
    }
    const question = questionOf(event);
    const reason = question === undefined ? undefined : this.#reasonOf(question);
    if (question !== undefined && reason !== undefined) this.#gaps.set(event.id, notAsked(question, reason));
  }

  of(events: readonly string[]): readonly Gap[] {
    const found = new Map<string, Gap>();
    for (const id of events) {
      const gap = this.#gaps.get(id);
      if (gap !== undefined && !found.has(`${gap.code} ${gap.where}`)) found.set(`${gap.code} ${gap.where}`, gap);
    }
    return [...found.values()].slice(0, gapsTold);
  }
}
