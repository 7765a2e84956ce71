/** The names and types that conditions see, and a Dossier in that form. Every field is always there: '' or an empty list when unknown. */
import type { Environment } from '@marcbachmann/cel-js';
import type { Attestation } from '../core/attestation.ts';
import type { Dossier, LayerSummary } from '../core/dossier.ts';
import { severities, type Evidence, type Finding, type Placement } from '../core/finding.ts';
import type { Coverage, CoverageCounts, Gap } from '../core/gap.ts';
import type { ImageHistory } from '../core/image-history.ts';
import type { RuleSubject } from './policy.ts';

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
const record = <Name extends TypeName>(name: Name, values: FieldValues<Name>): object => new classes[name](values);

const toInt = (number: number): bigint => BigInt(Math.trunc(Number.isFinite(number) ? number : 0));

const toCounts = ({ seen, examined, skipped, unreadable }: CoverageCounts): object =>
  record('Counts', {
    seen: toInt(seen),
    examined: toInt(examined),
    skipped: toInt(skipped),
    unreadable: toInt(unreadable),
  });

const toCoverage = ({ files, bytes, nested }: Coverage): object =>
  record('Coverage', {
    files: toCounts(files),
    bytes: toCounts(bytes),
    nested: record('Nested', { files: toCounts(nested.files), bytes: toCounts(nested.bytes) }),
  });

const toEvidence = (proof: Evidence): object => {
  const placed: Placement = proof.kind === 'file' || proof.kind === 'excerpt' || proof.kind === 'history' ? proof : {};
  const file = proof.kind === 'file' || proof.kind === 'excerpt' ? proof : undefined;
  const excerpt = proof.kind === 'excerpt' ? proof : undefined;
  const named = file === undefined ? (proof as { readonly field: string; readonly value: string }) : undefined;
  return record('Evidence', {
    kind: proof.kind,
    path: file?.path ?? '',
    layerIndex: toInt(placed.layerIndex ?? -1),
    layer: placed.layer ?? '',
    createdBy: placed.createdBy ?? '',
    hidden: placed.hidden ?? false,
    launched: placed.launched ?? false,
    owner: placed.owner ?? '',
    unowned: placed.unowned ?? false,
    sha256: file?.sha256 ?? '',
    offset: toInt(excerpt?.offset ?? 0),
    length: toInt(excerpt?.length ?? 0),
    text: excerpt?.text ?? '',
    field: named?.field ?? '',
    value: named?.value ?? '',
  });
};

const toFinding = (finding: Finding): object =>
  record('Finding', {
    rule: finding.rule,
    title: finding.title,
    severity: finding.severity,
    confidence: finding.confidence,
    intent: finding.intent,
    techniques: [...finding.techniques],
    advice: finding.advice,
    evidence: finding.evidence.map(toEvidence),
    more: toInt(finding.more ?? 0),
  });

const toGap = ({ where, code, kind, reason, bytes, executable, nested }: Gap): object =>
  record('Gap', {
    where,
    code,
    kind: kind ?? '',
    reason,
    bytes: toInt(bytes),
    executable: executable ?? false,
    nested: nested ?? false,
  });

const toLayer = (layer: LayerSummary): object =>
  record('Layer', {
    index: toInt(layer.index),
    digest: layer.digest ?? '',
    diffId: layer.diffId ?? '',
    mediaType: layer.mediaType,
    createdBy: layer.createdBy ?? '',
    bytes: toInt(layer.bytes),
    files: toInt(layer.files),
  });

const toConfig = (config: Dossier['config']): object =>
  record('Config', {
    created: config?.created ?? '',
    author: config?.author ?? '',
    user: config?.user ?? '',
    entrypoint: [...(config?.entrypoint ?? [])],
    command: [...(config?.command ?? [])],
    environment: [...(config?.environment ?? [])],
    workingDirectory: config?.workingDirectory ?? '',
    exposedPorts: [...(config?.exposedPorts ?? [])],
    volumes: [...(config?.volumes ?? [])],
    labels: new Map(Object.entries(config?.labels ?? {})),
    stopSignal: config?.stopSignal ?? '',
    shell: [...(config?.shell ?? [])],
    onBuild: [...(config?.onBuild ?? [])],
    healthcheck: [...(config?.healthcheck ?? [])],
    history: (config?.history ?? []).map(({ created, createdBy, comment, emptyLayer }) =>
      record('Step', { created: created ?? '', createdBy, comment: comment ?? '', emptyLayer }),
    ),
  });

const toAttestation = (attestation: Attestation): object =>
  record('Attestation', {
    verifier: attestation.verifier,
    signer: attestation.signer ?? '',
    kind: attestation.kind,
    outcome: attestation.outcome,
    code: attestation.code,
    identity: attestation.identity ?? '',
    signedAt: attestation.signedAt ?? '',
    expires: attestation.expires ?? '',
    reason: attestation.reason,
    facts: new Map(Object.entries(attestation.facts ?? {}).map(([name, value]) => [name, String(value)])),
  });

const toTrust = (trust: Dossier['trust']): object =>
  record('Trust', {
    asked: trust?.asked ?? false,
    outcome: trust?.asked === true ? trust.outcome : '',
    code: trust?.code ?? '',
    rule: trust?.rule ?? '',
    by: [...(trust?.by ?? [])],
    reason: trust?.reason ?? '',
  });

const toHistory = (history: ImageHistory): object =>
  record('History', {
    firstSeen: new Date(history.firstSeen),
    seenBefore: history.seenBefore,
    since: new Date(history.since),
    logged: history.loggedAt !== undefined,
    tagMoved: history.tagMoved,
    tagBefore: history.tagBefore ?? '',
    tagMovedAt: new Date(history.tagMovedAt ?? history.firstSeen),
    signersBefore: [...history.signersBefore],
    signatureLost: history.signatureLost,
    signerChanged: history.signerChanged,
    elsewhere: history.elsewhere.map(({ repository, digest }) => record('Elsewhere', { repository, digest })),
  });

/** What is not known of the past is no answer: a condition that asks for it cannot be decided, which denies. */
const historyOf = ({ history }: Dossier): object => {
  if (history === undefined)
    throw new Error('no history is known of this image: see dossier.history in docs/policy.md');
  return toHistory(history);
};

export const toConditionContext = ({ dossier, assessment, at }: RuleSubject): Readonly<Record<string, unknown>> => ({
  dossier: record('Dossier', {
    reference: dossier.reference,
    asked: dossier.asked,
    digest: dossier.digest ?? '',
    identity: record('Identity', {
      index: dossier.identity.index ?? '',
      manifest: dossier.identity.manifest ?? '',
      config: dossier.identity.config ?? '',
      diffIds: [...dossier.identity.diffIds],
      ami: dossier.identity.ami ?? '',
      snapshot: dossier.identity.snapshot ?? '',
    }),
    kind: dossier.kind,
    platform: dossier.platform,
    hasConfig: dossier.config !== undefined,
    config: toConfig(dossier.config),
    layers: dossier.layers.map(toLayer),
    findings: dossier.findings.map(toFinding),
    gaps: dossier.gaps.map(toGap),
    coverage: toCoverage(dossier.coverage),
    story: [...dossier.story],
    packages: dossier.packages.map(({ name, version, ecosystem, purl }) =>
      record('Package', { name, version, ecosystem, purl }),
    ),
    rules: record('Rules', {
      version: dossier.rules.version,
      counts: new Map(Object.entries(dossier.rules.counts).map(([name, count]) => [name, toInt(count)])),
    }),
    attestations: dossier.attestations.map(toAttestation),
    trust: toTrust(dossier.trust),
    get history() {
      return historyOf(dossier);
    },
  }),
  assessment,
  at: new Date(at),
});
