/**
 * Verdicts → JUnit XML as Jenkins, GitLab and Azure read it: one suite for each image, a case for the verdict and one for each
 * finding and gap. A suite fails exactly when the image is denied: what did not deny is `skipped`, with its words.
 */
import { counted } from '../../core/amount.ts';
import type { Attestation } from '../../core/attestation.ts';
import { severityRank, type Finding } from '../../core/finding.ts';
import type { Gap } from '../../core/gap.ts';
import type { Excepted, Verdict } from '../../core/verdict.ts';
import { byteSize, shortDigests } from '../amounts.ts';
import { exceptionsOf } from '../exceptions-of.ts';
import { contentWords, contextWords, layerWords, placementOf, subjectWords } from '../placement.ts';
import type { Renderer } from '../renderer.ts';
import { attestationWords, traceWord, traceWords } from '../trust-words.ts';
import { xmlText } from '../xml-text.ts';

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

interface Case {
  readonly name: string;
  readonly className: string;
  readonly outcome: Outcome;
  /** What the outcome is called, such as the severity. */
  readonly type: string;
  readonly message: string;
  readonly lines: readonly string[];
}

const verdictCase = ({ decision, assessment, because, policy, untrusted }: Verdict): Case => ({
  name: `verdict: ${decision} (${assessment})`,
  className: 'verdict',
  outcome:
    decision === 'allow'
      ? 'passed'
      : decision === 'warn'
        ? 'skipped'
        : assessment === 'incomplete' && untrusted !== 'deny'
          ? 'error'
          : 'failure',
  type: assessment,
  message: because[0],
  lines: [...because, `policy ${policy.name}`],
});

const proofLines = (finding: Finding): readonly string[] =>
  finding.evidence.slice(0, 20).flatMap((proof) => {
    const { createdBy } = placementOf(proof);
    const content = contentWords(proof, 300);
    return [
      [subjectWords(proof), layerWords(proof)].filter(Boolean).join(', '),
      ...contextWords(proof),
      ...(content === '' ? [] : [`found "${content}"`]),
      ...(createdBy === undefined ? [] : [`made by ${createdBy.slice(0, 300)}`]),
    ];
  });

const isWeighty = ({ severity }: Finding): boolean => severityRank(severity) >= severityRank('high');

const findingCase = (verdict: Verdict, finding: Finding, excepted: Excepted | undefined): Case => {
  const denied = verdict.decision === 'deny' && excepted === undefined && isWeighty(finding);
  const words = excepted === undefined ? '' : ` (excepted until ${excepted.expires}: ${excepted.reason})`;
  return {
    name: `${finding.rule}: ${subjectWords(finding.evidence[0])}`,
    className: finding.rule,
    outcome: denied ? 'failure' : 'skipped',
    type: finding.severity,
    message: `${finding.severity} ${finding.intent}, confidence ${finding.confidence}: ${finding.title}${words}`,
    lines: [
      ...proofLines(finding),
      finding.advice,
      finding.lesson === undefined ? '' : `lesson: tidewaiter explain ${finding.lesson}`,
    ],
  };
};

const gapCase = (verdict: Verdict, gap: Gap, excepted: Excepted | undefined): Case => {
  const denied = verdict.assessment === 'incomplete' && verdict.decision === 'deny' && excepted === undefined;
  return {
    name: `${gap.code}: ${shortDigests(gap.where)}`,
    className: `gap/${gap.code}`,
    outcome: denied ? 'error' : 'skipped',
    type: gap.code,
    message: `not examined: ${gap.reason}${gap.bytes > 0 ? `, ${byteSize(gap.bytes)}` : ''}${gap.executable === true ? ', may be run' : ''}`,
    lines: excepted === undefined ? [] : [`excepted until ${excepted.expires}: ${excepted.reason}`],
  };
};

/** A signature that was demanded is a case of its own. What could not be found out fails as the gap that it is. */
const attestationCase = (verdict: Verdict, attestation: Attestation): Case => {
  const { verifier, signer = verifier, kind, outcome, code } = attestation;
  const denied = verdict.untrusted === 'deny' && kind === 'signature' && outcome === 'untrusted';
  return {
    name: `${kind} of ${signer}`,
    className: `signature/${verifier}`,
    outcome: outcome === 'trusted' ? 'passed' : denied ? 'failure' : 'skipped',
    type: code,
    message: attestationWords(attestation),
    lines: attestation.trace.map((step) => `${traceWord(step.result).trim()}: ${traceWords(step)}`),
  };
};

const writeCase = ({ name, className, outcome, type, message, lines }: Case): string => {
  const open = `    <testcase name="${xmlText(name, 300)}" classname="${xmlText(className, 200)}" time="0"`;
  const body = lines
    .filter(Boolean)
    .map((line) => xmlText(line))
    .join('\n');
  const output = body === '' ? '' : `\n      <system-out>${body}</system-out>`;
  if (outcome === 'passed') return `${open}>${output}\n    </testcase>\n`;
  if (outcome === 'skipped')
    return `${open}>\n      <skipped message="${xmlText(message)}"/>${output}\n    </testcase>\n`;
  return `${open}>\n      <${outcome} message="${xmlText(message)}" type="${xmlText(type, 100)}">${body}</${outcome}>\n    </testcase>\n`;
};

const casesOf = (verdict: Verdict): readonly Case[] => {
  const { dossier } = verdict;
  const exceptedAt = exceptionsOf(verdict);
  return [
    verdictCase(verdict),
    ...dossier.findings.map((finding, position) => findingCase(verdict, finding, exceptedAt('finding', position))),
    ...dossier.attestations.map((attestation) => attestationCase(verdict, attestation)),
    ...dossier.gaps.map((gap, position) => gapCase(verdict, gap, exceptedAt('gap', position))),
  ];
};

const countOf = (cases: readonly Case[], outcome: Outcome): number =>
  cases.filter((one) => one.outcome === outcome).length;

const countsOf = (cases: readonly Case[]): string =>
  `tests="${cases.length}" failures="${countOf(cases, 'failure')}" errors="${countOf(cases, 'error')}" skipped="${countOf(cases, 'skipped')}" time="0"`;

const writeSuite = (verdict: Verdict, cases: readonly Case[], position: number): string => {
  const { dossier, at } = verdict;
  const { files } = dossier.coverage;
  const properties: readonly (readonly [string, string])[] = [
    ['reference', dossier.reference],
    ['digest', dossier.digest ?? ''],
    ['platform', dossier.platform],
    ['assessment', verdict.assessment],
    ['decision', verdict.decision],
    ['rules', dossier.rules.version],
    ['coverage', `${files.examined} of ${counted(files.seen, 'file')} examined`],
  ];
  const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.exec(at)?.[0];
  const name = `${dossier.reference}${dossier.platform === '' ? '' : ` (${dossier.platform})`}`;
  return [
    `  <testsuite id="${position}" name="${xmlText(name, 600)}" ${countsOf(cases)}${timestamp === undefined ? '' : ` timestamp="${timestamp}"`}>\n`,
    '    <properties>\n',
    ...properties
      .filter(([, value]) => value !== '')
      .map(([key, value]) => `      <property name="${key}" value="${xmlText(value, 600)}"/>\n`),
    '    </properties>\n',
    ...cases.map(writeCase),
    '  </testsuite>\n',
  ].join('');
};

export const junit: Renderer = {
  id: 'junit',
  about: 'JUnit XML, for the test pages of CI systems: one suite for each image',
  mediaType: 'application/xml',
  render(verdicts) {
    const suites = verdicts.map((verdict) => ({ verdict, cases: casesOf(verdict) }));
    const all = suites.flatMap(({ cases }) => cases);
    return [
      '<?xml version="1.0" encoding="UTF-8"?>\n',
      `<testsuites name="Tidewaiter" ${countsOf(all)}>\n`,
      ...suites.map(({ verdict, cases }, position) => writeSuite(verdict, cases, position)),
      '</testsuites>\n',
    ].join('');
  },
};
