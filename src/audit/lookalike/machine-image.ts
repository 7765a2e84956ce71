/** The name and the owner of a machine image → whose well-known image it could be taken for, when it is somebody else's. */
import type { RuleLocations } from '../../core/analyzer.ts';
import { malformed } from '../../core/fault.ts';
import { isGlobMatch } from '../../core/glob.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { readNamesFile } from './known-names.ts';
import { editDistance, skeletonOf, withoutSeparators } from './resemblance.ts';

export type Cloud = 'aws' | 'gcp' | 'azure';

export interface MachineImagePublisher {
  readonly publisher: string;
  readonly owners: Readonly<Record<Cloud, readonly string[]>>;
  /** Patterns of names. */
  readonly names: Readonly<Record<Cloud, readonly string[]>>;
}

export interface NamedMachineImage {
  readonly cloud: Cloud;
  readonly name?: string;
  readonly owner?: string;
  readonly ownerAlias?: string;
}

const file = 'machine-images.json';
const maximumName = 256;
/** Accounts are numbers and resemble nothing; words of this length do not meet by chance. */
const shortestWord = 8;

const textsAt = (value: JsonObject, key: string): readonly string[] => {
  const { [key]: found = [] } = value;
  if (!Array.isArray(found) || !found.every((one) => typeof one === 'string'))
    throw malformed('NAMES_INVALID', `"${key}" of a publisher is no list of texts`, file);
  return found.map((one: string) => one.toLowerCase());
};

/** Nothing where the built-in rules are left out. @throws {Fault} malformed `NAMES_INVALID` */
export const loadMachineImagePublishers = (locations: RuleLocations): readonly MachineImagePublisher[] => {
  const document = readNamesFile(locations, file);
  if (document === undefined) return [];
  const { publishers } = document;
  if (!Array.isArray(publishers)) throw malformed('NAMES_INVALID', 'no list of publishers', file);
  return publishers.map((entry: unknown): MachineImagePublisher => {
    if (!isJsonObject(entry) || typeof entry['publisher'] !== 'string')
      throw malformed('NAMES_INVALID', 'a publisher without a name', file);
    return {
      publisher: entry['publisher'],
      owners: { aws: textsAt(entry, 'aws'), gcp: textsAt(entry, 'gcp'), azure: textsAt(entry, 'azure') },
      names: { aws: textsAt(entry, 'awsNames'), gcp: textsAt(entry, 'gcpNames'), azure: [] },
    };
  });
};

/** `*` of these patterns is any text, slashes too. */
const isNamedLike = (pattern: string, name: string): boolean => isGlobMatch(pattern.replaceAll('*', '**'), name);

/** Drawn alike, or a slip of the finger away: `ubuntu/lmages/…`. Only what stands before the pattern's first wildcard is compared. */
const beginsLike = (pattern: string, name: string): boolean => {
  const [head = ''] = pattern.split(/[*?]/);
  if (head.length < shortestWord) return false;
  const begin = name.slice(0, head.length);
  return skeletonOf(begin) === skeletonOf(head) || editDistance(begin, head, 1) === 1;
};

const resembles = (word: string, known: string): boolean =>
  known.length >= shortestWord &&
  !/^\d+$/.test(known) &&
  word !== known &&
  (withoutSeparators(word) === withoutSeparators(known) ||
    skeletonOf(word) === skeletonOf(known) ||
    editDistance(word, known, 1) === 1);

/** undefined: it resembles nothing, or is what it says. `owner` unknown: nobody can tell. */
export const machineImageResemblance = (
  { cloud, name = '', owner: given, ownerAlias }: NamedMachineImage,
  publishers: readonly MachineImagePublisher[],
): string | undefined => {
  if (given === undefined || ownerAlias === 'amazon' || ownerAlias === 'aws-marketplace') return undefined;
  const owner = given.toLowerCase().slice(0, maximumName);
  if (publishers.some(({ owners }) => owners[cloud].includes(owner))) return undefined;
  const asked = name.toLowerCase().slice(0, maximumName);
  for (const how of [isNamedLike, beginsLike])
    for (const { publisher, names } of publishers)
      if (asked !== '' && names[cloud].some((pattern) => how(pattern, asked))) return publisher;
  for (const { owners } of publishers) {
    const near = owners[cloud].find((known) => resembles(owner, known));
    if (near !== undefined) return near;
  }
  return undefined;
};
