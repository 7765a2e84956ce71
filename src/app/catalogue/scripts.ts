/** Codes of shell scripts: what could not be followed to its end. */
import type { Explanation } from './words.ts';

const readIt = 'Read the script yourself, or accept the gap in your policy.';

export const scripts = {
  SHELL_SYNTAX: {
    means:
      'A shell refuses the script at this place. What comes before it has run by then; what follows was read as well as can be.',
    advice: readIt,
  },
  SHELL_SYNTAX_LATER: {
    means: 'The script has a mistake that a shell notices only when it gets there, or warns of and goes on.',
    advice: readIt,
  },
  SHELL_TOO_COSTLY: {
    means: 'The script is written so that reading it costs far more than its size; the rest was not followed.',
    advice: readIt,
  },
  SHELL_TOO_DEEP: {
    means: 'Commands lie in each other deeper than in any honest script; that part was not followed.',
    advice: readIt,
  },
  SHELL_TOO_LARGE: { means: 'The script is too large; only its beginning was followed.', advice: readIt },
} as const satisfies Readonly<Record<string, Explanation>>;
