/**
 * The text of a condition → a Condition, in the Common Expression Language (CEL), type-checked when the policy is read.
 * Differences from plain CEL: `re(text, pattern)` in linear time instead of `matches`; no `has()`, since every field is always
 * there; no `cel.bind`, whose doubling could fill memory. Every turn of a loop is paid from a budget.
 */
import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { severities } from '../core/finding.ts';
import { conditionTypes, conditionVariables, fieldWords, registerConditionTypes } from './condition-types.ts';
import { toConditionContext } from './condition-context.ts';
import { didYouMean } from '../core/nearest.ts';
import type { Condition, RuleSubject } from './policy.ts';

/** Turns of loops, and each started kilobyte of text given to `re`, in one evaluation. */
export const conditionSteps = 1_000_000;
const maximumText = 4000;
const maximumPattern = 1000;

/** Why a condition is refused, in words for the person who wrote it; becomes part of a Fault `POLICY_INVALID`. */
export class ConditionProblem extends Error {
  override readonly name = 'ConditionProblem';
}

const refuse = (text: string): never => {
  throw new ConditionProblem(text);
};

const limits = { maxAstNodes: 400, maxDepth: 32, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 };

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

const nodesIn = (value: unknown): readonly ASTNode[] =>
  isNode(value) ? [value] : Array.isArray(value) ? value.flatMap(nodesIn) : [];

const walk = (node: ASTNode): readonly ASTNode[] => [
  node,
  ...(node.op === 'value' ? [] : nodesIn(node.args).flatMap(walk)),
];

const isText = (node: ASTNode | undefined): node is ASTNode & { readonly args: string } =>
  node?.op === 'value' && typeof node.args === 'string';

const loopNames: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const knownFields: readonly string[] = [
  ...new Set([
    ...Object.values(conditionTypes).flatMap((fields) => Object.keys(fields)),
    ...Object.keys(conditionVariables),
  ]),
];

const wordsOf = (node: ASTNode): readonly string[] | undefined =>
  node.op === '.' ? fieldWords[node.args[1]] : node.op === 'id' ? fieldWords[node.args] : undefined;

const checkWord = (words: readonly string[] | undefined, literal: ASTNode): void => {
  if (words !== undefined && isText(literal) && !words.includes(literal.args))
    refuse(
      `"${literal.args}" is never the value here${didYouMean(literal.args, words)} (${words.filter(Boolean).join(', ')})`,
    );
};

/** A comparison with a word that the field never holds would silently never be true. */
const checkComparison = (node: ASTNode): void => {
  if (node.op === '==' || node.op === '!=') {
    checkWord(wordsOf(node.args[0]), node.args[1]);
    checkWord(wordsOf(node.args[1]), node.args[0]);
  }
  if (node.op === 'in' && node.args[1].op === 'list')
    for (const item of node.args[1].args) checkWord(wordsOf(node.args[0]), item);
};

const compilePattern = (node: ASTNode | undefined): readonly [string, RE2JS] => {
  if (!isText(node)) return refuse('the second argument of re() must be a literal pattern');
  if (node.args.length > maximumPattern)
    return refuse(`the pattern of re() is longer than ${maximumPattern} characters`);
  try {
    return [node.args, RE2JS.compile(node.args)];
  } catch (thrown) {
    return refuse(
      `the pattern of re() is not valid in RE2 syntax (no look-around, no back-references): ${String(thrown)}`,
    );
  }
};

const checkCall = (node: ASTNode, patterns: Map<string, RE2JS>): void => {
  const name = node.op === 'call' || node.op === 'rcall' ? node.args[0] : undefined;
  if (name === 'matches')
    refuse('matches() is not read, since its time has no bound: write re(text, "pattern"), which is linear');
  if (name === 'has' && node.op === 'call')
    refuse(
      'has() is not read, since every field is always there ("" or empty when unknown): compare with "", or write "key" in dossier.config.labels',
    );
  if (name === 're' && node.op === 'call') {
    const [pattern, compiled] = compilePattern(node.args[1][1]);
    patterns.set(pattern, compiled);
  }
  if (name === 'rank' && node.op === 'call' && isText(node.args[1][0])) checkWord(severities, node.args[1][0]);
};

/** From the end of a node to the comma behind it: closing brackets, white space and comments may lie between. */
const commaAfter = (text: string, from: number): number => {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === ',') return index;
    if (text.startsWith('//', index)) index = text.indexOf('\n', index);
    if (index < 0) break;
  }
  return refuse('a loop has no comma behind its variable');
};

/**
 * Every loop pays for each turn before it looks at its body, and ends at once when the budget is used up: `exists` then becomes
 * true and `all` false, which stops the loops around them too. The result of such an evaluation is never used.
 */
const meter = (text: string, nodes: readonly ASTNode[]): string => {
  const insertions: { readonly at: number; readonly text: string }[] = [];
  for (const node of nodes) {
    if (node.op !== 'rcall' || !loopNames.has(node.args[0])) continue;
    const [name, , parameters] = node.args;
    const [variable, body] = parameters;
    if (variable === undefined || body === undefined) continue;
    const start = commaAfter(text, variable.end) + 1;
    if (name === 'map' && parameters.length === 2) insertions.push({ at: start, text: ' step(), ' });
    else {
      const end = name === 'map' ? commaAfter(text, body.end) : node.end - 1;
      insertions.push(
        { at: start, text: name === 'exists' ? ' !step() || (' : ' step() && (' },
        { at: end, text: '\n)' },
      );
    }
  }
  let metered = text;
  for (const { at, text: inserted } of insertions.sort((one, other) => other.at - one.at))
    metered = metered.slice(0, at) + inserted + metered.slice(at);
  return metered;
};

interface Engine {
  readonly environment: Environment;
  /** Sets the budget back. */
  begin(): void;
  readonly exhausted: boolean;
}

const openEngine = (patterns: ReadonlyMap<string, RE2JS>, nodeLimits: typeof limits): Engine => {
  let left = conditionSteps;
  const spend = (count: number): boolean => {
    left -= count;
    return left >= 0;
  };
  const environment = registerConditionTypes(new Environment({ limits: nodeLimits }))
    .registerFunction('re(string, string): bool', (text: string, pattern: string) => {
      if (!spend(1 + Math.ceil(text.length / 1000))) return false;
      const compiled = patterns.get(pattern);
      if (compiled === undefined) throw new Error('a pattern that was not in the text of the condition');
      return compiled.test(text);
    })
    .registerFunction('rank(string): int', (word: string) => {
      const rank = severities.findIndex((severity) => severity === word);
      if (rank < 0) throw new Error(`"${word.slice(0, 40)}" is no severity`);
      return BigInt(rank);
    })
    .registerFunction('step(): bool', () => spend(1));
  return {
    environment,
    begin: () => {
      left = conditionSteps;
    },
    get exhausted() {
      return left < 0;
    },
  };
};

interface CelError {
  readonly summary?: string;
  readonly message: string;
  readonly range?: { readonly start: number; readonly end: number };
}

const describe = (thrown: unknown, text: string): string => {
  const { summary, message, range } = thrown as CelError;
  const words = (summary ?? message.split('\n')[0] ?? '').slice(0, 300);
  const missing = /^(?:No such key|Unknown variable): (.+)$/.exec(words)?.[1];
  const near = missing === undefined ? '' : didYouMean(missing, knownFields);
  const at = range === undefined ? '' : ` at "${text.slice(range.start, range.end).slice(0, 80)}"`;
  return `${words}${at}${near}`;
};

const readOnce = (engine: Engine, text: string): ReturnType<Environment['parse']> => {
  try {
    return engine.environment.parse(text);
  } catch (thrown) {
    return refuse(describe(thrown, text));
  }
};

const contexts = new WeakMap<RuleSubject, ReturnType<typeof toConditionContext>>();

const contextOf = (subject: RuleSubject): ReturnType<typeof toConditionContext> => {
  const known = contexts.get(subject);
  if (known !== undefined) return known;
  const context = toConditionContext(subject);
  contexts.set(subject, context);
  return context;
};

/** @throws {ConditionProblem} */
export const compileCondition = (text: string): Condition => {
  if (text.length > maximumText) refuse(`it is longer than ${maximumText} characters`);
  const patterns = new Map<string, RE2JS>();
  const checking = openEngine(patterns, limits);
  const parsed = readOnce(checking, text);
  const nodes = walk(parsed.ast);
  for (const node of nodes) {
    if (node.op === 'id' && node.args === 'cel') refuse('cel.bind is not read: write the expression out');
    if (node.op === 'call' && node.args[0] === 'step') refuse('found no function step()');
    checkCall(node, patterns);
    checkComparison(node);
  }
  const { valid, type, error } = parsed.check();
  if (!valid) refuse(describe(error, text));
  if (type !== 'bool') refuse(`it gives ${type ?? 'nothing'}, not true or false`);
  const running = openEngine(patterns, {
    ...limits,
    maxAstNodes: limits.maxAstNodes * 4,
    maxDepth: limits.maxDepth * 3,
  });
  const metered = readOnce(running, meter(text, nodes));
  const checked = metered.check();
  if (!checked.valid || checked.type !== 'bool')
    refuse(`its loops cannot be counted: ${describe(checked.error, text)}`);
  const run = (context: Readonly<Record<string, unknown>>): boolean => {
    running.begin();
    const result: unknown = metered({ ...context });
    if (running.exhausted) throw new Error(`it takes more than ${conditionSteps} steps`);
    if (typeof result !== 'boolean') throw new Error('it gave neither true nor false');
    return result;
  };
  if (!nodes.some((node) => node.op === 'id' && node.args in conditionVariables) && !run({}))
    refuse('it looks at nothing and is never true');
  return {
    text,
    evaluate(subject) {
      try {
        return run(contextOf(subject));
      } catch (thrown) {
        throw new Error(describe(thrown, text), { cause: thrown });
      }
    },
  };
};
