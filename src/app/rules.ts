/** The knowledge in use: listing it, and adding to it for this user. */
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { existsSync, statSync } from 'node:fs';
import type { RejectedRule } from '../core/analyzer.ts';
import { misuse } from '../core/fault.ts';
import { loadPack, type PackedRule } from '../audit/rule-engine/rule-pack.ts';
import { loadPackages } from '../audit/known-packages/load-packages.ts';
import { writeLinesFile } from '../audit/known-packages/advisory-lines.ts';
import { packageExtensions } from '../audit/rule-engine/rule-files.ts';
import { chooseEngine } from '../audit/rule-engine/rule-engine.ts';
import { checkRules, type RulesCheck } from '../audit/rule-engine/check.ts';
import { measureCost, type PackCost } from '../audit/rule-engine/cost.ts';
import { locateRules, userRulesFolder } from './rule-locations.ts';
import type { Settings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface RuleList {
  readonly rules: readonly PackedRule[];
  readonly rejected: readonly RejectedRule[];
  readonly version: string;
}

/** Every rule that a scan with these settings would use. @throws {Fault} misuse `RULES_NOT_FOUND` */
export const listRules = async (
  choice: Pick<Settings, 'rules' | 'defaultRules'>,
  environment: Environment,
): Promise<RuleList> => {
  const { engine } = await chooseEngine();
  const { pack, rejected, digest } = loadPack(locateRules(choice, environment), engine);
  return { rules: pack.rules.filter((rule) => !rule.isPrivate), rejected, version: digest };
};

const existing = (path: string): string => {
  if (!existsSync(path)) throw misuse('RULES_NOT_FOUND', `there is no file or folder ${path}`);
  return resolve(path);
};

/** What would be accepted of this file or folder, and why the rest would not. @throws {Fault} misuse `RULES_NOT_FOUND` */
export const checkRulesAt = (paths: readonly string[]): Promise<RulesCheck> =>
  checkRules({ added: paths.map(existing) });

/** How quickly the rules go through typical content, and which are slow. @throws {Fault} misuse `RULES_NOT_FOUND` */
export const measureRulesAt = (paths: readonly string[]): Promise<PackCost> =>
  measureCost({ added: paths.map(existing) });

export interface AddedRules {
  /** Where they are now: one path for rules and feeds, one for records of packages. */
  readonly paths: readonly string[];
  readonly replaced: boolean;
  readonly check: RulesCheck;
}

const isRecordFile = (path: string): boolean => packageExtensions.includes(extname(path).toLowerCase());

/** Written beside and renamed: a scan that runs meanwhile reads the old list or the new one. */
const writeWhole = async (path: string, text: string): Promise<void> => {
  const making = `${path}.new`;
  await writeFile(making, text, { mode: 0o600 });
  await rename(making, path);
};

/** All records of the source in one list that is searched without being read. */
const addRecords = async (from: string, folder: string): Promise<string> => {
  const { known, newest } = await loadPackages({ added: [from] });
  const lines = [...new Set(known.parts.flat())].sort();
  const path = join(folder, `${basename(from).replace(/\.(?:json|zip|packages)$/i, '')}.packages`);
  await writeWhole(path, writeLinesFile({ lines, newest }));
  return path;
};

const addFiles = async (from: string, folder: string): Promise<string> => {
  const path = join(folder, basename(from));
  await rm(path, { recursive: true, force: true });
  // Links are copied as what they point to: a rule must not change when something outside the folder does.
  await cp(from, path, {
    recursive: true,
    dereference: true,
    errorOnExist: true,
    filter: (file) => !isRecordFile(file) || statSync(file).isDirectory(),
  });
  return path;
};

/**
 * Copies a rule file, a feed or a folder of them to where every scan of this user finds them, and makes one list of all records of
 * malicious packages in it. What is added again replaces what had the same name.
 * @throws {Fault} misuse `RULES_NOT_FOUND`, `RULES_NOT_ACCEPTED` when nothing in it could be used
 */
export const addRules = async (source: string, environment: Environment): Promise<AddedRules> => {
  const from = existing(source);
  const check = await checkRulesAt([from]);
  const files = check.yara.accepted + check.hash.accepted;
  if (files + check.package.accepted === 0)
    throw misuse('RULES_NOT_ACCEPTED', `nothing in ${source} can be used; "tidewaiter rules check ${source}" says why`);
  const folder = userRulesFolder(environment);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const before = [basename(from), `${basename(from).replace(/\.(?:json|zip|packages)$/i, '')}.packages`];
  const replaced = before.some((name) => existsSync(join(folder, name)));
  const paths = [
    ...(files > 0 ? [await addFiles(from, folder)] : []),
    ...(check.package.accepted > 0 ? [await addRecords(from, folder)] : []),
  ];
  return { paths, replaced, check };
};
