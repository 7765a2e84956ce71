import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { toExternals } from '../audit/rule-engine/externals.ts';
import { chooseEngine } from '../audit/rule-engine/rule-engine.ts';
import { loadPack } from '../audit/rule-engine/rule-pack.ts';
import { RuleRunner } from '../audit/rule-engine/rule-runner.ts';
import type { Dossier } from '../core/dossier.ts';
import { isFault } from '../core/fault.ts';
import { detectFileKind } from '../formats/file-kind.ts';
import { codes } from './catalogue/codes.ts';
import { words } from './catalogue/words.ts';
import { Lessons, nameLessons, parseLesson, readLessons } from './lessons.ts';
import { builtInRulesFolder } from './rule-locations.ts';

const folder = join(builtInRulesFolder(), 'lessons');
const lessons = readLessons();
const all = [...lessons.all.values()];
const { engine } = await chooseEngine();
const { pack } = loadPack({ builtIn: builtInRulesFolder(), added: [] }, engine);

const sigmaRules = readdirSync(join(builtInRulesFolder(), 'sigma'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yml'))
  .map((name) => `sigma/${basename(name, '.yml')}`);

/** What a report may name: the rules of the YARA and Sigma files, and all others that the catalogue lists. */
const publicRules = [
  ...pack.rules.filter(({ isPrivate }) => !isPrivate).map(({ id }) => id),
  ...sigmaRules,
  ...Object.keys(codes).filter((id) => id.includes('/')),
  'container-format/data-after-end',
];
const intents = ['implant', 'miner', 'dual-use', 'exposure', 'impersonation', 'tampering', 'hygiene'];

test('every public rule has a lesson by its own name', () => {
  assert.ok(publicRules.length > 300, String(publicRules.length));
  assert.deepEqual(
    publicRules.filter((rule) => lessons.ofRule(rule) === undefined),
    [],
    'name each, or its folder, in the head of the lesson in rules/lessons that it belongs to',
  );
});

test('nothing is named by two lessons, and every intent by one', () => {
  const rules = all.flatMap((lesson) => lesson.rules);
  assert.deepEqual(
    rules.filter((rule, position) => rules.indexOf(rule) !== position),
    [],
  );
  assert.deepEqual(all.flatMap((lesson) => lesson.intents).toSorted(), intents.toSorted());
  for (const intent of intents) assert.ok(Object.hasOwn(words, intent), intent);
});

test('every lesson is reached by a rule, an intent, a gap or a question of trust, and names no single rule that is none', () => {
  const reached = new Set([
    ...publicRules.map((rule) => lessons.ofRule(rule)?.id),
    ...intents.map((intent) => lessons.ofIntent(intent)?.id),
    'gaps',
    'trust',
  ]);
  assert.deepEqual(
    all.filter(({ id }) => !reached.has(id)).map(({ id }) => id),
    [],
  );
  assert.deepEqual(
    all.flatMap(({ rules }) => rules).filter((rule) => !rule.endsWith('/**') && !publicRules.includes(rule)),
    [],
  );
});

test('a lesson is two minutes’ reading: how it works, how to recognise it, what to do instead', () => {
  for (const { id, title, sections } of all) {
    assert.deepEqual(
      sections.map(({ heading }) => heading),
      ['How it works', 'How to recognise it', 'What to do instead'],
      id,
    );
    const text = [title, ...sections.flatMap(({ paragraphs }) => paragraphs)].join(' ');
    const count = text.split(/\s+/).length;
    assert.ok(count >= 150 && count <= 500, `${id}: ${count} words`);
    assert.ok(title.length <= 80, id);
    for (const paragraph of sections.flatMap(({ paragraphs }) => paragraphs)) assert.match(paragraph, /[.?:]$/, id);
  }
});

test('a lesson holds no address, no markup, and nothing that one could paste and run', () => {
  for (const { id, title, sections } of all) {
    const text = [title, ...sections.flatMap(({ paragraphs }) => paragraphs)].join('\n');
    const plain = text.replaceAll('docker.io/library/NAME', '');
    assert.doesNotMatch(
      plain,
      /:\/\/|www\.|\d{1,3}(?:\.\d{1,3}){3}|\b[\w-]+\.(?:com|net|org|io|ru|cn|de|eu|onion)\b/,
      id,
    );
    assert.doesNotMatch(text, /[`<>|$\\#\u2028\p{Cf}]|\bsudo\b|\bchmod\b/u, id);
  }
});

test('no rule takes a lesson for malware', () => {
  const runner = new RuleRunner(pack, engine);
  const header = { path: 'x.md', type: 'file', mode: 0o755, uid: 0, gid: 0, modified: 0 } as const;
  const fired = readdirSync(folder).flatMap((name) => {
    const content = readFileSync(join(folder, name));
    const kind = detectFileKind(content.subarray(0, 4096), content.length);
    const { hits } = runner.run(kind, content, toExternals({ ...header, size: content.length }, kind));
    return hits.map(({ rule }) => `${name}: ${pack.rules[rule]?.id ?? ''}`);
  });
  runner.close();
  assert.deepEqual(fired, []);
});

const written = (head: string, body = '## A\n\nOne\nline.\n\n- b\n  c\n- d\n'): string =>
  `---\n${head}\n---\n\n${body}`;

test('a lesson is read: lines joined, entries apart', () => {
  const lesson = parseLesson(written('title: T\nintents: x, y\nrules: a/b, a/**'), 'some-lesson.md');
  assert.deepEqual(lesson, {
    id: 'some-lesson',
    title: 'T',
    sections: [{ heading: 'A', paragraphs: ['One line.', '- b c', '- d'] }],
    rules: ['a/b', 'a/**'],
    intents: ['x', 'y'],
  });
});

test('what is no lesson is refused by name', () => {
  for (const text of ['', 'text', written('titel: T'), written('rules: a/b'), written('title: T', 'no sections')])
    assert.throws(
      () => parseLesson(text, 'odd.md'),
      (thrown) => isFault(thrown) && thrown.code === 'LESSON_INVALID' && thrown.message.includes('odd.md'),
      text,
    );
});

test('the rule’s own name counts before its folder, and a folder before the intent', () => {
  const sections = [{ heading: 'A', paragraphs: ['x'] }];
  const some = new Lessons([
    { id: 'one', title: '', sections, rules: ['a/b/c'], intents: [] },
    { id: 'two', title: '', sections, rules: ['a/**'], intents: ['miner'] },
  ]);
  const of = (rule: string) => some.of({ rule, intent: 'miner' })?.id;
  assert.deepEqual([of('a/b/c'), of('a/b/d'), of('a/b'), of('z/b'), of('ab/c')], ['one', 'two', 'two', 'two', 'two']);
  assert.deepEqual(
    [some.ofRule('a'), some.ofRule('ab/c'), some.of({ rule: 'z', intent: 'implant' })],
    [undefined, undefined, undefined],
  );
});

test('each finding of a dossier is given the name of its lesson', () => {
  const finding = (rule: string) => ({ rule, intent: 'miner' });
  const dossier = { findings: [finding('lookalike/tag'), finding('yara/our-own/x')] } as unknown as Dossier;
  assert.deepEqual(
    nameLessons(dossier, lessons).findings.map(({ lesson }) => lesson),
    ['lookalike', 'miner'],
  );
  assert.equal(nameLessons(dossier, new Lessons([])).findings[0]?.lesson, undefined);
});
