/** Rule files and feeds → what is accepted of them, and why the rest is not. */
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { loadHashes } from '../known-hashes/load-hashes.ts';
import { loadPackages } from '../known-packages/load-packages.ts';
import { chooseEngine } from './rule-engine.ts';
import { loadPack } from './rule-pack.ts';

export interface KindCheck {
  /** Rules, hashes of a feed, or statements about malicious packages. */
  readonly accepted: number;
  readonly rejected: readonly RejectedRule[];
}

export interface RulesCheck {
  readonly yara: KindCheck;
  readonly hash: KindCheck;
  /** `others`: records that are sound and state no malice. */
  readonly package: KindCheck & { readonly others: number };
}

/** @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` */
export const checkRules = async (locations: RuleLocations): Promise<RulesCheck> => {
  const { engine } = await chooseEngine();
  const { pack, rejected } = loadPack(locations, engine);
  const hashes = loadHashes(locations);
  const packages = await loadPackages(locations);
  return {
    yara: { accepted: pack.rules.filter((rule) => !rule.isPrivate).length, rejected },
    hash: { accepted: hashes.counts['hash'] ?? 0, rejected: hashes.rejected },
    package: { accepted: packages.count, rejected: packages.rejected, others: packages.others },
  };
};
