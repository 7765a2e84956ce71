/** An incident → what a responder reads: what it is about, how bad, and how it came to it, step by step. */
import type { Gap } from '../core/gap.ts';
import { severityRank } from '../core/finding.ts';
import type { Detection, Incident } from '../core/incident.ts';
import { toPlainText } from '../core/plain-text.ts';

const at = (milliseconds: number): string => {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString().replace('T', ' ').slice(0, 19);
};

export type Emphasis = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string) => string;

const styleOf = (severity: Incident['severity']): 'bold' | 'red' | 'yellow' | 'dim' =>
  severity === 'critical' || severity === 'high' ? 'red' : severity === 'medium' ? 'yellow' : 'dim';

const where = (place: { readonly file: string; readonly line?: number } | undefined): string =>
  place === undefined ? '' : `  (${toPlainText(place.file, 300)}${place.line === undefined ? '' : `:${place.line}`})`;

export const findingText = (
  finding: Detection,
  place: { readonly file: string; readonly line?: number } | undefined,
  emphasise: Emphasis,
): string => {
  const shown = finding.evidence
    .flatMap((proof) => ('field' in proof && proof.field !== 'action' ? [`${proof.field} ${proof.value}`] : []))
    .slice(0, 3);
  return `${at(finding.at)}  ${emphasise(styleOf(finding.severity), finding.severity.padEnd(8))} ${toPlainText(finding.title, 200)}${shown.length === 0 ? '' : `: ${toPlainText(shown.join('; '), 300)}`}${where(place)}\n`;
};

export const gapText = (gap: Gap, emphasise: Emphasis): string =>
  `${emphasise('yellow', 'gap')}  ${toPlainText(gap.where, 300)}: ${toPlainText(gap.reason, 300)} (${gap.code})\n`;

const verdictText = ({ verdict }: Incident): readonly string[] =>
  verdict === undefined
    ? []
    : [
        `  The image was judged ${verdict.assessment} (${verdict.decision}) on ${verdict.at.slice(0, 10)}${verdict.because.length === 0 ? '' : `: ${toPlainText(verdict.because[0] ?? '', 300)}`}`,
      ];

export const incidentText = (incident: Incident, emphasise: Emphasis): string => {
  const { severity, title, subject, chain, findings, identity, suppression, reopened, gaps } = incident;
  const [worst] = findings.toSorted((one, other) => severityRank(other.severity) - severityRank(one.severity));
  const names = [...(identity?.containers ?? []).map((id) => id.slice(0, 12)), ...(identity?.instances ?? [])];
  return [
    '',
    `${emphasise(styleOf(severity), severity.toUpperCase())}  ${emphasise('bold', toPlainText(title, 300))}`,
    `  ${subject.kind} ${toPlainText(subject.id, 300)}${names.length === 0 ? '' : `, ${toPlainText(names.slice(0, 5).join(', '), 200)}`}`,
    ...verdictText(incident),
    ...(gaps ?? []).map(
      ({ where, reason, code }) =>
        `  ${emphasise('yellow', 'gap')}  ${toPlainText(where, 300)}: ${toPlainText(reason, 300)} (${code})`,
    ),
    ...(suppression === undefined
      ? []
      : [`  Suppressed until ${at(suppression.until).slice(0, 10)}: ${toPlainText(suppression.reason, 300)}`]),
    ...(reopened === undefined ? [] : [`  Opened again at ${at(reopened)}`]),
    ...chain.map(
      ({ step, at: time, what, more }) =>
        `  ${at(time)}  ${step.padEnd(9)} ${toPlainText(what, 1000)}${more === undefined ? '' : emphasise('dim', ` And ${more} more.`)}`,
    ),
    ...findings.map(
      (finding) =>
        `  ${emphasise(styleOf(finding.severity), finding.severity.padEnd(8))} ${toPlainText(finding.title, 200)} ${emphasise('dim', `(${finding.rule})`)}${finding.more === undefined ? '' : finding.more === 1 ? ', and once more' : `, and ${finding.more} more times`}`,
    ),
    ...(worst === undefined
      ? []
      : [`  ${emphasise('bold', 'do:')} tidewaiter explain ${toPlainText(worst.rule, 200)}`]),
    '',
  ].join('\n');
};
