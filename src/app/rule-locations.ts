/** Where rules are: the built-in shelf, what `rules add` kept for this user, and what this command was given. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  feedExtensions,
  listRuleFiles,
  packageExtensions,
  ruleExtensions,
  sigmaExtensions,
} from '../audit/rule-engine/rule-files.ts';
import type { RejectedRule, RuleLocations } from '../core/analyzer.ts';
import { misuse } from '../core/fault.ts';
import { packageRoot } from './package-root.ts';
import type { Settings } from './settings.ts';
import { userConfigurationFolder } from './user-folders.ts';

/** The folder into which `rules add` copies: `$XDG_CONFIG_HOME/tidewaiter/rules`. */
export const userRulesFolder = (environment: Readonly<Record<string, string | undefined>>): string =>
  join(userConfigurationFolder(environment), 'rules');

export const builtInRulesFolder = (): string => join(packageRoot, 'rules');

/** @throws {Fault} misuse `RULES_NOT_FOUND` for a `--rules` path that does not exist */
export const locateRules = (
  settings: Pick<Settings, 'rules' | 'defaultRules'> & Partial<Pick<Settings, 'ownNames'>>,
  environment: Readonly<Record<string, string | undefined>>,
): RuleLocations => {
  for (const path of settings.rules)
    if (!existsSync(path)) throw misuse('RULES_NOT_FOUND', `--rules: there is no file or folder ${path}`);
  const own = userRulesFolder(environment);
  const given = settings.rules.map((path) => resolve(path));
  const ownNames = settings.ownNames ?? [];
  if (!settings.defaultRules) return { added: given, ownNames };
  return { builtIn: builtInRulesFolder(), added: existsSync(own) ? [own, ...given] : given, ownNames };
};

/** Paths of `--rules` of which a scan uses nothing, and why: somebody believes that they are asked. */
export const unaskedByScans = ({ rules }: Pick<Settings, 'rules'>): readonly RejectedRule[] => {
  const extensionsAt = (path: string, extensions: readonly string[]): boolean =>
    listRuleFiles({ added: [resolve(path)] }, '', extensions).length > 0;
  return rules
    .filter((path) => !extensionsAt(path, [...ruleExtensions, ...feedExtensions, ...packageExtensions]))
    .flatMap((file) =>
      extensionsAt(file, sigmaExtensions)
        ? [{ file, line: 1, reason: 'Sigma rules are about what happens: replay and watch ask them, a scan does not' }]
        : statSync(file).isDirectory()
          ? [
              {
                file,
                line: 1,
                reason: 'the folder holds no file of rules (.yar, .yara), hashes or records of packages',
              },
            ]
          : [],
    );
};
