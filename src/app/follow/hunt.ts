/** What somebody asks after → the names by which it is kept, and everything that bears them. */
import { existsSync, statSync } from 'node:fs';
import type { Digest } from '../../core/digest.ts';
import { isDigest } from '../../core/digest.ts';
import { isFault, misuse } from '../../core/fault.ts';
import type { Hunted, HuntMemory } from '../../core/follow-memory.ts';
import { formatReference, parseRegistryReference } from '../../core/reference.ts';
import { readRuleFile } from '../../audit/rule-engine/rule-files.ts';
import type { HeldPrograms } from './feed-hunt.ts';
import { isNamed, namesInText, readFeedNames } from './feed-names.ts';

export interface HuntTarget {
  readonly kind: 'digest' | 'machine-image' | 'package' | 'reference' | 'container' | 'feed';
  readonly names: readonly string[];
}

const maximumFeedBytes = 64 * 2 ** 20;

const asReference = (text: string): string | undefined => {
  try {
    const parsed = parseRegistryReference(text);
    const name = formatReference(parsed).slice('docker://'.length).replace(/@.*$/s, '');
    return parsed.digest === undefined && !/:[^/]*$/.test(name) ? `${name}:latest` : name;
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

/**
 * A digest or hash, an AMI's id, `PACKAGE@VERSION`, a feed's file, a reference or a container's id.
 * @throws {Fault} misuse `HUNT_UNKNOWN`
 */
export const readHuntTarget = (text: string): HuntTarget => {
  const lower = text.toLowerCase();
  if (isDigest(lower)) return { kind: 'digest', names: [lower satisfies Digest] };
  if (/^[0-9a-f]{64}$/.test(lower)) return { kind: 'digest', names: [`sha256:${lower}`, lower.slice(0, 12)] };
  if (/^(?:ami|i)-[0-9a-f]{8,17}$/.test(lower)) return { kind: 'machine-image', names: [lower] };
  if (/^[0-9a-f]{12}$/.test(lower)) return { kind: 'container', names: [lower] };
  if (existsSync(text) && statSync(text).isFile()) {
    if (statSync(text).size > maximumFeedBytes)
      throw misuse(
        'HUNT_UNKNOWN',
        `${text} is larger than the ${maximumFeedBytes / 2 ** 20} MiB that are read of a feed`,
      );
    const names = namesInText(readRuleFile(text));
    if (names.length === 0) throw misuse('HUNT_UNKNOWN', `${text} holds no digest and no id of a machine image`);
    return { kind: 'feed', names };
  }
  const reference = text.includes('/') || !/.@./.test(text) ? asReference(text) : undefined;
  if (/^[^\s@]{1,200}@[^\s@]{1,100}$|^@[^\s@]{1,200}@[^\s@]{1,100}$/.test(text) && !text.includes('@sha256:'))
    return { kind: 'package', names: [text] };
  if (reference !== undefined) return { kind: 'reference', names: [reference] };
  throw misuse(
    'HUNT_UNKNOWN',
    `"${text.slice(0, 200)}" is no digest, no AMI, no PACKAGE@VERSION, no reference and no file of a feed`,
  );
};

const maximumEvents = 1000;

export interface HuntParts {
  readonly memory: Pick<HuntMemory, 'hunt' | 'known' | 'namesWith'>;
  /** Absent: nothing is known of what images hold. */
  readonly programs?: HeldPrograms;
  /** Folder of the installed feed of that name; undefined: there is none. */
  readonly feedFolderOf?: (name: string) => Promise<string | undefined>;
}

const hexOf = (name: string): string | undefined => /^sha256:([0-9a-f]{64})$/.exec(name)?.[1];

/** Everything in an installed feed that anything bears. */
const namesOfFeed = async (folder: string, memory: HuntParts['memory']): Promise<readonly string[]> => {
  const feed = await readFeedNames(folder);
  const packages = [...feed.packages].flatMap(([key, advisories]) =>
    memory.namesWith(`${key}@`, maximumEvents).filter((kept) => isNamed(advisories, kept)),
  );
  return [...feed.names, ...packages];
};

/** The beginning of a digest, as reports and engines show it. */
const beginningOf = (text: string): string | undefined =>
  /^(?:sha256:([0-9a-f]{4,63})|([0-9a-f]{12}))(?:…|\.\.\.)?$/.exec(text.toLowerCase())?.slice(1).join('');

/** @throws {Fault} misuse `HUNT_UNKNOWN`: no scanned image has it, and all else is asked for by whole digests only */
const completed = (text: string, beginning: string, memory: HuntParts['memory']): HuntTarget => {
  const digests = memory.namesWith(`sha256:${beginning}`, maximumEvents);
  if (beginning.length === 12 && !text.includes(':')) return { kind: 'container', names: [beginning, ...digests] };
  if (digests.length === 0)
    throw misuse(
      'HUNT_UNKNOWN',
      `no digest of an image that was scanned here begins with sha256:${beginning}; events, and files in images, are found by the whole digest only`,
    );
  return { kind: 'digest', names: digests };
};

/**
 * What bears the name, or is in a feed, also as a file that scanned images hold. The name of an installed feed comes before all others.
 * @throws {Fault} misuse `HUNT_UNKNOWN`, unavailable `STATE_UNUSABLE`
 */
export const hunt = async (
  text: string,
  { memory, programs, feedFolderOf }: HuntParts,
): Promise<Hunted & { readonly target: HuntTarget }> => {
  const folder = await feedFolderOf?.(text);
  const beginning = beginningOf(text);
  const target: HuntTarget =
    folder !== undefined
      ? { kind: 'feed', names: await namesOfFeed(folder, memory) }
      : beginning === undefined
        ? readHuntTarget(text)
        : completed(text, beginning, memory);
  const hashes = new Set(target.names.map(hexOf).filter((hex) => hex !== undefined));
  const holders = new Set<string>();
  for await (const { digests } of programs?.holding(hashes) ?? []) for (const digest of digests) holders.add(digest);
  const known = target.kind === 'feed' ? memory.known(target.names) : target.names;
  return { target, ...memory.hunt([...known, ...holders], maximumEvents) };
};
