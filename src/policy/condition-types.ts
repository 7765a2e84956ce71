/** The names and types that conditions see. Every field is always there: '' or an empty list when unknown; but for the history, which fails whoever asks. */
import type { Environment } from '@marcbachmann/cel-js';
import { severities } from '../core/finding.ts';

type Fields = Readonly<Record<string, string>>;

/** In order: a type stands before the types that use it. This table is printed in docs/policy.md, and a test compares them. */
export const conditionTypes = {
  Counts: { seen: 'int', examined: 'int', skipped: 'int', unreadable: 'int' },
  Nested: { files: 'Counts', bytes: 'Counts' },
  Coverage: { files: 'Counts', bytes: 'Counts', nested: 'Nested' },
  Identity: {
    index: 'string',
    manifest: 'string',
    config: 'string',
    diffIds: 'list<string>',
    ami: 'string',
    snapshot: 'string',
  },
  Step: { created: 'string', createdBy: 'string', comment: 'string', emptyLayer: 'bool' },
  Config: {
    created: 'string',
    author: 'string',
    user: 'string',
    entrypoint: 'list<string>',
    command: 'list<string>',
    environment: 'list<string>',
    workingDirectory: 'string',
    exposedPorts: 'list<string>',
    volumes: 'list<string>',
    labels: 'map<string, string>',
    stopSignal: 'string',
    shell: 'list<string>',
    onBuild: 'list<string>',
    healthcheck: 'list<string>',
    history: 'list<Step>',
  },
  Layer: {
    index: 'int',
    digest: 'string',
    diffId: 'string',
    mediaType: 'string',
    createdBy: 'string',
    bytes: 'int',
    files: 'int',
  },
  Evidence: {
    kind: 'string',
    path: 'string',
    layerIndex: 'int',
    layer: 'string',
    createdBy: 'string',
    hidden: 'bool',
    launched: 'bool',
    owner: 'string',
    unowned: 'bool',
    sha256: 'string',
    offset: 'int',
    length: 'int',
    text: 'string',
    field: 'string',
    value: 'string',
  },
  Finding: {
    rule: 'string',
    title: 'string',
    severity: 'string',
    confidence: 'string',
    intent: 'string',
    techniques: 'list<string>',
    advice: 'string',
    evidence: 'list<Evidence>',
    more: 'int',
  },
  Gap: {
    where: 'string',
    code: 'string',
    kind: 'string',
    reason: 'string',
    bytes: 'int',
    executable: 'bool',
    nested: 'bool',
  },
  Package: { name: 'string', version: 'string', ecosystem: 'string', purl: 'string' },
  Rules: { version: 'string', counts: 'map<string, int>' },
  Attestation: {
    verifier: 'string',
    signer: 'string',
    kind: 'string',
    outcome: 'string',
    code: 'string',
    identity: 'string',
    signedAt: 'string',
    expires: 'string',
    reason: 'string',
    facts: 'map<string, string>',
  },
  Trust: { asked: 'bool', outcome: 'string', code: 'string', rule: 'string', by: 'list<string>', reason: 'string' },
  Elsewhere: { repository: 'string', digest: 'string' },
  History: {
    firstSeen: 'google.protobuf.Timestamp',
    seenBefore: 'bool',
    since: 'google.protobuf.Timestamp',
    logged: 'bool',
    tagMoved: 'bool',
    tagBefore: 'string',
    tagMovedAt: 'google.protobuf.Timestamp',
    signersBefore: 'list<string>',
    signatureLost: 'bool',
    signerChanged: 'bool',
    elsewhere: 'list<Elsewhere>',
  },
  Dossier: {
    reference: 'string',
    asked: 'string',
    digest: 'string',
    identity: 'Identity',
    kind: 'string',
    platform: 'string',
    hasConfig: 'bool',
    config: 'Config',
    layers: 'list<Layer>',
    findings: 'list<Finding>',
    gaps: 'list<Gap>',
    coverage: 'Coverage',
    story: 'list<string>',
    packages: 'list<Package>',
    rules: 'Rules',
    attestations: 'list<Attestation>',
    trust: 'Trust',
    history: 'History',
  },
} as const satisfies Readonly<Record<string, Fields>>;

type TypeName = keyof typeof conditionTypes;

export const conditionVariables = {
  dossier: 'Dossier',
  assessment: 'string',
  at: 'google.protobuf.Timestamp',
} as const;

/** Fields that hold one of a few words: comparing them with another word is a mistake that would silently never be true. */
export const fieldWords: Readonly<Record<string, readonly string[]>> = {
  severity: severities,
  confidence: ['low', 'medium', 'high'],
  intent: ['implant', 'miner', 'dual-use', 'exposure', 'impersonation', 'tampering', 'hygiene'],
  kind: [
    'container',
    'machine',
    'file',
    'excerpt',
    'config',
    'history',
    'event',
    'name',
    'signature',
    'malformed',
    'limit',
    'unavailable',
    'statement',
    '',
  ],
  assessment: ['malicious', 'suspicious', 'clean', 'incomplete'],
  outcome: ['trusted', 'untrusted', 'inconclusive', ''],
};

type RecordClass = new (values: object) => object;

/** CEL tells types apart by constructor: one for each type. */
const recordClass = (): RecordClass =>
  function Values(this: object, values: object) {
    // A getter stays one: what cannot be told is only a failure for a condition that asks for it.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(values));
  } as unknown as RecordClass;

const classes = Object.fromEntries(Object.keys(conditionTypes).map((name) => [name, recordClass()])) as Record<
  TypeName,
  RecordClass
>;

export const registerConditionTypes = (environment: Environment): Environment => {
  for (const [name, fields] of Object.entries(conditionTypes))
    environment.registerType(name, { ctor: classes[name as TypeName], fields });
  for (const [name, type] of Object.entries(conditionVariables)) environment.registerVariable(name, type);
  return environment;
};

type FieldValues<Name extends TypeName> = Readonly<Record<keyof (typeof conditionTypes)[Name], unknown>>;

/** The compiler holds every record against the table. */
export const record = <Name extends TypeName>(name: Name, values: FieldValues<Name>): object =>
  new classes[name](values);
