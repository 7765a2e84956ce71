/** Rule locations → compiled Sigma rules, with the values that stand for their placeholders. */
import { basename, dirname, extname, join } from 'node:path';
import { parse } from 'yaml';
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { isFault } from '../../core/fault.ts';
import { listRuleFiles, readRuleFile, sigmaExtensions } from '../../audit/rule-engine/rule-files.ts';
import { compileRules, type CompiledRules, type RuleText } from '../../detect/compile-rules.ts';
import type { Placeholders } from '../../detect/placeholders.ts';

const parametersFile = 'parameters.yaml';
const samplesFolder = 'samples';

type Parameters = Record<string, readonly string[]>;

const isTexts = (value: unknown): value is readonly (string | number)[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number');

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');

/** `NAME: { about, values }`, or `{ about, list }` with a file of lines in the folder of all rules. */
const readParameters = (path: string, isBuiltIn: boolean): Parameters => {
  const content: unknown = parse(readRuleFile(path), { maxAliasCount: 0 });
  if (typeof content !== 'object' || content === null) return {};
  const found: Parameters = Object.create(null) as Parameters;
  for (const [name, entry] of Object.entries(content) as [string, unknown][]) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { values, list } = entry as { readonly values?: unknown; readonly list?: unknown };
    if (isTexts(values)) found[name] = values.map(String);
    // Only our own shelf names files: rules from elsewhere must not make us read others.
    else if (isBuiltIn && typeof list === 'string')
      found[name] = linesOf(readRuleFile(join(dirname(path), '..', list)));
  }
  return found;
};

export interface LoadedSigma extends CompiledRules {
  /** Files that could not be read at all. */
  readonly unreadable: readonly RejectedRule[];
  /** What stands for each placeholder. */
  readonly parameters: Placeholders;
}

const isRule = (path: string): boolean =>
  basename(path) !== parametersFile && basename(dirname(path)) !== samplesFolder && extname(path) !== '';

/**
 * Built-in rules and those that were added, compiled together. `given`: values of the configuration, which replace those of files.
 * @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE`
 */
export const loadSigma = (locations: RuleLocations, given: Placeholders = {}): LoadedSigma => {
  const files = listRuleFiles(locations, 'sigma', sigmaExtensions);
  const unreadable: RejectedRule[] = [];
  const texts: RuleText[] = [];
  let parameters: Parameters = {};
  for (const { path, isBuiltIn } of files)
    try {
      if (basename(path) === parametersFile) parameters = { ...parameters, ...readParameters(path, isBuiltIn) };
      else if (isRule(path)) texts.push({ file: path, text: readRuleFile(path) });
    } catch (thrown) {
      const reason = isFault(thrown) ? thrown.message : thrown instanceof Error ? thrown.message : String(thrown);
      unreadable.push({ file: path, line: 1, reason: reason.split('\n')[0] ?? reason });
    }
  const placeholders = { ...parameters, ...given };
  return { ...compileRules(texts, { placeholders }), unreadable, parameters: placeholders };
};
