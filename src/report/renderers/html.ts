/**
 * Verdicts → one self-contained HTML page: no script, no request, and a content policy under which neither would run. It folds and
 * filters with what HTML and CSS have. Every string of an image goes through `shown`, the only way into the page.
 */
import { createHash } from 'node:crypto';
import { counted } from '../../core/amount.ts';
import { severities, type Evidence, type Finding } from '../../core/finding.ts';
import type { CoverageCounts, Gap } from '../../core/gap.ts';
import type { Excepted, Verdict } from '../../core/verdict.ts';
import { byteSize, knowledgeAges, packageCounts, shortDigest, shortDigests } from '../amounts.ts';
import { exceptionsOf } from '../exceptions-of.ts';
import { writeLessonLink, writeLessons } from '../html-lessons.ts';
import { htmlStyle } from '../html-style.ts';
import { byPlace, readableContent, contextWords, layerWords, placementOf, subjectWords } from '../placement.ts';
import type { Renderer, RenderOptions } from '../renderer.ts';
import { attestationWords, historyWords, outcomeMarks, traceWord, traceWords, trustWords } from '../trust-words.ts';
import { turnedWords, useWords } from '../use-words.ts';
import { whatNow } from '../what-now.ts';
import { xmlText as shown } from '../xml-text.ts';

const contentPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(htmlStyle).digest('base64')}'; base-uri 'none'; form-action 'none'`;

const writeContent = (proof: Evidence): string => {
  const content = readableContent(proof, 2000);
  const at = proof.kind === 'excerpt' ? `<div class="about">at byte ${proof.offset.toLocaleString('en-GB')}</div>` : '';
  return `${at}${content === '' ? '' : `<pre>${shown(content)}</pre>`}`;
};

const writeProofs = (proofs: readonly [Evidence, ...Evidence[]]): string => {
  const [proof] = proofs;
  const { createdBy } = placementOf(proof);
  const layer = layerWords(proof);
  return [
    `<li><code>${shown(subjectWords(proof))}</code>`,
    layer === '' ? '' : `<div class="about">${shown(layer)}</div>`,
    ...contextWords(proof).map(
      (words) => `<span class="mark${words.startsWith('delivered') ? ' owned' : ''}">${shown(words)}</span> `,
    ),
    ...proofs.map(writeContent),
    createdBy === undefined ? '' : `<div class="about">made by <code>${shown(createdBy)}</code></div>`,
    '</li>',
  ].join('');
};

const writeExcepted = (excepted: Excepted | undefined): string =>
  excepted === undefined
    ? ''
    : `<p class="excepted">Excepted until ${shown(excepted.expires)}: ${shown(excepted.reason)}</p>`;

const writeFinding = (finding: Finding, excepted: Excepted | undefined): string => {
  const about = [finding.rule, finding.intent, `confidence ${finding.confidence}`, ...finding.techniques];
  const open = finding.severity === 'critical' || finding.severity === 'high' ? ' open' : '';
  const more =
    finding.more === undefined || finding.more === 0
      ? ''
      : `<p>and ${counted(finding.more, 'more finding')} of this rule</p>`;
  return [
    `<details class="finding ${finding.severity}"${open}><summary><span class="tag">${finding.severity}</span> <h3>${shown(finding.title)}</h3></summary>`,
    `<div class="body"><p class="about mono">${about.map((word) => shown(word, 300)).join(' · ')}</p>`,
    writeExcepted(excepted),
    `<ol class="proofs">${byPlace(finding.evidence).map(writeProofs).join('')}</ol>${more}`,
    finding.advice === '' ? '' : `<p class="do"><strong>What to do:</strong> ${shown(finding.advice)}</p>`,
    writeLessonLink(finding.lesson),
    '</div></details>\n',
  ].join('');
};

const writeGap = (gap: Gap, excepted: Excepted | undefined, advice: string | undefined, open: boolean): string =>
  [
    `<details class="gap"${open ? ' open' : ''}><summary><code>${shown(gap.code, 200)}</code> ${shown(shortDigests(gap.where), 300)}</summary>`,
    `<div class="body"><p>${shown(gap.reason)}</p>${writeExcepted(excepted)}<p class="about">`,
    gap.bytes > 0 ? `${byteSize(gap.bytes)} not examined` : 'size unknown',
    gap.executable === true ? '; may be run' : '',
    '</p>',
    advice === undefined ? '' : `<p class="do"><strong>What to do:</strong> ${shown(advice)}</p>`,
    '</div></details>\n',
  ].join('');

/** Unfolded from the start: where there are many, they are read one by one. */
const gapsOpen = 5;

const writeFilters = (findings: readonly Finding[]): string => {
  const present = severities
    .toReversed()
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
    .filter(([, count]) => count > 0);
  const boxes = present.map(
    ([severity, count]) =>
      `<label class="${severity}"><input type="checkbox" value="${severity}"${severity === 'info' && present.length > 1 ? '' : ' checked'}>${count.toLocaleString('en-GB')} ${severity}</label>`,
  );
  return `<fieldset><legend>Show</legend>${boxes.join('')}</fieldset>\n`;
};

const writeCounts = (name: string, files: CoverageCounts, bytes: CoverageCounts, gaps = 0): string => {
  const share = (part: number): string => (bytes.seen === 0 ? '0' : ((100 * part) / bytes.seen).toFixed(3));
  const missing = [
    files.skipped > 0 ? `${files.skipped.toLocaleString('en-GB')} skipped by policy` : '',
    files.unreadable > 0 ? `${files.unreadable.toLocaleString('en-GB')} unreadable` : '',
    gaps > 0 ? counted(gaps, 'gap') : '',
  ].filter(Boolean);
  return [
    `<div><dt>${name}</dt><dd>${files.examined.toLocaleString('en-GB')} of ${counted(files.seen, 'file')}, `,
    `${byteSize(bytes.examined)}${missing.length > 0 ? ` (${missing.join(', ')})` : ''}`,
    '<div class="bar"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">',
    `<rect class="ok" width="${share(bytes.examined)}" height="6"/>`,
    `<rect class="no" x="${share(bytes.examined)}" width="${share(bytes.skipped + bytes.unreadable)}" height="6"/>`,
    '</svg></div></dd></div>',
  ].join('');
};

const writeFact = (name: string, value: string, kind = ''): string =>
  value === '' ? '' : `<div${kind}><dt>${name}</dt><dd>${value}</dd></div>`;

const writeFacts = ({ dossier, policy, at }: Verdict): string => {
  const { identity, coverage, rules } = dossier;
  const known = Object.entries(rules.counts)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, count]) => `${shown(kind, 60)} ${count.toLocaleString('en-GB')}`);
  const digest = (value: string | null | undefined): string =>
    value === undefined || value === null
      ? ''
      : `<code title="${shown(value, 200)}">${shown(shortDigest(value), 100)}</code>`;
  return [
    '<dl class="facts">',
    writeCounts('Examined', coverage.files, coverage.bytes, dossier.gaps.length),
    coverage.nested.files.seen > 0 ? writeCounts('Inside archives', coverage.nested.files, coverage.nested.bytes) : '',
    writeFact('Platform', shown(dossier.platform, 100)),
    writeFact('Manifest', digest(identity.manifest)),
    writeFact('Config (image id)', digest(identity.config)),
    writeFact('Policy', shown(policy.name, 100)),
    writeFact('Judged at', shown(at, 60)),
    writeFact(
      'Rules',
      [digest(rules.version), known.join(', '), ...knowledgeAges(rules.newest, at).map((age) => shown(age, 120))]
        .filter((line) => line !== '')
        .join('<br>'),
      ' class="wide"',
    ),
    '</dl>\n',
  ].join('');
};

const writeLayers = ({ dossier }: Verdict): string => {
  if (dossier.layers.length === 0) return '';
  const rows = dossier.layers.map(
    ({ index, digest, diffId, createdBy, bytes, files }) =>
      `<tr><td class="number">${index}</td><td><code>${shown(shortDigest(digest ?? diffId ?? ''), 100)}</code></td><td><code>${shown(createdBy ?? '', 400)}</code></td><td class="number">${files.toLocaleString('en-GB')}</td><td class="number">${byteSize(bytes)}</td></tr>\n`,
  );
  return [
    `<details><summary><h2>${counted(dossier.layers.length, 'layer')}</h2></summary><table><thead><tr>`,
    '<th class="number" scope="col">#</th><th scope="col">Digest</th><th scope="col">Made by</th>',
    `<th class="number" scope="col">Files</th><th class="number" scope="col">Size</th></tr></thead><tbody>\n${rows.join('')}</tbody></table></details>\n`,
  ].join('');
};

/** Packages of one page: beyond these a browser is slow, and the JSON report has them all. */
const packagesShown = 3000;

const writePackages = ({ dossier: { packages } }: Verdict): string => {
  if (packages.length === 0) return '';
  const rows = packages
    .slice(0, packagesShown)
    .map(
      ({ name, version, ecosystem }) =>
        `<tr><td>${shown(name, 200)}</td><td><code>${shown(version, 100)}</code></td><td>${shown(ecosystem, 60)}</td></tr>\n`,
    );
  const left = packages.length - rows.length;
  return [
    `<details><summary><h2>${counted(packages.length, 'package')}</h2> <span class="about">${shown(packageCounts(packages))}</span></summary><table><thead><tr>`,
    '<th scope="col">Package</th><th scope="col">Version</th><th scope="col">Ecosystem</th></tr></thead>',
    `<tbody>\n${rows.join('')}</tbody></table>${left > 0 ? `<p>and ${counted(left, 'more package')}: see the JSON report</p>` : ''}</details>\n`,
  ].join('');
};

const writeTrust = ({ dossier: { trust, attestations, history } }: Verdict): string => {
  if (trust === undefined && history === undefined) return '';
  const answers = attestations.map(
    (attestation) =>
      `<details><summary>${outcomeMarks[attestation.outcome]} ${shown(attestationWords(attestation), 3000)}</summary><ol>${attestation.trace
        .map((step) => `<li><code>${shown(traceWord(step.result).trim())}</code> ${shown(traceWords(step))}</li>`)
        .join('')}</ol></details>\n`,
  );
  const words = [
    ...(trust === undefined ? [] : [trustWords(trust)]),
    ...(history === undefined ? [] : historyWords(history)),
  ];
  return `<h2>Signatures</h2>\n<ul>${words.map((line) => `<li>${shown(line, 1000)}</li>`).join('')}</ul>\n${answers.join('')}`;
};

const writeVerdict = (verdict: Verdict, options: RenderOptions): string => {
  const { dossier, decision, assessment, because, uses = [], turnedFrom } = verdict;
  const exceptedAt = exceptionsOf(verdict);
  const now = whatNow(verdict, options);
  const { findings, gaps, reference } = dossier;
  const [, name = reference, pinned = ''] = /^(.*)@(sha\d+:[0-9a-f]+)$/s.exec(reference) ?? [];
  return [
    `<section class="sheet"><div class="head ${decision}"><div class="word">${decision}</div>`,
    `<h1 class="mono">${shown(name)}</h1><div class="of">assessed as ${assessment}${pinned === '' ? '' : ` · <code>${shown(pinned)}</code>`}</div></div>\n`,
    `<ul class="why">${because.map((reason) => `<li>${shown(reason, 4000)}</li>`).join('')}</ul>\n`,
    now === undefined ? '' : `<p class="now"><strong>What to do:</strong> ${shown(now)}</p>\n`,
    turnedFrom === undefined ? '' : `<p><strong>${shown(turnedWords(turnedFrom), 1000)}</strong></p>\n`,
    uses.length > 0
      ? `<h2>Where it is</h2><ul>${uses.map((use) => `<li>${shown(useWords(use))}</li>`).join('')}</ul>\n`
      : '',
    writeTrust(verdict),
    writeFacts(verdict),
    dossier.story.length > 0
      ? `<h2>Start-up</h2>\n<ol class="story">${dossier.story.map((step) => `<li>${shown(step)}</li>`).join('')}</ol>\n`
      : '',
    findings.length > 0 ? `<h2>${counted(findings.length, 'finding')}</h2>\n${writeFilters(findings)}` : '',
    ...findings.map((finding, position) => writeFinding(finding, exceptedAt('finding', position))),
    gaps.length > 0 ? `<h2>Not examined: ${counted(gaps.length, 'gap')}</h2>\n` : '',
    ...gaps.map((gap, position) =>
      writeGap(gap, exceptedAt('gap', position), options.adviceOn?.(gap.code), position < gapsOpen),
    ),
    writePackages(verdict),
    writeLayers(verdict),
    '</section>\n',
  ].join('');
};

const summaryOf = (verdicts: readonly Verdict[]): string =>
  (['deny', 'warn', 'allow'] as const)
    .map((decision) => [decision, verdicts.filter((verdict) => verdict.decision === decision).length] as const)
    .filter(([, count]) => count > 0)
    .map(([decision, count]) => `${count.toLocaleString('en-GB')} ${decision}`)
    .join(', ');

export const html: Renderer = {
  id: 'html',
  about: 'one self-contained page for people: folds, filters, prints, needs no network',
  mediaType: 'text/html; charset=utf-8',
  render(verdicts, options) {
    const { toolVersion, lessons } = options;
    const [only] = verdicts;
    const title =
      verdicts.length === 1 && only !== undefined
        ? `${only.decision}: ${only.dossier.reference}`
        : `${counted(verdicts.length, 'image')}: ${summaryOf(verdicts)}`;
    return [
      '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
      `<meta http-equiv="Content-Security-Policy" content="${contentPolicy.replaceAll('"', '&quot;')}">\n`,
      '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n',
      `<title>${shown(title, 300)} - Tidewaiter</title>\n<style>${htmlStyle}</style>\n</head>\n<body>\n`,
      `<header><strong>Tidewaiter</strong><span>${shown(verdicts.length === 1 ? '' : title, 300)}</span></header>\n<main>\n`,
      ...verdicts.map((verdict) => writeVerdict(verdict, options)),
      writeLessons(verdicts, lessons),
      `</main>\n<footer>Written by Tidewaiter ${shown(toolVersion, 60)}. Hidden characters of the image are shown as escapes.</footer>\n</body>\n</html>\n`,
    ].join('');
  },
};
