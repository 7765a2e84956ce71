/** The words of answers about signatures: outcomes, and why. */
import type { AttestationCode, AttestationOutcome } from '../../core/attestation.ts';
import type { Explanation } from './words.ts';

const look = 'Read the trace of tidewaiter verify REF: it says what was looked for where, and what came of it.';

export const signatureWords = {
  trusted: {
    means: 'Enough of those who must have signed the image have, by signatures that were checked to the end.',
    advice: 'Nothing to do.',
  },
  untrusted: {
    means:
      'Signatures were looked for in every place of that world, all of them answered, and none that counts was found. The word behind it says why.',
    advice: look,
  },
  inconclusive: {
    means:
      'It could not be found out who signed: something did not answer, or could not be checked here. That is neither signed nor unsigned.',
    advice: 'Look in the trace for what is unreachable, mend it, and ask again. Exit status 3.',
  },
  absent: {
    means: 'Nothing was found in any place where this world keeps signatures.',
    advice: 'Sign the image, or look what else lies beside it: tidewaiter verify REF shows signatures of other worlds.',
  },
  'other-signer': {
    means: 'It is signed, by somebody else than those who are named.',
    advice:
      'Find out who signed it. If they may, add them to the trust file; if not, do not run the image: somebody pushed it who should not.',
  },
  'other-digest': {
    means: 'The signature is true, and about another image.',
    advice: 'Somebody put a signature where it does not belong, or the image was replaced. Sign what is meant to run.',
  },
  'other-reference': {
    means: 'The signature is true, and says that the image is called something else than what was asked for.',
    advice: 'Ask for the image by the name it was signed for, or sign it for this one.',
  },
  'other-platform': {
    means: 'The signature is true, and about the image for another platform of the same index.',
    advice: 'Sign the index, or every platform.',
  },
  expired: {
    means: 'The signature, its certificate or its metadata was valid, and is not any more.',
    advice: 'Sign the image again; a time stamp or a log entry keeps signatures valid after their certificate.',
  },
  'not-yet-valid': {
    means: 'The signature or its certificate counts only from a later time on.',
    advice: 'Check the clock of this machine, and the dates in the trust file.',
  },
  revoked: {
    means: 'The authority has taken the certificate back, or the publisher the key.',
    advice: 'Do not run the image until somebody says why; have it signed again with a new key.',
  },
  replayed: {
    means: 'What the server gives is older than what it gave before.',
    advice:
      'Somebody may hold back newer versions. Ask the operator of the server; nothing older is accepted meanwhile.',
  },
  malformed: {
    means: 'The signature cannot be read, is cut off, or its parts contradict each other.',
    advice: look,
  },
  'untrusted-root': {
    means: 'The chain of the certificate ends at no authority that is trusted here.',
    advice: 'If the authority is meant to be trusted, add it to the trust store or the trusted root.',
  },
  'unproven-time': {
    means: 'A log entry or a signed time is demanded, and is missing or false.',
    advice: 'Sign with a log or a time-stamping authority, or let the trust file not demand one.',
  },
  limit: {
    means: 'More signatures or bytes lie there than are looked at for one image.',
    advice: 'Remove the needless ones from the repository, or ask who floods it.',
  },
  denied: {
    means: 'A party that is listed as believed scanned the image, and its signed verdict denies it.',
    advice: 'Read its report. Nobody else’s signature makes up for it.',
  },
  unreachable: {
    means: 'A place where the signature may be did not answer, or answered with an error.',
    advice: 'Check the network and the login, and ask again. It is never taken for a missing signature.',
  },
  unsupported: {
    means: 'It cannot be checked here: a program or a root is missing, or the form is not supported.',
    advice: look,
  },
  skipped: { means: 'The configuration says not to check.', advice: 'Nothing is known about who signed it.' },
  'not-asked': {
    means: 'No rule of the trust file is about this image, so that nobody was asked. That is no trust, and no denial.',
    advice: 'Add a rule for it, or let the file refuse what no rule is about (default: refuse).',
  },
  refused: {
    means: 'The trust file refuses this image, whoever signed it.',
    advice: 'Add a rule that says who must have signed it.',
  },
} as const satisfies Readonly<Record<AttestationOutcome | AttestationCode | 'not-asked' | 'refused', Explanation>>;
