/** Verdicts of Tidewaiter, signed by somebody who scanned the image. */
import type { TrustVerifier, VerdictTrust } from '../../core/trust.ts';
import { verifyVerdict } from '../verdict/verify-verdict.ts';

export const verdict: TrustVerifier<VerdictTrust> = {
  id: 'verdict',
  about: 'verdicts of Tidewaiter that somebody else made and signed (scan --attest)',
  verify: verifyVerdict,
};
