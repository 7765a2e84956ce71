/** `test`, `[` and `[[` → true, false, or a question that only the running system can answer (POSIX.1-2024, test; Bash Reference Manual, 6.4). */
import { expandPattern, expandText } from './shell-values.expansion.ts';
import type { Expander, Machine, Status } from './shell-values.machine.ts';
import { matchesPattern } from './shell-values.pattern.ts';
import { isKnown, type Value } from './shell-values.value.ts';
import type { Condition } from './shell.tree.ts';

const toStatus = (holds: boolean | undefined): Status => (holds === undefined ? 'unknown' : holds ? 'true' : 'false');

export const negated = (status: Status): Status =>
  status === 'true' || status === 'assumed'
    ? status === 'true'
      ? 'false'
      : 'unknown'
    : status === 'false'
      ? 'true'
      : status;

const unary = (operator: string, text: string, machine: Machine): boolean | undefined => {
  if (operator === '-z' || operator === '-n') {
    // A text with something known in it is not empty, whatever the rest is.
    if (text.replace(/‹[^›]*›/g, '') !== '') return operator === '-n';
    return isKnown(text) ? operator === '-z' : undefined;
  }
  if (!isKnown(text)) return undefined;
  if ('-e -f -s -r -x'.split(' ').includes(operator)) {
    const path = machine.path(text);
    if (machine.files.has(path) || (operator !== '-s' && machine.readFile(path) !== undefined)) return true;
  }
  return undefined;
};

const binary = (left: string, operator: string, right: string): boolean | undefined => {
  if (!isKnown(left) || !isKnown(right)) return undefined;
  const numbers = /^\s*-?\d{1,15}\s*$/.test(left) && /^\s*-?\d{1,15}\s*$/.test(right);
  const [a, b] = [Number(left), Number(right)];
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-eq':
      return numbers ? a === b : undefined;
    case '-ne':
      return numbers ? a !== b : undefined;
    case '-lt':
      return numbers ? a < b : undefined;
    case '-le':
      return numbers ? a <= b : undefined;
    case '-gt':
      return numbers ? a > b : undefined;
    case '-ge':
      return numbers ? a >= b : undefined;
    default:
      return undefined;
  }
};

const both = (statuses: readonly Status[]): Status =>
  statuses.includes('false') ? 'false' : statuses.every((status) => status === 'true') ? 'true' : 'unknown';
const some = (statuses: readonly Status[]): Status =>
  statuses.includes('true') ? 'true' : statuses.every((status) => status === 'false') ? 'false' : 'unknown';

/** More would only be there to make us recurse. */
const maximumArguments = 200;

const isUnary = (word: string): boolean => /^-[a-zA-Z]$/.test(word);

/** The arguments of `test`, without a closing `]`. */
export const evaluateTest = (args: readonly string[], machine: Machine): Status => {
  if (args.length > maximumArguments) return 'unknown';
  const or = args.lastIndexOf('-o');
  if (or > 0 && args.length > 3)
    return some([evaluateTest(args.slice(0, or), machine), evaluateTest(args.slice(or + 1), machine)]);
  const and = args.lastIndexOf('-a');
  if (and > 0 && args.length > 3)
    return both([evaluateTest(args.slice(0, and), machine), evaluateTest(args.slice(and + 1), machine)]);
  const [first = '', second = '', third = ''] = args;
  switch (args.length) {
    case 0:
      return 'false';
    case 1:
      return toStatus(unary('-n', first, machine));
    case 2:
      if (first === '!') return negated(evaluateTest([second], machine));
      return isUnary(first) ? toStatus(unary(first, second, machine)) : 'unknown';
    case 3:
      if (first === '!') return negated(evaluateTest([second, third], machine));
      return toStatus(binary(first, second, third));
    default:
      return first === '!' ? negated(evaluateTest(args.slice(1), machine)) : 'unknown';
  }
};

const over = (value: Value, decide: (text: string) => boolean | undefined): Status => {
  const answers = new Set(value.map(decide));
  const [only] = answers;
  return answers.size === 1 ? toStatus(only) : 'unknown';
};

/** What stands in `[[ ]]`. */
export const evaluateCondition = (condition: Condition, expander: Expander): Status => {
  switch (condition.kind) {
    case 'word':
      return over(expandText(condition.word.parts, expander), (text) => unary('-n', text, expander));
    case 'unary':
      return over(expandText(condition.word.parts, expander), (text) => unary(condition.operator, text, expander));
    case 'not':
      return negated(evaluateCondition(condition.operand, expander));
    case 'and':
      return both(condition.operands.map((operand) => evaluateCondition(operand, expander)));
    case 'or':
      return some(condition.operands.map((operand) => evaluateCondition(operand, expander)));
    default: {
      const { operator, left, right } = condition;
      const isMatch = operator === '=' || operator === '==' || operator === '!=';
      const rights = isMatch ? expandPattern(right.parts, expander) : expandText(right.parts, expander);
      return over(expandText(left.parts, expander), (text) => {
        const answers = new Set(
          rights.map((other) => {
            if (!isMatch) return binary(text, operator, other);
            if (!isKnown(text) || !isKnown(other)) return undefined;
            expander.spendMatch(other, text);
            return matchesPattern(other, text) === (operator !== '!=');
          }),
        );
        const [only] = answers;
        return answers.size === 1 ? only : undefined;
      });
    }
  }
};
