/** GPG simple signing, as podman and skopeo check it. */
import type { GpgTrust, TrustVerifier } from '../../core/trust.ts';
import { verifySimpleSigning } from '../gpg/verify-simple-signing.ts';

export const gpg: TrustVerifier<GpgTrust> = {
  id: 'gpg',
  about: 'OpenPGP signatures beside a registry (simple signing of podman and skopeo)',
  verify: async (subject, trust, context) => [await verifySimpleSigning(subject, trust, context)],
};
