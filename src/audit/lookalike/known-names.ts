/** Files of rules/names and the organisation's own names → what lookalikes are compared with. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RejectedRule, RuleLocations } from '../../core/analyzer.ts';
import { isFault, malformed } from '../../core/fault.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../../formats/strict-json.ts';
import { parseOwnName, type OwnName } from './own-names.ts';

/** From 1 (seldom used) to 3 (by nearly everybody): the better known a name is, the more it is imitated, and the further a slip of it reaches. */
export type Popularity = number;

/** `everybody`: accounts for anybody; `publisher`: all of it by one; `tenants`: a host or project for each customer. */
export type RegistryKind = 'everybody' | 'publisher' | 'tenants';

export interface KnownRegistry {
  /** `*` stands for one or more labels. */
  readonly host: string;
  readonly kind: RegistryKind;
  readonly popularity: Popularity;
}

/** Structured-clone data. */
export interface KnownNames {
  /** Below docker.io/library; those of former years too. */
  readonly officials: ReadonlyMap<string, Popularity>;
  /** Other words for an official image: `postgresql`. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Near an official name, and honest. */
  readonly honest: ReadonlySet<string>;
  /** Registry host → namespaces. */
  readonly namespaces: ReadonlyMap<string, ReadonlyMap<string, Popularity>>;
  readonly brands: readonly string[];
  readonly registries: readonly KnownRegistry[];
  readonly own: readonly OwnName[];
}

const maximumBytes = 2 ** 20;

/** @throws {Fault} malformed */
export const readNamesFile = (locations: RuleLocations, name: string): JsonObject | undefined => {
  const path = locations.builtIn === undefined ? '' : join(locations.builtIn, 'names', name);
  if (path === '' || !existsSync(path)) return undefined;
  if (statSync(path).size > maximumBytes) throw malformed('NAMES_TOO_LARGE', `more than ${maximumBytes} bytes`, path);
  const value = parseStrictJson(readFileSync(path), { where: path, subject: 'NAMES', maximumBytes });
  if (!isJsonObject(value)) throw malformed('NAMES_INVALID', 'no JSON object', path);
  return value;
};

const weightsOf = (value: unknown, where: string): ReadonlyMap<string, Popularity> => {
  if (!isJsonObject(value)) throw malformed('NAMES_INVALID', 'an object of names and numbers is needed', where);
  return new Map(
    Object.entries(value).map(([name, weight]) => {
      if (weight !== 1 && weight !== 2 && weight !== 3)
        throw malformed('NAMES_INVALID', `"${name}" needs a number from 1 to 3`, where);
      return [name, weight];
    }),
  );
};

export const textsOf = (value: unknown, where: string): readonly string[] => {
  if (!Array.isArray(value) || !value.every((text): text is string => typeof text === 'string'))
    throw malformed('NAMES_INVALID', 'a list of texts is needed', where);
  return value;
};

const pairsOf = (value: unknown, where: string): ReadonlyMap<string, string> => {
  if (!isJsonObject(value)) throw malformed('NAMES_INVALID', 'an object of texts is needed', where);
  return new Map(Object.entries(value).map(([name, text]) => [name, String(text)]));
};

const registryKinds: readonly RegistryKind[] = ['everybody', 'publisher', 'tenants'];

const nothing: KnownNames = {
  officials: new Map(),
  aliases: new Map(),
  honest: new Set(),
  namespaces: new Map(),
  brands: [],
  registries: [],
  own: [],
};

const readBuiltIn = (locations: RuleLocations): KnownNames => {
  const official = readNamesFile(locations, 'official-images.json');
  const publishers = readNamesFile(locations, 'publishers.json');
  const hosts = readNamesFile(locations, 'registries.json');
  if (official === undefined || publishers === undefined || hosts === undefined) return nothing;
  const namespaces = publishers['namespaces'];
  if (!isJsonObject(namespaces)) throw malformed('NAMES_INVALID', 'no namespaces', 'publishers.json');
  return {
    officials: new Map([
      ...weightsOf(official['names'], 'official-images.json'),
      ...weightsOf(official['former'], 'official-images.json'),
    ]),
    aliases: pairsOf(official['aliases'], 'official-images.json'),
    honest: new Set(textsOf(official['honestNeighbours'], 'official-images.json')),
    namespaces: new Map(
      Object.entries(namespaces).map(([host, names]) => [host, weightsOf(names, 'publishers.json')] as const),
    ),
    brands: textsOf(publishers['brands'], 'publishers.json'),
    registries: registryKinds.flatMap((kind) =>
      [...weightsOf(hosts[kind], 'registries.json')].map(([host, popularity]) => ({ host, kind, popularity })),
    ),
    own: [],
  };
};

export interface LoadedNames {
  readonly known: KnownNames;
  readonly count: number;
  readonly rejected: readonly RejectedRule[];
  readonly digest: string;
}

/** What cannot be used is told, and the rest is used. */
export const loadNames = (locations: RuleLocations): LoadedNames => {
  const rejected: RejectedRule[] = [];
  const own: OwnName[] = [];
  for (const [position, text] of (locations.ownNames ?? []).entries()) {
    const name = parseOwnName(text);
    if (name === undefined)
      rejected.push({
        file: 'own-names',
        line: position + 1,
        reason: `"${text.slice(0, 200)}" is no name of an image or registry`,
      });
    else own.push(name);
  }
  let builtIn = nothing;
  try {
    builtIn = readBuiltIn(locations);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    rejected.push({ file: join('rules', 'names', thrown.where), line: 1, reason: thrown.message });
  }
  const known = { ...builtIn, own };
  const listed = {
    ...known,
    officials: [...known.officials],
    aliases: [...known.aliases],
    honest: [...known.honest],
    namespaces: [...known.namespaces].map(([host, names]) => [host, [...names]]),
  };
  const namespaces = [...known.namespaces.values()].reduce((sum, names) => sum + names.size, 0);
  return {
    known,
    count: known.officials.size + namespaces + known.registries.length + own.length,
    rejected,
    digest: createHash('sha256').update(JSON.stringify(listed)).digest('hex'),
  };
};
