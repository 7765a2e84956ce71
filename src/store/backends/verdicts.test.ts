import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { EarlierVerdict } from '../../core/verdict.ts';
import { openVerdictMemory } from './verdicts.ts';

const verdict = (assessment: EarlierVerdict['assessment'], decision: EarlierVerdict['decision']): EarlierVerdict => ({
  assessment,
  decision,
  rules: 'sha256:rules',
  policy: 'sha256:policy',
  at: '2026-01-01T00:00:00.000Z',
});
const clean = verdict('clean', 'allow');
const bad = verdict('malicious', 'deny');

const withFolder = async (
  run: (
    open: (maximumImages?: number, now?: number) => ReturnType<typeof openVerdictMemory>,
    folder: string,
    warnings: string[],
  ) => Promise<void> | void,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-verdicts-'));
  const warnings: string[] = [];
  const log = { debug: () => undefined, warn: (message: string) => void warnings.push(message) };
  try {
    await run(
      (maximumImages = 10, now = 0) => openVerdictMemory(folder, { maximumImages, log, now: () => new Date(now) }),
      folder,
      warnings,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
};

test('what is remembered is recalled, by the next process too; what is not is unknown', () =>
  withFolder((open, _, warnings) => {
    const memory = open();
    memory.remember('one', { last: bad, allowed: clean });
    memory.remember('two', { last: bad });
    memory.close();
    const next = open();
    assert.deepEqual(next.recall('one'), { last: bad, allowed: clean });
    assert.deepEqual(next.recall('two'), { last: bad });
    assert.equal(next.recall('three'), undefined);
    next.remember('one', { last: clean, allowed: clean });
    assert.deepEqual(next.recall('one')?.last, clean);
    next.close();
    assert.deepEqual(warnings, []);
  }));

test('beyond the maximum the longest unseen are forgotten', () =>
  withFolder((open) => {
    for (const [position, image] of ['one', 'two', 'three'].entries()) {
      const memory = open(2, position * 1000);
      memory.remember(image, { last: clean });
      memory.close();
    }
    const memory = open(2);
    assert.deepEqual(
      ['one', 'two', 'three'].map((image) => memory.recall(image) !== undefined),
      [false, true, true],
    );
    memory.close();
  }));

test('a damaged file is set aside, and a row that is no verdict is unknown', () =>
  withFolder(async (open, folder, warnings) => {
    const memory = open();
    memory.remember('one', { last: clean });
    memory.close();
    const database = new Database(join(folder, 'verdicts.sqlite'));
    database.prepare('UPDATE verdict SET last = ?').run('{"assessment":"lovely"}');
    database.close();
    const edited = open();
    assert.equal(edited.recall('one'), undefined);
    edited.close();
    await writeFile(
      join(folder, 'verdicts.sqlite'),
      'no database at all, but long enough to be looked at as one'.repeat(40),
    );
    const fresh = open();
    fresh.remember('one', { last: clean });
    assert.deepEqual(fresh.recall('one'), { last: clean });
    fresh.close();
    assert.match(warnings.join('\n'), /set aside/);
    assert.ok((await readdir(folder)).some((name) => name.includes('.corrupt-')));
  }));

test('a folder that others may write is not believed', () =>
  withFolder(async (open, folder, warnings) => {
    await chmod(folder, 0o777);
    const memory = open();
    memory.remember('one', { last: clean });
    assert.equal(memory.recall('one'), undefined);
    memory.close();
    assert.match(warnings[0] ?? '', /can be written by others/);
  }));
