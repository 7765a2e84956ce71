/** The built-in Sigma rules with their parameters, compiled by the engine itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { compileRules, type CompiledRules, type RuleText } from '../../src/detect/compile-rules.ts';
import type { Placeholders } from '../../src/detect/placeholders.ts';

const rulesFolder = join(import.meta.dirname, '..', '..', 'rules');
export const sigmaShelf = join(rulesFolder, 'sigma');

export interface Parameter {
  readonly about: string;
  readonly sources?: readonly string[];
  readonly values?: readonly string[];
  /** A file of lines below the folder of rules. */
  readonly list?: string;
}

export const sigmaParameters = parse(readFileSync(join(sigmaShelf, 'parameters.yaml'), 'utf8')) as Readonly<
  Record<string, Parameter>
>;

const linesOf = (list: string): readonly string[] =>
  readFileSync(join(rulesFolder, list), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

export const sigmaPlaceholders: Placeholders = Object.fromEntries(
  Object.entries(sigmaParameters).map(([name, { values = [], list }]) => [
    name,
    [...values, ...(list === undefined ? [] : linesOf(list))],
  ]),
);

export const sigmaTexts: readonly RuleText[] = readdirSync(sigmaShelf, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yml'))
  .toSorted()
  .map((name) => ({ file: join(sigmaShelf, name), text: readFileSync(join(sigmaShelf, name), 'utf8') }));

/** `given` replaces defaults of the same name. */
export const compileShelf = (given: Placeholders = {}): CompiledRules =>
  compileRules(sigmaTexts, { placeholders: { ...sigmaPlaceholders, ...given } });
