/** Roles that were verified → whether this digest is what they sign under this tag. */
import type { Digest } from '../../core/digest.ts';
import { isFault } from '../../core/fault.ts';
import type { SignatureSubject, TrustContext } from '../../core/trust.ts';
import { parseManifest } from '../../formats/records/oci-manifest.ts';
import { findTag, namesDigest, tagsOf, type FoundTarget, type RolesRead } from './find-target.ts';
import { refuse, shown, type Refusal } from './refusal.ts';

/** The digest itself, or the index through which it was reached: a signature of an index covers what it lists. */
const digestsOf = ({ digest, index }: SignatureSubject): readonly Digest[] =>
  index === undefined || index === digest ? [digest] : [digest, index];

/** Whether the signed digest is another manifest of the same index. What cannot be read says no: the answer is a refusal either way. */
const isOtherPlatform = async (
  { index, repository }: SignatureSubject,
  { file }: FoundTarget,
  context: TrustContext,
): Promise<boolean> => {
  if (index === undefined || repository === undefined) return false;
  try {
    const stored = await repository.manifest(index, context);
    if (stored === undefined || stored.bytes.length > context.trustLimits.manifestBytes) return false;
    const { mediaType } = stored.descriptor;
    const document = parseManifest(stored.bytes, { mediaType }, index);
    return document.kind === 'index' && document.manifests.some((one) => namesDigest(file, one.digest));
  } catch (thrown) {
    if (isFault(thrown)) return false;
    throw thrown;
  }
};

const listTags = (found: readonly FoundTarget[]): string =>
  found.map(({ tag, role }) => `${shown(tag, 140)} (${role.name})`).join(', ');

const mostTagsShown = 3;

/** TUF 5.7.1. Of a digest without a tag any tag's signature counts: it says that this content was published in this repository. */
export const judgeTarget = async (
  subject: SignatureSubject,
  { roles, refusals }: RolesRead,
  context: TrustContext,
): Promise<FoundTarget | Refusal> => {
  const digests = digestsOf(subject);
  const tag = subject.reference?.tag;
  const others = tagsOf(roles, digests, mostTagsShown);
  const found = tag === undefined ? others[0] : findTag(roles, tag);
  const [refusal] = refusals;
  if (found === undefined) {
    if (refusal !== undefined) return refusal;
    if (others.length > 0 && tag !== undefined)
      return refuse('other-reference', `the tag ${tag} is not signed; this digest is, as ${listTags(others)}`);
    return refuse(
      'absent',
      `${tag === undefined ? 'this digest' : `the tag ${tag}`} is not signed by a role that counts`,
    );
  }
  if (digests.some((digest) => namesDigest(found.file, digest))) return found;
  const signed = `sha256:${found.file.sha256 ?? '?'}`;
  if (await isOtherPlatform(subject, found, context))
    return refuse('other-platform', `${found.role.name} signs ${signed} as ${tag}: another platform of the same index`);
  const elsewhere = others.length === 0 ? '' : `; this digest is signed as ${listTags(others)}`;
  return refuse('other-digest', `${found.role.name} signs ${signed} as ${tag}, not this digest${elsewhere}`);
};
