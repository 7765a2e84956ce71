/** Two judged images with what the audit saw of them → their Difference: pure, the worst first. */
import { counted, grouped } from '../../core/amount.ts';
import type { Difference, Risk } from '../../core/difference.ts';
import { severityRank, type Finding } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Assessment, Decision, Verdict } from '../../core/verdict.ts';
import type { Examined } from '../inspect.ts';
import { compareCapabilities } from './capabilities.ts';
import { compareFiles } from './files.ts';
import { finalTreeOf } from './final-tree.ts';
import { compareFindingsOf, compareGapsOf } from './findings.ts';
import { comparePackages } from './packages.ts';

const decisions: readonly Decision[] = ['allow', 'warn', 'deny'];
const assessments: readonly Assessment[] = ['clean', 'suspicious', 'incomplete', 'malicious'];

type Compared = Omit<Difference, 'risk' | 'because'>;

const weighty = ({ severity, intent }: Finding): boolean =>
  intent !== 'hygiene' && severityRank(severity) >= severityRank('medium');

const riskOf = (compared: Compared): Risk => {
  const { old, new: now, findings, capabilities, files, packages } = compared;
  const byVerdict =
    decisions.indexOf(now.decision) - decisions.indexOf(old.decision) ||
    assessments.indexOf(now.assessment) - assessments.indexOf(old.assessment);
  if (byVerdict !== 0) return byVerdict > 0 ? 'worse' : 'better';
  const isWorse =
    findings.added.some(weighty) ||
    findings.heavier.length > 0 ||
    capabilities.some(
      ({ kind, widens }) => widens && ['setuid', 'setgid', 'file-capabilities', 'user'].includes(kind),
    ) ||
    files.notable.some(({ unexplained }) => unexplained === true) ||
    packages.downgraded.length > 0;
  if (isWorse) return 'worse';
  return findings.gone.some(weighty) ? 'better' : 'same';
};

const list = (words: readonly string[], maximum = 3): string => {
  const rest = words.length - maximum;
  return `${words.slice(0, maximum).join(', ')}${rest > 0 ? ` and ${grouped(rest)} more` : ''}`;
};

/** Nothing at all is said of the kinds in which nothing changed. */
const sentencesOf = (compared: Compared): readonly string[] => {
  const { old, new: now, findings, capabilities, files, packages, story, gaps } = compared;
  const rights = capabilities.filter(({ widens }) => widens);
  const unexplained = files.notable.filter((change) => change.unexplained === true);
  const isSameVerdict = old.assessment === now.assessment && old.decision === now.decision;
  const shown = (text: string): string => toPlainText(text, 120);
  const worst = findings.added
    .filter(({ severity }) => severity !== 'info')
    .slice(0, 2)
    .map(({ severity, intent, title }) => `${severity} ${intent}: ${shown(title)}`);
  return [
    isSameVerdict
      ? `both are ${now.assessment} (${now.decision})`
      : `was ${old.assessment} (${old.decision}), is ${now.assessment} (${now.decision})`,
    findings.added.length > 0
      ? `${counted(findings.added.length, 'new finding')}${worst.length > 0 ? `, such as ${worst.join('; ')}` : ''}`
      : '',
    findings.heavier.length > 0
      ? `${counted(findings.heavier.length, 'finding')} of both ${findings.heavier.length === 1 ? 'weighs' : 'weigh'} more now`
      : '',
    unexplained.length > 0
      ? `${counted(unexplained.length, 'file')} changed though ${unexplained.length === 1 ? 'its package' : 'their packages'} did not: ${list(unexplained.map(({ path }) => shown(path)))}`
      : '',
    rights.length > 0
      ? `may do more: ${list(rights.map(({ kind, name }) => (name === '' ? kind : `${kind} ${shown(name)}`)))}`
      : '',
    packages.downgraded.length > 0
      ? `${counted(packages.downgraded.length, 'package')} downgraded: ${list(packages.downgraded.map(({ name }) => shown(name)))}`
      : '',
    story.added.length + story.gone.length > 0 ? 'it starts differently' : '',
    gaps.added.length > 0
      ? `${counted(gaps.added.length, 'part')} could not be examined that ${gaps.added.length === 1 ? 'was' : 'were'} no gap before`
      : '',
    findings.gone.length > 0 ? `${counted(findings.gone.length, 'finding')} gone` : '',
  ].filter(Boolean);
};

const storyOf = (old: readonly string[], now: readonly string[]): Difference['story'] => ({
  added: now.filter((step) => !old.includes(step)),
  gone: old.filter((step) => !now.includes(step)),
});

const nothing = (old: Verdict, now: Verdict): Compared => ({
  old,
  new: now,
  findings: { added: [], gone: [], heavier: [], same: 0 },
  gaps: { added: [], gone: [], same: 0 },
  capabilities: [],
  files: { added: 0, removed: 0, changed: 0, same: 0, notable: [], more: 0 },
  packages: comparePackages([], []),
  story: { added: [], gone: [] },
});

const compareImages = (old: Examined, now: Examined): Compared | undefined => {
  if (old.audit === undefined || now.audit === undefined) return undefined;
  const [before, after] = [old.verdict.dossier, now.verdict.dossier];
  const [was, is] = [finalTreeOf(old.audit), finalTreeOf(now.audit)];
  return {
    old: old.verdict,
    new: now.verdict,
    findings: compareFindingsOf(before.findings, after.findings),
    gaps: compareGapsOf(before.gaps, after.gaps),
    capabilities: compareCapabilities({ config: before.config, tree: was }, { config: after.config, tree: is }),
    files: compareFiles({ tree: was, packages: before.packages }, { tree: is, packages: after.packages }),
    packages: comparePackages(before.packages, after.packages),
    story: storyOf(before.story, after.story),
  };
};

/** Where an image could not be had, nothing is compared: what is missing would look as if it were gone. */
export const differenceOf = (old: Examined, now: Examined): Difference => {
  const compared = compareImages(old, now);
  if (compared === undefined) {
    const missing = [old, now].filter(({ audit }) => audit === undefined).map(({ verdict }) => verdict.because[0]);
    const [first = 'an image could not be had', ...others] = missing;
    return { ...nothing(old.verdict, now.verdict), risk: 'unknown', because: [first, ...others] };
  }
  const [first = 'nothing changed', ...others] = sentencesOf(compared);
  return { ...compared, risk: riskOf(compared), because: [first, ...others] };
};
