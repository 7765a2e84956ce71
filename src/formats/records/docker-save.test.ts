import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, json, oneof, property, string } from 'fast-check';
import { isFault } from '../../core/fault.ts';
import { parseDockerSave, parseParent, parseRepositories } from './docker-save.ts';

const bytesOfJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const code = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return 'no fault';
};

test('a manifest.json names config, tags and layers of every image', () => {
  const images = parseDockerSave(
    bytesOfJson([
      { Config: 'a.json', RepoTags: ['x:1', 'x:2'], Layers: ['l/layer.tar'] },
      { Config: 'b.json', RepoTags: null, Layers: null },
    ]),
    'manifest.json',
  );
  assert.deepEqual(images, [
    { config: 'a.json', names: ['x:1', 'x:2'], layers: ['l/layer.tar'] },
    { config: 'b.json', names: [], layers: [] },
  ]);
});

test('field names are read as Docker reads them, in any case, and never twice', () => {
  const [image] = parseDockerSave(bytesOfJson([{ config: 'a.json', LAYERS: ['l'] }]), '');
  assert.deepEqual(image?.layers, ['l']);
  assert.equal(
    code(() => parseDockerSave(bytesOfJson([{ Config: 'a.json', Layers: ['l'], layers: ['other'] }]), '')),
    'ARCHIVE_MANIFEST_AMBIGUOUS',
  );
  assert.equal(
    code(() => parseDockerSave(Buffer.from('[{"Config":"a","Config":"b"}]'), '')),
    'ARCHIVE_MANIFEST_AMBIGUOUS',
  );
});

test('what is no manifest.json is refused', () => {
  for (const wrong of [
    {},
    [1],
    [{}],
    [{ Config: '' }],
    [{ Config: 'a', Layers: [1] }],
    [{ Config: 'a', RepoTags: 'x' }],
  ])
    assert.equal(
      code(() => parseDockerSave(bytesOfJson(wrong), '')),
      'ARCHIVE_MANIFEST_INVALID',
      JSON.stringify(wrong),
    );
});

test('a repositories file names the topmost layer of every tag', () => {
  const top = 'a'.repeat(64);
  assert.deepEqual(parseRepositories(bytesOfJson({ 'team/app': { '1': top, '2': top } }), ''), [
    { name: 'team/app:1', top },
    { name: 'team/app:2', top },
  ]);
  assert.equal(
    code(() => parseRepositories(bytesOfJson({ app: { '1': '../etc' } }), '')),
    'ARCHIVE_MANIFEST_INVALID',
  );
});

test('a layer names its parent, or none', () => {
  assert.equal(parseParent(bytesOfJson({ parent: 'b'.repeat(64) }), ''), 'b'.repeat(64));
  assert.equal(parseParent(bytesOfJson({ id: 'x' }), ''), undefined);
  assert.equal(
    code(() => parseParent(bytesOfJson({ parent: '../x' }), '')),
    'ARCHIVE_MANIFEST_INVALID',
  );
});

test('any bytes give a value or a Fault', () => {
  check(
    property(oneof(json(), string()), (text) => {
      for (const parse of [parseDockerSave, parseRepositories, parseParent])
        assert.notEqual(
          code(() => parse(Buffer.from(text), '')),
          '',
        );
    }),
    { numRuns: 300 },
  );
});
