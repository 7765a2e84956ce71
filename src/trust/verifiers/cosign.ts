/** Signatures and attestations of sigstore’s cosign: in tags, in bundles among the referrers, by key or by identity. */
import type { CosignTrust, TrustVerifier } from '../../core/trust.ts';
import { verifyImage } from '../cosign/verify-image.ts';

export const cosign: TrustVerifier<CosignTrust> = {
  id: 'cosign',
  about: 'cosign: signature tags and sigstore bundles, by key or by identity (keyless)',
  verify: verifyImage,
};
