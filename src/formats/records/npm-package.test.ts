import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { parseNpmLock, parseNpmPackage } from './npm-package.ts';

const text = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const parse = (value: unknown) => parsed((budget, remark) => parseNpmPackage(text(value), budget, remark));
const lock = (value: unknown) => parsed((budget, remark) => parseNpmLock(text(value), budget, remark));

const integrity = 'sha512-AAAA';

test('reads a package with the scripts that npm runs at its installation', () => {
  const { value, codes } = parse({
    name: '@Scope/tool',
    version: '1.2.3',
    license: { type: 'MIT' },
    scripts: { postinstall: 'node x.js', test: 'node --test', install: 7 },
    _resolved: 'https://npm.example/tool-1.2.3.tgz',
  });
  assert.deepEqual(
    [value, codes],
    [
      {
        ecosystem: 'npm',
        name: '@Scope/tool',
        version: '1.2.3',
        purl: 'pkg:npm/%40scope/tool@1.2.3',
        origin: 'https://npm.example/tool-1.2.3.tgz',
        license: 'MIT',
        installScripts: { postinstall: 'node x.js' },
      },
      [],
    ],
  );
});

test('what names no package with a version is none', () => {
  assert.equal(parse({ type: 'module' }).value, undefined);
  assert.equal(parse({ name: 'a' }).value, undefined);
  assert.equal(parse({ name: 'a', version: '' }).value, undefined);
});

test('a byte order mark is taken, and the last of two names counts and is remarked on', () => {
  assert.equal(parse('\ufeff{"name":"a","version":"1"}').value?.name, 'a');
  const { value, codes } = parse('{"name":"a","version":"1","name":"b"}');
  assert.deepEqual([value?.name, codes], ['b', ['ambiguity RECORD_AMBIGUOUS']]);
});

test('what is no object is a Fault', () => {
  for (const bad of ['[]', '"x"', '{', '', 'null'])
    assert.equal(
      faultOf(() => parse(bad)),
      'RECORD_INVALID',
      bad,
    );
});

const packages = {
  '': { name: 'app', version: '1.0.0' },
  'node_modules/a': { version: '1.0.0', resolved: 'https://npm.example/a', integrity, hasInstallScript: true },
  'node_modules/a/node_modules/@s/b': { version: '2.0.0', dev: true, license: 'ISC' },
  'node_modules/alias': { name: 'real', version: '3.0.0' },
  'node_modules/workspace': { resolved: 'packages/workspace', link: true },
  'packages/workspace': { name: 'workspace', version: '0.1.0' },
  'packages/nameless': {},
};

for (const lockfileVersion of [2, 3])
  test(`reads locks of version ${lockfileVersion}, links and the project itself aside`, () => {
    const dependencies = lockfileVersion === 2 ? { dependencies: { other: { version: '9.9.9' } } } : {};
    const { value, codes } = lock({ lockfileVersion, packages, ...dependencies });
    assert.deepEqual(codes, []);
    assert.deepEqual(
      value.map(({ name, version, place }) => [name, version, place]),
      [
        ['a', '1.0.0', 'node_modules/a'],
        ['@s/b', '2.0.0', 'node_modules/a/node_modules/@s/b'],
        ['real', '3.0.0', 'node_modules/alias'],
        ['workspace', '0.1.0', 'packages/workspace'],
      ],
    );
    assert.deepEqual(
      [value[0]?.checksum, value[0]?.origin, value[0]?.hasInstallScript, value[1]?.isDevelopment, value[1]?.license],
      [integrity, 'https://npm.example/a', true, true, 'ISC'],
    );
  });

test('reads locks of version 1, with what lies inside packages', () => {
  const { value, codes } = lock({
    lockfileVersion: 1,
    dependencies: {
      a: { version: '1.0.0', integrity, dependencies: { b: { version: '2.0.0', dev: true } } },
      alias: { version: 'npm:@s/real@3.0.0' },
      git: { version: 'git+ssh://git@git.example/x.git#0123' },
    },
  });
  assert.deepEqual(codes, []);
  assert.deepEqual(
    value.map(({ name, version, place, origin }) => [name, version, place, origin]),
    [
      ['a', '1.0.0', 'node_modules/a', undefined],
      ['@s/real', '3.0.0', 'node_modules/alias', undefined],
      ['git', 'git+ssh://git@git.example/x.git#0123', 'node_modules/git', 'git+ssh://git@git.example/x.git#0123'],
      ['b', '2.0.0', 'node_modules/a/node_modules/b', undefined],
    ],
  );
});

test('entries without a version are a gap', () => {
  assert.deepEqual(lock({ packages: { 'node_modules/a': {}, 'node_modules/b': 1 } }).codes, ['gap NPM_LOCK_INVALID']);
  assert.deepEqual(lock({ dependencies: { a: {} } }).codes, ['gap NPM_LOCK_INVALID']);
});

test('a lock without packages is empty when it is a lock, and else a Fault', () => {
  assert.deepEqual(lock({ lockfileVersion: 1, requires: true }).value, []);
  assert.equal(
    faultOf(() => lock({ name: 'x' })),
    'NPM_LOCK_INVALID',
  );
  assert.equal(
    faultOf(() => lock({ lockfileVersion: 3, packages: [] })),
    'NPM_LOCK_INVALID',
  );
});

test('names of JavaScript’s own objects are ordinary names', () => {
  const { value } = lock(
    '{"lockfileVersion":3,"packages":{"node_modules/__proto__":{"version":"1","name":"constructor"}}}',
  );
  assert.deepEqual(
    value.map(({ name }) => name),
    ['constructor'],
  );
  assert.equal(parse('{"__proto__":{"name":"a","version":"1"}}').value, undefined);
});

test('deep nesting is read or refused, never a crash', () => {
  const nest = (depth: number): string =>
    `{"lockfileVersion":1,${'"dependencies":{"a":{"version":"1",'.repeat(depth)}"x":0${'}}'.repeat(depth)}}`;
  assert.equal(lock(nest(100)).value.length, 100);
  assert.equal(
    faultOf(() => lock(nest(10_000))),
    'RECORD_TOO_LARGE',
  );
});

describeRecord({
  name: 'npm lock',
  samples: {
    three: text({ lockfileVersion: 3, packages }),
    one: text({ lockfileVersion: 1, dependencies: { a: { version: '1', dependencies: { b: { version: '2' } } } } }),
  },
  parse: parseNpmLock,
});
