/** The launcher and the package as a newcomer meets them: a fresh copy, the real npm, the real registry. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const skip = required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1';
const root = join(import.meta.dirname, '../..');

/** The PATH without what npm and scripts/with-node.sh put in front: the system's own Node and npm. */
const systemPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules') && !folder.startsWith(root))
  .join(delimiter);

/** Proxies and certificates as this machine needs them; nothing that npm, the test runner or we have set. */
const newcomersEnvironment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_|TIDEWAITER_|NODE_TEST_|NODE_COMPILE_|INIT_CWD)/i.test(name),
    ),
  ),
  PATH: systemPath,
};

const openFolder = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-newcomer-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** What git would clone, with the changes of the working tree. */
const cloneInto = (folder: string): void => {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
};

const run = (command: string, words: readonly string[], cwd: string, more: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...newcomersEnvironment, ...more },
  });
  return { status, stdout, stderr };
};

test('a fresh clone installs itself and runs, in each of the shells that systems have as sh', { skip }, (t) => {
  const folder = openFolder(t);
  cloneInto(folder);
  const version = /^\S*\d+\.\d+\.\d+/m;
  for (const [shell, ...words] of [['dash'], ['busybox', 'sh'], ['bash', '--posix']] as const) {
    const { status, stdout, stderr } = run(shell, [...words, './tidewaiter', '--version'], folder);
    assert.equal(status, 0, `${shell}: ${stderr}`);
    assert.match(stdout, version);
  }
  assert.equal(run('./tidewaiter', ['--version'], folder).stderr, '', 'a later start says nothing');
  assert.deepEqual(readdirSync(join(folder, '.tidewaiter')), [], 'nothing is left behind');
});

test('the packed package works where it is installed, and refuses an older Node in one line', { skip }, (t) => {
  const folder = openFolder(t);
  const clone = join(folder, 'clone');
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere, { recursive: true });
  cloneInto(clone);
  const packed = run('npm', ['pack', '--pack-destination', folder], clone);
  assert.equal(packed.status, 0, packed.stderr);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  assert.ok(tarball !== undefined);
  const installed = run('npm', ['install', '--ignore-scripts', '--no-audit', join(folder, tarball)], elsewhere);
  assert.equal(installed.status, 0, installed.stderr);
  const bin = join(elsewhere, 'node_modules/.bin/tidewaiter');
  const path = `${dirname(process.execPath)}${delimiter}${systemPath}`;
  const version = run(bin, ['--version'], elsewhere, { PATH: path });
  assert.equal(version.status, 0, version.stderr);
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
  const rules = run(bin, ['rules', 'list'], elsewhere, { PATH: path });
  assert.equal(rules.status, 0, rules.stderr);
  assert.match(rules.stdout, /yara/, 'the rules lie where the emitted program looks for them');
  const old = run('sh', ['-c', 'node -v'], elsewhere);
  if (/^v(?:1\d|2[0-3])\./.test(old.stdout)) {
    const refused = run(bin, ['--version'], elsewhere);
    assert.equal(refused.status, 2);
    assert.match(
      refused.stderr,
      /^tidewaiter: Node 24 or newer is needed, and v\S+ runs this\. Install Node 24 or newer\.\n$/,
    );
  }
});
