/** The entries of a layout's `index.json` and a name → the one that is meant. OCI image-layout.md; annotations.md, `ref.name`; containerd's `io.containerd.image.name`. */
import { isDigest } from '../core/digest.ts';
import { isFault, malformed, misuse } from '../core/fault.ts';
import type { Descriptor } from '../core/image.ts';
import { formatReference, parseRegistryReference } from '../core/reference.ts';

export const nameKeys = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'] as const;

/** A registry name in full, so that `nginx` finds `docker.io/library/nginx:latest`; undefined for what is no such name. */
export const canonicalName = (text: string): string | undefined => {
  try {
    return formatReference(parseRegistryReference(text));
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

export const namesOf = (descriptor: Descriptor): readonly string[] =>
  nameKeys.flatMap((key) => {
    const name = descriptor.annotations?.[key];
    return name === undefined || name === '' ? [] : [name];
  });

/** `cosign save` marks the signatures and attestations of the one image that it saves with a kind, and with no name. */
export const companionKind = (descriptor: Descriptor): 'sig' | 'att' | undefined => {
  const kind = /^dev\.cosignproject\.cosign\/(sigs|atts)$/.exec(descriptor.annotations?.['kind'] ?? '')?.[1];
  return kind === undefined ? undefined : kind === 'sigs' ? 'sig' : 'att';
};

/** Signatures, SBOMs and attestations that lie beside the images: the tag scheme of OCI distribution 1.1 and of cosign. */
const isCompanion = (descriptor: Descriptor): boolean =>
  descriptor.artifactType !== undefined ||
  companionKind(descriptor) !== undefined ||
  (descriptor.platform?.os === 'unknown' && descriptor.platform.architecture === 'unknown') ||
  namesOf(descriptor).some((name) => /(?:^|:)sha(?:256|512)-[0-9a-f]{32,128}/.test(name));

const distinct = (descriptors: readonly Descriptor[]): readonly Descriptor[] => [
  ...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values(),
];

const listed = (descriptors: readonly Descriptor[]): string =>
  descriptors
    .slice(0, 30)
    .map((descriptor) => namesOf(descriptor)[0] ?? descriptor.digest)
    .join(', ') + (descriptors.length > 30 ? `, and ${descriptors.length - 30} more` : '');

/**
 * - `one`: the image or index that is meant.
 * - `platforms`: several entries that differ by platform only; `whole` when they are all there are, so that `index.json` itself is the index.
 */
export type LayoutRoot =
  | { readonly kind: 'one'; readonly descriptor: Descriptor }
  | { readonly kind: 'platforms'; readonly manifests: readonly Descriptor[]; readonly whole: boolean };

/**
 * @throws {Fault} misuse `IMAGE_NAME_NOT_FOUND`, `IMAGE_NAME_NEEDED` or `IMAGE_NAME_AMBIGUOUS`, which list what there is; malformed `LAYOUT_EMPTY`
 */
export const chooseLayoutRoot = (
  entries: readonly Descriptor[],
  name: string | undefined,
  where: string,
): LayoutRoot => {
  const all = distinct(entries);
  if (all.length === 0) throw malformed('LAYOUT_EMPTY', 'index.json lists no image', where);
  const images = all.filter((descriptor) => !isCompanion(descriptor));
  const offered = images.length > 0 ? images : all;

  let meant = offered;
  if (name !== undefined) {
    const wanted = canonicalName(name);
    // Every name of an entry counts, also where the same digest is listed twice under two names.
    const byName = (is: (text: string) => boolean) =>
      distinct(entries.filter((descriptor) => namesOf(descriptor).some((text) => is(text))));
    meant = isDigest(name) ? all.filter(({ digest }) => digest === name) : byName((text) => text === name);
    if (meant.length === 0 && wanted !== undefined) meant = byName((text) => canonicalName(text) === wanted);
    if (meant.length === 0)
      throw misuse('IMAGE_NAME_NOT_FOUND', `${where} has no image "${name}"; it has: ${listed(offered)}`);
  }
  const [first, ...others] = meant;
  if (first !== undefined && others.length === 0) return { kind: 'one', descriptor: first };
  if (
    meant.every(({ platform }) => platform !== undefined) &&
    (name !== undefined || meant.every((one) => namesOf(one).length === 0))
  )
    return { kind: 'platforms', manifests: meant, whole: name === undefined };
  if (name === undefined)
    throw misuse(
      'IMAGE_NAME_NEEDED',
      `${where} holds several images; write one of them after the path and a colon: ${listed(offered)}`,
    );
  throw misuse(
    'IMAGE_NAME_AMBIGUOUS',
    `${where} holds several images named "${name}"; write a digest instead: ${meant
      .map(({ digest }) => digest)
      .slice(0, 30)
      .join(', ')}`,
  );
};
