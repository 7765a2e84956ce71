/** The text of a policy file (YAML 1.2) → a Policy; every mistake is a Fault with file, line, path and what to write instead. */
import { createHash } from 'node:crypto';
import { didYouMean } from '../core/nearest.ts';
import {
  parseWrittenDocument,
  type DocumentForm,
  type DocumentPath,
  type WrittenDocument,
} from '../formats/written-document.ts';
import { compileCondition, ConditionProblem } from './condition.ts';
import { defaultPolicy } from './default-policy.ts';
import { rulePatternProblem } from './patterns.ts';
import { policySchema, type PolicyDocument } from './policy-schema.ts';
import type { Exception, FindingLine, GapLine, Policy, PolicyRule, Scope } from './policy.ts';

export type { Policy } from './policy.ts';

const form: DocumentForm = { code: 'POLICY_INVALID', noun: 'policy', maximumCharacters: 512 * 1024 };

const toRules = (
  rules: PolicyDocument['rules'],
  path: DocumentPath,
  place: WrittenDocument,
  ids: Set<string>,
): readonly PolicyRule[] =>
  (rules ?? []).map(({ id, when, then: decision, because }, index) => {
    if (ids.has(id)) throw place.fault([...path, index, 'id'], `the id "${id}" is used twice`);
    ids.add(id);
    try {
      return { id, when: compileCondition(when), decision, because };
    } catch (thrown) {
      if (thrown instanceof ConditionProblem) throw place.fault([...path, index, 'when'], thrown.message);
      throw thrown;
    }
  });

/** Zod's optional members may be undefined, ours may only be absent. */
const present = <Shape extends object>(shape: Shape): { [Key in keyof Shape]: Exclude<Shape[Key], undefined> } =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Shape]: Exclude<Shape[Key], undefined>;
  };

const toGapLine = ({ then: action, ...rest }: NonNullable<PolicyDocument['gaps']>[number]): GapLine =>
  present({ ...rest, action }) as GapLine;

const toExceptions = (
  exceptions: PolicyDocument['exceptions'],
  place: WrittenDocument,
  ids: ReadonlySet<string>,
): readonly Exception[] =>
  (exceptions ?? []).map((given, index): Exception => {
    const { rule } = given;
    const path = ['exceptions', index, 'rule'];
    if (rule !== undefined && !ids.has(rule)) {
      const problem = rulePatternProblem(rule);
      if (problem !== undefined && /^[a-z0-9-]+$/.test(rule))
        throw place.fault(path, `this file has no rule "${rule}"${didYouMean(rule, ids)}; ${problem}`);
      if (problem !== undefined) throw place.fault(path, `"${rule}" can never match: ${problem}`);
    }
    if (rule !== undefined && ids.has(rule) && (given.path !== undefined || given.sha256 !== undefined))
      throw place.fault(path, 'path and sha256 are for findings: a rule of this file has no proofs');
    return present({ ...given, match: typeof given.match === 'string' ? [given.match] : given.match }) as Exception;
  });

/**
 * `where` is the file's name, for messages. Aliases, duplicate keys, unknown fields, empty lists, patterns that no name can fit,
 * and conditions with unknown names or wrong types are refused: a policy that silently does less than it says is worse than none.
 * @throws {Fault} misuse `POLICY_INVALID`
 */
export const parsePolicy = (text: string, where: string): Policy => {
  const place = parseWrittenDocument(text, where, form);
  const given = place.check(policySchema);
  const ids = new Set<string>();
  const rules = toRules(given.rules, ['rules'], place, ids);
  const scopes = (given.scopes ?? []).map((scope, index): Scope => ({
    match: scope.match,
    decisions: present(scope.decisions ?? {}),
    findings: (scope.findings ?? []).map(present) as readonly FindingLine[],
    gaps: (scope.gaps ?? []).map(toGapLine),
    rules: toRules(scope.rules, ['scopes', index, 'rules'], place, ids),
  }));
  const base = given.extends === 'none' ? { findings: [], gaps: [] } : defaultPolicy;
  return {
    name: given.name,
    version: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    decisions: { ...defaultPolicy.decisions, ...present(given.decisions ?? {}) },
    findings: [...((given.findings ?? []).map(present) as readonly FindingLine[]), ...base.findings],
    gaps: [...(given.gaps ?? []).map(toGapLine), ...base.gaps],
    rules,
    scopes,
    exceptions: toExceptions(given.exceptions, place, ids),
  };
};
