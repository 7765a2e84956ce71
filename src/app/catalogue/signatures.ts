/** Codes of signatures of sigstore and cosign, of envelopes and statements, and of what they are held against. */
import type { Explanation } from './words.ts';

const signAgain = 'Sign the image again with a current cosign. If you did not sign it, ask whoever did.';
const twoReadings = 'A name occurs twice in one object: readers differ on which one counts. It is not believed.';
const tooLarge = 'It is larger, longer or nested deeper than any honest one. It is not believed.';

export const signatures = {
  COSIGN_ANNOTATION_AMBIGUOUS: {
    means: `What lies beside a classic cosign signature can be read in two ways. ${twoReadings}`,
    advice: signAgain,
  },
  COSIGN_ANNOTATION_INVALID: {
    means: 'What lies beside a classic cosign signature (certificate, log entry, timestamp) is not of cosign’s form.',
    advice: signAgain,
  },
  COSIGN_ANNOTATION_TOO_LARGE: {
    means: `What lies beside a classic cosign signature cannot be read. ${tooLarge}`,
    advice: signAgain,
  },
  COSIGN_IDENTITY_INVALID: {
    means: 'An identity that cosign signatures are asked for cannot be compared: it is empty, or no pattern of RE2.',
    advice: 'Write the exact subject and issuer, or patterns of RE2 for the whole text.',
  },
  COSIGN_KEY_INVALID: {
    means: 'A key that cosign signatures are asked for is no public key in PEM, or of a kind that proves too little.',
    advice: 'Write a public key: ECDSA on P-256, P-384 or P-521, RSA of 2048 bits and more, or Ed25519 (cosign.pub).',
  },
  COSIGN_PAYLOAD_AMBIGUOUS: {
    means: `What a cosign signature claims can be read in two ways. ${twoReadings}`,
    advice: signAgain,
  },
  COSIGN_PAYLOAD_INVALID: {
    means: 'What a cosign signature is over is no claim of cosign about an image.',
    advice: signAgain,
  },
  COSIGN_PAYLOAD_TOO_LARGE: { means: `What a cosign signature is over cannot be read. ${tooLarge}`, advice: signAgain },
  COSIGN_TRUST_EMPTY: {
    means: 'Cosign signatures are asked for, and neither a key nor an identity says whose.',
    advice: 'Write keys or identities: a signature by just anybody proves nothing.',
  },
  DSSE_AMBIGUOUS: { means: `An envelope of an attestation can be read in two ways. ${twoReadings}`, advice: signAgain },
  DSSE_INVALID: { means: 'An envelope of an attestation (DSSE) is cut off, or none.', advice: signAgain },
  DSSE_TOO_LARGE: { means: `An envelope of an attestation cannot be read. ${tooLarge}`, advice: signAgain },
  REKOR_ENTRY_AMBIGUOUS: {
    means: `An entry of a transparency log can be read in two ways. ${twoReadings}`,
    advice: signAgain,
  },
  REKOR_ENTRY_INVALID: {
    means: 'An entry of a transparency log, or the checkpoint that proves it, is not of the form that the log writes.',
    advice: signAgain,
  },
  REKOR_ENTRY_TOO_LARGE: { means: `An entry of a transparency log cannot be read. ${tooLarge}`, advice: signAgain },
  SIGSTORE_BUNDLE_AMBIGUOUS: { means: `A sigstore bundle can be read in two ways. ${twoReadings}`, advice: signAgain },
  SIGSTORE_BUNDLE_INVALID: {
    means: 'A sigstore bundle is cut off, of an unknown version, or lacks what its version demands.',
    advice: signAgain,
  },
  SIGSTORE_BUNDLE_TOO_LARGE: { means: `A sigstore bundle cannot be read. ${tooLarge}`, advice: signAgain },
  STATEMENT_AMBIGUOUS: { means: `An in-toto statement can be read in two ways. ${twoReadings}`, advice: signAgain },
  STATEMENT_INVALID: { means: 'What an attestation holds is no in-toto statement.', advice: signAgain },
  STATEMENT_TOO_LARGE: { means: `An in-toto statement cannot be read. ${tooLarge}`, advice: signAgain },
  TRUSTED_ROOT_INVALID: {
    means: 'The trusted root that sigstore signatures are held against cannot be used; the message says why.',
    advice: 'Export it again (cosign trusted-root create, or trusted_root.json of your instance).',
  },
  TRUSTED_ROOT_UNAVAILABLE: {
    means:
      'The trusted root of the public sigstore instance is not kept here and could not be fetched: keyless signatures cannot be checked.',
    advice: 'Verify once with the network, or name a trusted root in the trust file.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
