/** Where rules are: the built-in shelf, what `rules add` kept for this user, and what this command was given. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RuleLocations } from '../core/analyzer.ts';
import { misuse } from '../core/fault.ts';
import { packageRoot } from './package-root.ts';
import type { Settings } from './settings.ts';

/** The folder into which `rules add` copies: `$XDG_CONFIG_HOME/tidewaiter/rules`. */
export const userRulesFolder = (environment: Readonly<Record<string, string | undefined>>): string =>
  join(environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config'), 'tidewaiter', 'rules');

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
