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
import { checkRules, type KindCheck, type RulesCheck as ContentCheck } from '../audit/rule-engine/check.ts';
import { measureCost, type PackCost } from '../audit/rule-engine/cost.ts';
import { remarksOf } from '../detect/check-rules.ts';
import type { Placeholders } from '../detect/placeholders.ts';
import { severityOfLevel, toConfidence, toIntent, ruleIdOf } from '../detect/incidents/detection.ts';
import { loadSigma, type LoadedSigma } from './follow/sigma-rules.ts';
import { readWatchSettings } from './follow/watch-settings.ts';
import { measureSigma, type SigmaCost } from './sigma-cost.ts';
import { builtInRulesFolder, locateRules, userRulesFolder } from './rule-locations.ts';
import type { Settings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a person is told about a rule, of whatever kind. */
export type ListedRule = Pick<
  PackedRule,
  'id' | 'title' | 'severity' | 'confidence' | 'intent' | 'techniques' | 'advice' | 'file' | 'line'
> & {
  /** What a rule over events says of itself; it gives no advice of its own: its lesson does. */
  readonly about?: string;
};

/** Something about a rule that is accepted nevertheless, and may not do what was meant. */
export type RuleRemark = RejectedRule;

export interface RulesCheck extends ContentCheck {
  readonly sigma: KindCheck & { readonly remarks: readonly RuleRemark[] };
}

const rejectedOf = ({ refused, unreadable }: LoadedSigma): readonly RejectedRule[] => [
  ...unreadable,
  ...refused.map(told),
];

const told = ({ file, line, reason }: RejectedRule): RejectedRule => ({ file, line, reason });

/** `alone`: those that are told on their own; otherwise those of which only correlations hear. */
const listSigma = (sigma: LoadedSigma, alone: boolean): readonly ListedRule[] =>
  sigma.rules.rules
    .filter((rule) => rule.alone === alone)
    .map(({ head }) => ({
      id: ruleIdOf(head.file),
      title: head.title,
      severity: severityOfLevel(head.level),
      confidence: toConfidence(head.status),
      intent: toIntent(head.tags),
      techniques: head.techniques,
      advice: '',
      ...(head.description === '' ? {} : { about: head.description }),
      file: head.file,
      line: head.line,
    }));

export interface RuleList {
  readonly rules: readonly ListedRule[];
  /** Of which only correlations hear. */
  readonly silent: readonly ListedRule[];
  readonly rejected: readonly RejectedRule[];
  readonly version: string;
}

/** Every rule that a scan or a replay with these settings would use. @throws {Fault} misuse `RULES_NOT_FOUND` */
export const listRules = async (
  choice: Pick<Settings, 'rules' | 'defaultRules'> & Partial<Pick<Settings, 'watch'>>,
  environment: Environment,
): Promise<RuleList> => {
  const { engine } = await chooseEngine();
  const locations = locateRules(choice, environment);
  const { pack, rejected, digest } = loadPack(locations, engine);
  const watch = readWatchSettings(choice.watch?.content, choice.watch?.fileName ?? '');
  const sigma = loadSigma(locations, watch.parameters);
  return {
    rules: [...pack.rules.filter((rule) => !rule.isPrivate), ...listSigma(sigma, true)],
    silent: listSigma(sigma, false),
    rejected: [...rejected, ...rejectedOf(sigma)],
    version: digest,
  };
};

const existing = (path: string): string => {
  if (!existsSync(path)) throw misuse('RULES_NOT_FOUND', `there is no file or folder ${path}`);
  return resolve(path);
};

/** Rules may leave to the configuration what the built-in ones leave to it. */
const parametersOf = (watch: Settings['watch']): Placeholders =>
  loadSigma(
    { builtIn: builtInRulesFolder(), added: [] },
    readWatchSettings(watch?.content, watch?.fileName ?? '').parameters,
  ).parameters;

/**
 * What would be accepted of this file or folder, and why the rest would not. `watch`: the configuration, whose values stand for placeholders.
 * @throws {Fault} misuse `RULES_NOT_FOUND`
 */
export const checkRulesAt = async (paths: readonly string[], watch?: Settings['watch']): Promise<RulesCheck> => {
  const locations = { added: paths.map(existing) };
  const { yara, ...others } = await checkRules(locations);
  const sigma = loadSigma(locations, parametersOf(watch));
  const { rules } = sigma.rules;
  return {
    yara,
    sigma: {
      accepted: rules.length,
      rejected: rejectedOf(sigma),
      remarks: [...sigma.remarks, ...remarksOf(sigma.rules)].map(told),
    },
    ...others,
  };
};

/** `sigma`: where there are Sigma rules. */
export interface RulesCost extends PackCost {
  readonly sigma?: SigmaCost;
}

/** How quickly the rules go through typical content and events, and which are slow. @throws {Fault} misuse `RULES_NOT_FOUND` */
export const measureRulesAt = async (paths: readonly string[], watch?: Settings['watch']): Promise<RulesCost> => {
  const locations = { added: paths.map(existing) };
  const sigma = measureSigma(loadSigma(locations, parametersOf(watch)).rules);
  return { ...(await measureCost(locations)), ...(sigma === undefined ? {} : { sigma }) };
};

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
  const files = check.yara.accepted + check.sigma.accepted + check.hash.accepted;
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
