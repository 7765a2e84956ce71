import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someFinding } from '../../test/builders/dossier.ts';
import type { Evidence, Placement } from '../core/finding.ts';
import { contextOf, subjectsOf } from './finding-context.ts';

const at = (path: string, placed: Placement = {}): Evidence => ({ kind: 'file', path, ...placed });
const words = (first: Evidence, ...others: readonly Evidence[]): readonly string[] => [
  ...contextOf(someFinding({ evidence: [first, ...others] })),
];

test('what the image starts and what no package owns weighs more as soon as one proof says so', () => {
  assert.deepEqual(words(at('a'), at('b', { launched: true })), ['launched']);
  assert.deepEqual(words(at('a', { owner: 'x' }), at('b', { unowned: true })), ['unowned']);
  assert.deepEqual(words(at('a')), []);
});

test('a command of the image config is started; its other fields are not', () => {
  const config = (field: string): Evidence => ({ kind: 'config', field, value: 'x' });
  for (const field of ['Entrypoint', 'Cmd', 'Healthcheck', 'Cmd[2]', 'launch path'])
    assert.deepEqual(words(config(field)), ['launched'], field);
  for (const field of ['Env', 'Labels', 'OnBuild', 'cmdline']) assert.deepEqual(words(config(field)), [], field);
  assert.deepEqual(words({ kind: 'history', field: 'Cmd', value: 'x' }), []);
});

test('what lessens must hold of every proof', () => {
  assert.deepEqual(words(at('a', { owner: 'x' }), at('b', { owner: 'y' })), ['owned']);
  assert.deepEqual(words(at('a', { owner: 'x' }), at('b')), []);
  assert.deepEqual(words(at('usr/share/doc/x/a'), at('usr/bin/a')), []);
  assert.deepEqual(words(at('usr/share/doc/x/a'), { kind: 'config', field: 'Env', value: '' }), []);
});

test('nothing lessens a finding of which the cap left some out', () => {
  const evidence = [at('usr/share/doc/x', { owner: 'x', hidden: true, unowned: true })] as const;
  assert.deepEqual([...contextOf(someFinding({ evidence, more: 1 }))], ['unowned']);
  assert.deepEqual([...contextOf(someFinding({ evidence, more: 0 }))], ['unowned', 'owned', 'hidden', 'example']);
});

test('a member of an archive is nested until the image starts the archive', () => {
  assert.deepEqual(words(at('a.jar!/b')), ['nested']);
  assert.deepEqual(words(at('a.jar!/b', { launched: true })), ['launched']);
});

test('documentation, tests and examples are told by whole names of folders and files', () => {
  for (const path of ['usr/share/doc/x/y.sh', 'app/tests/a.py', 'x.tgz!/package/examples/a', 'app/README', 'a/b.md'])
    assert.ok(words(at(path)).includes('example'), path);
  for (const path of ['usr/bin/doc', 'opt/attests/a', 'opt/latest/a', 'opt/README/a', 'usr/bin/a.mdx', 'opt/my-docs/a'])
    assert.ok(!words(at(path)).includes('example'), path);
});

test('an example that the image starts is none', () => {
  assert.deepEqual(words(at('opt/test/run', { launched: true })), ['launched']);
});

const subjects = (...evidence: readonly [Evidence, ...Evidence[]]): readonly string[] => [
  ...subjectsOf(someFinding({ evidence })),
];

test('members of one archive are about one file', () => {
  assert.deepEqual(subjects(at('a.jar!/b', { owner: 'x' })), ['file a.jar']);
  assert.deepEqual(subjects(at('a.jar', { owner: 'x' })), ['file a.jar']);
});

test('files of one folder are about one thing, but not where packages or everybody put them', () => {
  assert.ok(subjects(at('opt/.x/a')).includes('folder opt/.x'));
  assert.deepEqual(subjects(at('opt/.x/a', { owner: 'x' })), ['file opt/.x/a']);
  for (const path of ['usr/local/bin/a', 'bin/a', 'usr/lib/a', 'opt/a', 'a'])
    assert.deepEqual(subjects(at(path)), [`file ${path}`]);
});

test('everything that the image starts is about one thing', () => {
  assert.ok(subjects(at('a', { launched: true })).includes('start'));
  assert.deepEqual(subjects({ kind: 'config', field: 'Cmd', value: '' }), ['start']);
  assert.deepEqual(subjects({ kind: 'config', field: 'Env', value: '' }), []);
});
