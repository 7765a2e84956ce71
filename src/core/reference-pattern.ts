/** Patterns over canonical references, as policies and trust files write them: which images they fit, and which can never fit any. */
import { hasWildcard, isGlobMatch } from './glob.ts';

const schemes: readonly string[] = [
  'docker',
  'oci',
  'oci-archive',
  'docker-archive',
  'docker-daemon',
  'containerd',
  'rootfs',
];

/** A reference as resolved, then without its digest, then (in a registry) without its tag. */
export const namesOf = (reference: string): readonly string[] => {
  const untied = reference.replace(/@sha(?:256|512):[0-9a-f]+$/, '');
  const names = [reference, untied];
  if (untied.startsWith('docker://')) names.push(untied.replace(/:[^:/]+$/, ''));
  return [...new Set(names)];
};

export const isReferenceMatch = (patterns: readonly string[], reference: string): boolean => {
  const names = namesOf(reference);
  return patterns.some((pattern) => names.some((name) => isGlobMatch(pattern, name)));
};

const dockerProblem = (rest: string): string | undefined => {
  const slash = rest.indexOf('/');
  if (slash < 0) {
    if (rest.includes('**')) return undefined;
    return hasWildcard(rest)
      ? 'a name has a host and a repository; write docker://HOST/REPOSITORY, or ** where slashes may be'
      : `write the canonical name: docker://docker.io/library/${rest}`;
  }
  const host = rest.slice(0, slash);
  const repository = rest.slice(slash + 1);
  if (host === '' || repository === '') return 'a name has a host and a repository: docker://HOST/REPOSITORY';
  if (!hasWildcard(host)) {
    if (host === 'index.docker.io' || host === 'registry-1.docker.io')
      return `${host} is written docker.io in canonical names`;
    if (/[A-Z]/.test(host)) return 'hosts are written in lower case in canonical names';
    if (!/[.:]/.test(host) && host !== 'localhost')
      return `"${host}" is no registry host; Docker Hub is written docker://docker.io/${rest}`;
    if (host === 'docker.io' && !repository.includes('/') && !hasWildcard(repository))
      return `write the canonical name: docker://docker.io/library/${repository}`;
  }
  const last = repository.slice(repository.lastIndexOf('/') + 1).split(/[:@]/)[0] ?? '';
  const untagged = repository.slice(0, repository.lastIndexOf('/') + 1) + last;
  return /[A-Z]/.test(untagged) ? 'repository names are written in lower case' : undefined;
};

/** Why no canonical reference can ever fit the pattern; undefined when one can. */
export const referencePatternProblem = (pattern: string): string | undefined => {
  if (/[\s\p{Cc}]/u.test(pattern)) return 'references hold no spaces or control characters';
  const literal = pattern.split(/[*?]/)[0] ?? '';
  const colon = literal.indexOf(':');
  if (colon < 0 && literal !== pattern && schemes.some((scheme) => `${scheme}:`.startsWith(literal))) return undefined;
  const scheme = literal.slice(0, Math.max(colon, 0));
  if (!schemes.includes(scheme))
    return `it begins with no known scheme (${schemes.join(', ')}); ${dockerProblem(pattern) ?? `for a registry write docker://${pattern}`}`;
  const rest = pattern.slice(colon + 1);
  if (scheme !== 'docker') return rest === '' ? `after ${scheme}: something must follow` : undefined;
  return rest.startsWith('//') ? dockerProblem(rest.slice(2)) : 'after docker: two slashes must follow';
};
