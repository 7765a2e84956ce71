/** Findings and gaps → the assessment of an image, by the lines of a policy. The table is in docs/policy.md. */
import { severityRank, type Confidence, type Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Assessment } from '../core/verdict.ts';
import { coversExecutable } from './exceptions.ts';
import { isGlobMatch } from './glob.ts';
import type { FindingGrade, FindingLine, GapAction, GapLine } from './policy.ts';

const confidenceRank = (confidence: Confidence): number => ['low', 'medium', 'high'].indexOf(confidence);

const fitsFinding = (line: FindingLine, finding: Finding): boolean =>
  (line.rule === undefined || isGlobMatch(line.rule, finding.rule)) &&
  (line.intent === undefined || line.intent.includes(finding.intent)) &&
  (line.severity === undefined || severityRank(finding.severity) >= severityRank(line.severity)) &&
  (line.confidence === undefined || confidenceRank(finding.confidence) >= confidenceRank(line.confidence));

/** A finding that no line fits is suspicious: a policy that forgets a case does not allow it. */
export const gradeFinding = (lines: readonly FindingLine[], finding: Finding): FindingGrade =>
  lines.find((line) => fitsFinding(line, finding))?.assess ?? 'suspicious';

const fitsGap = (line: GapLine, gap: Gap): boolean =>
  (line.code === undefined || isGlobMatch(line.code, gap.code)) &&
  (line.kind === undefined || line.kind === gap.kind) &&
  (line.action === 'deny' || coversExecutable(gap, { code: line.code, executable: line.executable }));

/** A gap that no line fits is denied. */
export const actOnGap = (lines: readonly GapLine[], gap: Gap): GapAction =>
  lines.find((line) => fitsGap(line, gap))?.action ?? 'deny';

export interface Assessed {
  readonly assessment: Assessment;
  /** Worst first, as in the dossier. */
  readonly malicious: readonly Finding[];
  readonly suspicious: readonly Finding[];
  readonly denied: readonly Gap[];
  readonly warned: readonly Gap[];
  readonly accepted: readonly Gap[];
}

/** malicious wins over incomplete, incomplete over suspicious, suspicious over clean. */
export const assess = (
  lines: { readonly findings: readonly FindingLine[]; readonly gaps: readonly GapLine[] },
  findings: readonly Finding[],
  gaps: readonly Gap[],
): Assessed => {
  const graded = findings.map((finding) => ({ finding, grade: gradeFinding(lines.findings, finding) }));
  const of = (grade: FindingGrade): readonly Finding[] =>
    graded.filter((one) => one.grade === grade).map(({ finding }) => finding);
  const acted = gaps.map((gap) => ({ gap, action: actOnGap(lines.gaps, gap) }));
  const by = (action: GapAction): readonly Gap[] => acted.filter((one) => one.action === action).map(({ gap }) => gap);
  const [malicious, suspicious, denied] = [of('malicious'), of('suspicious'), by('deny')];
  const assessment =
    malicious.length > 0
      ? 'malicious'
      : denied.length > 0
        ? 'incomplete'
        : suspicious.length > 0
          ? 'suspicious'
          : 'clean';
  return { assessment, malicious, suspicious, denied, warned: by('warn'), accepted: by('accept') };
};
