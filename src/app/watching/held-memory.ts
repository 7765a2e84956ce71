/** A follower's memory that keeps nothing before it is told to: first every sink has what follows from a batch, and then it is remembered. */
import type { Checkpoint, FollowMemory, KeptBatch } from '../../core/follow-memory.ts';

export interface HeldMemory extends FollowMemory {
  /** What was handed to `keep` is kept now, then where reading goes on. Whoever dies before it gets the same events again, with the same ids. */
  commit(checkpoints: readonly Checkpoint[]): void;
}

const nothing: KeptBatch = { events: [], incidents: [] };

export const holdMemory = (memory: FollowMemory): HeldMemory => {
  let held: KeptBatch[] = [];
  return {
    seenBefore: (name, event) => memory.seenBefore(name, event),
    unknownOf: (events) => memory.unknownOf(events),
    keep: (batch) => {
      held.push(batch);
    },
    checkpoint: (source) => memory.checkpoint(source),
    recent: (reachMs) => memory.recent(reachMs),
    commit: (checkpoints) => {
      for (const batch of held) memory.keep(batch);
      held = [];
      // Each behind the effects of everything before it.
      for (const checkpoint of checkpoints) memory.keep(nothing, checkpoint);
    },
  };
};
