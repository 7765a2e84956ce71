import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { parseComposerInstalled } from './composer.ts';

const entry = {
  name: 'Vendor/tool',
  version: 'v1.2.3',
  source: { type: 'git', url: 'https://git.example/tool.git', reference: '0123' },
  dist: { type: 'zip', url: 'https://php.example/tool.zip', shasum: 'abcd' },
  license: ['MIT', 'GPL-2.0-only'],
  'install-path': '../vendor/tool',
};
const folder = 'srv/app/vendor/composer';

const parse = (value: unknown) =>
  parsed((budget, remark) => parseComposerInstalled(folder, Buffer.from(JSON.stringify(value)), budget, remark));

test('reads the lists of both versions of Composer', () => {
  const { value, codes } = parse({ packages: [entry], dev: true, 'dev-package-names': [] });
  assert.deepEqual(
    [value, codes],
    [
      [
        {
          ecosystem: 'composer',
          name: 'Vendor/tool',
          version: 'v1.2.3',
          purl: 'pkg:composer/vendor/tool@v1.2.3',
          origin: 'https://php.example/tool.zip',
          license: 'MIT OR GPL-2.0-only',
          checksum: 'abcd',
          place: 'srv/app/vendor/vendor/tool',
        },
      ],
      [],
    ],
  );
  assert.deepEqual(parse([entry]).value, value);
});

test('an entry without a name is a gap, and the others are read', () => {
  const { value, codes } = parse([{}, entry, 7]);
  assert.deepEqual([value.length, codes], [1, ['gap COMPOSER_PACKAGE_INVALID']]);
});

test('what holds no list is a Fault', () => {
  for (const bad of [{}, { packages: {} }, 'x', null])
    assert.equal(
      faultOf(() => parse(bad)),
      'RECORD_INVALID',
    );
});

describeRecord({
  name: 'Composer list',
  samples: { two: Buffer.from(JSON.stringify({ packages: [entry] })) },
  parse: (bytes, budget, remark) => parseComposerInstalled(folder, bytes, budget, remark),
});
