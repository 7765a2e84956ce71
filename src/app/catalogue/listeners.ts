/** Codes of listeners: how records reach us while things happen. */
import type { Explanation } from './words.ts';

export const listeners = {
  ENGINE_EVENTS_LOST: {
    means:
      'A Docker engine keeps its last 256 events, and none when it is restarted: when we came back it had forgotten where we were, and perhaps more. containerd keeps none at all.',
    advice: 'Compare with the logs of that time, or scan what runs now: tidewaiter scan --running.',
  },
  ENGINE_FACTS_MISSING: {
    means:
      'An engine says that a container was made or an image came, and little more: what the container may do, which address it has and which digest the image has it must be asked for. It did not answer, or what was asked for was gone already.',
    advice:
      'Containers that live for an instant are gone before anybody can ask; if they matter, use a sensor that sees the request, such as an audit log. Otherwise look why the engine answers slowly.',
  },
  JUDGE_DIGEST_UNKNOWN: {
    means:
      'Events name an image by a tag alone. A tag may lead elsewhere by now, so that what would be judged is not what was run.',
    advice: 'Let the registry notify, or watch an engine or the status of pods, which tell digests; or scan the image.',
  },
  JUDGE_FAILED: {
    means: 'The process that judges images for watch could not be used, or ended before it had an answer.',
    advice: 'Scan the image by hand: tidewaiter scan says why.',
  },
  JUDGE_QUEUE_FULL: {
    means: 'More new images came than watch could judge meanwhile: the later ones were not taken into the queue.',
    advice: 'Raise at-once or queue below watch.judge; what is left out is judged when it is seen again.',
  },
  JUDGE_REGISTRY_UNLISTED: {
    means:
      'An image comes from a registry that the configuration does not name. A name from an event is hostile: no other registry is ever asked.',
    advice: 'Name the registry below watch.judge.registries if it may be asked, or scan the image by hand.',
  },
  JUDGE_TIMED_OUT: {
    means: 'Judging an image took longer than timeout-seconds below watch.judge allows, and was ended.',
    advice: 'Scan the image by hand, or raise timeout-seconds.',
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
  SWEEP_REPOSITORIES_TOO_MANY: {
    means: 'A registry lists more repositories than a sweep looks at.',
    advice: 'Let the registry notify, or name patterns of the repositories that matter.',
  },
  SWEEP_TAGS_TOO_MANY: {
    means: 'A repository has more tags than a sweep looks at.',
    advice: 'Let the registry notify, or remove tags that nobody uses.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
