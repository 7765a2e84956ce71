/** What the documents say about files, held against the files. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const documents = ['.', 'docs', 'deploy', 'rules'].flatMap((folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(root, folder, name))
    : [],
);

test('every relative link leads to a file', () => {
  assert.ok(documents.length > 10);
  const broken = documents.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)\s#]+)/g)]
      .filter(([, target = '']) => !existsSync(join(dirname(file), target)))
      .map(([, target]) => `${relative(root, file)}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('the tree of ARCHITECTURE.md names every folder of src/, and no other', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const tree = /\nsrc\/\n([^]*?)\n\S/.exec(text)?.[1] ?? '';
  const shown: string[] = [];
  let parent = '';
  for (const [, indent = '', name = ''] of tree.matchAll(/^( +)([\w-]+)\/ /gm)) {
    if (indent.length === 2) parent = name;
    shown.push(indent.length === 2 ? name : `${parent}/${name}`);
  }
  const folders = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative(join(root, 'src'), join(entry.parentPath, entry.name)));
  assert.deepEqual(shown.toSorted(), folders.toSorted());
});

test('every decision is in the list of decisions, and opens with its status', () => {
  const folder = join(root, 'docs/adr');
  const list = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const name of readdirSync(folder).filter((file) => /^\d{4}-/.test(file))) {
    assert.ok(list.includes(`(${name})`), `${name} is in the list`);
    assert.match(
      readFileSync(join(folder, name), 'utf8'),
      /^# \d{4}\. .+\n\n## Status\n\n\w[^]*## Context[^]*## Decision[^]*## Consequences/,
    );
  }
});
