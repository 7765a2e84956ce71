/**
 * What the STIX 2.1 standard (OASIS, 10 June 2021) says against objects: its property tables for the types that are written here, restated.
 * Unknown and missing properties, other types, references that lead to the wrong kind or nowhere, values outside of closed vocabularies.
 */

type Of = Readonly<Record<string, unknown>>;

/** A property's problem, or undefined. `typeOf`: the type of the object with the id, where the bundle has it. */
type Check = (value: unknown, typeOf: (id: string) => string | undefined) => string | undefined;

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'is no text');
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'is neither true nor false');

/** Section 3.2: RFC 3339 in UTC; the three digits are what common properties ask for. */
const time: Check = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value) &&
  !Number.isNaN(Date.parse(value))
    ? undefined
    : 'is no timestamp';

const integer =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `is no integer from ${least} to ${most}`;

const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(String(value)) ? undefined : `is none of ${words.join(', ')}`;

/** Section 2.1: “empty lists are prohibited”. */
const list =
  (check: Check): Check =>
  (value, typeOf) =>
    Array.isArray(value) && value.length > 0
      ? value.map((item) => check(item, typeOf)).find((problem) => problem !== undefined)
      : 'is no list, or an empty one';

const reference =
  (...types: readonly string[]): Check =>
  (value, typeOf) => {
    const type = typeOf(String(value));
    if (type === undefined) return `leads to ${String(value)}, which is not in the bundle`;
    return types.length === 0 || types.includes(type) ? undefined : `leads to a ${type}`;
  };

const isMap = (value: unknown): value is Of => typeof value === 'object' && value !== null && !Array.isArray(value);

const digestLengths: Of = { MD5: 32, 'SHA-1': 40, 'SHA-256': 64, 'SHA-512': 128 };
/** Section 10.7. */
const hashes: Check = (value) =>
  isMap(value) &&
  Object.keys(value).length > 0 &&
  Object.entries(value).every(
    ([name, digest]) =>
      typeof digest === 'string' && /^[\da-f]+$/i.test(digest) && digest.length === digestLengths[name],
  )
    ? undefined
    : 'are no hashes';

/** Section 2.5: a source, and at least one of the others. */
const externalReference: Check = (value) =>
  isMap(value) &&
  typeof value['source_name'] === 'string' &&
  ['description', 'url', 'external_id'].some((name) => typeof value[name] === 'string') &&
  Object.keys(value).every((name) => ['source_name', 'description', 'url', 'hashes', 'external_id'].includes(name))
    ? undefined
    : 'is no external reference';

/** Section 9, for comparisons of one property: `[object:path = 'text']`. */
const pattern: Check = (value) =>
  typeof value === 'string' &&
  /^\[[a-z][a-z\d-]+:(?:[a-z_]+|'[^']+')(?:\.(?:[a-z_]+|'[^']+'))* = '(?:[^'\\]|\\[\\'])*'\]$/.test(value)
    ? undefined
    : 'is no pattern';

interface Table {
  readonly kind: 'domain' | 'observable';
  readonly required: readonly string[];
  /** One of these. */
  readonly anyOf?: readonly string[];
  readonly properties: Readonly<Record<string, Check>>;
}

const common: Readonly<Record<string, Check>> = {
  created_by_ref: reference('identity'),
  created: time,
  modified: time,
  revoked: flag,
  labels: list(text),
  confidence: integer(0, 100),
  lang: text,
  external_references: list(externalReference),
};

const observables = ['artifact', 'directory', 'file', 'software'];

const tables: Readonly<Record<string, Table>> = {
  'attack-pattern': {
    kind: 'domain',
    required: ['name'],
    properties: { name: text, description: text, aliases: list(text) },
  },
  identity: {
    kind: 'domain',
    required: ['name'],
    properties: { name: text, description: text, roles: list(text), identity_class: text, sectors: list(text) },
  },
  incident: { kind: 'domain', required: ['name'], properties: { name: text, description: text } },
  indicator: {
    kind: 'domain',
    required: ['pattern', 'pattern_type', 'valid_from'],
    properties: {
      name: text,
      description: text,
      indicator_types: list(text),
      pattern,
      pattern_type: oneOf('stix'),
      pattern_version: text,
      valid_from: time,
      valid_until: time,
    },
  },
  'malware-analysis': {
    kind: 'domain',
    required: ['product'],
    anyOf: ['result', 'analysis_sco_refs'],
    properties: {
      product: text,
      version: text,
      submitted: time,
      analysis_started: time,
      analysis_ended: time,
      result_name: text,
      result: oneOf('malicious', 'suspicious', 'benign', 'unknown'),
      analysis_sco_refs: list(reference(...observables)),
      sample_ref: reference('file', 'artifact', 'network-traffic'),
    },
  },
  note: {
    kind: 'domain',
    required: ['content', 'object_refs'],
    properties: { abstract: text, content: text, authors: list(text), object_refs: list(reference()) },
  },
  'observed-data': {
    kind: 'domain',
    required: ['first_observed', 'last_observed', 'number_observed', 'object_refs'],
    properties: {
      first_observed: time,
      last_observed: time,
      number_observed: integer(1, 999_999_999),
      object_refs: list(reference(...observables)),
    },
  },
  relationship: {
    kind: 'domain',
    required: ['relationship_type', 'source_ref', 'target_ref'],
    properties: {
      relationship_type: oneOf('related-to', 'indicates'),
      description: text,
      source_ref: reference(),
      target_ref: reference(),
      start_time: time,
      stop_time: time,
    },
  },
  sighting: {
    kind: 'domain',
    required: ['sighting_of_ref'],
    properties: {
      description: text,
      first_seen: time,
      last_seen: time,
      count: integer(0, 999_999_999),
      sighting_of_ref: reference('indicator', 'attack-pattern', 'incident'),
      observed_data_refs: list(reference('observed-data')),
      where_sighted_refs: list(reference('identity', 'location')),
      summary: flag,
    },
  },
  artifact: {
    kind: 'observable',
    required: [],
    anyOf: ['payload_bin', 'url'],
    properties: { mime_type: text, payload_bin: text, url: text, hashes },
  },
  directory: { kind: 'observable', required: ['path'], properties: { path: text, path_enc: text } },
  file: {
    kind: 'observable',
    required: [],
    anyOf: ['name', 'hashes'],
    properties: {
      name: text,
      hashes,
      size: integer(0, Number.MAX_SAFE_INTEGER),
      mime_type: text,
      parent_directory_ref: reference('directory'),
    },
  },
  software: {
    kind: 'observable',
    required: ['name'],
    properties: { name: text, cpe: text, vendor: text, version: text },
  },
};

/** Pairs of times, the earlier first. */
const spans: readonly (readonly [string, string])[] = [
  ['created', 'modified'],
  ['first_observed', 'last_observed'],
  ['first_seen', 'last_seen'],
  ['start_time', 'stop_time'],
  ['valid_from', 'valid_until'],
];

const problemsOf = (object: Of, typeOf: (id: string) => string | undefined): readonly string[] => {
  const type = String(object['type']);
  const table = Object.hasOwn(tables, type) ? tables[type] : undefined;
  if (table === undefined) return [`${type} is no type of those that are written`];
  const { kind, required, anyOf = [], properties } = table;
  const own: Readonly<Record<string, Check>> = { ...(kind === 'domain' ? common : {}), ...properties };
  const problems = Object.entries(object).flatMap(([name, value]) => {
    if (['type', 'id', 'spec_version'].includes(name)) return [];
    const problem = Object.hasOwn(own, name) ? own[name]?.(value, typeOf) : 'is no property of it';
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
  for (const name of [...(kind === 'domain' ? ['created', 'modified'] : []), ...required])
    if (object[name] === undefined) problems.push(`${name} is missing`);
  if (anyOf.length > 0 && !anyOf.some((name) => object[name] !== undefined))
    problems.push(`none of ${anyOf.join(', ')}`);
  if (type === 'artifact' && object['url'] !== undefined && object['hashes'] === undefined)
    problems.push('hashes is missing beside url');
  if (object['relationship_type'] === 'indicates' && typeOf(String(object['source_ref'])) !== 'indicator')
    problems.push('only an indicator indicates');
  for (const [first, last] of spans)
    if (typeof object[first] === 'string' && typeof object[last] === 'string' && object[first] > object[last])
      problems.push(`${first} is behind ${last}`);
  if (object['spec_version'] !== '2.1') problems.push('spec_version is not 2.1');
  // Section 2.9: version 5 for what follows from content; ours all do.
  if (
    !new RegExp(`^${type}--[\\da-f]{8}-[\\da-f]{4}-5[\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}$`).test(
      String(object['id']),
    )
  )
    problems.push('id is none of version 5');
  return problems.map((problem) => `${type}: ${problem}`);
};

/** Every problem of every object; each id may stand once. */
export const stixProblems = (objects: readonly object[]): readonly string[] => {
  const types = new Map(objects.map((object) => [String((object as Of)['id']), String((object as Of)['type'])]));
  return [
    ...(types.size === objects.length ? [] : ['an id stands twice']),
    ...objects.flatMap((object) => problemsOf(object as Of, (id) => types.get(id))),
  ];
};

/** Of a bundle as it is written. */
export const stixBundleProblems = (written: string): readonly string[] => {
  const bundle = JSON.parse(written) as { readonly type?: unknown; readonly id?: unknown; readonly objects?: unknown };
  const { objects } = bundle;
  if (bundle.type !== 'bundle' || !/^bundle--[\da-f-]{36}$/.test(String(bundle.id)) || !Array.isArray(objects))
    return ['this is no bundle'];
  return Object.keys(bundle).some((name) => !['type', 'id', 'objects'].includes(name))
    ? ['a bundle has no other property']
    : stixProblems(objects as readonly object[]);
};
