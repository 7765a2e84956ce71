/** Codes of containers' own formats for signatures: policy.json, registries.d, lookaside storage. */
import type { Explanation } from './words.ts';

export const containersSignatures = {
  CONTAINERS_POLICY_INVALID: {
    means: 'A containers policy.json cannot be used; the message says where and why. Podman and skopeo refuse it too.',
    advice: 'Correct it as containers-policy.json(5) describes. Unknown and repeated members are errors.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
