/** An image → what lies beside it that looks like a signature or a statement, in every place where one may lie in its repository. Nothing is checked. */
import type { TraceStep } from '../core/attestation.ts';
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import { isFault } from '../core/fault.ts';
import type { Descriptor, Repository, StoredManifest } from '../core/image.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { SignatureSubject, VerifierId } from '../core/trust.ts';
import type { Companion, Discovery } from '../core/verification.ts';
import { parseManifest } from '../formats/records/oci-manifest.ts';
import { verdictPredicateType } from '../formats/records/verdict-predicate.ts';

/** What is shown of one image; a registry may list as many as it likes. */
const maximumCompanions = 100;

/** sigstore, `cosign sign` since version 3: a bundle that says no more than that somebody signed. */
const signPredicate = 'https://sigstore.dev/cosign/sign/v1';

interface Kind {
  readonly type: RegExp;
  readonly what: string;
  readonly verifier?: VerifierId;
}

/** Artifact types, by the documents of those who write them: cosign, sigstore's bundle, Notation, in-toto, SPDX, CycloneDX. */
const kinds: readonly Kind[] = [
  { type: /^application\/vnd\.dev\.cosign\./, what: 'a cosign signature', verifier: 'cosign' },
  { type: /^application\/vnd\.dev\.sigstore\.bundle/, what: 'a sigstore bundle (cosign)', verifier: 'cosign' },
  { type: /^application\/vnd\.cncf\.notary\.signature$/, what: 'a Notation signature', verifier: 'notation' },
  { type: /^application\/vnd\.(?:in-toto|dsse)/, what: 'a signed statement (in-toto)', verifier: 'cosign' },
  { type: /^(?:application|text)\/(?:vnd\.)?(?:spdx|cyclonedx|syft)/, what: 'an inventory (SBOM)' },
];

/** A bundle holds a signature, a verdict or any other statement: who pushed it says which, in an annotation that cosign writes. */
const bundleKind = (predicate: string): Omit<Kind, 'type'> => {
  if (predicate === signPredicate) return { what: 'a cosign signature (sigstore bundle)', verifier: 'cosign' };
  if (predicate === verdictPredicateType) return { what: 'a signed verdict of Tidewaiter', verifier: 'verdict' };
  return { what: `a signed statement (sigstore bundle), about ${toPlainText(predicate, 120)}`, verifier: 'cosign' };
};

const describe = (subject: Digest, { digest, artifactType, mediaType, annotations }: Descriptor): Companion => {
  const type = artifactType ?? mediaType;
  const predicate = annotations?.['dev.sigstore.bundle.predicateType'];
  const known = predicate === undefined ? kinds.find((kind) => kind.type.test(type)) : bundleKind(predicate);
  return {
    subject,
    place: 'referrer',
    digest,
    type: toPlainText(type, 200),
    what: known?.what ?? 'something of a kind that is not known here',
    ...(known?.verifier === undefined ? {} : { verifier: known.verifier }),
  };
};

/** cosign, "Signature Specification": tags made of the digest; each layer is one signature or statement. */
const tags: readonly (readonly [suffix: string, what: string, verifier?: VerifierId])[] = [
  ['sig', 'cosign signature', 'cosign'],
  ['att', 'signed statement (cosign)', 'cosign'],
  ['sbom', 'inventory (SBOM)'],
];

const countLayers = ({ bytes }: StoredManifest): number => {
  try {
    const document = parseManifest(bytes, {}, '');
    return document.kind === 'image' ? document.layers.length : document.manifests.length;
  } catch (thrown) {
    if (isFault(thrown)) return 1;
    throw thrown;
  }
};

/** One look into one place; what does not answer is told, and is not nothing. */
const look = async (
  lookedFor: string,
  trace: TraceStep[],
  read: () => Promise<readonly Companion[]>,
): Promise<readonly Companion[]> => {
  try {
    const found = await read();
    trace.push({ lookedFor, result: found.length > 0 ? 'found' : 'absent' });
    return found;
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
    trace.push({ lookedFor, result: 'unreachable', detail: thrown.message.slice(0, 512) });
    return [];
  }
};

const discoverAt = async (
  subject: Digest,
  repository: Repository,
  trace: TraceStep[],
  context: Context,
): Promise<readonly Companion[]> => {
  const where = repository.name === undefined ? '' : ` in ${repository.name}`;
  const found: Companion[] = [];
  for (const [suffix, what, verifier] of tags) {
    const tag = `${subject.replace(':', '-')}.${suffix}`;
    const companions = await look(`the tag ${tag}${where}`, trace, async () => {
      const stored = await repository.manifest(tag, context);
      if (stored === undefined) return [];
      const count = countLayers(stored);
      const { digest, mediaType, artifactType = mediaType } = stored.descriptor;
      const said = `${count} ${what}${count === 1 ? '' : 's'}`;
      const by = verifier === undefined ? {} : { verifier };
      return [{ subject, place: `tag ${tag}`, digest, type: toPlainText(artifactType, 200), what: said, ...by }];
    });
    found.push(...companions);
  }
  const listed = await look(`what names ${subject} as its subject${where}`, trace, async () =>
    (await repository.referrers(subject, context)).slice(0, maximumCompanions).map((one) => describe(subject, one)),
  );
  return [...found, ...listed];
};

/** Of the image, and of the index through which it was reached. */
export const discover = async (
  { digest, index, repository }: SignatureSubject,
  context: Context,
): Promise<Discovery> => {
  const trace: TraceStep[] = [];
  if (repository === undefined) return { companions: [], trace };
  const companions: Companion[] = [];
  for (const subject of [digest, ...(index === undefined || index === digest ? [] : [index])])
    companions.push(...(await discoverAt(subject, repository, trace, context)));
  return { companions: companions.slice(0, maximumCompanions), trace };
};
