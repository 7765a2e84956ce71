/** Lessons → a part of the HTML page, and the links that lead there. */
import type { Lesson } from '../core/lesson.ts';
import type { Verdict } from '../core/verdict.ts';
import { xmlText as shown } from './xml-text.ts';

const gapsLesson = 'gaps';

/** Only letters that an address within the page may have: nothing that an image chose becomes one. */
const anchorOf = (lesson: string): string => `lesson-${lesson.replaceAll(/[^a-z0-9-]/g, '').slice(0, 60)}`;

export const writeLessonLink = (lesson: string | undefined): string =>
  lesson === undefined
    ? ''
    : `<p class="about">Lesson: <a href="#${anchorOf(lesson)}">how this works, how to recognise it, what to do instead</a></p>`;

/** What runs of list entries become; anything else is a paragraph. */
const writeParagraphs = (paragraphs: readonly string[]): string =>
  paragraphs
    .map((text) => (text.startsWith('- ') ? `<li>${shown(text.slice(2), 4000)}</li>` : `<p>${shown(text, 4000)}</p>`))
    .join('')
    .replaceAll(/(?:<li>(?:(?!<\/li>)[^])*<\/li>)+/g, (entries) => `<ul>${entries}</ul>`);

const writeLesson = (id: string, lesson: Lesson | undefined): string =>
  lesson === undefined
    ? `<p id="${anchorOf(id)}"><code>tidewaiter explain ${shown(id, 100)}</code></p>\n`
    : [
        `<article id="${anchorOf(id)}"><h3>${shown(lesson.title, 300)}</h3>`,
        ...lesson.sections.map(
          ({ heading, paragraphs }) => `<h4>${shown(heading, 200)}</h4>${writeParagraphs(paragraphs)}`,
        ),
        '</article>\n',
      ].join('');

/** Each lesson that a finding names, once, and the one about gaps where there is any. */
export const writeLessons = (
  verdicts: readonly Verdict[],
  lessons: ReadonlyMap<string, Lesson> | undefined,
): string => {
  const named = verdicts.flatMap(({ dossier }) => [
    ...dossier.findings.flatMap(({ lesson }) => lesson ?? []),
    ...(dossier.gaps.length > 0 && lessons?.has(gapsLesson) === true ? [gapsLesson] : []),
  ]);
  const used = [...new Set(named)].sort();
  if (used.length === 0) return '';
  return `<section class="sheet lessons"><h2>${used.length === 1 ? 'Lesson' : 'Lessons'}</h2>\n${used.map((id) => writeLesson(id, lessons?.get(id))).join('')}</section>\n`;
};
