/** A Verdict → the public object `tidewaiter/verdict/v1`. Members are only ever added; schemas/verdict.schema.json describes them. */
import type { Evidence, Finding, Placement } from '../core/finding.ts';
import type { CoverageCounts, Gap } from '../core/gap.ts';
import type { Excepted, Verdict } from '../core/verdict.ts';
import type { Use } from '../core/use.ts';
import { toAttestation, toHistory, toIdentity, toTrust } from './trust-document.ts';
import type { VerdictDocument } from './verdict-schema.ts';

type DocumentUse = NonNullable<VerdictDocument['uses']>[number];

const toEvidence = (proof: Evidence): VerdictDocument['findings'][number]['evidence'][number] => {
  const placed: Placement = proof.kind === 'file' || proof.kind === 'excerpt' || proof.kind === 'history' ? proof : {};
  const place = {
    layer: placed.layer,
    layerIndex: placed.layerIndex,
    createdBy: placed.createdBy,
    hidden: placed.hidden,
    launched: placed.launched,
    owner: placed.owner,
    unowned: placed.unowned,
  };
  switch (proof.kind) {
    case 'file':
      return { kind: proof.kind, path: proof.path, ...place, sha256: proof.sha256, size: proof.size };
    case 'excerpt':
      return {
        kind: proof.kind,
        path: proof.path,
        ...place,
        sha256: proof.sha256,
        offset: proof.offset,
        length: proof.length,
        text: proof.text,
      };
    default:
      return { kind: proof.kind, ...place, field: proof.field, value: proof.value };
  }
};

export const toFindingDocument = (finding: Finding): VerdictDocument['findings'][number] => ({
  rule: finding.rule,
  title: finding.title,
  severity: finding.severity,
  confidence: finding.confidence,
  intent: finding.intent,
  techniques: [...finding.techniques],
  advice: finding.advice,
  evidence: finding.evidence.map(toEvidence),
  more: finding.more,
  lesson: finding.lesson,
});

export const toGapDocument = ({
  where,
  code,
  reason,
  bytes,
  executable,
  kind,
}: Gap): VerdictDocument['gaps'][number] => ({
  where,
  code,
  reason,
  bytes,
  executable,
  kind,
});

const toCounts = ({ seen, examined, skipped, unreadable }: CoverageCounts): CoverageCounts => ({
  seen,
  examined,
  skipped,
  unreadable,
});

const toExcepted = ({ kind, position, reason, expires }: Excepted): Excepted => ({ kind, position, reason, expires });

const toUse = ({ engine, at, state, names, namespace, container, pod }: Use): DocumentUse => ({
  engine,
  at,
  state,
  names: [...names],
  namespace,
  container: container === undefined ? undefined : { id: container.id, name: container.name },
  pod: pod === undefined ? undefined : { namespace: pod.namespace, name: pod.name, node: pod.node },
});

const sorted = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1)));

export const toVerdictDocument = (verdict: Verdict): VerdictDocument => {
  const { dossier } = verdict;
  const { identity, coverage } = dossier;
  return {
    schema: 'tidewaiter/verdict/v1',
    reference: dossier.reference,
    asked: dossier.asked,
    digest: dossier.digest,
    identity: toIdentity(identity),
    kind: dossier.kind,
    platform: dossier.platform,
    assessment: verdict.assessment,
    decision: verdict.decision,
    because: [...verdict.because],
    findings: dossier.findings.map(toFindingDocument),
    gaps: dossier.gaps.map(toGapDocument),
    excepted: verdict.excepted?.map(toExcepted),
    coverage: {
      files: toCounts(coverage.files),
      bytes: toCounts(coverage.bytes),
      nested: { files: toCounts(coverage.nested.files), bytes: toCounts(coverage.nested.bytes) },
    },
    layers: dossier.layers.map(({ index, digest, diffId, mediaType, createdBy, bytes, files }) => ({
      index,
      digest,
      diffId,
      mediaType,
      createdBy,
      bytes,
      files,
    })),
    attestations: dossier.attestations.map(toAttestation),
    trust: dossier.trust === undefined ? undefined : toTrust(dossier.trust),
    history: dossier.history === undefined ? undefined : toHistory(dossier.history),
    story: [...dossier.story],
    packages: dossier.packages.map(({ name, version, ecosystem, purl }) => ({ name, version, ecosystem, purl })),
    rules: {
      version: dossier.rules.version,
      counts: sorted(dossier.rules.counts),
      ...(dossier.rules.newest === undefined ? {} : { newest: { ...dossier.rules.newest } }),
    },
    policy: { name: verdict.policy.name, version: verdict.policy.version },
    uses: verdict.uses?.map(toUse),
    turnedFrom: verdict.turnedFrom,
    at: verdict.at,
  };
};
