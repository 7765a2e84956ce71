import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zipOf } from '../../../test/builders/zip.ts';
import { findAdvisories, writeLinesFile } from './advisory-lines.ts';
import { loadPackages } from './load-packages.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-known-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const record = (id: string, name: string): string =>
  JSON.stringify({ id, affected: [{ package: { ecosystem: 'npm', name }, versions: ['1.0.0'] }] });

const load = async (name: string) => {
  const loaded = await loadPackages({ added: [join(folder, name)] });
  const find = (wanted: string) =>
    loaded.known.parts.flatMap((lines) => findAdvisories(lines, 'npm', wanted)).map(({ id }) => id);
  return { ...loaded, find };
};

test('a folder of records, one in each file, flaws and rubbish among them', async () => {
  await mkdir(join(folder, 'records/deep'), { recursive: true });
  await writeFile(join(folder, 'records/a.json'), record('MAL-1', 'a'));
  await writeFile(join(folder, 'records/deep/b.json'), `[${record('MAL-2', 'b')},${record('GHSA-3', 'c')}]`);
  await writeFile(join(folder, 'records/bad.json'), '{');
  await writeFile(join(folder, 'records/other.json'), '{"name":"x"}');
  await writeFile(join(folder, 'records/readme.txt'), 'x');
  const { count, others, rejected, find } = await load('records');
  assert.deepEqual([count, others, find('a'), find('b'), find('c')], [2, 1, ['MAL-1'], ['MAL-2'], []]);
  assert.deepEqual(rejected.map(({ file }) => file.slice(folder.length)).sort(), [
    '/records/bad.json',
    '/records/other.json',
  ]);
});

test('a zip as the database publishes it', async () => {
  const members = [
    { path: 'MAL-1.json', content: record('MAL-1', 'a') },
    { path: 'GHSA-1.json', content: record('GHSA-1', 'b') },
    { path: 'notes.md', content: 'x' },
  ];
  await writeFile(
    join(folder, 'npm.zip'),
    zipOf(members.map(({ path, content }) => ({ name: path, content: Buffer.from(content) }))),
  );
  const { count, others, rejected, find } = await load('npm.zip');
  assert.deepEqual([count, others, rejected, find('a')], [1, 1, [], ['MAL-1']]);
});

test('files that are not what they are called are rejected with a reason', async () => {
  await writeFile(join(folder, 'no.zip'), 'no zip at all');
  await writeFile(join(folder, 'no.packages'), 'no list');
  for (const name of ['no.zip', 'no.packages']) {
    const { count, rejected } = await load(name);
    assert.equal(count, 0);
    assert.ok(rejected.length > 0 && rejected.every(({ reason }) => reason !== ''), name);
  }
});

test('our own list is sound: every record is used, and says who found it and when', async () => {
  const loaded = await loadPackages({ builtIn: join(import.meta.dirname, '../../../rules'), added: [] });
  assert.deepEqual([loaded.rejected, loaded.others], [[], 0]);
  assert.ok(loaded.count > 300);
  assert.match(loaded.newest, /^20\d\d-\d\d-\d\d$/);
  for (const line of loaded.known.parts.flat()) {
    const [id, , summary, date, source] = JSON.parse(line.slice(line.indexOf('\t') + 1)) as readonly string[];
    assert.match(id ?? '', /^TW-[A-Z0-9-]+$/);
    assert.match(date ?? '', /^20\d\d(?:-\d\d-\d\d)?$/);
    assert.match(source ?? '', /^https:\/\//);
    assert.notEqual(summary, '');
  }
});

test('the day of the newest statement is told, also of a list that was added', async () => {
  const dated = (day: string): string =>
    JSON.stringify({ id: 'MAL-9', modified: day, affected: [{ package: { ecosystem: 'npm', name: 'a' } }] });
  await mkdir(join(folder, 'dated'));
  await writeFile(join(folder, 'dated/one.json'), dated('2026-02-03T01:02:03Z'));
  await writeFile(join(folder, 'dated/two.json'), dated('rubbish'));
  assert.equal((await load('dated')).newest, '2026-02-03');
  await writeFile(join(folder, 'dated/three.packages'), writeLinesFile({ lines: [], newest: '2026-03-04' }));
  assert.equal((await load('dated')).newest, '2026-03-04');
  await writeFile(join(folder, 'undated.json'), record('MAL-1', 'a'));
  assert.equal((await load('undated.json')).newest, '');
});
