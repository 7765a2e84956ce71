/**
 * An in-toto statement → facts for policy: what kind of statement it is, and what provenance, inventories and scans say of themselves.
 * https://slsa.dev/spec/v1.0/provenance, https://slsa.dev/provenance/v0.2, https://github.com/in-toto/attestation/tree/main/spec/predicates
 */
import type { AttestationFacts } from '../../core/attestation.ts';
import type { InTotoStatement } from '../../formats/records/in-toto.ts';
import { memberOf } from '../../formats/records/record-json.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { clip } from './refusal.ts';

export type StatementKind = 'provenance' | 'sbom' | 'vulnerabilities' | 'other';

/** Predicate types without their version. */
const kinds: readonly (readonly [RegExp, StatementKind])[] = [
  [/^https:\/\/slsa\.dev\/provenance\//, 'provenance'],
  [/^https:\/\/spdx\.dev\/Document\b/, 'sbom'],
  [/^https:\/\/(?:www\.)?cyclonedx\.org\/(?:bom|schema)\b/, 'sbom'],
  [/^https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\//, 'vulnerabilities'],
  [/^https:\/\/in-toto\.io\/attestation\/vulns\//, 'vulnerabilities'],
];

type Path = readonly (string | number)[];

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, name) => {
    if (typeof name === 'number') return Array.isArray(inner) ? (inner as readonly unknown[])[name] : undefined;
    return isJsonObject(inner) ? memberOf(inner, name) : undefined;
  }, value);

/** Fact → where it may stand; the first that is there counts. */
type Places = Readonly<Record<string, readonly Path[]>>;

const provenance: Places = {
  builder: [
    ['runDetails', 'builder', 'id'],
    ['builder', 'id'],
  ],
  buildType: [['buildDefinition', 'buildType'], ['buildType']],
  sourceRepository: [
    ['buildDefinition', 'externalParameters', 'workflow', 'repository'],
    ['buildDefinition', 'resolvedDependencies', 0, 'uri'],
    ['invocation', 'configSource', 'uri'],
    ['materials', 0, 'uri'],
  ],
  sourceRepositoryRef: [['buildDefinition', 'externalParameters', 'workflow', 'ref']],
  sourceRepositoryDigest: [
    ['buildDefinition', 'resolvedDependencies', 0, 'digest', 'gitCommit'],
    ['invocation', 'configSource', 'digest', 'sha1'],
    ['materials', 0, 'digest', 'sha1'],
  ],
  sourceRepositoryId: [['buildDefinition', 'internalParameters', 'github', 'repository_id']],
  sourceRepositoryOwnerId: [['buildDefinition', 'internalParameters', 'github', 'repository_owner_id']],
  entryPoint: [
    ['buildDefinition', 'externalParameters', 'workflow', 'path'],
    ['invocation', 'configSource', 'entryPoint'],
  ],
  invocation: [
    ['runDetails', 'metadata', 'invocationId'],
    ['metadata', 'buildInvocationId'],
  ],
  buildStarted: [
    ['runDetails', 'metadata', 'startedOn'],
    ['metadata', 'buildStartedOn'],
  ],
};

const inventory: Places = {
  format: [['bomFormat'], ['spdxVersion']],
  formatVersion: [['specVersion'], ['spdxVersion']],
  inventoryName: [['name'], ['metadata', 'component', 'name']],
  inventoryCreated: [
    ['creationInfo', 'created'],
    ['metadata', 'timestamp'],
  ],
};

const scan: Places = {
  scanner: [['scanner', 'uri']],
  scannerVersion: [['scanner', 'version']],
  scannerData: [
    ['scanner', 'db', 'lastUpdate'],
    ['scanner', 'db', 'version'],
  ],
  scanFinished: [['metadata', 'scanFinishedOn']],
};

const places: Readonly<Record<StatementKind, Places>> = {
  provenance,
  sbom: inventory,
  vulnerabilities: scan,
  other: {},
};

/** Lists whose length is a fact. */
const counted: Readonly<Record<StatementKind, Places>> = {
  provenance: { dependencies: [['buildDefinition', 'resolvedDependencies'], ['materials']] },
  sbom: { packages: [['packages'], ['components']] },
  vulnerabilities: { vulnerabilities: [['scanner', 'result']] },
  other: {},
};

const factOf = (predicate: JsonObject, paths: readonly Path[]): string | number | boolean | undefined => {
  for (const path of paths) {
    const value = at(predicate, path);
    if (typeof value === 'string' && value !== '') return clip(value);
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  }
  return undefined;
};

const lengthOf = (predicate: JsonObject, paths: readonly Path[]): number | undefined => {
  for (const path of paths) {
    const value = at(predicate, path);
    if (Array.isArray(value)) return value.length;
  }
  return undefined;
};

const statementKind = (predicateType: string): StatementKind =>
  kinds.find(([pattern]) => pattern.test(predicateType))?.[1] ?? 'other';

/** What the statement says; who signed it is proven elsewhere. Every text is bounded. */
export const statementFacts = ({ predicateType, predicate }: InTotoStatement): AttestationFacts => {
  const statement = statementKind(predicateType);
  const facts: Record<string, string | number | boolean> = { statement, predicateType: clip(predicateType) };
  for (const [name, paths] of Object.entries(places[statement])) {
    const fact = factOf(predicate, paths);
    if (fact !== undefined) facts[name] = fact;
  }
  for (const [name, paths] of Object.entries(counted[statement])) {
    const length = lengthOf(predicate, paths);
    if (length !== undefined) facts[name] = length;
  }
  return facts;
};
