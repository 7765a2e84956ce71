/** Codes of records that sensors read: logs, notifications, events. */
import type { Explanation } from './words.ts';

export const events = {
  RECORD_BEYOND_BOUNDS: {
    means:
      'A record of a log is longer, nested deeper or holds more than is read: what it says is unknown. Reading went on behind it.',
    advice: 'Look at the lines that the gap names: honest logs have no such records. If yours has, raise the bound.',
  },
  RECORD_DAMAGED: {
    means:
      'Lines of a log hold no whole record: cut off while they were written, mixed with other output, or damaged. Reading went on behind them.',
    advice: 'Look at the lines that the gap names; find out who else writes to that file, and whether a disk was full.',
  },
  RECORD_UNRECOGNISED: {
    means: 'A record is none of the kind that its sensor reads: nothing is known of what it says.',
    advice: 'Give the log to the sensor for its kind. If it is of that kind, report the record, without its secrets.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
