/** What is remembered of events: for whoever goes on after a restart, and for whoever asks later who ran something. */
import type { EventAction } from './event-action.ts';
import type { Event, EventActor, EventImage, EventPlace } from './event.ts';
import type { Digest } from './digest.ts';
import type { Incident, IncidentVerdict } from './incident.ts';

/** Where reading goes on after a restart: the reader's own words. */
export interface Checkpoint {
  readonly source: string;
  readonly position: string;
}

/** An event as it is kept: who did what to which image, where and when. Hostile texts, bounded by the sensor. */
export interface KeptEvent {
  readonly id: string;
  readonly at: number;
  readonly action: string;
  readonly actor?: EventActor;
  readonly place: EventPlace;
  readonly image?: EventImage;
  /** Without what looks like a secret. */
  readonly command?: string;
}

/** What one batch led to. */
export interface KeptBatch {
  readonly events: readonly Event[];
  /** By id, what is known of an event beyond its own record: the container and the image that it is about. */
  readonly placed?: ReadonlyMap<string, Event>;
  readonly incidents: readonly Incident[];
  /** Images that were judged: what follows from the verdict is in the same batch. */
  readonly images?: readonly KeptImage[];
}

/** All that follows from a batch is kept together with its checkpoint, or nothing is. Every method throws a Fault `STATE_UNUSABLE`. */
export interface FollowMemory {
  /** Whether an event other than this one bore the name before: a digest, a reference, `pusher LOGIN`, `maker LOGIN`. */
  seenBefore(name: string, event: string): boolean;
  /** Ids of those that are not kept yet. */
  unknownOf(events: readonly Event[]): ReadonlySet<string>;
  keep(batch: KeptBatch, checkpoint?: Checkpoint): void;
  checkpoint(source: string): string | undefined;
  /** Events not older than that before the newest one, as they were received, oldest first. */
  recent(reachMs: number): Iterable<Event>;
}

/** An image that was judged here, and what it holds: by these names it is found again. */
export interface KeptImage {
  readonly reference: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly verdict: Pick<IncidentVerdict, 'assessment' | 'decision' | 'because'>;
  /** Manifest, index, config. */
  readonly digests: readonly Digest[];
  /** Blobs and unpacked layers. */
  readonly layers: readonly Digest[];
  /** `name@version`, and with the ecosystem before it: `npm name@version`. */
  readonly packages: readonly string[];
  /** Of files that findings show. */
  readonly files: readonly string[];
}

export interface Hunted {
  /** Oldest first. */
  readonly events: readonly KeptEvent[];
  /** Events that were left out. */
  readonly more: number;
  readonly incidents: readonly Incident[];
  /** Judged images that bear a name, or hold what does. Events about them are among the events. */
  readonly images: readonly KeptImage[];
}

export interface HuntMemory {
  /** What bears any of the names, and what happened to images that hold it. */
  hunt(names: readonly string[], maximum: number): Hunted;
  /** Those that an event or an image bears. */
  known(names: readonly string[]): readonly string[];
  /** Names of images that begin so, at most `maximum`. */
  namesWith(beginning: string, maximum: number): readonly string[];
  keepImage(image: KeptImage): void;
  /** The last judgement of an image by one of its digests. */
  judged(digest: Digest): KeptImage | undefined;
}

/** Deeds of which it matters whether somebody did them here before, and the word for whoever does. */
export const makerKindOf = (action: EventAction): 'pusher' | 'maker' | undefined =>
  action === 'push' ? 'pusher' : /^image-(?:register|copy|share)$/.test(action) ? 'maker' : undefined;

const dayMs = 86_400_000;

/** Remembered of every such deed: that somebody did it on that day, or so many days before. */
export const makingDay = (kind: string, at: number, daysBefore = 0): string =>
  `${kind} on day ${Math.floor(at / dayMs) - daysBefore}`;

/** What something may be asked for by. The same rules for what is kept and what is sought. */
export const huntNamesOf = (event: Event): readonly string[] => {
  const { image, place, process, actor, action } = event;
  const names: (string | undefined)[] = [place.instance, process?.hash];
  if (place.containerId !== undefined) names.push(place.containerId.toLowerCase().slice(0, 12));
  if (image?.kind === 'container') {
    names.push(image.digest, image.resolved, image.id, image.reference?.replace(/@.*$/s, ''));
    if (image.digest === undefined && image.resolved === undefined && image.id === undefined)
      names.push(image.reference ?? image.written);
  }
  if (image?.kind === 'machine')
    names.push(image.written, image.resolved, `${image.cloud} ${image.resolved ?? image.written}`);
  const maker = makerKindOf(action);
  if (maker !== undefined && actor !== undefined && actor.name !== '')
    names.push(`${maker} ${actor.name}`, makingDay(maker, event.at));
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as readonly string[];
};
