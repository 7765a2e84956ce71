import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { listRuleFiles } from './rule-files.ts';

test('a folder is listed whole and in order; links lead nowhere', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tidewaiter-rules-')));
  try {
    mkdirSync(join(folder, 'sub'));
    for (const name of ['b.yar', 'sub/a.YARA', 'notes.md']) writeFileSync(join(folder, name), '');
    symlinkSync('..', join(folder, 'sub', 'up'));
    symlinkSync('/etc', join(folder, 'out'));
    symlinkSync(join(folder, 'b.yar'), join(folder, 'c.yar'));
    const files = listRuleFiles({ added: [folder, join(folder, 'b.yar')] }, 'yara', ['.yar', '.yara']);
    assert.deepEqual(
      files.map(({ path }) => path.slice(folder.length + 1)),
      ['b.yar', 'sub/a.YARA'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a location that is not there is misuse', () => {
  assert.throws(
    () => listRuleFiles({ added: ['/nowhere/at/all'] }, 'yara', ['.yar']),
    (thrown) => isFault(thrown) && thrown.code === 'RULES_NOT_FOUND',
  );
});
