/** What came to a feed with an update → whether it was here already, for whoever updates by hand. `watch` tells the same as incidents. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../core/context.ts';
import { isFault } from '../../core/fault.ts';
import { eventFolderOf, openEventMemory } from './event-memory.ts';
import { huntFeed } from './feed-hunt.ts';
import type { FeedNames } from './feed-names.ts';
import { openHeldPrograms } from './held-programs.ts';

/** One thing that the feed calls bad since the update, and that was here. */
export interface FoundHere {
  /** `sha256:…`, `ami-…`, `npm NAME@VERSION`. */
  readonly name: string;
  /** References of judged images that are it or hold it: at most ten. */
  readonly images: readonly string[];
  /** Events about it, and when the last one happened: ISO 8601, UTC. */
  readonly events: number;
  readonly last?: string;
}

const imagesTold = 10;
const maximumTold = 1000;

/** Never fails an update: what cannot be asked is told in the log. */
export const huntUpdate = async (
  fresh: FeedNames,
  context: Pick<Context, 'environment' | 'log' | 'now'>,
): Promise<readonly FoundHere[]> => {
  if (!existsSync(join(eventFolderOf(context.environment), 'events.sqlite'))) return [];
  const memory = openEventMemory(context.environment);
  using programs = openHeldPrograms(context);
  const found: FoundHere[] = [];
  try {
    for await (const { bad, images, events } of huntFeed(fresh, memory, programs)) {
      const last = events.at(-1)?.at;
      found.push({
        name: bad,
        images: [...new Set(images.map(({ reference }) => reference))].slice(0, imagesTold),
        events: events.length,
        ...(last === undefined ? {} : { last: new Date(last).toISOString() }),
      });
      if (found.length >= maximumTold) break;
    }
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    context.log.warn('what the feed names was not looked for here', { reason: thrown.message });
  } finally {
    memory.close();
  }
  return found;
};
