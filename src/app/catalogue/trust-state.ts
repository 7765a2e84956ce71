/** Codes of what must be remembered from one verification to the next. */
import type { Explanation } from './words.ts';

export const trustState = {
  STATE_UNUSABLE: {
    means:
      'A file in the state folder (XDG_STATE_HOME, else ~/.local/state/tidewaiter) is damaged, of another version, or not accessible. It holds what was accepted and seen; beginning anew would hide a rollback.',
    advice:
      'Restore the file, or correct the rights of the folder. If it is lost, remove the file that the message names: what is seen next counts as seen for the first time.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
