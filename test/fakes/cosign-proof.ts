/** Bundles by a private sigstore instance, to be altered, and what is proven by them. */
import {
  ecKeys,
  startFakeSigstore,
  type FakeEntry,
  type FakeSigstore,
  type FakeTrustedRoot,
} from './sigstore-authorities.ts';
import { bundleOf, type FakeProofs, type FakeSigner } from './sigstore-signer.ts';
import { toWantedIdentities } from '../../src/trust/cosign/identity.ts';
import { proveArtifact } from '../../src/trust/cosign/prove-artifact.ts';
import type { Terms } from '../../src/trust/cosign/prove.ts';
import { Refusal } from '../../src/trust/cosign/refusal.ts';
import { parseTrustRoot } from '../../src/trust/cosign/trust-root.ts';

export const subject = 'https://ci.example/team/app';
export const issuer = 'https://token.ci.example';
export const artifact = Buffer.from('the artifact');

interface Material {
  tlogEntries: (FakeEntry & Record<string, unknown>)[];
  certificate?: { rawBytes: string };
  x509CertificateChain?: object;
  timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
}

/** A bundle of a signed message as plain data. */
export interface PlainBundle {
  mediaType: string;
  verificationMaterial: Material;
  messageSignature: { messageDigest: { algorithm: string; digest: string }; signature: string };
}

export interface CosignProof {
  readonly sigstore: FakeSigstore;
  /** With a certificate of the instance for `subject`. */
  readonly signer: FakeSigner;
  /** A log is required; `change` alters the trusted root. */
  readonly termsOf: (change?: (root: FakeTrustedRoot) => void) => Terms;
  /** `proven`, or `code: reason`. */
  readonly answer: (bundle: object | Uint8Array, terms?: Terms) => string;
  readonly bundle: (proofs?: Partial<FakeProofs>, by?: FakeSigner) => Promise<PlainBundle>;
  readonly changed: (change: (made: PlainBundle) => void, proofs?: Partial<FakeProofs>) => Promise<PlainBundle>;
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const isProven = (said: string): boolean => said === 'proven';

export const openCosignProof = async (): Promise<CosignProof> => {
  const sigstore = await startFakeSigstore();
  const keys = ecKeys();
  const signer = { keys, certificate: await sigstore.certify(keys, { subject, issuer }) };
  const proof: CosignProof = {
    sigstore,
    signer,
    termsOf: (change) => {
      const root = parseTrustRoot(sigstore.trustedRoot(change));
      return {
        keys: [],
        identities: toWantedIdentities([{ subject: { exact: subject }, issuer: { exact: issuer } }]),
        isLogRequired: { key: true, certificate: true },
        root: () => root,
        hasRoot: true,
        now: sigstore.clock,
      };
    },
    answer: (bundle, terms = proof.termsOf()) => {
      const bytes = bundle instanceof Uint8Array ? bundle : Buffer.from(JSON.stringify(bundle));
      try {
        proveArtifact(bytes, { bytes: artifact }, 1 << 20, terms);
        return 'proven';
      } catch (thrown) {
        if (thrown instanceof Refusal) return `${thrown.code}: ${thrown.message}`;
        throw thrown;
      }
    },
    bundle: async (proofs = { log: 1 }, by = signer) =>
      (await bundleOf(by, { message: artifact }, { sigstore, ...proofs })) as unknown as PlainBundle,
    changed: async (change, proofs) => {
      const made = await proof.bundle(proofs);
      change(made);
      return made;
    },
  };
  return proof;
};
