/**
 * Verdicts → SARIF 2.1.0 as GitHub code scanning reads it: one run for each image, told apart by category. An image has no source
 * line, so each result points to line 1 of a relative path made of image name and path in the image; layer and path are given
 * as logical locations too. Gaps are tool notifications.
 */
import { createHash } from 'node:crypto';
import type { Location, Log, LogicalLocation, Notification, Result, Run } from 'sarif';
import { severityRank, type Evidence, type Finding } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Excepted, Verdict } from '../../core/verdict.ts';
import { shortDigests } from '../amounts.ts';
import { exceptionsOf } from '../exceptions-of.ts';
import { imageNameOf, toRelativeUri } from '../image-name.ts';
import { toJsonText } from '../json-text.ts';
import { contentWords, contextWords, layerWords, placementOf, subjectWords } from '../placement.ts';
import type { Renderer, RenderOptions } from '../renderer.ts';
import { attestationWords } from '../trust-words.ts';
import { sarifLevel, sarifRuleId, sarifText, toSarifRules } from '../sarif-rules.ts';

type SarifOptions = Pick<RenderOptions, 'toolVersion' | 'lessons'>;

/** What code scanning keeps of a run; the rest would be dropped in silence, so we drop the least severe and say so. */
const maximumResults = 5000;
const maximumRuns = 20;
const maximumLocations = 100;
const maximumNotifications = 1000;

const pathOf = (proof: Evidence): string =>
  proof.kind === 'file' || proof.kind === 'excerpt' ? proof.path : `${proof.kind}/${proof.field}`;

const logicalLocationsOf = (proof: Evidence): LogicalLocation[] => {
  const layer = layerWords(proof);
  const path = subjectWords(proof);
  const digest = placementOf(proof).layer;
  return [
    ...(layer === ''
      ? []
      : [{ name: layer, kind: 'layer', ...(digest === undefined ? {} : { fullyQualifiedName: digest }) }]),
    { name: path, fullyQualifiedName: layer === '' ? path : `${layer}: ${path}`, kind: 'member' },
  ];
};

const toLocation = (verdict: Verdict, proof: Evidence): Location => ({
  physicalLocation: {
    artifactLocation: { uri: toRelativeUri(`${imageNameOf(verdict.dossier.reference).path}/${pathOf(proof)}`) },
    region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 },
  },
  logicalLocations: logicalLocationsOf(proof),
  message: { text: sarifText([subjectWords(proof), layerWords(proof)].filter(Boolean).join(', ')) },
});

const messageOf = (finding: Finding): string => {
  const [proof] = finding.evidence;
  const { createdBy } = placementOf(proof);
  const content = contentWords(proof, 300);
  const words = [
    `${finding.title}: ${subjectWords(proof)}`,
    ...(layerWords(proof) === '' ? [] : [layerWords(proof)]),
    ...contextWords(proof),
    ...(content === '' ? [] : [`found "${content}"`]),
    ...(createdBy === undefined ? [] : [`made by ${createdBy.slice(0, 200)}`]),
    ...(finding.more === undefined || finding.more === 0 ? [] : [`and ${finding.more} more of this rule`]),
  ];
  return sarifText(words.join(', '), 2000);
};

/** Stays the same when a tag moves to a new build that still holds the finding: no digest of image or layer goes in. */
const fingerprintOf = (verdict: Verdict, finding: Finding): string => {
  const [proof] = finding.evidence;
  const parts = [
    imageNameOf(verdict.dossier.reference).path,
    finding.rule,
    proof.kind,
    pathOf(proof),
    contentWords(proof),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
};

/** `seen` counts equal fingerprints of one run: two proofs that look alike are two alerts. */
const toResult = (
  verdict: Verdict,
  finding: Finding,
  excepted: Excepted | undefined,
  seen: Map<string, number>,
): Result => {
  const fingerprint = fingerprintOf(verdict, finding);
  const turn = (seen.get(fingerprint) ?? 0) + 1;
  seen.set(fingerprint, turn);
  const [first, ...others] = finding.evidence;
  return {
    ruleId: sarifRuleId(finding.rule),
    level: sarifLevel[finding.severity],
    kind: 'fail',
    message: { text: messageOf(finding) },
    locations: [toLocation(verdict, first)],
    ...(others.length === 0
      ? {}
      : { relatedLocations: others.slice(0, maximumLocations - 1).map((proof) => toLocation(verdict, proof)) }),
    partialFingerprints: {
      primaryLocationLineHash: `${fingerprint.slice(0, 16)}:${turn}`,
      'tidewaiterFinding/v1': `${fingerprint}:${turn}`,
    },
    ...(excepted === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: `${toPlainText(excepted.reason)} (until ${excepted.expires})`,
            },
          ],
        }),
    properties: {
      severity: finding.severity,
      confidence: finding.confidence,
      intent: finding.intent,
      reference: verdict.dossier.reference,
    },
  };
};

const gapNotifications = ({ dossier, assessment }: Verdict): Notification[] =>
  dossier.gaps.slice(0, maximumNotifications).map((gap) => ({
    level: assessment === 'incomplete' ? 'error' : 'warning',
    descriptor: { id: toPlainText(gap.code, 255) },
    message: { text: sarifText(`not examined: ${shortDigests(gap.where)}: ${gap.reason}`) },
    properties: { bytes: gap.bytes, executable: gap.executable === true },
  }));

/** Each answer about a signature; it has no place in the image, so it is no result. */
const signatureNotifications = ({ dossier, untrusted }: Verdict): Notification[] =>
  dossier.attestations.slice(0, maximumNotifications).map((attestation) => {
    const { kind, outcome, code } = attestation;
    const fails = kind === 'signature' && outcome === 'untrusted' && untrusted === 'deny';
    return {
      level: fails ? 'error' : kind === 'signature' && outcome !== 'trusted' ? 'warning' : 'note',
      descriptor: { id: `signature/${toPlainText(code, 200)}` },
      message: { text: sarifText(attestationWords(attestation), 2000) },
      properties: { verifier: attestation.verifier, outcome },
    };
  });

/** What the limits leave out is told, never dropped in silence. */
const limitNotifications = (results: number, gaps: number): Notification[] => {
  const left = [
    results > maximumResults ? `${results - maximumResults} results of least severity` : '',
    gaps > maximumNotifications ? `${gaps - maximumNotifications} gaps` : '',
  ].filter(Boolean);
  return left.length === 0
    ? []
    : [
        {
          level: 'warning',
          message: { text: `left out of this file, which code scanning would cut: ${left.join(', ')}` },
        },
      ];
};

const verdictNotification = ({ decision, assessment, because, dossier, at }: Verdict): Notification => ({
  level: decision === 'deny' ? 'error' : decision === 'warn' ? 'warning' : 'note',
  message: { text: sarifText(`${decision} (${assessment}) ${dossier.reference}: ${because.join('; ')}`, 4000) },
  properties: { decision, assessment, reference: dossier.reference, digest: dossier.digest, judgedAt: at },
});

const toRun = (verdicts: readonly Verdict[], category: string, options: SarifOptions): Run => {
  const seen = new Map<string, number>();
  const found = verdicts
    .flatMap((verdict) => {
      const exceptedAt = exceptionsOf(verdict);
      return verdict.dossier.findings.map((finding, position) => ({
        verdict,
        finding,
        excepted: exceptedAt('finding', position),
      }));
    })
    .sort((one, other) => severityRank(other.finding.severity) - severityRank(one.finding.severity));
  const kept = found.slice(0, maximumResults);
  const gaps = verdicts.reduce((sum, { dossier }) => sum + dossier.gaps.length, 0);
  return {
    tool: {
      driver: {
        name: 'Tidewaiter',
        semanticVersion: options.toolVersion,
        rules: [
          ...toSarifRules(
            kept.map(({ finding }) => finding),
            options.lessons,
          ),
        ],
      },
    },
    automationDetails: { id: `${category}/` },
    invocations: [
      {
        executionSuccessful: verdicts.every(({ assessment }) => assessment !== 'incomplete'),
        toolExecutionNotifications: [
          ...verdicts.map(verdictNotification),
          ...limitNotifications(found.length, gaps),
          ...verdicts.flatMap(signatureNotifications),
          ...verdicts.flatMap(gapNotifications),
        ],
      },
    ],
    columnKind: 'utf16CodeUnits',
    results: kept.map(({ verdict, finding, excepted }) => toResult(verdict, finding, excepted, seen)),
  };
};

/** Code scanning keeps the alerts of different categories apart, and refuses two runs of one category. */
const categoryOf = ({ dossier }: Verdict): string => {
  const { path, tag } = imageNameOf(dossier.reference);
  return ['tidewaiter', path, tag, dossier.platform.replaceAll('/', '-')]
    .filter(Boolean)
    .map((part) => toPlainText(part, 300))
    .join('/');
};

const toRuns = (verdicts: readonly Verdict[], options: SarifOptions): Run[] => {
  if (verdicts.length > maximumRuns) return [toRun(verdicts, 'tidewaiter', options)];
  const used = new Map<string, number>();
  return verdicts.map((verdict) => {
    const category = categoryOf(verdict);
    const turn = (used.get(category) ?? 0) + 1;
    used.set(category, turn);
    return toRun([verdict], turn === 1 ? category : `${category}/${turn}`, options);
  });
};

export const sarif: Renderer = {
  id: 'sarif',
  about: 'SARIF 2.1.0, for GitHub code scanning and other viewers of results',
  mediaType: 'application/sarif+json',
  render(verdicts, options) {
    const log: Log = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: toRuns(verdicts, options),
    };
    return toJsonText(log);
  },
};
