/** The catalogue held against the source: every code is explained, nothing else is, and the document shows all of it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { staleCodesDocument } from '../../../scripts/write-codes.ts';
import {
  decodeAndRun,
  fetchAndRun,
  minerArguments,
  reverseShell,
  startTraits,
} from '../../audit/image-config/command-traits.ts';
import { launchTraits } from '../../audit/launch-path/find-candidates.ts';
import { nameParts } from '../../audit/lookalike/trait.ts';
import { statementIds } from '../../audit/persistence/statement.ts';
import { secretRules } from '../../audit/secret/statement.ts';
import type { digestMismatch, sizeMismatch } from '../../image/digest-mismatch.ts';
import { codeGroups, codes } from './codes.ts';
import { words } from './words.ts';

const source = join(import.meta.dirname, '../..');

/** Path below src/ → text, without tests and without the catalogue itself. */
const sources: ReadonlyMap<string, string> = new Map(
  readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('app/catalogue/'))
    .map((path) => [path, readFileSync(join(source, path), 'utf8')]),
);

/** Upper-case words that are no codes of ours: variables of the environment, codes of Node, zlib, undici, GnuPG and ELF, a symbol's name. */
const isOther = (word: string): boolean =>
  /^(?:TIDEWAITER|XDG|UND_ERR|ERR_SSL|DT)_/.test(word) ||
  [
    'BASH_ENV',
    'BASH_SOURCE',
    'DOCKER_AUTH_CONFIG',
    'ERR_BUFFER_TOO_LARGE',
    'NO_PUBKEY',
    'RTLD_NEXT',
    'Z_BUF_ERROR',
  ].includes(word);

const matchesOf = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

/** What `parseStrictJson` makes of its subject. */
const jsonCodes = (subject: string): readonly string[] => [
  `${subject}_AMBIGUOUS`,
  `${subject}_INVALID`,
  `${subject}_TOO_LARGE`,
];

const codesIn = (text: string): readonly string[] => {
  const subjects = matchesOf(text, /subject: '([A-Z_]+)'/g);
  const written = text.replaceAll(/subject: '[A-Z_]+'|environment\['[A-Z_]+'\]/g, '');
  const literals = matchesOf(written, /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g).filter((word) => !isOther(word));
  return [...literals, ...subjects.flatMap(jsonCodes)];
};

/** One word where two are needed would be a code that no policy can name. */
const oneWordCodes = (text: string): readonly string[] => [
  ...matchesOf(text, /\b(?:malformed|overLimit|unavailable|misuse)\(\s*'([A-Z][A-Z0-9]*)'/g),
  ...matchesOf(text, /\bcode: '([A-Z][A-Z0-9]*)'/g),
];

type Subject = Parameters<typeof digestMismatch>[0];
const subjects: Readonly<Record<Subject, boolean>> = { config: true, index: true, manifest: true };
const sizedSubjects: Readonly<Record<Parameters<typeof sizeMismatch>[0], boolean>> = { config: true, manifest: true };

/** Findings whose rule is put together: the template → what stands in its place. A new template must be added here. */
const composed: Readonly<Record<string, (text: string) => readonly string[]>> = {
  'image/*-digest-mismatch': () => Object.keys(subjects),
  'image/*-size-mismatch': () => Object.keys(sizedSubjects),
  'launch-path/*': () => launchTraits.map(({ id }) => id),
  'lookalike/*': () => ['borrowed-name', ...nameParts],
  'layer/*': (text) => matchesOf(text, /\bmismatch\(\s*'([a-z-]+)',/g),
  'image-config/*': () => startTraits.map(({ id }) => id),
  'image-config/onbuild-*': () => [fetchAndRun.id, decodeAndRun.id],
  'image-config/built-with-*': () => [minerArguments.id, reverseShell.id],
  'persistence/*': () => statementIds,
  'secret/*': () => secretRules,
  'image-config/secret-in-*': (text) => matchesOf(text, /\bstateSecret\(\w+, '([a-z]+)'\)/g),
};

/** What follows is a code, which is explained as such. */
const containerFormat = 'container-format/*';

const rulesIn = (path: string, text: string): readonly string[] => {
  const lines = matchesOf(text, /\brule: ([^\n`]*)/g);
  const plain = lines.flatMap((line) => matchesOf(line, /'([a-z][a-z0-9-]*(?:\/[a-z0-9-]+)*)'/g));
  const named = /^audit\/analyzers\/([^/]+)\.ts$/.exec(path)?.[1];
  const whole = plain.map((rule) => (named === undefined || rule.includes('/') ? rule : `${named}/${rule}`));
  const templates = matchesOf(text, /\brule: `([^`]+)`/g).map((template) => template.replace(/\$\{[^}]*\}/, '*'));
  return [
    ...whole.filter((rule) => rule.includes('/')),
    ...templates.flatMap((template) => {
      if (template === containerFormat) return [];
      const parts = composed[template]?.(text) ?? [];
      assert.ok(parts.length > 0, `${path}: say in this test which rules ${template} gives`);
      return parts.map((part) => template.replace('*', part));
    }),
  ];
};

const placesOf = (find: (path: string, text: string) => readonly string[]): ReadonlyMap<string, string> =>
  new Map([...sources].flatMap(([path, text]) => find(path, text).map((id) => [id, path] as const)));

const used = placesOf((path, text) => [...codesIn(text), ...rulesIn(path, text)]);

test('the source is really searched', () => {
  assert.ok(sources.size > 150 && used.size > 200, `${used.size} codes in ${sources.size} files`);
  for (const id of ['TAR_TRUNCATED', 'LAYOUT_INVALID', 'image/index-digest-mismatch', 'layer/diff-id-mismatch'])
    assert.ok(used.has(id), id);
  const probe = `throw malformed('NO_SUCH_CODE', 'x'); environment['SOME_VARIABLE']; { subject: 'X' }`;
  assert.deepEqual(codesIn(probe), ['NO_SUCH_CODE', 'X_AMBIGUOUS', 'X_INVALID', 'X_TOO_LARGE']);
  assert.deepEqual(rulesIn('audit/layer-report.ts', "mismatch('a-b', 1); { rule: `layer/${x}` }"), ['layer/a-b']);
  assert.throws(() => rulesIn('x.ts', '{ rule: `new/${x}` }'), /say in this test/);
  assert.deepEqual(rulesIn('audit/analyzers/x.ts', `{ rule: 'what' }\n{ rule: odd ? 'y/z' : 'y/a' }`), [
    'x/what',
    'y/z',
    'y/a',
  ]);
  assert.deepEqual(oneWordCodes(`unavailable('OFFLINE', 'x'), { code: 'LATER' }`), ['OFFLINE', 'LATER']);
});

test('every code of the source is explained', () => {
  const missing = [...used].filter(([id]) => !Object.hasOwn(codes, id)).map(([id, path]) => `${id} of ${path}`);
  assert.deepEqual(missing, [], 'say in src/app/catalogue what each means and what to do; then npm run generate');
});

test('every entry is about a code that the source still has', () => {
  assert.deepEqual(
    Object.keys(codes).filter((id) => !used.has(id)),
    [],
  );
});

test('codes have two words at least, so that a policy can name them', () => {
  assert.deepEqual([...placesOf((_, text) => oneWordCodes(text))], []);
});

test('no code is explained twice, and none is called like a word of a report', () => {
  const all = codeGroups.flatMap((group) => Object.keys(group.codes));
  assert.deepEqual(
    all.filter((id, position) => all.indexOf(id) !== position),
    [],
  );
  assert.equal(Object.keys(codes).length, all.length);
  const spoken = new Set(Object.keys(words).map((word) => word.toUpperCase().replaceAll('-', '_')));
  assert.deepEqual(
    all.filter((id) => spoken.has(id)),
    [],
  );
});

test('entries stand in order, and are whole sentences of a size that is read at night', () => {
  for (const { title, codes: group } of codeGroups)
    assert.deepEqual(Object.keys(group), Object.keys(group).toSorted(), title);
  for (const [id, { means, advice }] of Object.entries(codes))
    for (const text of [means, advice]) {
      assert.match(text, /^["A-Za-z][^\n]*[.:)]$/, id);
      assert.ok(text.length <= 280, `${id}: ${text.length} characters`);
    }
});

test('docs/codes.md is up to date', () => {
  assert.deepEqual(staleCodesDocument(join(source, '..'), false), []);
});
