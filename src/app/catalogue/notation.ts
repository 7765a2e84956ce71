/** Codes of Notary Project signatures, of the certificates that they bring, and of Notation's own configuration. */
import type { Explanation } from './words.ts';

const signAgain = 'Sign the image again with a current notation. If you did not sign it, ask whoever did.';
const notAnswered =
  'Try again later, or let the trust policy only log revocation, if the authority often does not answer.';

export const notation = {
  COSE_INVALID: { means: 'A signature is no COSE_Sign1, or can be read in two ways.', advice: signAgain },
  COSE_TOO_LARGE: { means: 'A signature in COSE is larger than any honest one.', advice: signAgain },
  DER_INVALID: {
    means:
      'A certificate, a time stamp or an authority’s answer is cut off, is not in the one form that DER allows, or holds what its standard does not.',
    advice: 'Ask whoever issued it. For an answer of an authority: it counts as no answer.',
  },
  ENVELOPE_AMBIGUOUS: {
    means: 'A name occurs twice in one object of a Notary signature: readers differ on which one counts.',
    advice: signAgain,
  },
  ENVELOPE_INVALID: { means: 'A Notary signature is cut off, or is no JSON.', advice: signAgain },
  ENVELOPE_TOO_LARGE: {
    means: 'A Notary signature is larger or nested deeper than any honest one.',
    advice: signAgain,
  },
  NOTATION_POLICY_AMBIGUOUS: {
    means: 'The trust policy names something twice in one object: readers differ on which one counts.',
    advice: 'Remove one of the two.',
  },
  NOTATION_POLICY_INVALID: {
    means: 'The trust policy is none that Notation would accept; the message says which statement, and why.',
    advice: 'Correct it: "notation policy show" and "notation policy import" say the same about it.',
  },
  NOTATION_POLICY_TOO_LARGE: {
    means: 'The trust policy is larger than a mebibyte, or nested deeper than any policy is.',
    advice: 'Name the right file.',
  },
  NOTATION_STORE_INVALID: {
    means:
      'A file in a trust store is no certificate in PEM or DER, or one of nobody who may issue: an authority, or for time stamps a root.',
    advice: 'Put the authority’s root certificate there, not the signer’s own.',
  },
  NOTATION_STORE_MISSING: {
    means: 'The trust policy names a trust store that has no certificates.',
    advice: 'Add them (notation certificate add --type ca --store NAME FILE), or correct the name.',
  },
  REVOCATION_ADDRESS_INVALID: {
    means: 'A certificate says to ask about its revocation at an address that is none of HTTP.',
    advice: 'Ask whoever issued it.',
  },
  REVOCATION_TOO_MANY: {
    means: 'The signatures beside one image ask for more questions about revocation than are asked.',
    advice: 'Remove what else lies beside the image: one of its signatures is enough.',
  },
  REVOCATION_UNAVAILABLE: {
    means: 'An authority does not say whether a certificate was revoked.',
    advice: notAnswered,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
