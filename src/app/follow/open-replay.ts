/** Settings of a command → a follower that contacts nobody, with what this user's earlier scans said of images. */
import type { Context } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import type { IncidentVerdict } from '../../core/incident.ts';
import { noVerdictMemory } from '../../core/verdict-memory.ts';
import { openVerdictMemory } from '../../store/backends/verdicts.ts';
import { cacheFolderOf } from '../user-folders.ts';
import { openInventories } from '../inventory.ts';
import { locateRules } from '../rule-locations.ts';
import type { Settings } from '../settings.ts';
import { EnrichmentGaps } from './enrich-gaps.ts';
import { keepOnly, openEventMemory, openJudgedImages } from './event-memory.ts';
import { readWatchSettings } from './watch-settings.ts';
import { openFollower, type Follower } from './follower.ts';

const rememberedImages = 100_000;

export interface OpenedReplay extends Disposable {
  readonly follower: Follower;
}

/** @throws {Fault} misuse: rules that are not there */
export const openReplay = async (
  settings: Settings,
  context: Pick<Context, 'environment' | 'log' | 'now'>,
  keep = false,
): Promise<OpenedReplay> => {
  const { environment, log, now } = context;
  const verdicts = settings.cache
    ? openVerdictMemory(cacheFolderOf(settings, environment), { maximumImages: rememberedImages, log, now })
    : noVerdictMemory;
  const images = openJudgedImages(context);
  const inventories = openInventories(context);
  const store = keep ? openEventMemory(environment) : undefined;
  const close = (): void => {
    verdicts.close();
    images[Symbol.dispose]();
    inventories[Symbol.dispose]();
    store?.close();
  };
  const verdictOf = (digests: readonly Digest[]): IncidentVerdict | undefined => {
    for (const digest of digests) {
      const image = images.find(digest);
      if (image !== undefined) return { ...image.verdict, at: image.at, digest };
      const known = verdicts.recall(digest)?.last;
      if (known === undefined) continue;
      const { assessment, decision, at } = known;
      return { assessment, decision, because: [], at, digest };
    }
    return undefined;
  };
  const unasked = new EnrichmentGaps(() => 'A replay asks nobody.');
  const follower = await openFollower({
    locations: locateRules(settings, environment),
    watch: readWatchSettings(settings.watch?.content, settings.watch?.fileName ?? ''),
    verdictOf,
    onEvent: (event) => unasked.see(event),
    gapsOf: (_identity, _verdict, events) => unasked.of(events),
    inventories,
    ...(store === undefined ? {} : { memory: keepOnly(store) }),
  }).catch((thrown: unknown) => {
    close();
    throw thrown;
  });
  return { follower, [Symbol.dispose]: close };
};
