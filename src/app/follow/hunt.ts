/** What somebody asks after → the names by which it is kept, and everything that bears them. */
import { existsSync, statSync } from 'node:fs';
import type { Digest } from '../../core/digest.ts';
import { isDigest } from '../../core/digest.ts';
import { isFault, misuse } from '../../core/fault.ts';
import type { Hunted, HuntMemory } from '../../core/follow-memory.ts';
import { formatReference, parseRegistryReference } from '../../core/reference.ts';
import { readRuleFile } from '../../audit/rule-engine/rule-files.ts';

export interface HuntTarget {
  readonly kind: 'digest' | 'machine-image' | 'package' | 'reference' | 'container' | 'feed';
  readonly names: readonly string[];
}

const maximumFeed = 100_000;
const maximumFeedBytes = 64 * 2 ** 20;

/** Digests and ids of machine images, one or more a line, whatever stands around them. */
const namesOfFeed = (text: string): readonly string[] => {
  const found = text.matchAll(/\bami-[0-9a-f]{8,17}\b|(?<![0-9a-f])(?:sha256:)?([0-9a-f]{64})(?![0-9a-f])/gi);
  const names = new Set<string>();
  for (const [whole, hex] of found) {
    names.add(hex === undefined ? whole.toLowerCase() : `sha256:${hex.toLowerCase()}`);
    if (names.size >= maximumFeed) break;
  }
  return [...names];
};

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
    const names = namesOfFeed(readRuleFile(text));
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

/** @throws {Fault} misuse `HUNT_UNKNOWN`, unavailable `STATE_UNUSABLE` */
export const hunt = (text: string, memory: Pick<HuntMemory, 'hunt'>): Hunted & { readonly target: HuntTarget } => {
  const target = readHuntTarget(text);
  return { target, ...memory.hunt(target.names, maximumEvents) };
};
