/** The interface of a sink: where records go that others are to see, such as a file, a log server or a search engine. */
import type { Context } from './context.ts';

export const sinkRecordTypes = ['finding', 'incident', 'gap', 'verdict'] as const;
export type SinkRecordType = (typeof sinkRecordTypes)[number];

/** A plain JSON object; what it holds is hostile, and bounded by whoever made it. */
export type SinkValue = Readonly<Record<string, unknown>>;

export interface SinkRecord {
  readonly type: SinkRecordType;
  /**
   * The same for the same fact, told again after a crash or by a retry, so that a receiver can drop doubles; another for another
   * fact, such as a later state of one incident. At most 256 visible ASCII characters.
   */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly value: SinkValue;
  /** The record is one state of something that changes: of what, and which. A higher revision is a later state, also over restarts. */
  readonly state?: { readonly of: string; readonly revision: number };
}

interface SinkSettingBase {
  /** Its key in the configuration. */
  readonly name: string;
  readonly about: string;
}

/** One setting of a sink, as data: from it come the reader, the documentation and the schema. */
export type SinkSetting = SinkSettingBase &
  (
    | { readonly kind: 'text'; readonly required?: true; readonly default?: string }
    /** Written out, or `{ variable: NAME }` or `{ file: PATH }`. Never logged, never part of a message. */
    | { readonly kind: 'secret'; readonly required?: true }
    | { readonly kind: 'choice'; readonly values: readonly [string, ...string[]]; readonly default: string }
    | { readonly kind: 'number'; readonly default: number; readonly minimum: number; readonly maximum: number }
    | { readonly kind: 'switch'; readonly default: boolean }
  );

/** What was set, by name; every setting with a default is there. */
export interface SinkSettings {
  /** Also for `choice` and `secret`. Undefined where nothing is set. */
  text(name: string): string | undefined;
  number(name: string): number;
  flag(name: string): boolean;
}

export interface SinkContext extends Context {
  /** Writes to standard output, whole, and waits until it is taken. */
  print(text: string): Promise<void>;
}

/** A record that the receiver will never take. */
export interface SinkRefusal {
  readonly id: string;
  readonly reason: string;
}

/**
 * - `taken`: the receiver has every record but those it refused for good.
 * - `later`: it has some or none, and wants the same batch again, not before `afterMs` where it says so.
 */
export type SinkOutcome =
  | { readonly state: 'taken'; readonly refused: readonly SinkRefusal[] }
  | { readonly state: 'later'; readonly reason: string; readonly afterMs?: number };

export interface OpenSink {
  /**
   * In order, never two batches at a time. Once it returns `taken`, nothing is lost when we or the receiver's connection die.
   * Makes one attempt: whoever calls it waits and tries again.
   * @throws {Fault} unavailable or misuse: the same as `later`; malformed or limit: this batch will never be taken
   */
  send(batch: readonly SinkRecord[], signal: AbortSignal): Promise<SinkOutcome>;
  close(): Promise<void>;
}

export interface Sink {
  readonly id: string;
  readonly about: string;
  readonly settings: readonly SinkSetting[];
  /** Contacts nobody: a receiver that is down shows when the first batch is sent. @throws {Fault} misuse: settings that contradict each other */
  open(settings: SinkSettings, context: SinkContext): Promise<OpenSink>;
}
