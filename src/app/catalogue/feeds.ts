/** Codes of `rules update`: signed feeds, and why one is refused. What was accepted before stays in use. */
import type { Explanation } from './words.ts';

const publisher = 'Ask whoever publishes the feed.';

export const feeds = {
  FEEDS_MISSING: {
    means: 'rules update has nothing to do: no feed is configured, or none of that name.',
    advice: 'Write name, url and key of the feed into tidewaiter.yaml, below "feeds:"; docs/feeds.md has an example.',
  },
  FEED_AMBIGUOUS: {
    means: 'The feed’s statement says something twice, so that two readers could understand two things.',
    advice: publisher,
  },
  FEED_EXPIRED: {
    means:
      'What the feed’s server shows was signed to hold only until a day that is over: its publisher stopped, or somebody holds newer ones back.',
    advice: `Check this machine’s clock. ${publisher}`,
  },
  FEED_INVALID: {
    means:
      'The feed’s statement is not one: another format, another feed’s name, paths that lead out of it, impossible dates.',
    advice: `Check the url in tidewaiter.yaml. ${publisher}`,
  },
  FEED_RECORD_INVALID: {
    means:
      'The file in which accepted versions of feeds are kept is damaged. Without it an older version could be passed off as new.',
    advice: 'Delete the file that the message names, if you know why it is damaged, and run rules update again.',
  },
  FEED_ROLLED_BACK: {
    means:
      'The feed’s server shows an older version than the one accepted before, or another content under the same number, with a good signature.',
    advice: `Somebody may want you to forget newer rules. ${publisher}`,
  },
  FEED_SIGNATURE_INVALID: {
    means: 'No signature of the feed’s statement is by the key that tidewaiter.yaml pins. Nothing of it was read.',
    advice: 'Compare the key with the one that the publisher states on another way than the feed’s own server.',
  },
  FEED_TOO_LARGE: {
    means: 'The feed is larger than is taken: a statement of 1 MiB, 1000 files, 256 MiB in one and 1 GiB in all.',
    advice: publisher,
  },
  FEED_UNAVAILABLE: {
    means: 'The feed’s server does not give the statement or a file of it; the message has its answer.',
    advice: 'Check the url in tidewaiter.yaml, or try again later.',
  },
  FEED_UNUSABLE: {
    means: 'The feed is signed and whole, and nothing in it is a rule or record that this version can use.',
    advice: 'Update Tidewaiter, or ask whoever publishes the feed.',
  },
  FEED_UNWRITABLE: {
    means: 'The feed was fetched and cannot be written below the user’s configuration folder.',
    advice: 'Make room, or make the folder that the message names writable.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
