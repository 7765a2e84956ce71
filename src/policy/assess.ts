/** Findings and gaps → the assessment of an image, by the lines of a policy: strength, context, strength in combination. The table is in docs/policy.md. */
import { compareFindings, severityRank, type Confidence, type Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Assessment } from '../core/verdict.ts';
import { coversExecutable } from './exceptions.ts';
import { isGlobMatch } from '../core/glob.ts';
import { contextOf, subjectsOf } from './finding-context.ts';
import type { FindingContext, FindingGrade, FindingLine, GapAction, GapLine } from './policy.ts';

const confidenceRank = (confidence: Confidence): number => ['low', 'medium', 'high'].indexOf(confidence);

/** A finding with what lines ask of it, worked out once. */
interface Weighed {
  readonly finding: Finding;
  readonly context: ReadonlySet<FindingContext>;
  readonly subjects: ReadonlySet<string>;
}

const toWeighed = (finding: Finding): Weighed => ({
  finding,
  context: contextOf(finding),
  subjects: subjectsOf(finding),
});

/** All that a line asks of one finding by itself; intents apart. */
const fitsStrength = (line: FindingLine, { finding, context }: Weighed): boolean =>
  (line.rule === undefined || isGlobMatch(line.rule, finding.rule)) &&
  (line.severity === undefined || severityRank(finding.severity) >= severityRank(line.severity)) &&
  (line.confidence === undefined || confidenceRank(finding.confidence) >= confidenceRank(line.confidence)) &&
  (line.context ?? []).every((word) => context.has(word)) &&
  !(line.unless ?? []).some((word) => context.has(word));

const hasIntent = (line: FindingLine, { finding }: Weighed): boolean =>
  line.intent === undefined || line.intent.includes(finding.intent);

/** Which findings are about one thing. What a line asks of the others is worked out once for each thing, however many findings it has. */
class Neighbours {
  readonly #bySubject = new Map<string, Weighed[]>();
  readonly #fitting = new Map<FindingLine, Map<string, ReadonlyMap<string, Finding>>>();

  constructor(all: readonly Weighed[]) {
    for (const weighed of all)
      for (const subject of weighed.subjects) {
        const known = this.#bySubject.get(subject);
        if (known === undefined) this.#bySubject.set(subject, [weighed]);
        else known.push(weighed);
      }
  }

  /** One of each other rule that fits the line and is about the same thing, worst first. */
  companionsOf(line: FindingLine, { finding, subjects }: Weighed): readonly Finding[] {
    const byRule = new Map([...subjects].flatMap((subject) => [...this.#fittingOf(line, subject)]));
    byRule.delete(finding.rule);
    return [...byRule.values()].sort(compareFindings);
  }

  #fittingOf(line: FindingLine, subject: string): ReadonlyMap<string, Finding> {
    const bySubject = this.#fitting.get(line) ?? new Map<string, ReadonlyMap<string, Finding>>();
    this.#fitting.set(line, bySubject);
    const known = bySubject.get(subject);
    if (known !== undefined) return known;
    const fitting = (this.#bySubject.get(subject) ?? []).filter(
      (one) => (hasIntent(line, one) || line.with?.includes(one.finding.intent) === true) && fitsStrength(line, one),
    );
    const byRule = new Map(fitting.map(({ finding }) => [finding.rule, finding]));
    bySubject.set(subject, byRule);
    return byRule;
  }
}

/** What decided about a finding, and with which others it was counted. */
export interface GradedFinding {
  readonly finding: Finding;
  readonly context: ReadonlySet<FindingContext>;
  readonly grade: FindingGrade;
  /** Empty unless the line asks for several. */
  readonly companions: readonly Finding[];
}

/** A finding that no line fits is suspicious: a policy that forgets a case does not allow it. */
const gradeFinding = (lines: readonly FindingLine[], weighed: Weighed, neighbours: Neighbours): GradedFinding => {
  const { finding, context } = weighed;
  for (const line of lines) {
    if (!hasIntent(line, weighed) || !fitsStrength(line, weighed)) continue;
    if (line.together === undefined) return { finding, context, grade: line.assess, companions: [] };
    const companions = neighbours.companionsOf(line, weighed);
    if (companions.length + 1 >= line.together) return { finding, context, grade: line.assess, companions };
  }
  return { finding, context, grade: 'suspicious', companions: [] };
};

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
  readonly malicious: readonly GradedFinding[];
  readonly suspicious: readonly GradedFinding[];
  /** Reported, without weight. */
  readonly light: readonly GradedFinding[];
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
  const weighed = findings.map(toWeighed);
  const neighbours = new Neighbours(weighed);
  const graded = weighed.map((one) => gradeFinding(lines.findings, one, neighbours));
  const of = (grade: FindingGrade): readonly GradedFinding[] => graded.filter((one) => one.grade === grade);
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
  return { assessment, malicious, suspicious, light: of('clean'), denied, warned, accepted: by('accept') };
};
