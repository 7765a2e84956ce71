/** What a feed calls bad → where it was: everything that is kept of events, images and their files is asked, in steps that hold nobody up. */
import type { Digest } from '../../core/digest.ts';
import type { HuntMemory, KeptEvent, KeptImage } from '../../core/follow-memory.ts';
import type { Incident } from '../../core/incident.ts';
import { isNamed, type FeedNames } from './feed-names.ts';

/** One thing that a feed calls bad, and where it was. */
export interface FeedHit {
  /** As the feed has it: `sha256:…`, `ami-…`, `npm NAME@VERSION`. */
  readonly bad: string;
  /** Judged images that are it or hold it. */
  readonly images: readonly KeptImage[];
  /** What happened to them, or to what bears the name: the last ones. */
  readonly events: readonly KeptEvent[];
  readonly incidents: readonly Incident[];
}

/** Images by the programs in them. */
export interface HeldPrograms {
  /** Lower-case hex → own digests of images that hold it. */
  holding(hashes: ReadonlySet<string>): AsyncIterable<{ readonly sha256: string; readonly digests: readonly Digest[] }>;
}

const atOnce = 500;
const eventsOfHit = 100;
export const maximumHits = 1000;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const hexOf = (name: string): string | undefined => (name.startsWith('sha256:') ? name.slice(7) : undefined);

/** At most a thousand. @throws {Fault} unavailable `STATE_UNUSABLE` */
export async function* huntFeed(
  { names, packages }: FeedNames,
  memory: Pick<HuntMemory, 'hunt' | 'known' | 'namesWith'>,
  programs?: HeldPrograms,
): AsyncGenerator<FeedHit, void, undefined> {
  /** Bad name → digests by which it is asked for. */
  const asked = new Map<string, Set<string>>();
  const add = (bad: string, name: string): void => {
    if (asked.size < maximumHits || asked.has(bad)) asked.set(bad, (asked.get(bad) ?? new Set()).add(name));
  };
  const all = [...names];
  for (let from = 0; from < all.length; from += atOnce) {
    for (const name of memory.known(all.slice(from, from + atOnce))) add(name, name);
    await breathe();
  }
  let looked = 0;
  for (const [key, advisories] of packages) {
    for (const kept of memory.namesWith(`${key}@`, atOnce)) if (isNamed(advisories, kept)) add(kept, kept);
    if (++looked % atOnce === 0) await breathe();
  }
  const hashes = new Set(all.map(hexOf).filter((hex) => hex !== undefined));
  if (programs !== undefined && hashes.size > 0)
    for await (const { sha256, digests } of programs.holding(hashes))
      for (const digest of digests) add(`sha256:${sha256}`, digest);
  for (const [bad, sought] of asked) {
    const { images, events, incidents } = memory.hunt([...sought], eventsOfHit);
    if (images.length + events.length > 0) yield { bad, images, events, incidents };
    await breathe();
  }
}
