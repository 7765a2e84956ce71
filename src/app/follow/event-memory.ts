/** The user's memory of events, incidents and judged images, as commands use it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import { isFault } from '../../core/fault.ts';
import type { FollowMemory, KeptImage } from '../../core/follow-memory.ts';
import type { Verdict } from '../../core/verdict.ts';
import { withoutSecrets } from '../../audit/secret/without-secrets.ts';
import { openIncidentStore, type IncidentStore } from '../../store/backends/incidents.ts';
import { stateFolderOf } from '../../store/state-file.ts';
import { toKeptImage } from './judged-images.ts';
import { withHome } from '../user-folders.ts';

type Surroundings = Pick<Context, 'environment' | 'log'>;

export const eventFolderOf = (environment: Context['environment']): string => stateFolderOf(withHome(environment), '/');

export const openEventMemory = (environment: Context['environment']): IncidentStore =>
  openIncidentStore(eventFolderOf(environment), { redact: withoutSecrets });

/** For a replay: what it finds is kept, and what was kept changes nothing of what it finds. */
export const keepOnly = (store: IncidentStore): FollowMemory => ({
  seenBefore: () => false,
  unknownOf: (events) => new Set(events.map(({ id }) => id)),
  keep: (batch, checkpoint) => store.keep(batch, checkpoint),
  checkpoint: () => undefined,
  recent: () => [],
});

/** Runs what a command can do without: a memory that cannot be used is told and left out. */
const attempt = <Result>(tell: (message: string) => void, work: () => Result): Result | undefined => {
  try {
    return work();
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    tell(thrown.message);
    return undefined;
  }
};

export interface JudgedImages extends Disposable {
  find(digest: Digest): KeptImage | undefined;
}

/** Nothing is made where there is none yet. */
export const openJudgedImages = ({ environment, log }: Surroundings): JudgedImages => {
  if (!existsSync(join(eventFolderOf(environment), 'events.sqlite')))
    return { find: () => undefined, [Symbol.dispose]: () => undefined };
  let store: IncidentStore | undefined = openEventMemory(environment);
  return {
    find: (digest) => {
      const asked = store;
      if (asked === undefined) return undefined;
      let failed = true;
      const found = attempt(
        (message) => log.warn(message),
        () => {
          const image = asked.judged(digest);
          failed = false;
          return image;
        },
      );
      if (failed) store = undefined;
      return found;
    },
    [Symbol.dispose]: () => store?.close(),
  };
};

/** So that incidents show what was said of the image, and `hunt` finds what it holds. Never fails a scan. */
export const keepJudged = (verdicts: readonly Verdict[], { environment, log }: Surroundings): void => {
  const images = verdicts.map(toKeptImage).filter((image) => image !== undefined);
  if (images.length === 0) return;
  const store = openEventMemory(environment);
  attempt(
    (message) => log.debug(message),
    () => {
      for (const image of images) store.keepImage(image);
    },
  );
  store.close();
};
