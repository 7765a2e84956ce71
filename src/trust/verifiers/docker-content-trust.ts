/** Docker Content Trust: Notary v1, on Docker Hub, on Azure's registries and on servers of one's own. */
import type { DockerContentTrust, TrustVerifier } from '../../core/trust.ts';
import { verifyContentTrust } from '../notary/verify-content-trust.ts';

export const dockerContentTrust: TrustVerifier<DockerContentTrust> = {
  id: 'docker-content-trust',
  about: 'Docker Content Trust and Azure content trust (Notary v1), a legacy that is being retired',
  verify: async (subject, trust, context) => [await verifyContentTrust(subject, trust, context)],
};
