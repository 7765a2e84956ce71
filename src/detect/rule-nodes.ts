/** Text of a rule file → documents of plain nodes that know their lines. YAML 1.2, core schema; bounded in bytes, nodes, depth and aliases. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { quoted, refuse, RuleProblem } from './rule-problem.ts';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly line: number;
  readonly value: string | number | boolean | null;
  /** As it stands in the file: large numbers and `0x10` keep their digits. */
  readonly source: string;
}

export interface ListNode {
  readonly kind: 'list';
  readonly line: number;
  readonly items: readonly RuleNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly line: number;
  readonly entries: ReadonlyMap<string, RuleNode>;
}

export type RuleNode = ScalarNode | ListNode | MapNode;

/** A document of the file, or why it cannot be read. */
export type RuleDocument = { readonly root: MapNode } | { readonly problem: RuleProblem };

const maximumText = 4_000_000;
const maximumNodes = 200_000;
const maximumDepth = 32;
const maximumAliases = 1000;

interface Reading {
  readonly document: Document;
  readonly lines: LineCounter;
  nodes: number;
  aliases: number;
}

const lineOf = (reading: Reading, node: unknown): number => {
  const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
  return range === undefined || range === null ? 1 : reading.lines.linePos(range[0] ?? 0).line;
};

const toScalar = (value: unknown, source: string, line: number): ScalarNode => {
  if (value === undefined) return { kind: 'scalar', line, value: null, source: '' };
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'scalar', line, value, source: typeof value === 'string' ? value : source };
  if (typeof value === 'bigint') return { kind: 'scalar', line, value: Number(value), source };
  return refuse('A value is of a type that rules do not have.', line);
};

/** Refuses what could grow: an alias counts as often as it is used. */
const toNode = (reading: Reading, given: unknown, depth: number): RuleNode => {
  const line = lineOf(reading, given);
  if (++reading.nodes > maximumNodes) refuse(`The document has more than ${maximumNodes} values.`, line);
  if (depth > maximumDepth) refuse(`The document is nested deeper than ${maximumDepth} levels.`, line);
  if (isAlias(given)) {
    if (++reading.aliases > maximumAliases) refuse(`The document uses more than ${maximumAliases} aliases.`, line);
    const target = given.resolve(reading.document);
    return target === undefined ? refuse('An alias leads nowhere.', line) : toNode(reading, target, depth + 1);
  }
  if (isMap(given)) {
    const entries = new Map<string, RuleNode>();
    for (const { key, value } of given.items) {
      if (!isScalar(key)) refuse('A key must be a text.', line);
      const name = String((key as { readonly value: unknown }).value);
      if (entries.has(name)) refuse(`The key ${quoted(name)} stands twice in one map.`, lineOf(reading, key));
      const node = toNode(reading, value, depth + 1);
      // A key without a value has no place of its own.
      entries.set(name, value === null || value === undefined ? { ...node, line: lineOf(reading, key) } : node);
    }
    return { kind: 'map', line, entries };
  }
  if (isSeq(given)) return { kind: 'list', line, items: given.items.map((item) => toNode(reading, item, depth + 1)) };
  if (isScalar(given)) return toScalar(given.value, given.source ?? String(given.value), line);
  return toScalar(given === null ? null : undefined, '', line);
};

const readDocument = (document: Document.Parsed, lines: LineCounter): RuleDocument => {
  // A tag that YAML does not resolve would leave a value that nobody meant.
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined)
    return {
      problem: new RuleProblem(
        `This is not YAML: ${
          error.message
            .split('\n', 1)[0]
            ?.slice(0, 200)
            .replace(/ at line \d+, column \d+:?$/, '') ?? ''
        }.`,
        lines.linePos(error.pos[0]).line,
      ),
    };
  try {
    const root = toNode({ document, lines, nodes: 0, aliases: 0 }, document.contents, 0);
    return root.kind === 'map' ? { root } : { problem: new RuleProblem('A rule must be a map.', root.line) };
  } catch (thrown) {
    if (thrown instanceof RuleProblem) return { problem: thrown };
    throw thrown;
  }
};

/** Every document of the file, in order; empty documents are left out. Never throws for what the text says. */
export const readDocuments = (text: string): readonly RuleDocument[] => {
  if (text.length > maximumText)
    return [{ problem: new RuleProblem(`The file is longer than ${maximumText} characters.`, 1) }];
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    schema: 'core',
    customTags: [],
    resolveKnownTags: false,
  });
  return ('empty' in documents ? [] : documents)
    .filter((document) => document.errors.length > 0 || document.contents !== null)
    .map((document) => readDocument(document, lines));
};
