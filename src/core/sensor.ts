/** The interface of a sensor: what watches the outside world and turns its records into Events. */
import type { Event, EventPlace, LogSource } from './event.ts';
import type { Gap } from './gap.ts';

/** What is known of a record besides its content: where it was read, and what was wrapped around it. */
export interface RecordOrigin {
  /** A file, a socket, an address; with the line where there are lines. For people and for Gaps. */
  readonly where: string;
  /** When we received it, in milliseconds since 1970: for records that have no time of their own. */
  readonly receivedAt: number;
  /** The same for the same record at the same place, read again; different for another. For records without an id of their own. */
  fingerprint(): string;
  /** What the wrapper or the configuration says of the place: the account of a log group, the cluster of a stream. */
  readonly place?: EventPlace;
  /** Names that the wrapper gives: `logGroup`, `subscription`, `type`. */
  readonly envelope?: Readonly<Record<string, string>>;
}

/** One piece on its way to `parse`: a JSON value, or a line of text. */
export interface RecordPiece {
  readonly value: unknown;
  readonly line: number;
  readonly offset: number;
  readonly bytes: number;
  /** Which of the records that stand in one place, where they are several. */
  readonly part?: string;
  readonly place?: EventPlace;
  readonly envelope?: Readonly<Record<string, string>>;
}

/** Joins pieces that make one record only together: the lines of one audit event, the head and the rows of a table. Bounded. */
export interface RecordAssembler {
  push(piece: RecordPiece): readonly RecordPiece[];
  /** What is still open, as it is. */
  finish(): readonly RecordPiece[];
  /** The earliest piece that is held and not given out. Absent: none is ever held. */
  oldest?(): RecordPiece | undefined;
  /** Lines without which later ones cannot be understood: the head of a table. Absent: there are none. */
  head?(): readonly string[];
}

export interface Sensor {
  readonly id: string;
  readonly about: string;
  /** Of the usual record; an Event may have another. */
  readonly logsource: LogSource;
  /** What its records are: JSON values alone, or lines of text too. A line of text is none of a JSON sensor's records, and a Gap. */
  readonly framing: 'json' | 'text';
  readonly assemble?: () => RecordAssembler;
  /**
   * Pure and total. No Event: the record concerns nobody here (an empty list is said of the record's kind, never of its content).
   * A Gap: the record is not one of the sensor's kind, or says nothing that could be understood.
   */
  readonly parse: (record: unknown, origin: RecordOrigin) => readonly Event[] | Gap;
}

export const isGap = (result: readonly Event[] | Gap): result is Gap => !Array.isArray(result);
