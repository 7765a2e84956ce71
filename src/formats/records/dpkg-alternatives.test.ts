import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, faultOf } from '../../../test/contracts/record.contract.ts';
import { Budget } from '../../core/budget.ts';
import { alternativeLinks, parseDpkgAlternative } from './dpkg-alternatives.ts';

const file = `auto
/usr/bin/editor
editor.1.gz
/usr/share/man/man1/editor.1.gz

/bin/ed
-100
/usr/share/man/man1/ed.1.gz
/usr/bin/vim.basic
30


`;

const parse = (text: string) => parseDpkgAlternative('editor', Buffer.from(text), new Budget());

test('reads links, slaves and choices', () => {
  assert.deepEqual(parse(file), {
    name: 'editor',
    isManual: false,
    link: 'usr/bin/editor',
    slaves: [{ name: 'editor.1.gz', link: 'usr/share/man/man1/editor.1.gz' }],
    choices: [
      { path: 'bin/ed', priority: -100, slaves: new Map([['editor.1.gz', 'usr/share/man/man1/ed.1.gz']]) },
      { path: 'usr/bin/vim.basic', priority: 30, slaves: new Map() },
    ],
  });
});

test('says which links the system owns and where they may lead', () => {
  assert.deepEqual(
    [...alternativeLinks(parse(file))],
    [
      ['usr/bin/editor', ['etc/alternatives/editor']],
      ['etc/alternatives/editor', ['bin/ed', 'usr/bin/vim.basic']],
      ['usr/share/man/man1/editor.1.gz', ['etc/alternatives/editor.1.gz']],
      ['etc/alternatives/editor.1.gz', ['usr/share/man/man1/ed.1.gz']],
    ],
  );
});

for (const [what, text] of [
  ['another mode', file.replace('auto', 'semi')],
  ['a relative link', file.replace('/usr/bin/editor', 'usr/bin/editor')],
  ['no end', file.trimEnd()],
  ['a priority that is no number', file.replace('-100', 'high')],
  ['something behind the end', `${file}more`],
] as const)
  test(`${what} is a Fault`, () => {
    assert.equal(
      faultOf(() => parse(text)),
      'ALTERNATIVE_INVALID',
    );
  });

describeRecord({
  name: 'alternatives',
  samples: { file: Buffer.from(file) },
  parse: (bytes, budget) => alternativeLinks(parseDpkgAlternative('x', bytes, budget)),
});
