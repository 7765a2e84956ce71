/** The folder of a feed → what it calls bad: digests of images, layers and files, machine images, versions of packages. Its rules are for scans. */
import { existsSync } from 'node:fs';
import type { Ecosystem } from '../../core/package-record.ts';
import { feedExtensions, listRuleFiles, readRuleFile } from '../../audit/rule-engine/rule-files.ts';
import { comparedName, type Advisory, type KnownEcosystem } from '../../audit/known-packages/advisory.ts';
import { findAdvisories } from '../../audit/known-packages/advisory-lines.ts';
import { isAffected } from '../../audit/known-packages/affected-versions.ts';
import { loadPackages } from '../../audit/known-packages/load-packages.ts';

export interface FeedNames {
  /** `sha256:…` and `ami-…`. */
  readonly names: ReadonlySet<string>;
  /** `ECOSYSTEM NAME` → what is said of it. */
  readonly packages: ReadonlyMap<string, readonly Advisory[]>;
}

const maximumNames = 100_000;
const maximumPackages = 300_000;

/** Digests and ids of machine images, one or more a line, whatever stands around them. */
export const namesInText = (text: string, maximum = maximumNames): readonly string[] => {
  const found = text.matchAll(/\bami-[0-9a-f]{8,17}\b|(?<![0-9a-f])(?:sha256:)?([0-9a-f]{64})(?![0-9a-f])/gi);
  const names = new Set<string>();
  for (const [whole, hex] of found) {
    names.add(hex === undefined ? whole.toLowerCase() : `sha256:${hex.toLowerCase()}`);
    if (names.size >= maximum) break;
  }
  return [...names];
};

/** How an installed package is remembered besides `NAME@VERSION`: packages of two ecosystems may share a name. */
export const packageKey = (ecosystem: KnownEcosystem, name: string): string =>
  `${ecosystem} ${comparedName(ecosystem, name)}`;

/** Of a kept name `ECOSYSTEM NAME@VERSION`: whether what is said of the package is said of that version. */
export const isNamed = (advisories: readonly Advisory[], kept: string): boolean =>
  advisories.some(
    (advisory) =>
      advisory.ecosystem !== 'image' &&
      advisory.ecosystem !== 'ami' &&
      isAffected(advisory.ecosystem satisfies Ecosystem, kept.slice(kept.lastIndexOf('@') + 1), advisory),
  );

/** Nothing for a folder that is not there. @throws {Fault} unavailable `RULES_UNREADABLE` */
export const readFeedNames = async (folder: string): Promise<FeedNames> => {
  const names = new Set<string>();
  const packages = new Map<string, readonly Advisory[]>();
  if (!existsSync(folder)) return { names, packages };
  const locations = { added: [folder] };
  for (const { path } of listRuleFiles(locations, 'feeds', feedExtensions))
    for (const name of namesInText(readRuleFile(path), maximumNames - names.size)) names.add(name);
  const { known } = await loadPackages(locations);
  for (const lines of known.parts)
    for (const line of lines) {
      const key = line.slice(0, line.indexOf('\t'));
      const blank = key.indexOf(' ');
      const [ecosystem, name] = [key.slice(0, blank) as KnownEcosystem, key.slice(blank + 1)];
      if (ecosystem === 'ami') names.add(name);
      else if (ecosystem !== 'image' && packages.size < maximumPackages && !packages.has(key))
        packages.set(key, findAdvisories(lines, ecosystem, name));
    }
  return { names, packages };
};

/** What the newer says and the older did not. */
export const newIn = (newer: FeedNames, older: FeedNames): FeedNames => ({
  names: new Set([...newer.names].filter((name) => !older.names.has(name))),
  packages: new Map(
    [...newer.packages].filter(([key, said]) => JSON.stringify(older.packages.get(key)) !== JSON.stringify(said)),
  ),
});
