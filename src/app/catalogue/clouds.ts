/** Codes of clouds that are asked about images and machines of events. */
import type { Explanation } from './words.ts';

export const clouds = {
  CLOUD_ANSWER_MALFORMED: {
    means: 'A cloud, or what answers in its place, gave an answer that is none to the question.',
    advice: 'Look at the endpoint below watch.enrichment, and at the proxy between.',
  },
  CLOUD_NOT_ASKED: {
    means:
      'A record speaks of a machine or a machine image and does not say whose it is, how old, or what the machine runs at its start; nobody was asked. Rules that need it stayed silent.',
    advice:
      'Name credentials for the account below watch.enrichment in tidewaiter.yaml, with the permissions that the gap names: docs/watch.md.',
  },
  CLOUD_QUESTIONS_TOO_MANY: {
    means: 'More events about machines came than a cloud may be asked about in time: of some nothing more is known.',
    advice: 'Raise per-second of the account, if the cloud allows it, or look into why so many machines are launched.',
  },
  CLOUD_REFUSED: {
    means: 'A cloud refused a question about an image or a machine: the credentials are wrong, or may not ask that.',
    advice: 'Grant the permission that the gap names, and nothing more: docs/watch.md lists all of them.',
  },
  CLOUD_STALLED: {
    means: 'A cloud gave no answer in time, or went on being busy.',
    advice: 'Look at the connection, and whether others use up the rate of the account; lower per-second.',
  },
  START_UP_UNFOLLOWED: {
    means:
      'What a machine runs at its start is longer than is looked at, of a kind that is not understood, or was not followed to its end: what it does besides is unknown.',
    advice: 'Read the script in the console of the cloud. One that is padded or packed without need hides something.',
  },
  XML_BEYOND_BOUNDS: {
    means: 'An answer in XML is longer, deeper or holds more elements than is read.',
    advice: 'No honest answer is like that: look at what answers at the endpoint.',
  },
  XML_MALFORMED: {
    means: 'An answer in XML is cut off or damaged, or holds a document type or entities, which no answer needs.',
    advice: 'Look at what answers at the endpoint, and at the proxy between.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
