/** Python, JavaScript, Perl, PHP or Ruby → strings, names and signs; what a full compiler would need more is left out. */

export type ScriptLanguage = 'python' | 'javascript' | 'perl' | 'php' | 'ruby';

export interface Token {
  readonly kind: 'text' | 'name' | 'number' | 'sign' | 'line' | 'command';
  /** A text's content with its escapes undone, a name, a sign. */
  readonly text: string;
  /** A text in which variables are to be filled in. */
  readonly fills?: boolean;
  readonly start: number;
}

const escapes: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    n: '\n',
    t: '\t',
    r: '\r',
    '0': '\0',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
    e: '\x1b',
    '\n': '',
  }),
);

const bytesOfPoint = (point: number): string =>
  point > 0x10ffff || (point >= 0xd800 && point < 0xe000)
    ? ''
    : Buffer.from(String.fromCodePoint(point), 'utf8').toString('latin1');

const unescape = (text: string, language: ScriptLanguage): string =>
  text.includes('\\')
    ? text.replace(
        /\\(?:x\{?([0-9A-Fa-f]{1,2})\}?|u\{?([0-9A-Fa-f]{4,6})\}?|U([0-9A-Fa-f]{8})|([0-7]{2,3})|([\s\S]))/g,
        (whole, hex?: string, short?: string, long?: string, octal?: string, other?: string) => {
          if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
          const point = short ?? long;
          if (point !== undefined) return bytesOfPoint(Number.parseInt(point, 16));
          if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
          const simple = escapes.get(other ?? '');
          return simple ?? (language === 'python' && !/['"\\]/.test(other ?? '') ? whole : (other ?? ''));
        },
      )
    : text;

interface Quote {
  readonly pattern: RegExp;
  readonly languages: readonly ScriptLanguage[];
  readonly kind: 'plain' | 'escaped' | 'filled' | 'command';
}

const pythonAll: readonly ScriptLanguage[] = ['python'];
const others: readonly ScriptLanguage[] = ['perl', 'php', 'ruby'];

/** Tried in order. The first group is the content. */
const quotes: readonly Quote[] = [
  {
    pattern:
      /[bBuU]?[rR][bB]?(?:'''((?:[^'\\]|\\[\s\S]|'(?!''))*)'''|"""((?:[^"\\]|\\[\s\S]|"(?!""))*)"""|'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)")/y,
    languages: pythonAll,
    kind: 'plain',
  },
  {
    pattern:
      /[fF](?:'''((?:[^'\\]|\\[\s\S]|'(?!''))*)'''|"""((?:[^"\\]|\\[\s\S]|"(?!""))*)"""|'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)")/y,
    languages: pythonAll,
    kind: 'filled',
  },
  {
    pattern:
      /[bBuU]?(?:'''((?:[^'\\]|\\[\s\S]|'(?!''))*)'''|"""((?:[^"\\]|\\[\s\S]|"(?!""))*)"""|'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)")/y,
    languages: pythonAll,
    kind: 'escaped',
  },
  { pattern: /'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/y, languages: ['javascript'], kind: 'escaped' },
  { pattern: /`((?:[^`\\]|\\[\s\S])*)`/y, languages: ['javascript'], kind: 'filled' },
  { pattern: /'((?:[^'\\]|\\[\s\S])*)'/y, languages: others, kind: 'plain' },
  { pattern: /"((?:[^"\\]|\\[\s\S])*)"/y, languages: others, kind: 'filled' },
  { pattern: /`((?:[^`\\]|\\[\s\S])*)`/y, languages: others, kind: 'command' },
  { pattern: /q\{([^{}]*)\}|q\(([^()]*)\)|q\/([^/\n]*)\//y, languages: ['perl'], kind: 'plain' },
  { pattern: /qq\{([^{}]*)\}|qq\(([^()]*)\)/y, languages: ['perl'], kind: 'filled' },
  {
    pattern: /qx\{([^{}]*)\}|qx\(([^()]*)\)|qx\/([^/\n]*)\/|qx'([^']*)'|%x\(([^()]*)\)|%x\[([^\][]*)\]|%x\{([^{}]*)\}/y,
    languages: ['perl', 'ruby'],
    kind: 'command',
  },
];

const skips: Readonly<Record<ScriptLanguage, RegExp>> = {
  python: /(?:[ \t\r\f]|\\\n|#[^\n]*)+/y,
  javascript: /(?:[ \t\r\f]|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y,
  perl: /(?:[ \t\r\f]|#[^\n]*)+/y,
  php: /(?:[ \t\r\f]|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y,
  ruby: /(?:[ \t\r\f]|#[^\n]*)+/y,
};

const namePattern = /[$@%]?[$]?[A-Za-z_][A-Za-z0-9_]*[!?]?/y;
const numberPattern = /0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+(?:\.\d+)?/y;
const signPattern = /->|=>|::|==|!=|<=|>=|\?->|\.=|\+=|[\s\S]/y;

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

const readQuote = (code: string, at: number, language: ScriptLanguage): { token: Token; end: number } | undefined => {
  for (const { pattern, languages, kind } of quotes) {
    if (!languages.includes(language)) continue;
    const found = matchAt(pattern, code, at);
    if (found === null) continue;
    const content = found.slice(1).find((group) => group !== undefined) ?? '';
    const text =
      kind === 'plain'
        ? language === 'python'
          ? content
          : content.replace(/\\(['\\])/g, '$1')
        : unescape(content, language);
    const token: Token = {
      kind: kind === 'command' ? 'command' : 'text',
      text,
      ...(kind === 'filled' || kind === 'command' ? { fills: true } : {}),
      start: at,
    };
    return { token, end: at + found[0].length };
  }
  return undefined;
};

const mayQuote = /['"`qQrRbBuUfF%]/;

/** At most `maximum`; total, whatever the text. `spend` pays for what is looked at again. */
export const tokenise = (
  code: string,
  language: ScriptLanguage,
  maximum: number,
  spend: (length: number) => void,
): readonly Token[] => {
  const tokens: Token[] = [];
  const skip = skips[language];
  for (let at = 0; at < code.length && tokens.length < maximum;) {
    const blank = matchAt(skip, code, at);
    if (blank !== null) at += blank[0].length;
    const character = code.charAt(at);
    if (character === '') break;
    if (character === '\n') {
      tokens.push({ kind: 'line', text: '\n', start: at });
      at += 1;
      continue;
    }
    if (mayQuote.test(character)) {
      const quote = readQuote(code, at, language);
      if (quote !== undefined) {
        tokens.push(quote.token);
        at = quote.end;
        continue;
      }
      // An open quote costs a look at the rest of the text.
      if (/['"`]/.test(character)) spend(code.length - at);
    }
    const name = matchAt(namePattern, code, at);
    const number = name === null ? matchAt(numberPattern, code, at) : null;
    const found = name ?? number ?? matchAt(signPattern, code, at);
    if (found === null) break;
    // `@name()` silences complaints in PHP.
    const text = language === 'php' ? found[0].replace(/^@(?=\w)/, '') : found[0];
    tokens.push({ kind: name !== null ? 'name' : number !== null ? 'number' : 'sign', text, start: at });
    at += found[0].length;
  }
  return tokens;
};
