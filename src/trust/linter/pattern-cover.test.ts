import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReferenceMatch } from '../../core/reference-pattern.ts';
import { isCovered, untagged } from './pattern-cover.ts';

const patterns = [
  '**',
  'docker://**',
  'docker://a.example/**',
  'docker://a.example/*',
  'docker://a.example/*/*',
  'docker://a.example/x',
  'docker://a.example/x:1',
  'docker://a.example/x:*',
  'docker://a.example/x/**',
  'docker://a.example/x?',
  'docker://*/x',
  'docker://*.example/**',
  'docker://a.example/**/x',
  'docker://a.example/x*:prod-*',
];

const names = ['docker://a.example', 'docker://b.example', 'docker://a.sub.example'].flatMap((host) =>
  ['x', 'xy', 'y', 'x/y', 'y/x', 'x/y/z', 'y/z/x'].flatMap((path) =>
    ['', ':1', ':2', ':prod-1'].map((tag) => `${host}/${path}${tag}`),
  ),
);

test('a pattern is said to be covered only if everything that fits it fits the other', () => {
  for (const earlier of patterns)
    for (const later of patterns)
      if (isCovered(earlier, later))
        for (const name of names)
          assert.ok(
            !isReferenceMatch([later], name) || isReferenceMatch([earlier], name),
            `${earlier} does not cover ${later}: ${name}`,
          );
});

test('what is plainly covered is seen', () => {
  for (const [earlier, later] of [
    ['**', 'docker://a.example/x'],
    ['docker://a.example/**', 'docker://a.example/*'],
    ['docker://a.example/**', 'docker://a.example/x:1'],
    ['docker://a.example/*', 'docker://a.example/x?'],
    ['docker://a.example/x', 'docker://a.example/x:1'],
    ['docker://*.example/**', 'docker://a.example/x/**'],
    ['docker://a.example/**', 'docker://a.example/**/x'],
  ] as const)
    assert.ok(isCovered(earlier, later), `${earlier} covers ${later}`);
  for (const [earlier, later] of [
    ['docker://a.example/*', 'docker://a.example/**'],
    ['docker://a.example/x:1', 'docker://a.example/x'],
    ['docker://a.example/*/*', 'docker://a.example/**'],
    ['docker://a.example/x:*', 'docker://a.example/x'],
  ] as const)
    assert.ok(!isCovered(earlier, later), `${earlier} does not cover ${later}`);
});

test('the colon of a port is no tag', () => {
  assert.equal(untagged('docker://localhost:5000/app'), undefined);
  assert.equal(untagged('docker://localhost:5000/app:1'), 'docker://localhost:5000/app');
  assert.equal(untagged('**'), undefined);
});
