/** The name in a simple signature and the name that was asked for → whether the one stands for the other. containers-policy.json(5), `signedIdentity`. Pure. */
import { isFault } from '../../core/fault.ts';
import { parseRegistryReference } from '../../core/reference.ts';
import type { PolicyReference, SignedIdentity } from '../containers-policy.ts';

/** undefined: no name. Without tag and digest it stays without: nothing is added to what was signed. */
const parseName = (text: string): PolicyReference | undefined => {
  try {
    const { registry, repository, tag, digest } = parseRegistryReference(text);
    const isTagged = /:[^/@]*(?:@|$)/.test(text);
    return {
      repository: `${registry}/${repository}`,
      ...(isTagged && tag !== undefined ? { tag } : {}),
      ...(digest === undefined ? {} : { digest }),
    };
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

const isNameOnly = ({ tag, digest }: PolicyReference): boolean => tag === undefined && digest === undefined;

const isEqual = (one: PolicyReference, other: PolicyReference): boolean =>
  !isNameOnly(one) && one.repository === other.repository && one.tag === other.tag && one.digest === other.digest;

/** By tag: the very name. By digest: any name of the repository, since the digest itself is compared elsewhere. */
const matchesRepoDigestOrExact = (asked: PolicyReference, signed: PolicyReference): boolean => {
  if (isNameOnly(signed)) return false;
  if (asked.tag !== undefined) return isEqual(asked, signed);
  return asked.digest !== undefined && asked.repository === signed.repository;
};

/** undefined: what comes out is no name. */
const remap = (asked: PolicyReference, prefix: string, signedPrefix: string): PolicyReference | undefined => {
  const { repository } = asked;
  if (repository !== prefix && !repository.startsWith(`${prefix}/`)) return asked;
  const name = `${signedPrefix}${repository.slice(prefix.length)}`;
  // Short names are not spelt out here, or a prefix would lead into Docker Hub.
  return parseName(name)?.repository === name ? { ...asked, repository: name } : undefined;
};

/** `asked`: with its tag, or else with its digest. */
export const matchesSignedIdentity = (
  identity: SignedIdentity,
  asked: PolicyReference,
  dockerReference: string,
): boolean => {
  const signed = parseName(dockerReference);
  if (signed === undefined) return false;
  switch (identity.type) {
    case 'matchExact':
      return isEqual(asked, signed);
    case 'matchRepoDigestOrExact':
      return matchesRepoDigestOrExact(asked, signed);
    case 'matchRepository':
      return asked.repository === signed.repository;
    case 'exactReference': {
      const exact = parseName(identity.dockerReference);
      return exact !== undefined && isEqual(exact, signed);
    }
    case 'exactRepository':
      return parseName(identity.dockerRepository)?.repository === signed.repository;
    default: {
      const mapped = remap(asked, identity.prefix, identity.signedPrefix);
      return mapped !== undefined && matchesRepoDigestOrExact(mapped, signed);
    }
  }
};
