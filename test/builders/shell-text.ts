/** A shell's syntax tree → one line of text, for tests: words in order, expansions in braces of their kind, quoted text in single quotes. */
import type {
  Assignment,
  Condition,
  ListItem,
  ShellCommand,
  ShellList,
  Word,
  WordPart,
} from '../../src/formats/records/shell.ts';

const partsText = (parts: readonly WordPart[]): string => parts.map(partText).join('');

const partText = (part: WordPart): string => {
  switch (part.kind) {
    case 'text':
      return part.quoted ? `'${part.text}'` : part.text;
    case 'parameter': {
      const subscript = part.subscript === undefined ? '' : `[${partsText(part.subscript)}]`;
      const rest = part.operator === undefined ? '' : ` ${part.operator}`;
      const argument = part.argument === undefined ? '' : ` ${partsText(part.argument)}`;
      return `${part.quoted ? 'q' : ''}{${part.indirect === true ? '!' : ''}${part.name}${subscript}${rest}${argument}}`;
    }
    case 'command':
      return `${part.quoted ? 'q' : ''}$(${listText(part.body)})`;
    case 'arithmetic':
      return `${part.quoted ? 'q' : ''}$((${partsText(part.parts)}))`;
    case 'process':
      return `${part.direction}(${listText(part.body)})`;
    default:
      return part satisfies never;
  }
};

const wordText = (word: Word): string => partsText(word.parts);

const assignmentText = ({ name, subscript, append, value }: Assignment): string => {
  const left = `${name}${subscript === undefined ? '' : `[${partsText(subscript)}]`}${append ? '+=' : '='}`;
  if ('parts' in value) return left + wordText(value);
  return `${left}(${value.map((element) => (element.subscript === undefined ? '' : `[${partsText(element.subscript)}]=`) + wordText(element.value)).join(' ')})`;
};

const conditionText = (condition: Condition): string => {
  switch (condition.kind) {
    case 'word':
      return wordText(condition.word);
    case 'unary':
      return `(${condition.operator} ${wordText(condition.word)})`;
    case 'binary':
      return `(${condition.operator} ${wordText(condition.left)} ${wordText(condition.right)})`;
    case 'not':
      return `(! ${conditionText(condition.operand)})`;
    default:
      return `(${condition.kind} ${condition.operands.map(conditionText).join(' ')})`;
  }
};

const bareText = (command: ShellCommand): string => {
  switch (command.kind) {
    case 'simple':
      return [
        ...command.assignments.map(assignmentText),
        ...command.words.map((word) => ('parts' in word ? wordText(word) : assignmentText(word))),
      ].join(' ');
    case 'subshell':
      return `(${listText(command.body)})`;
    case 'group':
      return `{${listText(command.body)}}`;
    case 'if':
      return `if[${command.branches.map(({ condition, body }) => `${listText(condition)} → ${listText(body)}`).join(' | ')}${command.otherwise === undefined ? '' : ` | else → ${listText(command.otherwise)}`}]`;
    case 'for':
    case 'select':
      return `${command.kind}[${command.name} in ${command.words === undefined ? '@' : command.words.map(wordText).join(' ')} → ${listText(command.body)}]`;
    case 'arithmetic-for':
      return `for[((${partsText(command.header)})) → ${listText(command.body)}]`;
    case 'while':
    case 'until':
      return `${command.kind}[${listText(command.condition)} → ${listText(command.body)}]`;
    case 'case':
      return `case[${wordText(command.subject)} ${command.branches.map(({ patterns, body, end }) => `${patterns.map(wordText).join('|')} → ${listText(body)}${end}`).join(' ')}]`;
    case 'function':
      return `function[${command.name} ${commandText(command.body)}]`;
    case 'condition':
      return `[[${conditionText(command.expression)}]]`;
    case 'arithmetic':
      return `((${partsText(command.parts)}))`;
    case 'coprocess':
      return `coproc[${command.name ?? ''} ${commandText(command.command)}]`;
    default:
      return command satisfies never;
  }
};

const commandText = (command: ShellCommand): string =>
  [
    bareText(command),
    ...command.redirections.map(
      ({ descriptor = '', operator, target, body }) =>
        `${descriptor}${operator}${wordText(target)}${body === undefined ? '' : `«${wordText(body)}»`}`,
    ),
  ]
    .filter((text) => text !== '')
    .join(' ');

const itemText = ({ first, rest, background }: ListItem): string =>
  [{ operator: '', pipeline: first }, ...rest]
    .map(
      ({ operator, pipeline }) =>
        `${operator === '' ? '' : ` ${operator} `}${pipeline.negated ? '! ' : ''}${pipeline.commands
          .map((command, index) => commandText(command) + (pipeline.withErrors.includes(index) ? ' &' : ''))
          .join(' | ')}`,
    )
    .join('') + (background ? ' &' : '');

export const listText = (list: ShellList): string => list.map(itemText).join('; ');
