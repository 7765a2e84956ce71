/** Shell arithmetic → a number, where every operand is known (POSIX.1-2024, 2.6.4; Bash Reference Manual, 6.5). */

/** Longest first; binding power from weak to strong. */
const powers: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    '||': 1,
    '&&': 2,
    '|': 3,
    '^': 4,
    '&': 5,
    '==': 6,
    '!=': 6,
    '<=': 7,
    '>=': 7,
    '<': 7,
    '>': 7,
    '<<': 8,
    '>>': 8,
    '+': 9,
    '-': 9,
    '*': 10,
    '/': 10,
    '%': 10,
    '**': 11,
  }),
);

const tokenPattern =
  /\s*(0[xX][0-9a-fA-F]+|\d+#[0-9a-zA-Z]+|\d+|[A-Za-z_][A-Za-z0-9_]*|\*\*|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|[-+*/%&|^<>!~()?:=,])/y;

const tokenise = (text: string): readonly string[] | undefined => {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  if (trimmed.length > 2000) return undefined;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < trimmed.length) {
    const found = tokenPattern.exec(trimmed);
    if (found === null) return undefined;
    tokens.push(found[1] ?? '');
  }
  return tokens;
};

const toNumber = (token: string): number | undefined => {
  const [base, digits] = token.includes('#') ? token.split('#') : [];
  if (base !== undefined && digits !== undefined) return Number.parseInt(digits, Number(base));
  if (/^0[xX]/.test(token)) return Number.parseInt(token.slice(2), 16);
  return /^0\d/.test(token) ? Number.parseInt(token, 8) : Number(token);
};

const combine = (operator: string, left: number, right: number): number | undefined => {
  switch (operator) {
    case '||':
      return left !== 0 || right !== 0 ? 1 : 0;
    case '&&':
      return left !== 0 && right !== 0 ? 1 : 0;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '==':
      return left === right ? 1 : 0;
    case '!=':
      return left === right ? 0 : 1;
    case '<=':
      return left <= right ? 1 : 0;
    case '>=':
      return left >= right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case '>':
      return left > right ? 1 : 0;
    case '<<':
      return left * 2 ** (right & 63);
    case '>>':
      return Math.floor(left / 2 ** (right & 63));
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '**':
      return right < 0 ? undefined : left ** right;
    default:
      if (right === 0) return undefined;
      return operator === '/' ? Math.trunc(left / right) : left % right;
  }
};

export interface Variables {
  get(name: string): number | undefined;
  set(name: string, value: number | undefined): void;
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #variables: Variables;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], variables: Variables) {
    this.#tokens = tokens;
    this.#variables = variables;
  }

  whole(): number | undefined {
    let value = this.#expression();
    while (this.#take(',')) value = this.#expression();
    return this.#at === this.#tokens.length ? value : undefined;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #expression(): number | undefined {
    const name = this.#tokens[this.#at] ?? '';
    const sign = this.#tokens[this.#at + 1] ?? '';
    if (/^[A-Za-z_]/.test(name) && /^(?:[-+*/%&|^]|<<|>>)?=$/.test(sign)) {
      this.#at += 2;
      const right = this.#expression();
      const left = sign === '=' ? 0 : this.#variables.get(name);
      const value =
        left === undefined || right === undefined
          ? undefined
          : sign === '='
            ? right
            : combine(sign.slice(0, -1), left, right);
      this.#variables.set(name, value);
      return value;
    }
    const condition = this.#binary(0);
    if (!this.#take('?')) return condition;
    const yes = this.#expression();
    if (!this.#take(':')) return undefined;
    const no = this.#expression();
    return condition === undefined ? undefined : condition === 0 ? no : yes;
  }

  #binary(minimum: number): number | undefined {
    let left = this.#unary();
    for (;;) {
      const operator = this.#tokens[this.#at] ?? '';
      const power = powers.get(operator);
      if (power === undefined || power <= minimum) return left;
      this.#at += 1;
      const right = this.#binary(operator === '**' ? power - 1 : power);
      left = left === undefined || right === undefined ? undefined : combine(operator, left, right);
    }
  }

  #unary(): number | undefined {
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > 200) return undefined;
    try {
      if (token === '(') {
        const value = this.#expression();
        return this.#take(')') ? value : undefined;
      }
      if (token === '++' || token === '--') return this.#step(this.#tokens[this.#at++] ?? '', token, true);
      if ('-+!~'.includes(token) && token !== '') {
        const value = this.#unary();
        if (value === undefined) return undefined;
        return token === '-' ? -value : token === '!' ? Number(value === 0) : token === '~' ? ~value : value;
      }
      if (/^\d/.test(token)) return toNumber(token);
      if (!/^[A-Za-z_]/.test(token)) return undefined;
      const next = this.#tokens[this.#at];
      if (next !== '++' && next !== '--') return this.#variables.get(token);
      this.#at += 1;
      return this.#step(token, next, false);
    } finally {
      this.#depth -= 1;
    }
  }

  #step(name: string, sign: string, first: boolean): number | undefined {
    const before = this.#variables.get(name);
    const after = before === undefined ? undefined : before + (sign === '++' ? 1 : -1);
    this.#variables.set(name, after);
    return first ? after : before;
  }
}

/** undefined: something in it is unknown, or it is no arithmetic. Assignments in it are made, also unknown ones. */
export const evaluateArithmetic = (text: string, variables: Variables): number | undefined => {
  if (text.trim() === '') return 0;
  const tokens = tokenise(text);
  const value = tokens === undefined ? undefined : new Reader(tokens, variables).whole();
  return value === undefined || !Number.isSafeInteger(value) ? undefined : value;
};
