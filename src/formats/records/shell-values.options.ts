/** A command's arguments → its options and operands, as getopt reads them. */

export interface Arguments {
  /** Without dashes; an option that takes no value holds ''. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/**
 * `valued`: letters and long names that take a value. `stopsAtOperand`: what follows the first operand belongs to it (`sudo`, `env`).
 * Unknown options take none.
 */
export const parseArguments = (args: readonly string[], valued: string, stopsAtOperand = false): Arguments => {
  const takesValue = new Set(valued.split(' '));
  const options = new Map<string, string[]>();
  const operands: string[] = [];
  const add = (name: string, value: string): void => {
    const values = options.get(name);
    if (values === undefined) options.set(name, [value]);
    else values.push(value);
  };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', ...rest] = arg.slice(2).split('=');
      if (rest.length > 0) add(name, rest.join('='));
      else if (takesValue.has(name)) add(name, args[++at] ?? '');
      else add(name, '');
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let letter = 1; letter < arg.length; letter += 1) {
        const name = arg.charAt(letter);
        if (!takesValue.has(name)) add(name, '');
        else {
          const rest = arg.slice(letter + 1);
          add(name, rest === '' ? (args[++at] ?? '') : rest);
          break;
        }
      }
    } else {
      if (stopsAtOperand) {
        operands.push(...args.slice(at));
        break;
      }
      operands.push(arg);
    }
  }
  return { options, operands };
};

export const optionOf = (parsed: Arguments, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = parsed.options.get(name)?.at(-1);
    if (value !== undefined) return value;
  }
  return undefined;
};

export const hasOption = (parsed: Arguments, ...names: readonly string[]): boolean =>
  names.some((name) => parsed.options.has(name));
