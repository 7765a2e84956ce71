/** What an image was asked for by, and what its archive calls it → names in their parts. */
import type { Subject } from '../../core/analyzer.ts';
import { isDigest } from '../../core/digest.ts';
import { isFault } from '../../core/fault.ts';
import { parseReference, parseRegistryReference, type RegistryReference } from '../../core/reference.ts';
import { hasForeignLetters, toLatin } from './foreign-letters.ts';

export interface ImageName {
  /** As written. */
  readonly text: string;
  /** A name that no engine would accept is read as people read it. */
  readonly foreign: boolean;
  /** Written by the archive rather than asked for. */
  readonly claimed: boolean;
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
}

/** An archive may give an image any number of names. */
const maximumNames = 50;

const tryParse = <T>(parse: () => T): T | undefined => {
  try {
    return parse();
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

const toName = (text: string, parsed: RegistryReference, claimed: boolean, foreign = false): ImageName => ({
  text,
  foreign,
  claimed,
  registry: parsed.registry,
  repository: parsed.repository,
  ...(parsed.tag === undefined ? {} : { tag: parsed.tag }),
});

const readClaim = (text: string): ImageName | undefined => {
  if (text.length > 1000) return undefined;
  const parsed = tryParse(() => parseRegistryReference(text));
  if (parsed !== undefined) return toName(text, parsed, true);
  if (!hasForeignLetters(text)) return undefined;
  const latin = tryParse(() => parseRegistryReference(toLatin(text)));
  return latin && toName(text, latin, true, true);
};

/** An engine may be asked for an id, which is no name. */
const askedFor = (reference: string): ImageName | undefined => {
  const unpinned = reference.replace(/@sha(?:256|512):[0-9a-f]+$/, '');
  const parsed = tryParse(() => parseReference(unpinned));
  if (parsed?.scheme === 'docker') return toName(unpinned.replace(/^docker:\/\//, ''), parsed, false);
  if (parsed?.scheme !== 'docker-daemon' && parsed?.scheme !== 'containerd') return undefined;
  const named = isDigest(parsed.name) ? undefined : tryParse(() => parseRegistryReference(parsed.name));
  return named && toName(parsed.name, named, false);
};

/** None for a folder, an image id, and an archive without names. */
export const imageNamesOf = ({ reference, names = [] }: Subject): readonly ImageName[] => {
  const asked = askedFor(reference);
  const claims = asked === undefined ? names.slice(0, maximumNames).flatMap((text) => readClaim(text) ?? []) : [];
  const all = asked === undefined ? claims : [asked];
  return [
    ...new Map(
      all.map((name) => [`${name.registry}/${name.repository}:${name.tag ?? ''} ${name.foreign}`, name]),
    ).values(),
  ];
};

export const lastComponent = (repository: string): string => repository.slice(repository.lastIndexOf('/') + 1);
