/** Which digests a signature may name to be about the image that was asked for, and whether it names the reference. */
import type { Digest } from '../../core/digest.ts';
import { isFault } from '../../core/fault.ts';
import { parseRegistryReference } from '../../core/reference.ts';
import type { ClaimMatch, SignatureSubject } from '../../core/trust.ts';
import { Refusal } from './refusal.ts';

/** What a signature is over: its digests, and the names that it gives the image. */
export interface Claim {
  readonly digests: readonly Digest[];
  readonly references: readonly string[];
}

export interface Coverage {
  readonly digest: Digest;
  /** Only where its bytes were read and list the digest. */
  readonly index?: Digest;
  /** The other manifests of the index. */
  readonly siblings: ReadonlySet<Digest>;
}

/** @throws {Refusal} other-platform, other-digest */
export const checkDigest = ({ digests }: Claim, { digest, index, siblings }: Coverage): void => {
  if (digests.includes(digest) || (index !== undefined && digests.includes(index))) return;
  const sibling = digests.find((named) => siblings.has(named));
  if (sibling !== undefined)
    throw new Refusal('other-platform', `signed is ${sibling}, the image of another platform in the same index`);
  throw new Refusal(
    'other-digest',
    digests[0] === undefined ? 'it names no digest that can be compared' : `signed is ${digests[0]}, not this image`,
  );
};

interface Name {
  readonly repository: string;
  readonly tag?: string;
}

/** Docker Hub has several names for itself, which the grammar of references makes one. undefined: it names nothing. */
const nameOf = (text: string): Name | undefined => {
  // What is signed without a tag names the repository: reading it as `latest` would let it name one.
  const hasTag = /:[\w][\w.-]{0,127}(?:@|$)/.test(text.slice(text.lastIndexOf('/') + 1));
  try {
    const { registry, repository, tag } = parseRegistryReference(text);
    return { repository: `${registry}/${repository}`, ...(hasTag && tag !== undefined ? { tag } : {}) };
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

/** @throws {Refusal} other-reference; unsupported where nothing was asked for by name */
export const checkReference = (
  { references }: Claim,
  match: ClaimMatch,
  reference: SignatureSubject['reference'],
): void => {
  if (match === 'digest') return;
  if (reference === undefined)
    throw new Refusal(
      'unsupported',
      'the image has no name here that the claim of its signature could be compared with',
    );
  const asked = nameOf(reference.repository)?.repository ?? reference.repository;
  const isNamed = references
    .map(nameOf)
    .some(
      (name) =>
        name?.repository === asked &&
        (match === 'repository' || (name.tag !== undefined && name.tag === reference.tag)),
    );
  if (isNamed) return;
  const wanted = match === 'repository' ? asked : `${asked}:${reference.tag ?? ''}`;
  throw new Refusal(
    'other-reference',
    references[0] === undefined
      ? `it names no repository, and ${wanted} is asked for`
      : `it is for ${references[0]}, and ${wanted} is asked for`,
  );
};

/** The tag under which classic cosign keeps what belongs to a digest. */
export const classicTag = (digest: Digest, suffix: 'sig' | 'att'): string => `${digest.replace(':', '-')}.${suffix}`;
