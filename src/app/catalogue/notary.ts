/** Codes of Docker Content Trust (Notary v1). */
import type { Explanation } from './words.ts';

const publisher =
  'Ask whoever publishes the image; if nobody there did it, somebody is between you and the trust server.';

export const notary = {
  NOTARY_METADATA_AMBIGUOUS: {
    means: 'A file of a trust server names one member twice, so that two readers could understand two things.',
    advice: publisher,
  },
  NOTARY_METADATA_INVALID: {
    means:
      'A file of a trust server is not what the Notary client writes: cut off, of another type, without a version or date.',
    advice: publisher,
  },
  NOTARY_METADATA_TOO_LARGE: {
    means: 'A file of a trust server is larger, nests deeper, or holds more keys, roles or names than is read.',
    advice: publisher,
  },
  NOTARY_RECORD_INVALID: {
    means:
      'What is remembered of a repository in Docker Content Trust (its pinned root and the versions seen) is damaged. Without it an older state could be passed off as new.',
    advice: 'Restore the state folder, or name the right roots in the trust file: they have a memory of their own.',
  },
  NOTARY_TRUST_INVALID: {
    means: 'The trust file asks for Docker Content Trust in a way that cannot work; the message says which part of it.',
    advice: 'Correct server, roots or roles. Roots are key ids, certificates or public keys of the root role, in PEM.',
  },
  NOTARY_UNAUTHORIZED: {
    means: 'The trust server asks for a login, and none was found for it, or the one found was not accepted.',
    advice: 'Log in to the registry with docker login; where the trust file names another server, to that server.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
