/** A Difference → text for an upgrade review in a terminal: the verdict first, then what changed, worst first, in few lines. */
import { counted, grouped } from '../core/amount.ts';
import type { CapabilityChange, Difference, FileChange, PackageChange, Risk } from '../core/difference.ts';
import type { Finding } from '../core/finding.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Verdict } from '../core/verdict.ts';
import { byteSize, shortDigest, shortDigests } from './amounts.ts';
import { Page, decisionStyles, severityStyles, type Style } from './page.ts';
import { readableContent, layerWords, placementOf, subjectWords } from './placement.ts';
import type { RenderOptions } from './renderer.ts';

/** Lines of one kind that are shown without --verbose. */
const shownLines = 12;

const riskStyles: Readonly<Record<Risk, Style>> = { worse: 'red', better: 'green', same: 'dim', unknown: 'yellow' };

const marks = { added: '+', removed: '-', changed: '~' } as const;
type Mark = (typeof marks)[keyof typeof marks];
const markStyles: Readonly<Record<Mark, Style>> = { '+': 'green', '-': 'dim', '~': 'yellow' };

const shown = (text: string, maximum = 160): string => toPlainText(text, maximum);

/** As many items as a person reads, and how many there are besides. */
const addList = <Item>(page: Page, items: readonly Item[], verbose: boolean, add: (item: Item) => void): void => {
  const few = verbose ? items : items.slice(0, shownLines);
  few.forEach(add);
  if (few.length < items.length) page.add(`and ${grouped(items.length - few.length)} more (--verbose)`, 2);
};

const addImage = (page: Page, word: string, { dossier, assessment, decision }: Verdict): void => {
  const platform = dossier.platform === '' ? '' : `  (${shown(dossier.platform)})`;
  const said = page.style(`${decision}, ${assessment}`, decisionStyles[decision]);
  page.raw(`  ${word}  ${said}  ${toPlainText(dossier.reference)}${platform}`);
};

const addFinding = (page: Page, word: string, finding: Finding, style: Style, also: readonly string[] = []): void => {
  const [proof] = finding.evidence;
  const { launched, unowned, hidden } = placementOf(proof);
  page.item(
    word,
    `${finding.severity} ${finding.intent}: ${shown(finding.title)} (${shown(finding.rule)})`,
    2,
    'bold',
    style,
  );
  const context = [
    layerWords(proof),
    launched === true ? 'started by the image' : '',
    unowned === true ? 'owned by no package' : '',
    hidden === true ? 'hidden by a later layer' : '',
    ...also,
  ].filter(Boolean);
  page.add(`${subjectWords(proof)}${context.length > 0 ? `  [${context.join(', ')}]` : ''}`, 8);
  const content = readableContent(proof, 160);
  if (content !== '') page.add(`"${content}"`, 8, 'dim');
};

const addFindings = (page: Page, { findings }: Difference, verbose: boolean): void => {
  const { added, heavier, gone, same } = findings;
  if (added.length + heavier.length + gone.length === 0) return;
  page.gap();
  page.add(`Findings: ${added.length} new, ${gone.length} gone, ${same} in both`, 0, 'bold');
  const isShown = ({ severity }: Finding): boolean => verbose || severity !== 'info';
  addList(page, added.filter(isShown), verbose, (finding) =>
    addFinding(page, 'new  ', finding, severityStyles[finding.severity]),
  );
  addList(page, heavier, verbose, ({ finding, now }) =>
    addFinding(page, 'more ', finding, severityStyles[finding.severity], now),
  );
  addList(page, gone.filter(isShown), verbose, (finding) => addFinding(page, 'gone ', finding, 'green'));
  const told = [...added.filter(isShown), ...heavier.map(({ finding }) => finding)];
  const lessons = [...new Set(told.flatMap(({ lesson }) => lesson ?? []))];
  if (lessons.length > 0)
    page.add(`lessons (tidewaiter explain NAME): ${lessons.map((name) => shown(name)).join(', ')}`, 2, 'dim');
};

const kindWords = (kind: CapabilityChange['kind']): string => kind.replaceAll('-', ' ');

const addCapabilities = (page: Page, { capabilities }: Difference, verbose: boolean): void => {
  if (capabilities.length === 0) return;
  page.gap();
  page.add(`Rights and start: ${counted(capabilities.length, 'change')}`, 0, 'bold');
  addList(page, capabilities, verbose, ({ kind, name, old, new: now, widens }) => {
    const mark = old === '' && now !== '' ? '+' : now === '' && old !== '' ? '-' : '~';
    const value = mark === '~' ? `${shown(old)} → ${shown(now)}` : shown(mark === '+' ? now : old);
    const subject = name === '' ? '' : ` ${shown(name)}`;
    page.item(
      mark,
      `${kindWords(kind)}${subject}${value === name || value === '' ? '' : `: ${value}`}`,
      2,
      widens ? 'red' : markStyles[mark],
    );
  });
};

const addStory = (page: Page, { story }: Difference, verbose: boolean): void => {
  if (story.added.length + story.gone.length === 0) return;
  page.gap();
  page.add('Start-up', 0, 'bold');
  addList(page, story.gone, verbose, (step) => page.item('-', toPlainText(step, 400), 2, 'dim'));
  addList(page, story.added, verbose, (step) => page.item('+', toPlainText(step, 400), 2, 'green'));
};

const packageWords = ({ ecosystem, name, old, new: now }: PackageChange): string =>
  `${ecosystem} ${shown(name)} ${[old, now]
    .filter((version) => version !== '')
    .map((version) => shown(version, 60))
    .join(' → ')}`;

const addPackages = (page: Page, { packages }: Difference, verbose: boolean): void => {
  const { downgraded, upgraded, added, removed, same } = packages;
  const groups = [
    [downgraded, 'downgraded', '↓', 'red'],
    [added, 'added', '+', 'green'],
    [upgraded, 'upgraded', '↑', 'yellow'],
    [removed, 'removed', '-', 'dim'],
  ] as const;
  if (groups.every(([changes]) => changes.length === 0)) return;
  page.gap();
  const numbers = groups.flatMap(([changes, word]) => (changes.length === 0 ? [] : [`${changes.length} ${word}`]));
  page.add(`Packages: ${numbers.join(', ')}, ${same} as before`, 0, 'bold');
  for (const [changes, , mark, style] of groups)
    addList(page, changes, verbose, (change) => page.item(mark, packageWords(change), 2, style));
};

const fileWords = ({ path, is, owner, unowned, unexplained, old, new: now }: FileChange): string => {
  const facts = [
    ...is.map((word) => (word === 'started' ? 'started by the image' : word)),
    unowned === true ? 'owned by no package' : '',
    unexplained === true ? `changed though ${shown(owner ?? '', 60)} did not` : '',
    now === undefined ? '' : byteSize(now.size),
    old !== undefined && now !== undefined && old.mode !== now.mode
      ? `mode ${old.mode.toString(8)} → ${now.mode.toString(8)}`
      : '',
  ].filter(Boolean);
  return `${toPlainText(path)}  [${facts.join(', ')}]`;
};

/** What a package upgrade explains is counted, not listed. */
const isExplained = ({ owner, unexplained, is }: FileChange): boolean =>
  owner !== undefined && unexplained !== true && !is.some((word) => word === 'setuid' || word === 'capabilities');

const addFiles = (page: Page, { files }: Difference, verbose: boolean): void => {
  const { added, removed, changed, same, notable, more } = files;
  if (added + removed + changed === 0) return;
  page.gap();
  page.add(
    `Files: ${grouped(added)} added, ${grouped(removed)} removed, ${grouped(changed)} changed, ${grouped(same)} as before`,
    0,
    'bold',
  );
  const listed = verbose ? notable : notable.filter((change) => !isExplained(change));
  addList(page, listed, verbose, (change) => {
    const mark = marks[change.change];
    page.item(mark, fileWords(change), 2, change.unexplained === true ? 'red' : markStyles[mark]);
  });
  const quiet = notable.length - listed.length;
  if (quiet > 0) page.add(`${counted(quiet, 'file')} that packages deliver (--verbose)`, 2, 'dim');
  if (more > 0) page.add(`and ${counted(more, 'more such file')}`, 2);
};

const addGaps = (page: Page, { gaps }: Difference, verbose: boolean): void => {
  if (gaps.added.length === 0) return;
  page.gap();
  page.add(`Not examined, and not so before: ${counted(gaps.added.length, 'gap')}`, 0, 'bold');
  addList(page, gaps.added, verbose, ({ where, code, reason }) =>
    page.add(`${shown(code)}  ${shown(shortDigests(where))}: ${shown(reason)}`, 2),
  );
};

export const differenceText = (
  difference: Difference,
  options: Pick<RenderOptions, 'colour' | 'width' | 'verbose'>,
): string => {
  const page = new Page(options);
  const { risk, because, old, new: now } = difference;
  const verbose = options.verbose === true;
  page.raw(page.style(risk.toUpperCase(), 'bold', riskStyles[risk]));
  addImage(page, 'old', old);
  addImage(page, 'new', now);
  for (const reason of because) page.item('-', toPlainText(reason, 4000), 2);
  addFindings(page, difference, verbose);
  addCapabilities(page, difference, verbose);
  addStory(page, difference, verbose);
  addFiles(page, difference, verbose);
  addPackages(page, difference, verbose);
  addGaps(page, difference, verbose);
  page.gap();
  page.item('Rules   ', shown(shortDigest(now.dossier.rules.version)), 0, 'bold');
  page.item('Policy  ', `${shown(now.policy.name)}, judged at ${shown(now.at)}`, 0, 'bold');
  return page.toString();
};
