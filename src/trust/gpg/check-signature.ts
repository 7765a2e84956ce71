/** One file of a lookaside place → whether it is a signature of this image by somebody with a key of the keyrings. containers-signature(5). */
import { hash } from 'node:crypto';
import type { AttestationCode } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import { isFault } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { parseSimpleSigning, simpleSigningBytes, type SimpleSigning } from '../../formats/records/simple-signing.ts';
import type { CheckedMessage, OpenPgpSignature, SignatureState } from '../../io/signature-program.ts';
import type { PolicyReference, SignedIdentity } from '../containers-policy.ts';
import { matchesSignedIdentity } from './signed-identity.ts';

export interface SignatureWanted {
  /** Any one of them: the manifest, and the index that lists it. */
  readonly digests: readonly Digest[];
  /** With its tag, or with each digest that it may have been asked by. */
  readonly names: readonly PolicyReference[];
  readonly identity: SignedIdentity;
}

export type CheckedSignature =
  | {
      readonly code: 'trusted';
      readonly signature: OpenPgpSignature;
      readonly claim: SimpleSigning;
      readonly reason: string;
    }
  | { readonly code: Exclude<AttestationCode, 'trusted'>; readonly reason: string };

/** One byte more than any payload may have: what is larger is seen to be. */
export const maximumPayload = simpleSigningBytes + 1;

const shown = (text: string): string => toPlainText(text, 200);

/** What may be seen before any program runs: containers/image takes binary OpenPGP only. */
export const refusalOfBytes = (bytes: Uint8Array): CheckedSignature | undefined => {
  const [first] = bytes;
  if (first === undefined) return { code: 'malformed', reason: 'the signature is empty' };
  if (first === 0)
    return {
      code: 'unsupported',
      reason: 'a sigstore signature lies here, which the verifier cosign looks for elsewhere',
    };
  if ((first & 0x80) === 0) return { code: 'malformed', reason: 'it is no binary OpenPGP message' };
  return undefined;
};

const keyOf = ({ key, fingerprint }: OpenPgpSignature): string => fingerprint ?? (key === '' ? 'an unnamed key' : key);

const refusals: Readonly<
  Record<Exclude<SignatureState, 'good'>, readonly [Exclude<AttestationCode, 'trusted'>, (key: string) => string]>
> = {
  bad: ['malformed', (key) => `the signature by ${key} does not fit what it should cover`],
  'unknown-key': ['other-signer', (key) => `signed by ${key}, which is in none of the keyrings`],
  expired: ['expired', (key) => `the signature by ${key} has expired`],
  'expired-key': ['expired', (key) => `the key ${key} has expired`],
  'revoked-key': ['revoked', (key) => `the key ${key} was revoked`],
  unchecked: ['unsupported', (key) => `gpgv cannot check the signature by ${key}: an algorithm that it does not take`],
};

const refusalOfSignature = (signature: OpenPgpSignature): CheckedSignature | undefined => {
  if (signature.state === 'good') return undefined;
  const [code, words] = refusals[signature.state];
  return { code, reason: words(keyOf(signature)) };
};

const refusalOfClaim = (claim: SimpleSigning, wanted: SignatureWanted): CheckedSignature | undefined => {
  if (!wanted.digests.includes(claim.manifestDigest))
    return { code: 'other-digest', reason: `a true signature, for ${claim.manifestDigest}` };
  if (!wanted.names.some((name) => matchesSignedIdentity(wanted.identity, name, claim.dockerReference)))
    return { code: 'other-reference', reason: `a true signature, for the name ${shown(claim.dockerReference)}` };
  return undefined;
};

/** `message`: what gpgv says of the file's bytes. Nothing of the payload is read before a signature covers it. */
export const checkSimpleSignature = (message: CheckedMessage, wanted: SignatureWanted): CheckedSignature => {
  const { text, whole, answered, texts, signatures } = message;
  const [signature] = signatures;
  if (!whole)
    return { code: 'limit', reason: `it unpacks to more than the ${simpleSigningBytes} bytes of any payload` };
  if (!answered) return { code: 'unsupported', reason: 'gpgv did not run to its end, so nothing is known of it' };
  if (signature === undefined || texts !== 1)
    return { code: 'malformed', reason: 'it cannot be read as one signed OpenPGP message' };
  if (signatures.length > 1)
    return { code: 'malformed', reason: 'it has several signatures, where the format has one' };
  const refused = refusalOfSignature(signature);
  if (refused !== undefined) return refused;
  let claim: SimpleSigning;
  try {
    claim = parseSimpleSigning(text, `payload sha256:${hash('sha256', text)}`);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    const code = thrown.kind === 'limit' ? 'limit' : 'malformed';
    return { code, reason: `signed by ${keyOf(signature)}, but its payload is refused: ${shown(thrown.message)}` };
  }
  const reason = `signed by the key ${keyOf(signature)} as ${shown(claim.dockerReference)}`;
  return refusalOfClaim(claim, wanted) ?? { code: 'trusted', signature, claim, reason };
};
