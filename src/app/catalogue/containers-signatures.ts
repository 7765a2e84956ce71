/** Codes of containers' own formats for signatures: policy.json, registries.d, lookaside storage. */
import type { Explanation } from './words.ts';

export const containersSignatures = {
  CONTAINERS_POLICY_AMBIGUOUS: {
    means: 'A containers policy.json has a member twice in one object. Podman and skopeo refuse it too.',
    advice: 'Leave one of them out: which of two lists of requirements counts must not be chance.',
  },
  CONTAINERS_POLICY_INVALID: {
    means: 'A containers policy.json cannot be used; the message says where and why. Podman and skopeo refuse it too.',
    advice: 'Correct it as containers-policy.json(5) describes. Unknown and repeated members are errors.',
  },
  CONTAINERS_POLICY_TOO_LARGE: {
    means: 'A containers policy.json is larger than 4 MiB, or nested deeper than any policy.',
    advice: 'Check that it is the right file.',
  },
  GPG_KEYRING_INVALID: {
    means:
      'GPG signatures are asked for, and the file that should hold the signers’ public keys is empty or no keyring.',
    advice: 'Write the file with: gpg --export KEY. Armoured and binary files are read.',
  },
  LOOKASIDE_INVALID: {
    means:
      'The place where simple signatures should lie is no https:, http: or file: address, or has a password in it.',
    advice: 'Correct lookaside in the trust file or in registries.d, for example https://signatures.example/sigstore.',
  },
  LOOKASIDE_TOO_LARGE: {
    means: 'A file in a place of simple signatures is larger than any signature.',
    advice: 'Find out who wrote it there. An honest signature has less than 2 KiB.',
  },
  LOOKASIDE_UNREADABLE: {
    means:
      'A file in a place of simple signatures may be there, and is not given: an error of the server or of the disk.',
    advice: 'Read the message; then verify again. Until then nobody knows whether the image is signed.',
  },
  REGISTRIES_D_INVALID: {
    means:
      'The folder registries.d, which says where simple signatures lie, cannot be used: no YAML, or two files disagree.',
    advice: 'Correct the file that the message names, as containers-registries.d(5) describes.',
  },
  SIMPLE_SIGNING_AMBIGUOUS: {
    means: 'What a simple signature covers has a member twice: readers differ on which one counts.',
    advice: 'Do not trust the image before you know who signed such a thing. Sign it again with podman or skopeo.',
  },
  SIMPLE_SIGNING_INVALID: {
    means: 'What a simple signature covers is not in the format of containers-signature(5).',
    advice: 'Sign the image again with podman or skopeo.',
  },
  SIMPLE_SIGNING_TOO_LARGE: {
    means: 'What a simple signature covers is larger than 64 KiB; honest ones have about 300 bytes.',
    advice: 'Sign the image again with podman or skopeo.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
