/** rules/names/products.json → what an image must hold to be what it says. */
import { createHash } from 'node:crypto';
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { isFault, malformed } from '../../core/fault.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { readNamesFile, textsOf } from '../lookalike/known-names.ts';

export interface Product {
  readonly id: string;
  /** Last components of a repository that mean it wherever they stand. */
  readonly names: ReadonlySet<string>;
  /** Those that mean it as an official image only: `node` is also one of a blockchain. */
  readonly officialNames: ReadonlySet<string>;
  /** Labels, in lower case. */
  readonly titles: ReadonlySet<string>;
  readonly maintainers: readonly string[];
  readonly variables: ReadonlySet<string>;
  /** What a reader should take instead. */
  readonly original: string;
  /** Names of files, any of which makes it one. Empty for a system. */
  readonly programs: readonly RegExp[];
  /** ID and ID_LIKE of os-release. Empty for a program. */
  readonly ids: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

const file = 'products.json';

const wildcards: ReadonlyMap<string, string> = new Map([
  ['*', '[^/]*'],
  ['#', String.raw`[0-9]+(?:\.[0-9]+)*`],
  ['[0-9]', '[0-9]'],
]);

/** `python#` → the whole name of a file. Anything but a wildcard stands for itself. */
const toPattern = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .split(/(\*|#|\[0-9\])/)
      .map((part) => wildcards.get(part) ?? part.replace(/[.+^${}()|[\]\\?-]/g, '\\$&'))
      .join('')}$`,
  );

const toProduct = (id: string, value: unknown): Product => {
  if (!isJsonObject(value)) throw malformed('NAMES_INVALID', `"${id}" is no object`, file);
  const texts = (key: string): readonly string[] =>
    value[key] === undefined ? [] : textsOf(value[key], `${file}: ${id}`);
  const { original = `docker.io/library/${id}` } = value;
  return {
    id,
    names: new Set(texts('names')),
    officialNames: new Set(texts('officialNames')),
    titles: new Set(texts('titles')),
    maintainers: texts('maintainers'),
    variables: new Set(texts('variables')),
    original: String(original),
    programs: texts('programs').map(toPattern),
    ids: new Set(texts('ids')),
    files: new Set(texts('files')),
  };
};

const toProducts = (document: JsonObject): readonly Product[] =>
  (['programs', 'systems'] as const).flatMap((group) => {
    const entries = document[group];
    if (!isJsonObject(entries)) throw malformed('NAMES_INVALID', `no ${group}`, file);
    return Object.entries(entries).map(([id, value]) => toProduct(id, value));
  });

export interface LoadedProducts {
  readonly products: readonly Product[];
  readonly rejected: readonly RejectedRule[];
  readonly digest: string;
}

export const loadProducts = (locations: RuleLocations): LoadedProducts => {
  try {
    const document = readNamesFile(locations, file) ?? { programs: {}, systems: {} };
    const digest = createHash('sha256').update(JSON.stringify(document)).digest('hex');
    return { products: toProducts(document), rejected: [], digest };
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    return { products: [], rejected: [{ file: `rules/names/${file}`, line: 1, reason: thrown.message }], digest: '' };
  }
};
