/** Findings → the rules of a SARIF run: one for each rule id, with what GitHub code scanning shows beside an alert. */
import type { ReportingDescriptor } from 'sarif';
import { severityRank, type Finding, type Severity } from '../core/finding.ts';
import type { Lesson } from '../core/lesson.ts';
import { toPlainText } from '../core/plain-text.ts';

/** Code scanning's own bands: above 9.0 critical, from 7.0 high, from 4.0 medium, above 0 low. */
const securitySeverity: Readonly<Record<Severity, string | undefined>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: undefined,
};

export const sarifLevel: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** Code scanning shows ten tags. */
const maximumTags = 10;

/**
 * Text for a SARIF message: braces are doubled, since one would open a placeholder (3.11.5), and the two characters in the middle
 * of an embedded link are parted (3.11.6): text of an image never becomes a link.
 */
export const sarifText = (text: string, maximum = 1000): string =>
  toPlainText(text, maximum)
    .replace(/[{}]/g, '$&$&')
    .replace(/\](?=\()/g, '] ');

/** Markdown in which nothing is markup: every character that could begin one is escaped. */
const markdownText = (text: string): string =>
  toPlainText(text)
    .replace(/[{}]/g, '$&$&')
    .replace(/[\\`*_[\]()#+.!|~<>@&-]/g, '\\$&');

const worstOf = (findings: readonly Finding[]): Severity =>
  findings.reduce<Severity>(
    (worst, { severity }) => (severityRank(severity) > severityRank(worst) ? severity : worst),
    'info',
  );

/** Rule ids of users' YARA files may hold anything. */
export const sarifRuleId = (rule: string): string => toPlainText(rule, 255);

type LessonsByName = ReadonlyMap<string, Lesson>;

/** Shown beside the alert: the lesson itself, for a page of ours to link to is on nobody's network. */
const lessonText = ({ title, sections }: Lesson): string =>
  [title, ...sections.flatMap(({ heading, paragraphs }) => [`${heading}:`, ...paragraphs])]
    .map((line) => sarifText(line, 4000))
    .join('\n');

const lessonMarkdown = ({ title, sections }: Lesson): string =>
  [
    `### ${markdownText(title)}`,
    ...sections.flatMap(({ heading, paragraphs }) => [
      `**${markdownText(heading)}**`,
      ...paragraphs.map((text) => (text.startsWith('- ') ? `- ${markdownText(text.slice(2))}` : markdownText(text))),
    ]),
  ].join('\n\n');

const toRule = (
  id: string,
  [first, ...others]: readonly [Finding, ...Finding[]],
  lessons: LessonsByName | undefined,
): ReportingDescriptor => {
  const severity = worstOf([first, ...others]);
  const score = securitySeverity[severity];
  const advice = first.advice === '' ? first.title : first.advice;
  const techniques = [...new Set([first, ...others].flatMap((finding) => finding.techniques))];
  const lesson = lessons?.get(first.lesson ?? '');
  const listed = techniques.map((technique) => `ATT\\&CK ${markdownText(technique)}`).join(', ');
  return {
    id,
    name: id,
    shortDescription: { text: sarifText(first.title, 1000) },
    fullDescription: { text: sarifText(first.title, 1000) },
    help: {
      text: [sarifText(advice), ...(lesson === undefined ? [] : [lessonText(lesson)])].join('\n\n'),
      markdown: [
        `**What to do**: ${markdownText(advice)}`,
        ...(listed === '' ? [] : [listed]),
        ...(lesson === undefined ? [] : [lessonMarkdown(lesson)]),
      ].join('\n\n'),
    },
    defaultConfiguration: { level: sarifLevel[severity] },
    properties: {
      tags: ['security', first.intent, ...techniques.map((technique) => toPlainText(technique, 60))].slice(
        0,
        maximumTags,
      ),
      precision: { low: 'low', medium: 'medium', high: 'high' }[first.confidence],
      ...(score === undefined ? {} : { 'security-severity': score }),
      ...(first.lesson === undefined ? {} : { lesson: toPlainText(first.lesson, 100) }),
    },
  };
};

/** In order of id. Code scanning reads 25,000; the engine's caps keep far below. */
export const toSarifRules = (findings: readonly Finding[], lessons?: LessonsByName): readonly ReportingDescriptor[] => {
  const byRule = Map.groupBy(findings, ({ rule }) => sarifRuleId(rule));
  return [...byRule.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([id, [first, ...others]]) => (first === undefined ? [] : [toRule(id, [first, ...others], lessons)]));
};
