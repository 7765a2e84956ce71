import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted } from '../core/amount.ts';
import { byteSize, shortDigest, shortDigests } from './amounts.ts';
import { imageNameOf, toRelativeUri } from './image-name.ts';
import { toJsonText } from './json-text.ts';
import { columnsOf, wrap } from './wrap.ts';

test('bytes are counted in decimal units', () => {
  const cases = [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [9949, '9.9 kB'],
    [9950, '10 kB'],
    [999_600, '1.0 MB'],
    [5e9, '5.0 GB'],
    [5e18, '5000 PB'],
  ] as const;
  for (const [bytes, words] of cases) assert.equal(byteSize(bytes), words);
  assert.equal(counted(1234, 'file'), '1,234 files');
});

test('digests are shortened, other text is left alone', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  assert.equal(shortDigest(digest), 'sha256:abababababab');
  assert.equal(shortDigest('no digest'), 'no digest');
  assert.equal(shortDigests(`layer 1 (${digest}): x`), 'layer 1 (sha256:abababababab): x');
});

test('lines break at spaces and hang; long words stay whole', () => {
  assert.deepEqual(wrap('one two three', 9, '- ', '  '), ['- one two', '  three']);
  assert.deepEqual(wrap('a-very-long-word b', 6, '', ''), ['a-very-long-word', 'b']);
  assert.deepEqual(wrap('one two', 0, '- ', '  '), ['- one two']);
  assert.equal(columnsOf('日本e\u0301'), 5);
});

test('an image name has no tag and digest; the port of a host is neither', () => {
  const digest = `@sha256:${'a'.repeat(64)}`;
  assert.deepEqual(imageNameOf(`docker://localhost:5000/a/b:1.0${digest}`), {
    path: 'localhost:5000/a/b',
    scheme: 'docker',
    tag: '1.0',
  });
  assert.deepEqual(imageNameOf(`docker://localhost:5000/a${digest}`), {
    path: 'localhost:5000/a',
    scheme: 'docker',
    tag: '',
  });
  assert.deepEqual(imageNameOf('rootfs:/srv/x'), { path: 'rootfs//srv/x', scheme: 'rootfs', tag: '' });
});

test('a path becomes a relative uri without dot segments', () => {
  assert.equal(toRelativeUri('localhost:5000/a b/../c'), 'localhost%3A5000/a%20b/_/c');
  assert.equal(toRelativeUri('//x//./y/'), 'x/y');
  assert.equal(toRelativeUri('\ud800'), '%EF%BF%BD');
  assert.equal(toRelativeUri(''), 'image');
});

test('JSON text escapes what is misread, and parses to the same value', () => {
  const value = { 'a::b': ['\u001b\u009b\u202e##vso[x]::y:::z ###[', '</script><!--', '\ud800', '😀\u{e0041}'] };
  const text = toJsonText(value);
  assert.deepEqual(JSON.parse(text), value);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /::|##|#\[|\u001b|\u009b|\u202e|<[/!]/);
  assert.ok(text.includes('😀'), 'what can be read stays readable');
});
