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
  (line.nested === undefined || line.nested === (gap.nested ?? false)) &&
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

/**
 * malicious wins over what was not examined and is denied, that over suspicious, suspicious over clean. Where a gap only warns,
 * the image is incomplete too: clean is said of what was examined.
 */
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
  const [malicious, suspicious, denied, warned] = [of('malicious'), of('suspicious'), by('deny'), by('warn')];
  const assessment =
    malicious.length > 0
      ? 'malicious'
      : denied.length > 0
        ? 'incomplete'
        : suspicious.length > 0
          ? 'suspicious'
          : warned.length > 0
            ? 'incomplete'
            : 'clean';
  return { assessment, malicious, suspicious, denied, warned, accepted: by('accept') };
};
