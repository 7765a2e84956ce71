/** What the process that judges images and the watch say to each other: plain data. */
import type { KeptImage } from '../../core/follow-memory.ts';
import type { Gap } from '../../core/gap.ts';
import type { SinkValue } from '../../core/sink.ts';
import type { Settings } from '../settings.ts';

export interface JudgeOrder {
  readonly settings: Settings;
  /** A reference in the words of `scan`, made here and never by an event. */
  readonly reference: string;
  /** Variables beside the process's own: where the engine is, and whose login the registry is shown. */
  readonly environment: Readonly<Record<string, string>>;
}

export type JudgeAnswer =
  | {
      readonly kind: 'judged';
      readonly image: KeptImage;
      readonly manifest?: string;
      readonly config?: string;
      /** As `scan` writes it: for sinks. */
      readonly document?: SinkValue;
    }
  /** It could not be had: why. */
  | { readonly kind: 'unread'; readonly gap: Gap };
