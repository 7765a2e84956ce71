/** What is known of one image beside its content, and what of it is a gap. Pure. */
import type { Attestation } from '../../core/attestation.ts';
import type { Gap } from '../../core/gap.ts';
import type { ImageHistory } from '../../core/image-history.ts';
import type { TrustSummary } from '../../core/trust-summary.ts';

export interface TrustExamined {
  readonly attestations: readonly Attestation[];
  /** Absent where nobody's signature is demanded. */
  readonly trust?: TrustSummary;
  readonly history?: ImageHistory;
  /** Why there is no history. */
  readonly historyProblem?: string;
}

/** What could not be found out is a gap of the image as a whole: no policy accepts it by a wildcard. */
export const trustGaps = (trust: TrustSummary | undefined, reference: string): readonly Gap[] =>
  trust?.asked === true && trust.outcome === 'inconclusive'
    ? [
        {
          where: reference,
          code: 'SIGNATURE_INCONCLUSIVE',
          kind: 'unavailable',
          reason: `who signed it could not be found out: ${trust.reason}`,
          bytes: 0,
          executable: true,
        },
      ]
    : [];
