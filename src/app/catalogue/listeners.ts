/** Codes of listeners: how records reach us while things happen. */
import type { Explanation } from './words.ts';

export const listeners = {
  ENGINE_EVENTS_LOST: {
    means:
      'A Docker engine keeps its last 256 events, and none when it is restarted: when we came back it had forgotten where we were, and perhaps more.',
    advice: 'Compare with the logs of that time, or scan what runs now: tidewaiter scan --running.',
  },
  LISTENER_ADDRESS_UNUSABLE: {
    means: 'The address to listen on is taken, or is not one of this machine.',
    advice: 'End what listens there, or choose another address or port; port 0 picks a free one.',
  },
  LISTENER_INVALID: {
    means: 'What the configuration says of a listener cannot work.',
    advice: 'Correct what the message names; docs/watch.md describes each listener.',
  },
  LOGS_TOO_MANY: {
    means: 'Patterns name more files than are followed.',
    advice: 'Use narrower patterns, or spread them over several processes.',
  },
  LOG_LOST: {
    means:
      'A log that was being read was cut, replaced or removed, and nothing beside it begins with the same bytes: what was written to it last was not seen.',
    advice:
      'Let rotation keep the log before, beside it and under a name that begins with its own; watch without long pauses.',
  },
  LOG_UNREADABLE: {
    means: 'A followed log cannot be read, or the packed log is damaged.',
    advice: 'Look at its rights, and at the file system; it is tried again.',
  },
  SWEEP_TAGS_TOO_MANY: {
    means: 'A repository has more tags than a sweep looks at.',
    advice: 'Let the registry notify, or remove tags that nobody uses.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
