/** Verdicts of earlier times, found again by what the image is. */
import type { Identity } from './identity.ts';
import type { EarlierVerdict } from './verdict.ts';

export interface RememberedVerdicts {
  readonly last: EarlierVerdict;
  /** The last one that let the image run; absent when none ever did. */
  readonly allowed?: EarlierVerdict;
}

/** A memory never fails a scan: what cannot be read is forgotten, what cannot be written is not kept. */
export interface VerdictMemory {
  recall(image: string): RememberedVerdicts | undefined;
  remember(image: string, verdicts: RememberedVerdicts): void;
  close(): void;
}

export const noVerdictMemory: VerdictMemory = {
  recall: () => undefined,
  remember: () => undefined,
  close: () => undefined,
};

/** One name for one content, whichever way it was come by; undefined for what was not read at all. */
export const memoryKeyOf = ({ config, manifest, diffIds }: Identity): string | undefined =>
  config ?? manifest ?? (diffIds.length === 0 ? undefined : diffIds.join(' '));
