/** Codes of the demand for signatures, and of what must be remembered from one verification to the next. */
import type { Explanation } from './words.ts';

export const trustState = {
  SIGNATURE_INCONCLUSIVE: {
    means:
      'Signatures are demanded, and it could not be found out whether they are there: a registry, log or server did not answer, or the evidence goes beyond a bound. That is neither signed nor unsigned.',
    advice:
      'Run verify on the image: its trace says what did not answer. Scan again; or let the policy accept this gap by its code.',
  },
  STATE_UNUSABLE: {
    means:
      'A file in the state folder (XDG_STATE_HOME, else ~/.local/state/tidewaiter) is damaged, of another version, or not accessible. It holds what was accepted and seen; beginning anew would hide a rollback.',
    advice:
      'Restore the file, or correct the rights of the folder. If it is lost, remove the file that the message names: what is seen next counts as seen for the first time.',
  },
  TRUST_MISSING: {
    means: 'verify was asked who signed an image, and nobody is named who must have.',
    advice:
      'Name a key with --key FILE, an identity with --certificate-identity and --certificate-oidc-issuer, or a file with --trust. What lies beside the image is shown all the same.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
