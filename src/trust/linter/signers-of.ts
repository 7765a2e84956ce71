/** Every signer of a draft once, also those that several rules or none name. */
import type { DraftSigner, TrustDraft } from '../trust-file/trust-draft.ts';

export const signersOf = ({ rules, unused }: TrustDraft): readonly DraftSigner[] => [
  ...new Set([...rules.flatMap(({ signers }) => signers), ...unused]),
];
