/** The text of a policy file (YAML 1.2) → a Policy; every mistake is a Fault with file, line, path and what to write instead. */
import { createHash } from 'node:crypto';
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import * as z from 'zod';
import { isFault, misuse, type Fault } from '../core/fault.ts';
import { compileCondition, ConditionProblem } from './condition.ts';
import { defaultPolicy } from './default-policy.ts';
import { didYouMean } from '../core/nearest.ts';
import { rulePatternProblem } from './patterns.ts';
import { policySchema, type PolicyDocument } from './policy-schema.ts';
import type { Exception, FindingLine, GapLine, Policy, PolicyRule, Scope } from './policy.ts';

export type { Policy } from './policy.ts';

const maximumText = 512 * 1024;

type Path = readonly (string | number)[];

const formatPath = (path: Path): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');

/** Words about one place of the file. */
class Place {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #where: string;

  constructor(document: Document, lines: LineCounter, where: string) {
    this.#document = document;
    this.#lines = lines;
    this.#where = where;
  }

  /** The line of the value at `path`, or of the nearest enclosing one that is there. 1 when nothing is. */
  #offsetOf(path: Path): number {
    for (let length = path.length; length >= 0; length -= 1) {
      const parent: unknown = length === 0 ? undefined : this.#document.getIn(path.slice(0, length - 1), true);
      if (isMap(parent)) {
        const pair = parent.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === String(path[length - 1]),
        );
        if (isPair(pair) && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
      }
      const node: unknown = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node)) return node.range?.[0] ?? 0;
    }
    return 0;
  }

  problem(path: Path, words: string): string {
    const { line } = this.#lines.linePos(this.#offsetOf(path));
    const at = path.length === 0 ? '' : `${formatPath(path)}: `;
    return `${this.#where}:${Math.max(1, line)}: ${at}${words}`;
  }

  fault(path: Path, words: string): Fault {
    return misuse('POLICY_INVALID', this.problem(path, words));
  }
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

const fieldsAt = (path: Path): readonly string[] => {
  let nodes: readonly SchemaNode[] = [z.toJSONSchema(policySchema) as SchemaNode];
  for (const step of path)
    nodes = nodes
      .flatMap((node) => node.anyOf ?? [node])
      .flatMap((node) => (typeof step === 'number' ? node.items : node.properties?.[step]) ?? []);
  return nodes.flatMap((node) => node.anyOf ?? [node]).flatMap((node) => Object.keys(node.properties ?? {}));
};

const issueProblems = (issue: z.core.$ZodIssue, place: Place): readonly string[] => {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(path).filter((field) => field !== '$schema');
    return issue.keys.map((key) =>
      place.problem([...path, key], `unknown field${didYouMean(key, known) || `; known are ${known.join(', ')}`}`),
    );
  }
  if (issue.code === 'invalid_union') {
    const narrow = issue.errors.find((errors) => errors.some(({ code }) => code === 'custom')) ?? [];
    const [nested] = narrow;
    if (nested !== undefined) return issueProblems({ ...nested, path: [...issue.path, ...nested.path] }, place);
  }
  if (issue.code === 'too_small' && issue.origin === 'array')
    return [place.problem(path, 'the list is empty, so it matches nothing: fill it or leave it out')];
  return [place.problem(path, issue.message)];
};

interface Reading {
  readonly value: unknown;
  readonly place: Place;
}

const readYaml = (text: string, where: string): Reading => {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    uniqueKeys: true,
    lineCounter: lines,
    version: '1.2',
    strict: true,
  });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined)
    throw misuse('POLICY_INVALID', `${where}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0] ?? ''}`);
  visit(document, {
    Alias: (_, { source }) => {
      throw misuse('POLICY_INVALID', `${where}: aliases are not read: write what *${source} stands for`);
    },
  });
  return { value: document.toJS(), place: new Place(document, lines, where) };
};

const readDocument = (text: string, where: string): Reading => {
  if (text.length > maximumText)
    throw misuse('POLICY_INVALID', `${where}: longer than ${maximumText / 1024} KiB, which no policy needs`);
  try {
    return readYaml(text, where);
  } catch (thrown) {
    if (isFault(thrown)) throw thrown;
    // Nesting without end exhausts the stack of the YAML parser.
    throw misuse('POLICY_INVALID', `${where}: no YAML that can be read: ${String(thrown).slice(0, 200)}`);
  }
};

const toRules = (rules: PolicyDocument['rules'], path: Path, place: Place, ids: Set<string>): readonly PolicyRule[] =>
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
  place: Place,
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
  const { value, place } = readDocument(text, where);
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => issueProblems(issue, place));
    const more = problems.length > 5 ? `\n… and ${problems.length - 5} more` : '';
    throw misuse('POLICY_INVALID', `${problems.slice(0, 5).join('\n')}${more}`);
  }
  const given = parsed.data;
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
