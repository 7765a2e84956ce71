/** Which digests a signature may name to be about the image that was asked for, and whether it names the reference. */
import type { Digest } from '../../core/digest.ts';
import { isFault } from '../../core/fault.ts';
import { parseRegistryReference } from '../../core/reference.ts';
import type { ClaimMatch, SignatureSubject } from '../../core/trust.ts';
import { Refusal } from './refusal.ts';

/** What a signature is over: things, each with its digests and the name that the signer gives it. */
export type Claim = readonly ClaimedSubject[];

export interface ClaimedSubject {
  readonly digests: readonly Digest[];
  readonly reference?: string;
}

export interface Coverage {
  readonly digest: Digest;
  /** Only where its bytes were read and list the digest. */
  readonly index?: Digest;
  /** The other manifests of the index. */
  readonly siblings: ReadonlySet<Digest>;
}

/** Those of the claim that are about this image. @throws {Refusal} other-platform, other-digest: none is */
export const coveringSubjects = (claim: Claim, { digest, index, siblings }: Coverage): Claim => {
  const covering = claim.filter(
    ({ digests }) => digests.includes(digest) || (index !== undefined && digests.includes(index)),
  );
  if (covering.length > 0) return covering;
  const named = claim.flatMap(({ digests }) => digests);
  const sibling = named.find((other) => siblings.has(other));
  if (sibling !== undefined)
    throw new Refusal('other-platform', `signed is ${sibling}, the image of another platform in the same index`);
  throw new Refusal(
    'other-digest',
    named[0] === undefined ? 'it names no digest that can be compared' : `signed is ${named[0]}, not this image`,
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

/** `covering`: what is about this image; what the signer calls other things does not count. @throws {Refusal} other-reference, unsupported */
export const checkReference = (covering: Claim, match: ClaimMatch, reference: SignatureSubject['reference']): void => {
  if (match === 'digest') return;
  if (reference === undefined)
    throw new Refusal(
      'unsupported',
      'the image has no name here that the claim of its signature could be compared with',
    );
  const references = covering.flatMap((subject) => subject.reference ?? []);
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
