/** `${…}` → a parameter with its operator (POSIX.1-2024, 2.6.2; Bash Reference Manual, 3.5.3). */
import type { ShellSource } from './shell.source.ts';
import type { ParameterPart, WordPart } from './shell.tree.ts';

interface BracesContext {
  readonly quoted: boolean;
  readonly opening: number;
  readParts(mode: 'braces' | 'quoted-braces' | 'brackets'): readonly WordPart[];
}

const namePattern = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]/y;
/** Longest first. */
const operatorPattern = /:?[-=?+]|##?|%%?|\/[/#%]?|\^\^?|,,?|~~?|:|@(?=[A-Za-z]\})/y;
/** Operators whose argument is a pattern: single quotes quote in it even inside double quotes. */
const takesPattern = /^[#%/^,~]/;

const readSubscript = (source: ShellSource, context: BracesContext): readonly WordPart[] | undefined => {
  if (source.peek() !== '[') return undefined;
  source.position += 1;
  const parts = context.readParts('brackets');
  if (source.peek() !== ']') throw source.problem('[ in ${ is never closed', context.opening);
  source.position += 1;
  return parts;
};

const close = (source: ShellSource, context: BracesContext): void => {
  if (source.peek() !== '}') throw source.problem('${ is never closed', context.opening);
  source.position += 1;
};

/** `${#x}` but not `${#}`, `${#-y}` or `${##y}`, which speak of the number of parameters. */
const isLength = (source: ShellSource): boolean =>
  source.peek() === '#' &&
  /^(?:[A-Za-z_0-9@*]|[?$!#-]\})/.test(source.text.slice(source.position + 1, source.position + 3));

/** From behind the `${` up to and with the `}`. What no shell knows keeps its text as the argument of a parameter without name. */
export const readBraces = (source: ShellSource, context: BracesContext): ParameterPart => {
  const { quoted } = context;
  source.skipContinuations();
  const length = isLength(source);
  const indirect = !length && source.peek() === '!' && /^[A-Za-z_0-9@*#]/.test(source.peek(1));
  if (length || indirect) source.position += 1;
  const name = source.match(namePattern);
  source.position += name.length;
  const subscript = name === '' ? undefined : readSubscript(source, context);
  const whole = { kind: 'parameter', name, ...(subscript === undefined ? {} : { subscript }), quoted } as const;
  if (source.peek() === '}') {
    source.position += 1;
    if (length) return { ...whole, operator: 'length' };
    if (!indirect) return whole;
    const keys = subscript?.length === 1 && subscript[0]?.kind === 'text' && /^[@*]$/.test(subscript[0].text);
    return { ...whole, operator: keys ? 'keys' : 'indirect' };
  }
  if (indirect && (source.startsWith('*}') || source.startsWith('@}'))) {
    source.position += 2;
    return { ...whole, operator: 'names' };
  }
  const operator = name === '' ? '' : source.match(operatorPattern);
  source.position += operator.length;
  const argument = context.readParts(quoted && !takesPattern.test(operator) ? 'quoted-braces' : 'braces');
  close(source, context);
  if (operator === '' || length) return { kind: 'parameter', name: '', argument, quoted };
  return { ...whole, operator, argument, ...(indirect ? { indirect } : {}) };
};
