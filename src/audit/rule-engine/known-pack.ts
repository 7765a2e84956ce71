/** The built-in rules as a RulePack, read once for each version of rules, engine and our own source: reading costs as much as a small scan. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { RuleLocations } from '../../core/analyzer.ts';
import { findCompiled, keepCompiled, sourceStamp } from '../../io/code-cache.ts';
import type { RuleEngine } from './engine-interface.ts';
import { listRuleFiles, ruleExtensions } from './rule-files.ts';
import { loadPack, type LoadedPack } from './rule-pack.ts';

const cacheKind = 'pack';

const audit = dirname(import.meta.dirname);

const keyOf = (locations: RuleLocations, engine: RuleEngine): string => {
  const hash = createHash('sha256').update(sourceStamp([audit, join(dirname(audit), 'core')]));
  for (const { path } of listRuleFiles(locations, 'yara', ruleExtensions))
    hash.update(`\0${path}\0`).update(readFileSync(path));
  return JSON.stringify([engine.version, hash.digest('hex')]);
};

/** As `loadPack`; rules that somebody added, which may include other files, are read each time. @throws as `loadPack` */
export const loadKnownPack = (locations: RuleLocations, engine: RuleEngine): LoadedPack => {
  if (locations.builtIn === undefined || locations.added.length > 0) return loadPack(locations, engine);
  const key = keyOf(locations, engine);
  const kept = findCompiled(cacheKind, key);
  if (kept !== undefined) return deserialize(kept) as LoadedPack;
  const loaded = loadPack(locations, engine);
  keepCompiled(cacheKind, key, serialize(loaded));
  return loaded;
};
