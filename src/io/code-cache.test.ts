import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-code-cache-'));
after(() => rmSync(folder, { recursive: true }));

/** Node knows the folder of its cache once a process: each step is a process of its own. */
const run = (code: string): string =>
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { findCompiled, keepCompiled } from ${JSON.stringify(join(import.meta.dirname, 'code-cache.ts'))};
      const find = (key) => { const found = findCompiled('thing', key); return found === undefined ? 'nothing' : Buffer.from(found).toString(); };
      ${code}`,
    ],
    { env: { NODE_COMPILE_CACHE: folder }, encoding: 'utf8' },
  );

const kept = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('thing-'));

test('what was kept is found again under its own key, by us alone', () => {
  run(`keepCompiled('thing', 'one', Buffer.from('first'))`);
  assert.equal(run(`process.stdout.write(find('one') + ' ' + find('two'))`), 'first nothing');
  const [name = ''] = kept();
  assert.equal(statSync(join(folder, name)).mode & 0o077, 0);
});

test('what was cut short or changed is not found', () => {
  const [name = ''] = kept();
  const whole = readFileSync(join(folder, name));
  writeFileSync(join(folder, name), whole.subarray(0, -1));
  assert.equal(run(`process.stdout.write(find('one'))`), 'nothing');
  const changed = Uint8Array.from(whole);
  changed[33] = 0;
  writeFileSync(join(folder, name), changed);
  assert.equal(run(`process.stdout.write(find('one'))`), 'nothing');
});

test('only the newest few are kept', () => {
  run(`for (let count = 0; count < 12; count += 1) keepCompiled('thing', String(count), Buffer.from('x'))`);
  assert.equal(kept().length, 6);
  assert.equal(run(`process.stdout.write(find('11'))`), 'x');
});

describe('the modules of a program', () => {
  const root = mkdtempSync(join(tmpdir(), 'tidewaiter-code-cache-'));
  after(() => rmSync(root, { recursive: true }));
  const entry = join(root, 'entry.mjs');
  const part = join(root, 'part.mjs');
  writeFileSync(entry, `import { part } from './part.mjs';\nexport const whole = part;\n`);
  writeFileSync(part, `export const part = 'first';\n`);
  const cache = join(root, 'cache');

  /** What a process of ours does with the program's cache; gives what it printed. */
  const act = (code: string): string =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { copyCodeCache, fillCodeCache } from ${JSON.stringify(join(import.meta.dirname, 'code-cache.ts'))};
        const program = { entry: ${JSON.stringify(entry)}, flags: ['--no-opt'] };
        ${code}`,
      ],
      { env: { NODE_COMPILE_CACHE: cache }, encoding: 'utf8' },
    );
  const fill = (): string => act('await fillCodeCache(program);');
  const copies: string[] = [];
  after(() => {
    for (const made of copies) rmSync(made, { recursive: true });
  });
  const copy = (): string => {
    const made = act(`process.stdout.write(copyCodeCache(program) ?? 'none')`);
    if (made !== 'none') copies.push(made);
    return made;
  };
  const programs = (): readonly string[] => readdirSync(cache).filter((name) => name.startsWith('program-'));
  const filesBelow = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((found) => found.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  /** Of the folder that holds the program: another one lies there when it was filled anew. */
  const inode = (): number => statSync(join(cache, programs()[0] ?? '')).ino;

  test('there is no copy before it was filled', () => {
    assert.equal(copy(), 'none');
  });

  test('are copied as Node keeps them, and no others', () => {
    fill();
    assert.equal(programs().length, 1);
    const made = copy();
    assert.equal(statSync(made).mode & 0o077, 0);
    // The two modules, and the one that loaded them, which is TypeScript.
    assert.equal(filesBelow(made).length, 4);
    const run = (script: string): string =>
      spawnSync(process.execPath, ['--no-opt', script], {
        env: { NODE_COMPILE_CACHE: made, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
        encoding: 'utf8',
      }).stderr;
    assert.match(run(entry), /cache for .*part\.mjs was accepted/);
    const stranger = join(root, 'stranger.mjs');
    writeFileSync(stranger, 'export {};\n');
    assert.doesNotMatch(run(stranger), /stranger\.mjs was accepted/);
  });

  test('are the child’s own: what it writes into its copy is not in ours', () => {
    for (const file of filesBelow(copy())) writeFileSync(file, 'spoilt');
    const texts = filesBelow(copy()).map((file) => readFileSync(file, 'latin1'));
    assert.equal(texts.length, 4);
    assert.equal(texts.includes('spoilt'), false);
  });

  test('are compiled again when one has changed, and only then', () => {
    const first = inode();
    fill();
    assert.equal(inode(), first);
    writeFileSync(part, `export const part = 'another';\n`);
    // What is old is better than nothing: Node passes over what no longer fits.
    assert.notEqual(copy(), 'none');
    fill();
    assert.notEqual(inode(), first);
    assert.equal(programs().length, 1);
  });

  test('are not kept where the program cannot be loaded', () => {
    writeFileSync(part, 'no module at all {');
    const before = inode();
    fill();
    assert.equal(inode(), before);
    assert.deepEqual(programs().length, 1);
  });

  test('older programs make room', () => {
    for (let count = 0; count < 9; count += 1) {
      const old = join(cache, `program-old${count}`);
      mkdirSync(old);
      utimesSync(old, 1000 + count, 1000 + count);
    }
    writeFileSync(part, `export const part = 'last';\n`);
    fill();
    assert.equal(programs().length, 6);
    assert.equal(programs().includes('program-old8'), true);
    assert.equal(programs().includes('program-old0'), false);
  });
});
