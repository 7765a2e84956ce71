/** Objects of STIX 2.1 (OASIS standard, 10 June 2021) with ids that are the same for the same content: UUIDs of version 5 (RFC 9562). */
import { createHash } from 'node:crypto';

export interface StixObject {
  readonly type: string;
  readonly id: string;
  readonly [name: string]: unknown;
}

/** Section 2.9: the namespace of cyber-observable objects whose id follows from their content. */
const observableNamespace = '00abedb4-aa42-466c-9c01-fed23315a9b7';
/** Ours, for everything else. */
const ownNamespace = '5c3c9a4e-6f0b-5d2e-8a7c-9b8e2f6d1a40';

const uuid5 = (namespace: string, name: string): string => {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex').slice(0, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

/** RFC 8785 for what is used here: objects of texts and such objects. */
const canonical = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `{${Object.entries(value)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
        .join(',')}}`
    : JSON.stringify(value);

/** Of the properties that section 6 calls ID contributing. */
const observableId = (type: string, contributing: object): string =>
  `${type}--${uuid5(observableNamespace, canonical(contributing))}`;

const ownId = (type: string, ...parts: readonly string[]): string =>
  `${type}--${uuid5(ownNamespace, JSON.stringify([type, ...parts]))}`;

const head = (type: string, id: string): StixObject => ({ type, spec_version: '2.1', id });

const hashesOf = (sha256: string): object => ({ 'SHA-256': sha256 });

export const toDirectory = (path: string): StixObject => ({
  ...head('directory', observableId('directory', { path })),
  path,
});

export const toFile = (name: string, sha256: string | undefined, folder: StixObject | undefined): StixObject => {
  const contributing = {
    name,
    ...(sha256 === undefined ? {} : { hashes: hashesOf(sha256) }),
    ...(folder === undefined ? {} : { parent_directory_ref: folder.id }),
  };
  return { ...head('file', observableId('file', contributing)), ...contributing };
};

export const toSoftware = (name: string, version: string): StixObject => {
  const contributing = { name, ...(version === '' ? {} : { version }) };
  return { ...head('software', observableId('software', contributing)), ...contributing };
};

/** A manifest where its registry keeps it. */
export const toArtifact = (url: string, sha256: string): StixObject => ({
  ...head('artifact', observableId('artifact', { hashes: hashesOf(sha256) })),
  mime_type: 'application/vnd.oci.image.manifest.v1+json',
  url,
  hashes: hashesOf(sha256),
});

/** The same in every bundle; its time is when it was first defined. */
export const producer: StixObject = {
  ...head('identity', ownId('identity', 'tidewaiter')),
  created: '2026-01-01T00:00:00.000Z',
  modified: '2026-01-01T00:00:00.000Z',
  name: 'Tidewaiter',
  identity_class: 'system',
};

interface Made {
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  /** What the id follows from, besides the type. */
  readonly key: readonly string[];
}

const toDomainObject = (type: string, { at, key }: Made, members: object): StixObject => ({
  ...head(type, ownId(type, at, ...key)),
  created_by_ref: producer.id,
  created: at,
  modified: at,
  ...members,
});

export const toObservedData = (made: Made, objects: readonly StixObject[]): StixObject =>
  toDomainObject('observed-data', made, {
    first_observed: made.at,
    last_observed: made.at,
    number_observed: 1,
    object_refs: objects.map(({ id }) => id),
  });

/** Appendix A, the scale None, Low, Med, High. */
const confidences = new Map([
  ['low', 15],
  ['medium', 50],
  ['high', 85],
]);

const literal = (text: string): string => `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;

export interface IndicatorMembers {
  readonly name: string;
  readonly description: string;
  readonly sha256: string;
  readonly confidence: string;
}

export const toIndicator = (made: Made, { name, description, sha256, confidence }: IndicatorMembers): StixObject => {
  const level = confidences.get(confidence);
  return toDomainObject('indicator', made, {
    name,
    description,
    indicator_types: ['malicious-activity'],
    pattern: `[file:hashes.'SHA-256' = ${literal(sha256)}]`,
    pattern_type: 'stix',
    valid_from: made.at,
    ...(level === undefined ? {} : { confidence: level }),
  });
};

export const toSighting = (made: Made, indicator: StixObject, observed: StixObject): StixObject =>
  toDomainObject('sighting', made, {
    first_seen: made.at,
    last_seen: made.at,
    count: 1,
    sighting_of_ref: indicator.id,
    observed_data_refs: [observed.id],
    where_sighted_refs: [producer.id],
  });

/** The technique's own name is left to whoever has the current matrix. Undefined for what has no address there. */
export const toAttackPattern = (technique: string): StixObject | undefined =>
  /^T\d{4}(?:\.\d{3})?$/.test(technique)
    ? {
        ...toDomainObject('attack-pattern', { at: producer['created'] as string, key: [technique] }, {}),
        name: technique,
        external_references: [
          {
            source_name: 'mitre-attack',
            external_id: technique,
            url: `https://attack.mitre.org/techniques/${technique.replace('.', '/')}`,
          },
        ],
      }
    : undefined;

export const toRelationship = (made: Made, type: string, source: StixObject, target: StixObject): StixObject =>
  toDomainObject(
    'relationship',
    { ...made, key: [...made.key, type, source.id, target.id] },
    { relationship_type: type, source_ref: source.id, target_ref: target.id },
  );

export const toNote = (made: Made, abstract: string, content: string, about: readonly StixObject[]): StixObject =>
  toDomainObject('note', made, { abstract, content, object_refs: about.map(({ id }) => id) });

export interface AnalysisMembers {
  readonly version: string;
  readonly result: 'malicious' | 'suspicious' | 'benign' | 'unknown';
  readonly sample: StixObject | undefined;
  readonly seen: readonly StixObject[];
}

export const toAnalysis = (made: Made, { version, result, sample, seen }: AnalysisMembers): StixObject =>
  toDomainObject('malware-analysis', made, {
    product: 'tidewaiter',
    version,
    result,
    submitted: made.at,
    ...(sample === undefined ? {} : { sample_ref: sample.id }),
    analysis_sco_refs: seen.map(({ id }) => id),
  });

export const toIncident = (made: Made, name: string, description: string): StixObject =>
  toDomainObject('incident', { ...made, key: [...made.key, name, description] }, { name, description });

/** Each object once, in the order given. */
export const toBundle = (objects: readonly StixObject[]): object => {
  const byId = new Map(objects.map((object) => [object.id, object]));
  return { type: 'bundle', id: ownId('bundle', ...byId.keys()), objects: [...byId.values()] };
};
