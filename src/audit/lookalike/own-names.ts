/** `registry.acme.example/team/*`, `acme`, `docker.io/library/nginx@sha256:…` → names that the reader's organisation vouches for. */
import { isDigest } from '../../core/digest.ts';

export interface OwnName {
  /** Lower case; `docker.io` for a name without a host. */
  readonly registry: string;
  /** Components of the path; `*` fits any one. Empty: the whole registry. */
  readonly path: readonly string[];
  /** The content that this name stands for: an image with it is a mirror of the original, wherever it lies. */
  readonly digest?: string;
}

const componentPattern = /^(?:\*|[a-z0-9]+(?:[._-]+[a-z0-9]+)*)$/;
const hostPattern = /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/;

/** A word with a dot, a colon or the name `localhost` is a host; any other first word is a namespace of Docker Hub. */
export const parseOwnName = (text: string): OwnName | undefined => {
  const [written = '', digest, ...more] = text.trim().split('@');
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) return undefined;
  const parts = written.replace(/\/(?:\*{1,2})?$/, '').split('/');
  const [first = ''] = parts;
  const isHost = /[.:]/.test(first) || first.startsWith('*') || first.toLowerCase() === 'localhost';
  const registry = isHost ? first.toLowerCase() : 'docker.io';
  const path = isHost ? parts.slice(1) : parts;
  if (!hostPattern.test(registry) || !path.every((part) => componentPattern.test(part))) return undefined;
  return { registry, path, ...(digest === undefined ? {} : { digest }) };
};

const fitsHost = (own: string, registry: string): boolean =>
  own === registry || (own.startsWith('*.') && registry.endsWith(own.slice(1)));

/** True when the name lies in the own name, component by component: `acme` does not vouch for `acme2`. */
export const isOwnName = (own: OwnName, registry: string, repository: string): boolean => {
  const parts = repository.split('/');
  // A digest vouches for content, not for whatever the name may hold.
  if (own.digest !== undefined || !fitsHost(own.registry, registry)) return false;
  return (
    own.path.length <= parts.length && own.path.every((part, position) => part === '*' || part === parts[position])
  );
};
