/** The syntax tree of a shell script, as plain data. Offsets are bytes of the script, wherever a piece was found. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A piece of a word. `text` of a script holds one character for each byte (latin1), so that any bytes can be told.
 * `quoted`: neither split, nor matched against file names, nor read as a tilde.
 */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | ParameterPart
  | CommandPart
  | { readonly kind: 'arithmetic'; readonly parts: readonly WordPart[]; readonly quoted: boolean }
  | { readonly kind: 'process'; readonly direction: '<' | '>'; readonly body: ShellList };

export interface ParameterPart {
  readonly kind: 'parameter';
  /** A name, a digit, one of `@*#?-$!`, or '' where the expansion has no form that a shell knows. */
  readonly name: string;
  readonly subscript?: readonly WordPart[];
  /**
   * `length` for `${#x}`, `indirect` for `${!x}`, `keys` for `${!x[@]}`, `names` for `${!x*}`, else the operator
   * as written: `:-`, `##`, `/`, `//`, `:`, `^^`, `@Q`.
   */
  readonly operator?: string;
  readonly argument?: readonly WordPart[];
  readonly indirect?: boolean;
  readonly quoted: boolean;
}

export interface CommandPart {
  readonly kind: 'command';
  readonly form: '$(' | '`';
  readonly body: ShellList;
  readonly quoted: boolean;
}

export interface Word extends Span {
  readonly parts: readonly WordPart[];
}

export interface Assignment extends Span {
  readonly name: string;
  readonly subscript?: readonly WordPart[];
  readonly append: boolean;
  /** One word, or the elements of an array. */
  readonly value: Word | readonly ArrayElement[];
}

export interface ArrayElement {
  readonly subscript?: readonly WordPart[];
  readonly value: Word;
}

export type RedirectionOperator = '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '&>' | '&>>' | '<<' | '<<-' | '<<<';

export interface Redirection extends Span {
  readonly operator: RedirectionOperator;
  /** As written: digits, or the name in `{name}`. */
  readonly descriptor?: string;
  /** A path, a descriptor, the text of a here-string; for a here-document the delimiter. */
  readonly target: Word;
  /** The here-document's text. */
  readonly body?: Word;
}

export interface Pipeline {
  readonly negated: boolean;
  /** In order. An element that pipes its errors too (`|&`) is listed in `withErrors`. */
  readonly commands: readonly ShellCommand[];
  readonly withErrors: readonly number[];
}

export interface ListItem {
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[];
  readonly background: boolean;
}

export type ShellList = readonly ListItem[];

interface Redirected extends Span {
  readonly redirections: readonly Redirection[];
}

export interface SimpleCommand extends Redirected {
  readonly kind: 'simple';
  readonly assignments: readonly Assignment[];
  /** The command's name and its arguments. Arguments of `declare` and its kin may be assignments of arrays. */
  readonly words: readonly (Word | Assignment)[];
}

export interface IfCommand extends Redirected {
  readonly kind: 'if';
  readonly branches: readonly { readonly condition: ShellList; readonly body: ShellList }[];
  readonly otherwise?: ShellList;
}

export interface CaseBranch {
  readonly patterns: readonly Word[];
  readonly body: ShellList;
  readonly end: ';;' | ';&' | ';;&';
}

export interface CaseCommand extends Redirected {
  readonly kind: 'case';
  readonly subject: Word;
  readonly branches: readonly CaseBranch[];
}

export interface FunctionCommand extends Redirected {
  readonly kind: 'function';
  readonly name: string;
  readonly body: ShellCommand;
}

export type ShellCommand =
  | SimpleCommand
  | IfCommand
  | CaseCommand
  | FunctionCommand
  | (Redirected & { readonly kind: 'subshell' | 'group'; readonly body: ShellList })
  | (Redirected & {
      readonly kind: 'for' | 'select';
      readonly name: string;
      /** undefined: the positional parameters. */
      readonly words?: readonly Word[];
      readonly body: ShellList;
    })
  | (Redirected & {
      readonly kind: 'arithmetic-for';
      readonly header: readonly WordPart[];
      readonly body: ShellList;
    })
  | (Redirected & { readonly kind: 'while' | 'until'; readonly condition: ShellList; readonly body: ShellList })
  | (Redirected & { readonly kind: 'condition'; readonly expression: Condition })
  | (Redirected & { readonly kind: 'arithmetic'; readonly parts: readonly WordPart[] })
  | (Redirected & { readonly kind: 'coprocess'; readonly name?: string; readonly command: ShellCommand });

/** What stands between `[[` and `]]`. */
export type Condition =
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'unary'; readonly operator: string; readonly word: Word }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Word; readonly right: Word }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Condition[] };

/**
 * - `SHELL_SYNTAX`: a shell refuses the script here; what comes before, it has run by then.
 * - `SHELL_SYNTAX_LATER`: a shell notices only when it gets there (inside backquotes), or warns and goes on.
 * - `SHELL_TOO_DEEP`, `SHELL_TOO_COSTLY`, `SHELL_TOO_LARGE`: a limit of this reader; the bytes named were not read.
 */
export type ShellRemarkCode =
  | 'SHELL_SYNTAX'
  | 'SHELL_SYNTAX_LATER'
  | 'SHELL_TOO_DEEP'
  | 'SHELL_TOO_COSTLY'
  | 'SHELL_TOO_LARGE';

export interface ShellRemark {
  readonly code: ShellRemarkCode;
  readonly offset: number;
  /** Bytes that were passed over; 0 when none. */
  readonly bytes: number;
  readonly reason: string;
}

export interface ShellScript {
  readonly list: ShellList;
  /** In the order in which they were noticed, at most 200; the last then says that there were more. */
  readonly remarks: readonly ShellRemark[];
}
