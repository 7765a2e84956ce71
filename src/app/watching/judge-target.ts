/** An event → the image that is to be judged, and where it may be taken from. Every name is hostile: the registry grammar alone is read. */
import { isDigest, type Digest } from '../../core/digest.ts';
import type { EventAction } from '../../core/event-action.ts';
import type { Event } from '../../core/event.ts';
import { isFault } from '../../core/fault.ts';
import { parseRegistryReference } from '../../core/reference.ts';

export type JudgingEngine = 'docker' | 'podman';

export interface JudgeTarget {
  /** Any of them that is known stands for the image: its digests, or its name in the engine. Never empty. */
  readonly keys: readonly string[];
  readonly digests: readonly Digest[];
  /** Of a manifest or an index: what a registry can be asked for. */
  readonly manifest?: Digest;
  /** `registry/repository[:tag]`, as the strict grammar writes it. */
  readonly name?: string;
  readonly registry?: string;
  readonly repository?: string;
  /** The engine that has it, by its own word. */
  readonly engine?: JudgingEngine;
  /** Of the event that named it. */
  readonly asked: string;
  /** The name in the engine leads to what came with this event: what it led to before says nothing. */
  readonly anew: boolean;
}

/** What these do to an image does not bring it, and what they name need not be there. */
const passed: ReadonlySet<EventAction> = new Set([
  'delete',
  'untag',
  'name',
  'fail',
  'judge',
  'save',
  'stop',
  'exit',
  'image-search',
]);
/** After these a name in an engine may lead to another image than before. */
const renaming: ReadonlySet<EventAction> = new Set(['pull', 'load', 'build', 'tag', 'commit']);
const usable: ReadonlySet<EventAction> = new Set([...renaming, 'create', 'start']);

interface Named {
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
}

const readName = (reference: string): Named | undefined => {
  try {
    const { registry, repository, tag } = parseRegistryReference(reference);
    return { name: `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}`, registry, repository };
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

/** undefined: the event brings no image that could be judged by what it says. */
export const toJudgeTarget = ({ id, action, outcome, image, place }: Event): JudgeTarget | undefined => {
  if (image?.kind !== 'container' || passed.has(action) || outcome === 'failure' || outcome === 'denied')
    return undefined;
  const digests = [...new Set([image.resolved, image.digest, image.id])].filter(
    (digest): digest is Digest => digest !== undefined && isDigest(digest),
  );
  const named = image.reference === undefined ? undefined : readName(image.reference);
  const engine = place.engine === 'docker' || place.engine === 'podman' ? place.engine : undefined;
  const manifest = [image.resolved, image.digest].find((digest) => digest !== undefined && isDigest(digest));
  // A name is worth asking an engine for when it comes or is used; one in a registry may lead elsewhere by now.
  const byName = digests.length === 0 && engine !== undefined && named !== undefined && usable.has(action);
  if (digests.length === 0 && !byName) return undefined;
  return {
    keys: byName ? [`${engine} ${named.name}`] : digests,
    digests,
    ...(manifest === undefined ? {} : { manifest }),
    ...named,
    ...(engine === undefined ? {} : { engine }),
    asked: id,
    anew: byName && renaming.has(action),
  };
};
