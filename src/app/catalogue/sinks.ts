/** Codes of sinks: where findings and incidents are sent, and what keeps them meanwhile. */
import type { Explanation } from './words.ts';

export const sinks = {
  SINK_BATCH_REFUSED: {
    means: 'A receiver says that what it was sent is wrong, so that sending it again does not help.',
    advice:
      'Look at the reason: the format, the index and its mapping, and the largest request that the receiver takes.',
  },
  SINK_RECORDS_DROPPED: {
    means:
      'Records never reached a sink: it was down for longer than its spool has room for, or the spool was damaged.',
    advice:
      'Find what is missing in another sink, or replay the logs. Bring the receiver back sooner, or give it a larger spool.',
  },
  SINK_RECORD_REFUSED: {
    means: 'A receiver will never take one record: it is not there. The others are.',
    advice: 'Look at the reason; a search engine as a rule has a field of another type under the same name.',
  },
  SINK_SETTING_INVALID: {
    means:
      'A sink is configured with a setting that it does not have, that is missing, or that has another kind of value.',
    advice: 'Compare the configuration with docs/sinks.md; the message says what the setting takes.',
  },
  SINK_SPOOL_FAILED: {
    means: 'The folder in which the records of a sink wait cannot be read or written.',
    advice: 'Make room on that disk, or make the folder writable. What was not confirmed is told again later.',
  },
  SINK_SPOOL_IN_USE: {
    means: 'Another process writes into the folder in which the records of a sink wait.',
    advice: 'Give each process a state folder of its own, or end the other one.',
  },
  SINK_UNREACHABLE: {
    means: 'A sink does not answer, or answers that it cannot take anything now. Its records wait in its spool.',
    advice: 'Bring the receiver back, or correct its address or credentials; what waits is sent then, in order.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
