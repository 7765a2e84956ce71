import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RE2JS } from 're2js';
import { anyRefOf, dotForgeryOf, forgeryOf, isAnybody, witnessesOf } from './identity-probes.ts';

const workflow = String.raw`^https://github\.com/example/app/\.github/workflows/release\.yml@refs/tags/v[0-9.]+$`;

test('a simple pattern has a text that it matches', () => {
  for (const [pattern, text] of [
    [workflow, 'https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1'],
    [String.raw`.*@company\.example`, 'x@company.example'],
    [String.raw`^(?:ann|bob)@company\.example$`, 'ann@company.example'],
    [String.raw`^https://github\.com/(a|b)/[^/]+/.{3}\d$`, 'https://github.com/a/x/xxx1'],
    ['^[a-z]+(?:-[a-z]+)*$', 'x-x'],
  ] as const)
    assert.equal(witnessesOf({ pattern })[0], text, pattern);
  assert.deepEqual(witnessesOf({ exact: 'a.*' }), ['a.*']);
});

test('each alternative has one, and a pattern that is too clever has none', () => {
  assert.deepEqual(witnessesOf({ pattern: 'ann|bob' }), ['ann', 'bob']);
  assert.deepEqual(witnessesOf({ pattern: String.raw`\x41\pL+` }), []);
});

test('anybody is matched by whatever fits strangers of several kinds, however it is written', () => {
  for (const pattern of ['.*', '.+', '^.*$', '(?s).*', '[^@]+|.*', '.*s.*', '(a|.*)', '^(?:.|x)+$'])
    assert.ok(isAnybody({ pattern }), pattern);
  for (const pattern of [workflow, String.raw`.*@company\.example`, '^https://github\\.com/.*$'])
    assert.ok(!isAnybody({ pattern }), pattern);
});

test('an open end is shown by a text of a stranger', () => {
  for (const [pattern, forged] of [
    [String.raw`.*github\.com/example/.*`, 'https://stranger.example/'],
    [String.raw`^https://github\.com/example.*$`, 'https://github.com/examplex-stranger'],
    [String.raw`^https://ci\.company\.example.*$`, 'https://ci.company.examplex.stranger.example'],
    [String.raw`.*company\.example$`, 'stranger'],
    [String.raw`.*@company\.example.*`, '@company.examplex.stranger.example'],
  ] as const)
    assert.ok(forgeryOf({ pattern })?.includes(forged), `${pattern}: ${forgeryOf({ pattern })}`);
  for (const pattern of [
    workflow,
    String.raw`^https://github\.com/example/.*$`,
    String.raw`^https://github\.com/example/[^/]+/\.github/workflows/.*@refs/heads/main$`,
    String.raw`.*@company\.example`,
    String.raw`^[^@]+@company\.example$`,
    String.raw`^https://token\.actions\.githubusercontent\.com(?:/company)?$`,
  ])
    assert.equal(forgeryOf({ pattern }), undefined, pattern);
});

test('a dot that is any character counts where another host could be meant', () => {
  assert.equal(dotForgeryOf({ pattern: 'ci@build.company.example' }), 'ci@build-company.example');
  assert.equal(dotForgeryOf({ pattern: String.raw`ci@build\.company\.example` }), undefined);
  assert.equal(dotForgeryOf({ pattern: '^https://github.com/example/.*$' }), undefined);
});

test('a workflow of any ref is shown by a pull request', () => {
  for (const pattern of [
    String.raw`^https://github\.com/example/app/.*$`,
    String.raw`^https://github\.com/example/app/\.github/workflows/release\.yml@.*$`,
    String.raw`^https://github\.com/example/app/\.github/workflows/release\.yml@refs/.+$`,
  ])
    assert.match(anyRefOf({ pattern }) ?? '', /@refs\/pull\/1\/merge$/, pattern);
  assert.equal(anyRefOf({ pattern: workflow }), undefined);
  assert.equal(anyRefOf({ pattern: String.raw`.*@company\.example` }), undefined);
});

test('a pattern with more ways than can be counted, and one of any characters, is soon judged', () => {
  const started = performance.now();
  for (const pattern of [
    '(a|b|c|d)'.repeat(55),
    '(x{9}){9}',
    '(((a*)*)*)*',
    '['.repeat(400),
    `${'a?'.repeat(200)}${'a'.repeat(100)}`,
  ]) {
    try {
      RE2JS.compile(pattern);
    } catch {
      // No pattern: the reader refuses it before any lint sees it.
      continue;
    }
    assert.equal(isAnybody({ pattern }), false);
    witnessesOf({ pattern });
    forgeryOf({ pattern });
    dotForgeryOf({ pattern });
    anyRefOf({ pattern });
  }
  assert.ok(performance.now() - started < 5000);
});
