/** Content digests as the OCI image specification writes them: `algorithm:hex`. */
import { malformed } from './fault.ts';

export type Digest = `sha256:${string}` | `sha512:${string}`;

const hexLengths: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

export const isDigest = (text: string): text is Digest => {
  const colon = text.indexOf(':');
  const hex = text.slice(colon + 1);
  return hexLengths[text.slice(0, colon)] === hex.length && /^[0-9a-f]+$/.test(hex);
};

/** @throws {Fault} malformed `DIGEST_INVALID`; `md5:` and `sha1:` are refused, since anybody can make a second content for them. */
export const parseDigest = (text: string, where?: string): Digest => {
  if (isDigest(text)) return text;
  throw malformed('DIGEST_INVALID', `not a sha256 or sha512 digest: ${text.slice(0, 160)}`, where);
};

export const digestAlgorithm = (digest: Digest): 'sha256' | 'sha512' =>
  digest.startsWith('sha512:') ? 'sha512' : 'sha256';
export const digestHex = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1);

/** The tag that stands in for the list of referrers: OCI distribution specification 1.1, "Referrers Tag Schema"; cut at 64 characters. */
export const referrersTag = (digest: Digest): string => `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, 64)}`;
