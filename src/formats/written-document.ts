/** The text of a file that a person wrote (YAML 1.2, so JSON too) and its zod schema → the checked value; every mistake told with its line and what to write. */
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import * as z from 'zod';
import { isFault, misuse, type Fault } from '../core/fault.ts';
import { didYouMean } from '../core/nearest.ts';

export type DocumentPath = readonly (string | number)[];

/** What kind of file it is. */
export interface DocumentForm {
  /** Of the Fault for every mistake. */
  readonly code: string;
  /** `policy`: for messages. */
  readonly noun: string;
  readonly maximumCharacters: number;
}

export const formatPath = (path: DocumentPath): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');

/** A document whose syntax was read, and words about its places. */
export class WrittenDocument {
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #where: string;
  readonly #code: string;

  constructor(document: Document, lines: LineCounter, where: string, code: string) {
    this.value = document.toJS();
    this.#document = document;
    this.#lines = lines;
    this.#where = where;
    this.#code = code;
  }

  /** Of the value at `path`, or of the nearest enclosing one that is there. 0 when nothing is. */
  #offsetOf(path: DocumentPath): number {
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

  /** From 1. */
  lineOf(path: DocumentPath): number {
    return Math.max(1, this.#lines.linePos(this.#offsetOf(path)).line);
  }

  problem(path: DocumentPath, words: string): string {
    const at = path.length === 0 ? '' : `${formatPath(path)}: `;
    return `${this.#where}:${this.lineOf(path)}: ${at}${words}`;
  }

  fault(path: DocumentPath, words: string): Fault {
    return misuse(this.#code, this.problem(path, words));
  }

  /**
   * The value, held against the schema.
   * @throws {Fault} misuse with the form's code, naming the first five mistakes
   */
  check<Shape>(schema: z.ZodType<Shape>): Shape {
    const parsed = schema.safeParse(this.value);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.flatMap((issue) => this.#problemsOf(issue, schema));
    const more = problems.length > 5 ? `\n… and ${problems.length - 5} more` : '';
    throw misuse(this.#code, `${problems.slice(0, 5).join('\n')}${more}`);
  }

  #problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): readonly string[] {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      const known = fieldsAt(schema, path).filter((field) => field !== '$schema');
      return issue.keys.map((key) =>
        this.problem([...path, key], `unknown field${didYouMean(key, known) || `; known are ${known.join(', ')}`}`),
      );
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const meant = meantForm(issue.errors);
      if (meant !== undefined)
        return meant.flatMap((nested) =>
          this.#problemsOf({ ...nested, path: [...issue.path, ...nested.path] }, schema),
        );
      return [this.problem(path, issue.errors.flatMap((errors) => errors.map(wordsOf)).join(', or: '))];
    }
    if (issue.code === 'too_small' && issue.origin === 'array')
      return [this.problem(path, 'the list is empty, so it matches nothing: fill it or leave it out')];
    return [this.problem(path, wordsOf(issue))];
  }
}

const wordsOf = ({ message }: z.core.$ZodIssue): string =>
  message
    .replace(/^Invalid input: expected (.+), received undefined$/, 'it is missing ($1 expected)')
    .replace(/^Invalid (?:input|option): /, '');

/** Of the forms that a value may have the one that the person was writing: only what lies inside it, or what we say of it, is wrong. */
const meantForm = (forms: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | undefined =>
  forms.find((issues) => issues.some(({ code }) => code === 'custom')) ??
  forms.find((issues) => issues.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'));

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

const fieldsAt = (schema: z.ZodType, path: DocumentPath): readonly string[] => {
  let nodes: readonly SchemaNode[] = [z.toJSONSchema(schema) as SchemaNode];
  for (const step of path)
    nodes = nodes
      .flatMap((node) => node.anyOf ?? [node])
      .flatMap((node) => (typeof step === 'number' ? node.items : node.properties?.[step]) ?? []);
  return nodes.flatMap((node) => node.anyOf ?? [node]).flatMap((node) => Object.keys(node.properties ?? {}));
};

const readYaml = (text: string, where: string, code: string): WrittenDocument => {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    uniqueKeys: true,
    lineCounter: lines,
    version: '1.2',
    strict: true,
  });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined)
    throw misuse(code, `${where}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0] ?? ''}`);
  visit(document, {
    Alias: (_, { source }) => {
      throw misuse(code, `${where}: aliases are not read: write what *${source} stands for`);
    },
  });
  return new WrittenDocument(document, lines, where, code);
};

/**
 * Aliases, duplicate keys and tags are refused. `where` is the file's name, for messages.
 * @throws {Fault} misuse with the form's code
 */
export const parseWrittenDocument = (text: string, where: string, form: DocumentForm): WrittenDocument => {
  const { code, noun, maximumCharacters } = form;
  if (text.length > maximumCharacters)
    throw misuse(code, `${where}: longer than ${maximumCharacters / 1024} KiB, which no ${noun} needs`);
  try {
    return readYaml(text, where, code);
  } catch (thrown) {
    if (isFault(thrown)) throw thrown;
    // Nesting without end exhausts the stack of the YAML parser.
    throw misuse(code, `${where}: no YAML that can be read: ${String(thrown).slice(0, 200)}`);
  }
};
