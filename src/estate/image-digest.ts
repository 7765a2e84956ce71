/** What engines write where an image is meant → the digest in it. */
import { isDigest, type Digest } from '../core/digest.ts';

/** `sha256:…`, or the 64 digits alone as Podman and CRI-O write them. */
export const idOf = (text: unknown): Digest | undefined => {
  if (typeof text !== 'string') return undefined;
  const id = /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : text;
  return isDigest(id) ? id : undefined;
};

/** `NAME@sha256:…`, of a manifest or an index. */
export const digestInName = (text: unknown): Digest | undefined => {
  if (typeof text !== 'string' || !text.includes('@')) return undefined;
  const digest = text.slice(text.lastIndexOf('@') + 1);
  return isDigest(digest) ? digest : undefined;
};
