/** An id from a report (a word, a code, a rule, a part) → what it means and what to do. */
import { misuse } from '../core/fault.ts';
import type { Lesson } from '../core/lesson.ts';
import { isTechnique } from '../report/attack/layer.ts';
import { maliciousImage, maliciousImageNotes } from '../report/attack/malicious-image.ts';
import { codes } from './catalogue/codes.ts';
import { clouds } from './catalogue/clouds.ts';
import { containersSignatures } from './catalogue/containers-signatures.ts';
import { events } from './catalogue/events.ts';
import { feeds } from './catalogue/feeds.ts';
import { follow } from './catalogue/follow.ts';
import { listeners } from './catalogue/listeners.ts';
import { notary } from './catalogue/notary.ts';
import { notation } from './catalogue/notation.ts';
import { settings as settingCodes } from './catalogue/settings.ts';
import { signatureWords } from './catalogue/signature-words.ts';
import { signatures } from './catalogue/signatures.ts';
import { sinks } from './catalogue/sinks.ts';
import { trustState } from './catalogue/trust-state.ts';
import { trust as trustCodes } from './catalogue/trust.ts';
import { verdictStatements } from './catalogue/verdict-statements.ts';
import { words } from './catalogue/words.ts';
import { readLessons, type Lessons } from './lessons.ts';
import { nearest } from './nearest.ts';
import type { Settings } from './settings.ts';

export interface ExplainedSubject {
  readonly subject: string;
  readonly kind: string;
  readonly means: string;
  readonly advice: string;
  /** Further lines, for example where a rule is written. */
  readonly details: readonly string[];
  /** Two minutes' reading about it. */
  readonly lesson?: Lesson;
}

interface Part {
  readonly id: string;
  readonly about: string;
}

interface PartKind {
  readonly kind: string;
  readonly parts: readonly Part[];
  readonly advice: string;
}

/** Loaded when no word or code answers: it is most of the program. */
const readPartKinds = async (): Promise<readonly PartKind[]> => {
  const [{ analyzers }, { sources }, { verifiers }, { renderers }] = await Promise.all([
    import('../audit/analyzers/index.ts'),
    import('../image/sources/index.ts'),
    import('../trust/verifiers/index.ts'),
    import('../report/renderers/index.ts'),
  ]);
  return [
    { kind: 'analyzer', parts: analyzers, advice: 'Its findings are named after it: look one of them up for more.' },
    {
      kind: 'image source',
      parts: sources,
      advice: '"tidewaiter scan --help" shows how its references are written.',
    },
    {
      kind: 'home of signatures',
      parts: verifiers,
      advice: 'Name who must have signed with --trust; "tidewaiter verify --help" shows how.',
    },
    { kind: 'report format', parts: renderers, advice: 'Choose it with --format.' },
  ];
};

const readRules = async (choice: RuleChoice, environment: Environment) => {
  const { listRules } = await import('./rules.ts');
  return listRules(choice, environment);
};

type Environment = Readonly<Record<string, string | undefined>>;
type RuleChoice = Pick<Settings, 'rules' | 'defaultRules'>;

const sameWord = (one: string, other: string): boolean =>
  one.toLowerCase().replaceAll('_', '-') === other.toLowerCase().replaceAll('_', '-');

const explainPart = async (id: string): Promise<ExplainedSubject | undefined> => {
  for (const { kind, parts, advice } of await readPartKinds()) {
    const part = parts.find((candidate) => sameWord(candidate.id, id));
    if (part !== undefined) return { subject: part.id, kind, means: part.about, advice, details: [] };
  }
  return undefined;
};

const explainEntry = (id: string): ExplainedSubject | undefined => {
  // A finding `container-format/data-after-end` is about the same thing as the code DATA_AFTER_END.
  const name = id.slice(id.indexOf('/') + 1);
  for (const [kind, entries] of [
    ['word of a report', words],
    ['word of an answer about signatures', signatureWords],
    ['code', codes],
  ] as const) {
    const found = Object.entries(entries).find(
      ([key]) => sameWord(key, id) || (kind === 'code' && sameWord(key, name)),
    );
    if (found !== undefined)
      return { subject: found[0], kind: found[0].includes('/') ? 'finding' : kind, ...found[1], details: [] };
  }
  return undefined;
};

const explainRule = async (
  id: string,
  choice: RuleChoice,
  environment: Environment,
  lessons: Lessons,
): Promise<ExplainedSubject | undefined> => {
  const { rules, silent } = await readRules(choice, environment);
  const all = [...rules, ...silent];
  const rule = all.find((candidate) => candidate.id === id) ?? all.find((candidate) => candidate.id.endsWith(`/${id}`));
  if (rule === undefined) return undefined;
  const lesson = lessons.of({ rule: rule.id, intent: rule.intent });
  return {
    ...(lesson === undefined ? {} : { lesson }),
    subject: rule.id,
    kind: 'rule',
    means: rule.about === undefined ? rule.title : `${rule.title}. ${rule.about}`,
    advice: rule.advice || (lesson === undefined ? 'Look at the records that it names.' : adviceIn(lesson)),
    details: [
      `Severity ${rule.severity}, confidence ${rule.confidence}, intent ${rule.intent}; techniques: ${rule.techniques.join(', ') || 'none named'}.`,
      ...(silent.includes(rule) ? ['It is never told on its own: rules of chains go by it.'] : []),
      `Written in ${rule.file}:${rule.line}.`,
    ],
  };
};

/** How ATT&CK calls a technique, a detection or a mitigation: reports and rules name them. */
const explainAttack = async (
  id: string,
  choice: RuleChoice,
  environment: Environment,
): Promise<ExplainedSubject | undefined> => {
  const subject = id.toUpperCase();
  const note = maliciousImageNotes.find(({ name }) => name.split(/[ ,()]+/).includes(subject));
  if (note !== undefined)
    return {
      subject,
      kind: 'ATT&CK',
      means: `${note.name}, of ATT&CK’s Malicious Image (${maliciousImage}). Here: ${note.value}.`,
      advice: 'docs/detection.md lists what is detected, and from which records.',
      details: [],
    };
  if (!isTechnique(subject)) return undefined;
  const { rules } = await readRules(choice, environment);
  const naming = rules.filter(({ techniques }) => techniques.includes(subject)).map((rule) => rule.id);
  return {
    subject,
    kind: 'ATT&CK technique',
    means: `A technique of MITRE ATT&CK, described at https://attack.mitre.org/techniques/${subject.replace('.', '/')}/.`,
    advice: 'Explain the rule that named it: its lesson says how the trick works, and what to do instead.',
    details: [naming.length === 0 ? 'No rule file names it.' : `Rule files that name it: ${naming.join(', ')}.`],
  };
};

const adviceIn = ({ sections }: Lesson): string => sections.at(-1)?.paragraphs[0]?.replace(/^- /, '') ?? '';

const explainLesson = (id: string, lessons: Lessons): ExplainedSubject | undefined => {
  const lesson = [...lessons.all.values()].find((candidate) => sameWord(candidate.id, id));
  return lesson && { subject: lesson.id, kind: 'lesson', means: lesson.title, advice: adviceIn(lesson), details: [] };
};

const isAmong = (subject: string, groups: readonly Readonly<Record<string, unknown>>[]): boolean =>
  groups.some((group) => Object.hasOwn(group, subject));

/** What people write, and what listens and tells: no part of an image is left out there. */
const besideImagesRead = [settingCodes, feeds, follow, events, listeners, clouds, sinks, verdictStatements];

/** Words of reports about what was not examined, and codes of gaps in images. */
const isAboutGaps = ({ subject, kind }: ExplainedSubject): boolean =>
  (kind === 'code' && !isAmong(subject, besideImagesRead)) || ['gap', 'incomplete', 'coverage'].includes(subject);

/** Words of answers about signatures, and codes of signatures and of files that say who must have signed. */
const isAboutTrust = ({ subject, kind }: ExplainedSubject): boolean =>
  kind === 'word of an answer about signatures' ||
  isAmong(subject, [trustCodes, trustState, notation, containersSignatures, signatures, notary]);

const lessonOf = (found: ExplainedSubject, lessons: Lessons): Lesson | undefined =>
  lessons.all.get(found.subject) ??
  lessons.ofIntent(found.subject) ??
  lessons.ofRule(found.subject) ??
  (isAboutTrust(found) ? lessons.all.get('trust') : isAboutGaps(found) ? lessons.all.get('gaps') : undefined);

/** @throws {Fault} misuse `EXPLANATION_UNKNOWN` */
export const explain = async (id: string, choice: RuleChoice, environment: Environment): Promise<ExplainedSubject> => {
  const lessons = readLessons();
  const known = explainEntry(id) ?? (await explainPart(id)) ?? explainLesson(id, lessons);
  const found =
    known ?? (await explainRule(id, choice, environment, lessons)) ?? (await explainAttack(id, choice, environment));
  if (found === undefined) {
    const near = nearest(id, Object.values(await explainable(choice, environment)).flat());
    throw misuse(
      'EXPLANATION_UNKNOWN',
      `nothing here is called "${id.slice(0, 200)}"; ${near === undefined ? '' : `did you mean ${near}? `}"tidewaiter explain" without a word lists everything`,
    );
  }
  // A finding container-format/NAME is explained by its code, and taught by its own name.
  const lesson = found.lesson ?? (id.includes('/') ? lessons.ofRule(id) : undefined) ?? lessonOf(found, lessons);
  return lesson === undefined
    ? found
    : { ...found, lesson: { id: lesson.id, title: lesson.title, sections: lesson.sections } };
};

/** Every id that can be explained, by group. */
export const explainable = async (
  choice: RuleChoice,
  environment: Environment,
): Promise<Readonly<Record<string, readonly string[]>>> => ({
  'words of a report': Object.keys(words),
  lessons: [...readLessons().all.keys()],
  codes: Object.keys(codes).sort(),
  ...Object.fromEntries((await readPartKinds()).map(({ kind, parts }) => [`${kind}s`, parts.map((part) => part.id)])),
  rules: await readRules(choice, environment).then(({ rules, silent }) => [...rules, ...silent].map(({ id }) => id)),
});
