/** Every report leads from a finding to its lesson. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lesson } from '../core/lesson.ts';
import type { Verdict } from '../core/verdict.ts';
import { renderers } from './renderers/index.ts';
import { html } from './renderers/html.ts';
import { sarif } from './renderers/sarif.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../test/builders/dossier.ts';

const lesson: Lesson = {
  id: 'some-lesson',
  title: 'A <b>lesson</b>',
  sections: [
    { heading: 'How it works', paragraphs: ['Some {words} [of](it).', 'And more.'] },
    { heading: 'What to do instead', paragraphs: ['- first', '- second'] },
  ],
};
const lessons = new Map([[lesson.id, lesson]]);
const options = { colour: false, width: 0, toolVersion: '0', single: true, lessons };

const withLesson = (name?: string): Verdict =>
  someVerdict({ dossier: someDossier({ findings: [someFinding(name === undefined ? {} : { lesson: name })] }) });

for (const renderer of renderers)
  test(`${renderer.id} names the lesson of a finding that has one`, () => {
    assert.ok(renderer.render([withLesson('some-lesson')], options).includes('some-lesson'));
    assert.ok(!renderer.render([withLesson()], options).includes('some-lesson'));
  });

test('the page holds each lesson once, and every link leads to one', () => {
  const page = html.render([withLesson('some-lesson'), withLesson('some-lesson'), withLesson('unknown')], options);
  const anchors = [...page.matchAll(/ id="(lesson-[^"]*)"/g)].map(([, id]) => id);
  const links = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
  assert.deepEqual(anchors, ['lesson-some-lesson', 'lesson-unknown']);
  assert.deepEqual(new Set(links), new Set(anchors));
  assert.ok(page.includes('A &lt;b&gt;lesson&lt;/b&gt;'));
  assert.ok(page.includes('<ul><li>first</li><li>second</li></ul>'));
  assert.ok(page.includes('tidewaiter explain unknown'));
});

test('a name that is none stays in its place', () => {
  const page = html.render([withLesson('"><script>')], options);
  assert.ok(!page.includes('<script>'));
  assert.match(page, /href="#lesson-script"/);
});

test('gaps lead to their lesson, where there is one', () => {
  const gaps = { ...lesson, id: 'gaps' };
  const verdict = someVerdict({ dossier: someDossier({ gaps: [someGap()] }) });
  const page = (known: ReadonlyMap<string, Lesson>): string => html.render([verdict], { ...options, lessons: known });
  assert.ok(page(new Map([['gaps', gaps]])).includes('id="lesson-gaps"'));
  assert.ok(!page(new Map()).includes('id="lesson-gaps"'));
});

test('code scanning shows the lesson beside the alert, as text that is no markup', () => {
  const log = JSON.parse(sarif.render([withLesson('some-lesson')], options)) as {
    readonly runs: readonly {
      readonly tool: {
        readonly driver: {
          readonly rules: readonly { readonly help: { readonly text: string; readonly markdown: string } }[];
        };
      };
    }[];
  };
  const help = log.runs[0]?.tool.driver.rules[0]?.help;
  assert.match(help?.text ?? '', /How it works:\nSome \{\{words\}\} \[of\] \(it\)\.\nAnd more\./);
  assert.match(help?.markdown ?? '', /\*\*How it works\*\*\n\nSome \{\{words\}\} \\\[of\\\]\\\(it\\\)/);
  assert.match(help?.markdown ?? '', /\n- first/);
  const plain = JSON.parse(sarif.render([withLesson('unknown')], options)) as typeof log;
  assert.doesNotMatch(plain.runs[0]?.tool.driver.rules[0]?.help.text ?? '', /How it works/);
});
