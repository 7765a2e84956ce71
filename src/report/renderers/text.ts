/** Verdicts → text to be read in a terminal: the verdict, why, the proofs, what was not examined, how much was. */
import { counted, grouped } from '../../core/amount.ts';
import { severities, type Evidence, type Finding } from '../../core/finding.ts';
import type { CoverageCounts, Gap } from '../../core/gap.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Excepted, Verdict } from '../../core/verdict.ts';
import { byteSize, knowledgeAges, packageCounts, shortDigest, shortDigests } from '../amounts.ts';
import { exceptionsOf } from '../exceptions-of.ts';
import { byPlace, readableContent, contextWords, layerWords, placementOf, subjectWords } from '../placement.ts';
import { Page, decisionStyles, severityStyles } from '../page.ts';
import type { Renderer, RenderOptions } from '../renderer.ts';
import {
  attestationWords,
  historyWords,
  outcomeMarks,
  outcomeStyles,
  traceStyles,
  traceWord,
  traceWords,
  trustWords,
} from '../trust-words.ts';
import { turnedWords, useWords } from '../use-words.ts';
import { onlyGapCode, whatNow } from '../what-now.ts';

const proofsShown = 5;
const gapsShown = 20;
const allowedSteps = 3;
const weighedSteps = 12;
const usesShown = 20;

const addHead = (page: Page, { decision, assessment, dossier }: Verdict): void => {
  const platform = dossier.platform === '' ? '' : `  (${toPlainText(dossier.platform)})`;
  const word = page.style(decision.toUpperCase(), 'bold', decisionStyles[decision]);
  page.raw(`${word}  ${page.style(assessment, 'bold')}  ${toPlainText(dossier.reference)}${platform}`);
};

const addProofs = (page: Page, proofs: readonly [Evidence, ...Evidence[]], verbose: boolean): void => {
  const [proof] = proofs;
  const { createdBy } = placementOf(proof);
  const layer = layerWords(proof);
  page.add(`${subjectWords(proof)}${layer === '' ? '' : `  [${layer}]`}`, 4);
  for (const words of contextWords(proof)) page.add(words, 6, words.startsWith('delivered') ? 'dim' : 'yellow');
  for (const one of proofs) {
    const content = readableContent(one, verbose ? 2000 : 240);
    if (one.kind === 'excerpt') page.add(`at byte ${one.offset}: "${content}"`, 6);
    else if (content !== '') page.add(`"${content}"`, 6);
  }
  if (createdBy !== undefined) page.add(`made by: ${toPlainText(createdBy, verbose ? 2000 : 160)}`, 6, 'dim');
};

const addFinding = (page: Page, finding: Finding, excepted: Excepted | undefined, verbose: boolean): void => {
  page.item(
    finding.severity.toUpperCase().padEnd(8),
    toPlainText(finding.title),
    2,
    'bold',
    severityStyles[finding.severity],
  );
  const about = [finding.rule, finding.intent, `confidence ${finding.confidence}`, ...finding.techniques];
  page.add(about.map((word) => toPlainText(word, 200)).join(', '), 4, 'dim');
  if (excepted !== undefined)
    page.add(`excepted until ${excepted.expires}: ${toPlainText(excepted.reason)}`, 4, 'green');
  const shown = verbose ? finding.evidence : finding.evidence.slice(0, proofsShown);
  for (const proofs of byPlace(shown)) addProofs(page, proofs, verbose);
  const left = finding.evidence.length - shown.length;
  if (left > 0) page.add(`and ${counted(left, 'more place')}`, 4);
  if (finding.more !== undefined && finding.more > 0)
    page.add(`and ${counted(finding.more, 'more finding')} of this rule`, 4);
  if (finding.advice !== '') page.item('do:', toPlainText(finding.advice), 4, 'bold');
  if (finding.lesson !== undefined)
    page.add(`lesson: tidewaiter explain ${toPlainText(finding.lesson, 100)}`, 4, 'dim');
};

const addFindings = (page: Page, verdict: Verdict, verbose: boolean): void => {
  const { findings } = verdict.dossier;
  const exceptionOf = exceptionsOf(verdict);
  if (findings.length === 0) return;
  const numbers = severities
    .toReversed()
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${grouped(count)} ${severity}`);
  const hidden = verbose ? 0 : findings.filter(({ severity }) => severity === 'info').length;
  page.gap();
  page.add(`Findings: ${numbers.join(', ')}${hidden > 0 ? ' (info is shown with --verbose)' : ''}`, 0, 'bold');
  findings.forEach((finding, position) => {
    if (finding.severity === 'info' && !verbose) return;
    page.gap();
    addFinding(page, finding, exceptionOf('finding', position), verbose);
  });
};

const addGap = (page: Page, gap: Gap, excepted: Excepted | undefined, advice: string | undefined): void => {
  const size = gap.bytes > 0 ? `, ${byteSize(gap.bytes)}` : '';
  const program = gap.executable === true ? ', may be run' : '';
  page.add(`${toPlainText(gap.code, 100)}  ${toPlainText(shortDigests(gap.where))}${size}${program}`, 2);
  page.add(toPlainText(gap.reason), 4);
  if (excepted !== undefined)
    page.add(`excepted until ${excepted.expires}: ${toPlainText(excepted.reason)}`, 4, 'green');
  else if (advice !== undefined) page.item('do:', toPlainText(advice), 4, 'bold');
};

/** What to do is said once for each code. */
const addGaps = (page: Page, verdict: Verdict, options: RenderOptions): void => {
  const { verbose = false, adviceOn } = options;
  const { gaps } = verdict.dossier;
  const exceptionOf = exceptionsOf(verdict);
  if (gaps.length === 0) return;
  page.gap();
  page.add(`Not examined: ${counted(gaps.length, 'gap')}`, 0, 'bold');
  const shown = verbose ? gaps : gaps.slice(0, gapsShown);
  const said = whatNow(verdict, options) === undefined ? undefined : onlyGapCode(verdict);
  const advised = new Set(said === undefined ? [] : [said]);
  shown.forEach((gap, position) => {
    const excepted = exceptionOf('gap', position);
    addGap(page, gap, excepted, advised.has(gap.code) ? undefined : adviceOn?.(gap.code));
    if (excepted === undefined) advised.add(gap.code);
  });
  if (shown.length < gaps.length) page.add(`and ${counted(gaps.length - shown.length, 'more gap')} (--verbose)`, 2);
};

const countsWords = (files: CoverageCounts, bytes: CoverageCounts): string => {
  const missing = [
    files.skipped > 0 ? `${grouped(files.skipped)} skipped by policy` : '',
    files.unreadable > 0 ? `${grouped(files.unreadable)} unreadable` : '',
  ].filter(Boolean);
  const part =
    bytes.examined === bytes.seen
      ? byteSize(bytes.seen)
      : `${byteSize(bytes.seen)}, all but ${byteSize(bytes.seen - bytes.examined)}`;
  return `${grouped(files.examined)} of ${counted(files.seen, 'file')} (${part})${missing.map((words) => `, ${words}`).join('')}`;
};

const addFoot = (page: Page, { dossier, policy, at }: Verdict): void => {
  const { coverage, layers, rules } = dossier;
  const recalled = layers.filter((layer) => layer.recalled).length;
  const known = Object.entries(rules.counts)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, count]) => `${toPlainText(kind, 60)} ${grouped(count)}`);
  const ages = knowledgeAges(rules.newest, at);
  page.gap();
  // Of a layer that breaks off nobody knows how many files it has: the count alone would look whole.
  const gaps = dossier.gaps.length === 0 ? '' : `, ${counted(dossier.gaps.length, 'gap')}`;
  page.item('Examined', `${countsWords(coverage.files, coverage.bytes)}${gaps}`, 0, 'bold');
  if (coverage.nested.files.seen > 0)
    page.item('        ', `inside archives: ${countsWords(coverage.nested.files, coverage.nested.bytes)}`, 0);
  if (layers.length > 0)
    page.item(
      '        ',
      `${counted(layers.length, 'layer')}${recalled > 0 ? `, ${recalled} known from earlier scans` : ''}`,
      0,
    );
  if (dossier.packages.length > 0) page.item('Packages', packageCounts(dossier.packages), 0, 'bold');
  page.item(
    'Rules   ',
    `${toPlainText(shortDigest(rules.version), 100)}${known.length > 0 ? ` (${known.join(', ')})` : ''}${ages.map((age) => `; ${toPlainText(age, 120)}`).join('')}`,
    0,
    'bold',
  );
  page.item('Policy  ', `${toPlainText(policy.name, 100)}, judged at ${toPlainText(at, 60)}`, 0, 'bold');
};

const addUses = (page: Page, { uses = [] }: Verdict, verbose: boolean): void => {
  if (uses.length === 0) return;
  page.gap();
  page.add(`Where: ${counted(uses.length, 'place')}`, 0, 'bold');
  const shown = verbose ? uses : uses.slice(0, usesShown);
  for (const use of shown) page.item('-', useWords(use), 2);
  if (shown.length < uses.length) page.add(`and ${counted(uses.length - shown.length, 'more place')} (--verbose)`, 2);
};

/** Each answer in one line; with `verbose` what was looked for, and where. */
const addTrust = (page: Page, { dossier }: Verdict, verbose: boolean): void => {
  const { trust, attestations, history } = dossier;
  if (trust === undefined && history === undefined) return;
  page.gap();
  page.add('Signatures', 0, 'bold');
  if (trust !== undefined) page.item('-', trustWords(trust), 2);
  for (const attestation of attestations) {
    const { outcome } = attestation;
    page.item(outcomeMarks[outcome], attestationWords(attestation), 2, outcomeStyles[outcome]);
    const steps = verbose ? attestation.trace : [];
    for (const step of steps) page.item(traceWord(step.result), traceWords(step), 6, traceStyles[step.result]);
  }
  for (const words of history === undefined ? [] : historyWords(history)) page.item('-', words, 2);
};

/** What an image does when it starts is worth more lines where somebody has to decide. */
const addStory = (page: Page, { dossier, decision }: Verdict, verbose: boolean): void => {
  const { story } = dossier;
  if (story.length === 0) return;
  const steps = verbose ? story : story.slice(0, decision === 'allow' ? allowedSteps : weighedSteps);
  page.gap();
  page.add('Start-up', 0, 'bold');
  steps.forEach((step, index) => page.item(`${index + 1}.`, toPlainText(step, verbose ? 2000 : 400), 2));
  if (steps.length < story.length)
    page.add(`and ${counted(story.length - steps.length, 'more step')} (--verbose)`, 2, 'dim');
};

const addVerdict = (page: Page, verdict: Verdict, options: RenderOptions): void => {
  const { verbose = false } = options;
  addHead(page, verdict);
  if (verdict.turnedFrom !== undefined) page.item('!', turnedWords(verdict.turnedFrom), 2, 'bold', 'red');
  for (const reason of verdict.because) page.item('-', toPlainText(reason, 4000), 2);
  const now = whatNow(verdict, options);
  if (now !== undefined) page.item('do:', toPlainText(now), 2, 'bold');
  addUses(page, verdict, verbose);
  addTrust(page, verdict, verbose);
  addStory(page, verdict, verbose);
  addFindings(page, verdict, verbose);
  addGaps(page, verdict, options);
  addFoot(page, verdict);
};

export const text: Renderer = {
  id: 'text',
  about: 'to be read in a terminal: verdict, reasons, proofs, gaps, coverage',
  mediaType: 'text/plain; charset=utf-8',
  render(verdicts, options) {
    const page = new Page(options);
    verdicts.forEach((verdict, position) => {
      if (position > 0) {
        page.raw('');
        page.raw('');
      }
      addVerdict(page, verdict, options);
    });
    if (verdicts.length === 0) page.raw('No image was judged.');
    return page.toString();
  },
};
