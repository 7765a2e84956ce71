/** Codes of signed verdicts: `scan --attest`, and the verifier that takes them. */
import type { Explanation } from './words.ts';

export const verdictStatements = {
  ATTEST_KEY_INVALID: {
    means:
      'The key of --attest cannot sign: no private key in PEM, a passphrase that is missing or wrong, or a kind of key that is not taken.',
    advice:
      'Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -out attest.pem, and put its passphrase into TIDEWAITER_ATTEST_PASSWORD.',
  },
  VERDICT_KEY_INVALID: {
    means: 'Verdicts that others signed are asked for, and no usable public key says by whom.',
    advice: 'Name public keys in PEM: P-256, P-384, P-521, RSA or Ed25519.',
  },
  VERDICT_PREDICATE_INVALID: {
    means: 'What somebody signed as a verdict of Tidewaiter has not the form of schemas/verdict-predicate.schema.json.',
    advice: 'Ask whoever signed it to scan the image again with a current Tidewaiter.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
