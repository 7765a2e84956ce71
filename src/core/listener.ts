/** The interface of a listener: how records of the outside world reach us while it goes on. One transport each. */
import type { Context } from './context.ts';
import type { EventPlace } from './event.ts';
import type { Gap } from './gap.ts';

/** Where reading a log may go on so that nothing is passed over: what a reader holds and has not given out yet is read again. */
export interface SettledAt {
  readonly offset: number;
  readonly line: number;
  /** Lines from before that place without which what follows cannot be understood: the head of a table. */
  readonly head?: readonly string[];
}

/** What a listener wants to be told after a restart: its own words, by the source that it gave them for. */
export interface ListenerPosition {
  readonly source: string;
  readonly position: string;
}

/** A piece of one log. Pieces of one log come in order, and never two at a time. */
export interface Intake {
  /** Names the log in the ids of its records: the same for the same log read again, under whatever name; another for another log. */
  readonly log: string;
  /** A file, a socket, an address: for people and for Gaps. */
  readonly where: string;
  /** Of the first piece: where it stands in its log. */
  readonly from: SettledAt;
  readonly bytes: Uint8Array;
  /** The log is over: what is still open in it is a record, or a Gap. */
  readonly last: boolean;
  /** What the listener itself could not read. */
  readonly gaps: readonly Gap[];
  readonly place?: EventPlace;
  /** The sensor of this piece, where one listener serves several. */
  readonly sensor?: string;
  /** What is to be remembered together with what follows from this piece. Absent: nothing. */
  readonly position?: (settled: SettledAt) => ListenerPosition;
  /** Told once: everything that follows from the piece is kept, or will not be. Whoever waits for it may be answered now. */
  readonly settle?: (kept: boolean) => void;
}

export interface ListenerContext extends Context {
  /** What was remembered for this source. */
  positionOf(source: string): string | undefined;
}

export interface OpenListener {
  /** Where it listens, for people: `listening on http://127.0.0.1:8080`, `following /var/log/audit/audit.log`. */
  readonly about: string;
  /**
   * Ends when the outside world does (a file that is read to its end, standard input), or at the signal. The next piece is only asked for
   * when the one before is taken, so that a slow reader slows the listener and not the memory.
   * @throws {Fault} what will not go away by waiting; everything else is tried again, and told as a Gap
   */
  readonly intakes: AsyncIterable<Intake>;
  close(): Promise<void>;
}

export interface Listener<Settings> {
  readonly id: string;
  readonly about: string;
  /** @throws {Fault} misuse: settings that cannot work; unavailable: an address that is taken */
  open(settings: Settings, context: ListenerContext): Promise<OpenListener>;
}
