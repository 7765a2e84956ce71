/** The reader of shell scripts against bash itself: accepted exactly where `bash -n` accepts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutate } from '../contracts/format.contract.ts';
import { parseShell } from '../../src/formats/records/shell.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const folders = ['/etc/init.d', '/usr/bin', '/usr/sbin', '/etc/profile.d', '/var/lib/dpkg/info'];

const scripts = (): readonly string[] =>
  folders
    .flatMap((folder) => {
      try {
        return readdirSync(folder).map((name) => join(folder, name));
      } catch (thrown) {
        assert.match(String(thrown), /ENOENT/);
        return [];
      }
    })
    .filter((path) => {
      const status = statSync(path, { throwIfNoEntry: false });
      if (status?.isFile() !== true || status.size > 2 ** 20) return false;
      return /^#! ?\/(?:usr\/)?bin\/(?:env )?(?:ba|da)?sh\b/.test(readFileSync(path).toString('latin1', 0, 40));
    });

const bashAccepts = (script: Uint8Array): boolean => spawnSync('bash', ['-n'], { input: script }).status === 0;

const weAccept = (script: Uint8Array): boolean =>
  parseShell(script, { dialect: 'bash' }).remarks.every(({ code }) => code === 'SHELL_SYNTAX_LATER');

test('every script of this machine is accepted exactly where bash accepts it', options, () => {
  const all = scripts();
  assert.ok(all.length > 50);
  assert.deepEqual(
    all.filter((path) => {
      const script = readFileSync(path);
      return weAccept(script) !== bashAccepts(script);
    }),
    [],
  );
});

/**
 * Where we knowingly differ: an array's subscript that no `]` closes (bash reads on over lines), `[[` broken off at the end of a line
 * (bash complains and goes on), patterns that need `shopt -s extglob`, and control bytes that bash takes for a binary file.
 */
const isKnownDifference = (script: Uint8Array): boolean =>
  // oxlint-disable-next-line no-control-regex
  /[^\s]\[|\[\[[^\]]*\n|[?*+@!]\(|[\x00-\x08\x0e-\x1f\x7f-\xff]/.test(Buffer.from(script).toString('latin1'));

test('changed scripts too', options, () => {
  const small = scripts().filter((path) => statSync(path).size < 3000);
  const differing: string[] = [];
  let compared = 0;
  for (let seed = 0; seed < 1500; seed += 1) {
    const path = small[seed % small.length] ?? '';
    const script = mutate(readFileSync(path), seed);
    if (isKnownDifference(script)) continue;
    compared += 1;
    if (weAccept(script) !== bashAccepts(script)) differing.push(`${path} with seed ${seed}`);
  }
  assert.ok(compared > 200);
  assert.deepEqual(differing, []);
});
