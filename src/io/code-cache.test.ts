import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

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
