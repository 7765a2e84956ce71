/** A Dossier and its assessment → the records that a condition sees, of the types of condition-types.ts. */
import type { Attestation } from '../core/attestation.ts';
import type { Dossier, LayerSummary } from '../core/dossier.ts';
import type { Evidence, Finding, Placement } from '../core/finding.ts';
import type { Coverage, CoverageCounts, Gap } from '../core/gap.ts';
import type { ImageHistory } from '../core/image-history.ts';
import { record } from './condition-types.ts';
import type { RuleSubject } from './policy.ts';

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
