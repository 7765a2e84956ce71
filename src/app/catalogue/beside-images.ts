/** Codes of what lies beside an image: manifests and blobs of signatures and attestations. */
import type { Explanation } from './words.ts';

const changed =
  'Fetch it again. If it stays so, the registry or something in between changes content: tell its operator, and do not believe what it gives.';

export const besideImages = {
  BLOB_ALTERED: {
    means: 'A blob that lies beside the image, such as a signature, has other bytes than its digest or its size says.',
    advice: changed,
  },
  MANIFEST_ALTERED: {
    means:
      'A manifest that lies beside the image, such as that of a signature, has other bytes than the digest it was asked for by.',
    advice: changed,
  },
  REFERRERS_TOO_MANY: {
    means:
      'More artifacts name the image as their subject than Tidewaiter looks at: 10000 from a registry’s own list, 256 from a list that somebody pushed.',
    advice: 'Remove what nobody needs from the repository, or ask the operator who floods it.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
