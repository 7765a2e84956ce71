/** A verdict on one image of the benchmark → what was found, in which column, and whether it is what was to be found. Pure. */
import type { Finding } from '../../src/core/finding.ts';
import { severityRank } from '../../src/core/finding.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { defaultPolicy } from '../../src/policy/default-policy.ts';
import { judge } from '../../src/policy/judge.ts';
import type { BenchImage } from './images.ts';
import { type Column, columns, type HostileSpec } from './specification.ts';

export type ImageClass = HostileSpec['class'] | 'twin' | 'packages' | 'unowned';

/** Plain data: one line of the results file. */
export interface Outcome {
  readonly id: string;
  readonly class: ImageClass;
  readonly assessment: Verdict['assessment'];
  readonly decision: Verdict['decision'];
  /** Columns that would have made the image suspicious or worse by themselves. */
  readonly spoke: readonly Column[];
  /** Columns that were to speak, and that were to be silent. */
  readonly caught: readonly Column[];
  readonly silent: readonly Column[];
  /** What was to be found, in words; '' for honest images. */
  readonly fact: string;
  /** Whether a finding of the right kind lies where the fact does. */
  readonly named: boolean;
  /** Rules of the worst findings. */
  readonly rules: readonly string[];
  /** What decided, as the report says it. */
  readonly because: string;
}

const nameParts: readonly string[] = ['lookalike', 'claim', 'claims'];
const launchParts: readonly string[] = ['launch-path', 'image-config'];

/** By the part that found it, else by where the proof lies. */
export const columnOf = ({ rule, evidence: [proof] }: Finding): Column => {
  const [part = ''] = rule.split('/');
  if (nameParts.includes(part) || proof.kind === 'name') return 'name';
  if (launchParts.includes(part) || proof.kind === 'config' || proof.kind === 'history') return 'launch-path';
  return proof.kind === 'event' ? 'run-time' : 'static';
};

const speaks = (verdict: Verdict, column: Column): boolean => {
  const findings = verdict.dossier.findings.filter((finding) => columnOf(finding) === column);
  const { assessment } = judge(defaultPolicy, { ...verdict.dossier, findings, gaps: [] }, verdict.at);
  return assessment === 'malicious' || assessment === 'suspicious';
};

const plainPath = (path: string): string => path.replace(/^\/+/, '');

/** In one of the marked files; or in what the image starts, where the launch path is to tell it; or anywhere, where none is marked. */
const liesIn = (finding: Finding, facts: readonly string[], caught: readonly Column[]): boolean =>
  facts.length === 0 ||
  (caught.includes('launch-path') && columnOf(finding) === 'launch-path') ||
  finding.evidence.some((proof) => 'path' in proof && facts.includes(plainPath(proof.path.split('!')[0] ?? '')));

const worstRules = (findings: readonly Finding[]): readonly string[] =>
  [
    ...new Set(
      findings.filter(({ severity }) => severityRank(severity) >= severityRank('medium')).map(({ rule }) => rule),
    ),
  ].slice(0, 4);

export const toOutcome = (image: BenchImage, verdict: Verdict): Outcome => {
  const { assessment, decision, dossier, because } = verdict;
  const hostile = image.kind === 'hostile' ? image : undefined;
  const named =
    hostile?.facts !== undefined &&
    dossier.findings.some(
      (finding) =>
        severityRank(finding.severity) >= severityRank('medium') &&
        hostile.fact.intents.includes(finding.intent) &&
        liesIn(finding, hostile.facts, hostile.caught),
    );
  return {
    id: image.id,
    class: hostile?.class ?? (image.kind as 'twin' | 'packages' | 'unowned'),
    assessment,
    decision,
    spoke: columns.filter((column) => speaks(verdict, column)),
    caught: hostile?.caught ?? [],
    silent: hostile?.silent ?? [],
    fact: hostile?.fact.words ?? '',
    named,
    rules: worstRules(dossier.findings),
    because: because[0],
  };
};
