/** rules/lessons/*.md → lessons, and which one a finding, a rule or a word belongs to. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Dossier } from '../core/dossier.ts';
import { malformed } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import type { Lesson, LessonSection } from '../core/lesson.ts';
import { builtInRulesFolder } from './rule-locations.ts';

/** A lesson with what its head says that it is about. */
export interface FiledLesson extends Lesson {
  /** Rules, each whole or as `part/**`; of several that fit the longest counts. */
  readonly rules: readonly string[];
  /** For rules that no lesson names, such as those of users. */
  readonly intents: readonly string[];
}

const refuse = (file: string, why: string): never => {
  throw malformed('LESSON_INVALID', `${file}: ${why}`, file);
};

const parseHead = (head: string, file: string): ReadonlyMap<string, string> =>
  new Map(
    head
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [, key = '', value = ''] =
          /^(title|intents|rules): *(.*)$/.exec(line) ?? refuse(file, `"${line}" is none of title, intents, rules`);
        return [key, value.trim()] as const;
      }),
  );

const listOf = (text = ''): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

/** Lines that belong together become one; a list's entries stay apart. */
const parseSection = (text: string): LessonSection => {
  const [heading = '', ...rest] = text.split('\n');
  const paragraphs = rest
    .join('\n')
    .split(/\n\s*\n|\n(?=- )/)
    .map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
  return { heading: heading.trim(), paragraphs };
};

/** @throws {Fault} malformed `LESSON_INVALID` */
export const parseLesson = (text: string, file: string): FiledLesson => {
  const [, head, body = ''] = /^---\n([^]*?)\n---\n([^]*)$/.exec(text) ?? [];
  if (head === undefined) return refuse(file, 'no head between two lines of ---');
  const fields = parseHead(head, file);
  const sections = body.split(/^## /m).slice(1).map(parseSection);
  const title = fields.get('title') ?? '';
  if (title === '' || sections.length === 0) return refuse(file, 'a title and sections are needed');
  return {
    id: basename(file, '.md'),
    title,
    sections,
    rules: listOf(fields.get('rules')),
    intents: listOf(fields.get('intents')),
  };
};

/** Names of lessons by what they are about. */
export class Lessons {
  readonly all: ReadonlyMap<string, FiledLesson>;
  readonly #byRule: ReadonlyMap<string, string>;
  readonly #byIntent: ReadonlyMap<string, string>;

  constructor(lessons: readonly FiledLesson[]) {
    this.all = new Map(lessons.map((lesson) => [lesson.id, lesson]));
    this.#byRule = new Map(lessons.flatMap(({ id, rules }) => rules.map((rule) => [rule, id] as const)));
    this.#byIntent = new Map(lessons.flatMap(({ id, intents }) => intents.map((intent) => [intent, id] as const)));
  }

  /** By the rule's own name, else by the longest folder of it: `yara/miner/x`, `yara/miner/**`, `yara/**`. */
  ofRule(rule: string): FiledLesson | undefined {
    const parts = rule.split('/');
    for (let length = parts.length; length > 0; length -= 1) {
      const folder = parts.slice(0, length).join('/');
      const id = this.#byRule.get(length === parts.length ? rule : `${folder}/**`);
      if (id !== undefined) return this.all.get(id);
    }
    return undefined;
  }

  ofIntent(intent: string): FiledLesson | undefined {
    return this.all.get(this.#byIntent.get(intent) ?? '');
  }

  /** A rule of a user’s may be called like one of ours: then our lesson is about the same thing, or the intent's. */
  of({ rule, intent }: Pick<Finding, 'rule' | 'intent'>): FiledLesson | undefined {
    return this.ofRule(rule) ?? this.ofIntent(intent);
  }
}

/** The lessons that this package carries: words, not rules, so that `--no-default-rules` leaves them in. */
export const readLessons = (folder = join(builtInRulesFolder(), 'lessons')): Lessons =>
  new Lessons(
    readdirSync(folder)
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .sort()
      .map((name) => parseLesson(readFileSync(join(folder, name), 'utf8'), name)),
  );

/** The same dossier, with each finding's lesson named. */
export const nameLessons = (dossier: Dossier, lessons: Lessons): Dossier => ({
  ...dossier,
  findings: dossier.findings.map((finding) => {
    const lesson = lessons.of(finding)?.id;
    return lesson === undefined ? finding : { ...finding, lesson };
  }),
});
