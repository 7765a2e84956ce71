/** Compound commands: which way they go, as far as it can be known; every way where it cannot (POSIX.1-2024, 2.9.4). */
import { evaluateArithmetic } from './shell-values.arithmetic.ts';
import { evaluateCondition } from './shell-values.condition.ts';
import { expandWords } from './shell-values.expansion.ts';
import { answers, done, type Result, type Walker } from './shell-values.machine.ts';
import { matchesPattern } from './shell-values.pattern.ts';
import { withRedirections } from './shell-values.redirection.ts';
import { runSimple } from './shell-values.simple.ts';
import { eitherValue, isKnown, joinValues, lengthOf, type Value } from './shell-values.value.ts';
import type { CaseCommand, IfCommand, ShellCommand, ShellList, Word, WordPart } from './shell.tree.ts';

const maximumRounds = 64;
/** Of a list whose words are all known. */
const maximumWords = 256;

const runIf = (command: IfCommand, walker: Walker): Result => {
  const ways: (() => Result)[] = [];
  for (const { condition, body } of command.branches) {
    const { status, flow } = ways.length === 0 ? walker.list(condition) : walker.maybe(() => walker.list(condition));
    if (flow !== 'next') return { ...done, flow };
    if (status === 'false') continue;
    const run = (): Result => walker.list(body);
    if (status === 'true') return ways.length === 0 ? run() : walker.either([...ways, run], false);
    ways.push(run);
  }
  const { otherwise } = command;
  if (ways.length === 0) return otherwise === undefined ? answers('true') : walker.list(otherwise);
  return otherwise === undefined
    ? walker.either(ways, true)
    : walker.either([...ways, () => walker.list(otherwise)], false);
};

type Match = 'yes' | 'no' | 'perhaps';

const matchOf = (subject: Value, patterns: Value, walker: Walker): Match => {
  const found = new Set(
    subject.flatMap((text) =>
      patterns.map((pattern): Match => {
        if (pattern === '*') return 'yes';
        if (!isKnown(pattern)) return 'perhaps';
        if (!isKnown(text)) return 'perhaps';
        walker.spendMatch(pattern, text);
        return matchesPattern(pattern, text) ? 'yes' : 'no';
      }),
    ),
  );
  return found.size === 1 ? ([...found][0] ?? 'perhaps') : 'perhaps';
};

const anyMatch = (subject: Value, patterns: readonly Word[], walker: Walker): Match => {
  const found = patterns.map((pattern) => matchOf(subject, walker.patternOf(pattern.parts), walker));
  return found.includes('yes') ? 'yes' : found.includes('perhaps') ? 'perhaps' : 'no';
};

const runCase = (command: CaseCommand, walker: Walker): Result => {
  const subject = walker.textOf(command.subject.parts);
  const ways: (() => Result)[] = [];
  const { branches } = command;
  for (const [index, branch] of branches.entries()) {
    const match = anyMatch(subject, branch.patterns, walker);
    if (match === 'no') continue;
    // `;&` goes on into the next branch, whatever its patterns.
    const run = (): Result => {
      let result = done;
      for (let at = index; at < branches.length; at += 1) {
        result = walker.list(branches[at]?.body ?? []);
        if (result.flow !== 'next' || branches[at]?.end !== ';&') break;
      }
      return result;
    };
    if (match === 'yes' && branch.end !== ';;&')
      return ways.length === 0 ? run() : walker.either([...ways, run], false);
    ways.push(run);
  }
  return ways.length === 0 ? answers('true') : walker.either(ways, true);
};

/** Runs a body again and again while `again` says so; `break` and `continue` end here. */
const rounds = (
  walker: Walker,
  again: (round: number) => boolean,
  body: () => Result,
  most = maximumRounds,
): Result => {
  let output: Value = [''];
  let result = done;
  for (let round = 0; round < most && again(round); round += 1) {
    walker.spend(1);
    result = body();
    walker.spendText(result.output.length > 1 ? lengthOf(output) + lengthOf(result.output) : 0);
    output = joinValues(output, result.output);
    if (result.flow === 'break') break;
    if (result.flow === 'exit' || result.flow === 'return') return { ...result, output };
  }
  return { ...result, flow: 'next', output };
};

const runFor = (name: string, values: readonly Value[], body: ShellList, walker: Walker): Result => {
  const isUnknown = values.some((value) => value.some((text) => !isKnown(text)));
  const set = (value: Value): void => {
    walker.state.variables.set(name, value);
  };
  if (values.length > maximumWords) {
    set(values.slice(0, 5).reduce(eitherValue));
    return walker.within({ repeats: true }, () => walker.maybe(() => walker.list(body)));
  }
  let at = -1;
  const stepping = (): Result =>
    rounds(
      walker,
      (round) => {
        at = round;
        return round < values.length;
      },
      () => {
        set(values[at] ?? ['']);
        return walker.list(body);
      },
      maximumWords,
    );
  return isUnknown ? walker.within({ repeats: true }, () => walker.maybe(stepping)) : stepping();
};

const runWhile = (command: Extract<ShellCommand, { kind: 'while' | 'until' }>, walker: Walker): Result => {
  const wanted = command.kind === 'while' ? 'true' : 'false';
  let output: Value = [''];
  const constant = isConstant(command.condition, command.kind);
  const most = constant ? 0 : maximumRounds;
  for (let round = 0; round < most; round += 1) {
    walker.spend(1);
    // Until here every round was certain, so that this condition is asked for certain too.
    const { status } = walker.list(command.condition);
    if (status === (wanted === 'true' ? 'false' : 'true')) return { ...done, output };
    if (status !== wanted) break;
    const result = walker.list(command.body);
    output = joinValues(output, result.output);
    if (result.flow === 'break') return { ...done, output };
    if (result.flow === 'exit' || result.flow === 'return') return { ...result, output };
  }
  const last = walker.within({ repeats: true }, () =>
    constant ? walker.list(command.body) : walker.maybe(() => walker.list(command.body)),
  );
  return {
    status: 'assumed',
    output: joinValues(output, last.output),
    flow: last.flow === 'exit' || last.flow === 'return' ? last.flow : 'next',
  };
};

/** `while true`, `while :`, `until false`: once round says it all. */
const isConstant = (condition: ShellList, kind: 'while' | 'until'): boolean => {
  const [item] = condition;
  const [command] = item?.first.commands ?? [];
  if (condition.length !== 1 || item?.rest.length !== 0 || command?.kind !== 'simple' || command.words.length === 0)
    return false;
  const [word] = command.words;
  const [part] = word !== undefined && 'parts' in word ? word.parts : [];
  const text = part?.kind === 'text' ? part.text : '';
  return kind === 'while' ? text === 'true' || text === ':' || text === '1' : text === 'false';
};

const arithmeticText = (parts: readonly WordPart[], walker: Walker): string => walker.textOf(parts)[0] ?? '';

const numberOf = (text: string, walker: Walker): number | undefined =>
  evaluateArithmetic(text.replace(/\$([A-Za-z_]\w*)/g, '$1'), walker.numbers);

const runArithmeticFor = (command: Extract<ShellCommand, { kind: 'arithmetic-for' }>, walker: Walker): Result => {
  const [first = '', condition = '', step = ''] = arithmeticText(command.header, walker).split(';');
  numberOf(first, walker);
  let isUnknown = false;
  const result = rounds(
    walker,
    (round) => {
      if (round > 0) numberOf(step, walker);
      const holds = condition.trim() === '' ? 1 : numberOf(condition, walker);
      isUnknown = holds === undefined;
      return holds !== undefined && holds !== 0;
    },
    () => walker.list(command.body),
  );
  return isUnknown ? walker.within({ repeats: true }, () => walker.maybe(() => walker.list(command.body))) : result;
};

const runBare = (command: ShellCommand, walker: Walker): Result => {
  switch (command.kind) {
    case 'simple':
      return runSimple(command, walker);
    case 'subshell': {
      const result = walker.apart(() => walker.list(command.body));
      return { ...result, flow: 'next' };
    }
    case 'group':
      return walker.list(command.body);
    case 'if':
      return runIf(command, walker);
    case 'case':
      return runCase(command, walker);
    case 'for':
    case 'select': {
      const values =
        command.words === undefined
          ? (walker.state.positional ?? [walker.textOf([{ kind: 'parameter', name: '@', quoted: true }])])
          : (expandWords(command.words, walker)[0] ?? []).map((text): Value => [text]);
      return runFor(command.name, values, command.body, walker);
    }
    case 'arithmetic-for':
      return runArithmeticFor(command, walker);
    case 'while':
    case 'until':
      return runWhile(command, walker);
    case 'function':
      if (command.name !== '') walker.state.functions.set(command.name, command);
      return answers('true');
    case 'condition':
      return answers(evaluateCondition(command.expression, walker));
    case 'arithmetic': {
      const value = numberOf(arithmeticText(command.parts, walker), walker);
      return answers(value === undefined ? 'unknown' : value === 0 ? 'false' : 'true');
    }
    case 'coprocess':
      return walker.within({ background: true }, () => walker.apart(() => runCommand(command.command, walker)));
    default:
      return command satisfies never;
  }
};

export const runCommand = (command: ShellCommand, walker: Walker): Result => {
  walker.spend(1);
  walker.offset = command.start;
  if (command.kind === 'simple' || command.redirections.length === 0) return runBare(command, walker);
  return withRedirections(command.redirections, walker, '', () => runBare(command, walker));
};
