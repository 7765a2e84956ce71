/** What somebody types who knows other tools, and what goes wrong on a first day: every answer says what to do next. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { demoImages } from '../src/app/demo/images.ts';
import { writeDemoImage } from '../src/app/demo/run-demo.ts';

const entry = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');
let folder = '';
let clean = '';

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-newcomer-'));
  const write = async (name: string): Promise<string> => {
    const image = demoImages.find((candidate) => candidate.name === name);
    assert.ok(image);
    return writeDemoImage(folder, image);
  };
  clean = await write('clean');
});

after(() => rm(folder, { recursive: true, force: true }));

/** `output`: a file descriptor in place of a pipe. */
const run = (
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  output: number | 'pipe' = 'pipe',
): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...environment },
      stdio: ['ignore', output, 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => resolve({ status, out, err }));
  });

test('the installed command keeps no code where others may write', async () => {
  const place = join(folder, 'package');
  await mkdir(join(place, 'bin'), { recursive: true });
  await mkdir(join(place, 'dist', 'cli'), { recursive: true });
  await copyFile(join(import.meta.dirname, '../bin/tidewaiter.js'), join(place, 'bin', 'tidewaiter.js'));
  await writeFile(join(place, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(place, 'dist', 'cli', 'main.js'),
    "import { getCompileCacheDir } from 'node:module';\nconsole.log(getCompileCacheDir());\n",
  );
  const { stdout } = spawnSync(process.execPath, [join(place, 'bin', 'tidewaiter.js')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  assert.equal(stdout, 'undefined\n', 'main.ts alone chooses the folder');
});

test('reports on several images stand apart', async () => {
  const { out } = await run(['scan', clean, clean]);
  assert.match(out, /^Policy .*\n\n\nALLOW {2}clean/m);
});

test('rules that a scan does not ask are told, in place of being believed in', async () => {
  const sigma = join(folder, 'rule.yml');
  const empty = join(folder, 'no-rules');
  await writeFile(sigma, 'title: x\n');
  await mkdir(empty);
  const { status, err } = await run(['scan', '--rules', sigma, '--rules', empty, clean]);
  assert.equal(status, 0);
  assert.match(err, /rule not used: .*rule\.yml:1: Sigma rules are about what happens/);
  assert.match(err, /rule not used: .*no-rules:1: the folder holds no file/);
  assert.equal((await run(['scan', '--quiet', '--rules', sigma, clean])).err, '');
});

test('a report that cannot be written is no verdict', { skip: process.platform !== 'linux' }, async () => {
  const full = openSync('/dev/full', 'w');
  try {
    const { status, err } = await run(['scan', clean], {}, full);
    assert.deepEqual(
      [status, err],
      [2, 'tidewaiter: cannot write to standard output: no space is left there (OUTPUT_UNWRITABLE)\n'],
    );
  } finally {
    closeSync(full);
  }
});

test('without a folder for temporary files the message names it, and doctor does too', async () => {
  const nowhere = { TMPDIR: join(folder, 'nowhere') };
  for (const words of [['scan', clean], ['demo']]) {
    const { status, err } = await run(words, nowhere);
    assert.equal(status, 2, err);
    assert.match(
      err,
      /^tidewaiter: temporary files cannot be written to .*nowhere: there is no such file.*TMPDIR.*\n$/,
    );
  }
  assert.match((await run(['doctor'], nowhere)).out, /– temporary space: .*nowhere/);
});

test('what other tools call it leads to what does it here', async () => {
  for (const [words, says] of [
    [['scan', '--severity', 'HIGH', clean], /unknown option '--severity'\n\(Here: --fail-on/],
    [['image', 'nginx'], /unknown command 'image'\n\(Here: tidewaiter scan IMAGE\)/],
    [['nginx:1.27'], /\(Here: tidewaiter scan nginx:1\.27\)/],
    [['scan', '-o', 'json', clean], /--format json chooses the format/],
    [['doctor', '--format', 'sarif'], /choices are text, json\./],
    [['scan', '--timeout', '5d', clean], /nor a time such as 90s, 15m or 2h/],
    [['explain', 'LAYER_TRUNCTED'], /did you mean LAYER_TRUNCATED\?/],
    [['replay', '--sensor', 'dokcer', 'x'], /did you mean docker\?/],
  ] as const) {
    const { status, out, err } = await run(words);
    assert.deepEqual([status, out], [2, ''], words.join(' '));
    assert.match(err, says);
  }
  assert.match((await run(['version'])).out, /^\d+\.\d+\.\d+\n$/);
});

test('short flags and times as people write them', async () => {
  const { status, out, err } = await run(['scan', '-q', '-f', 'json', '-o', 'r.json', '--timeout', '15m', clean]);
  assert.deepEqual([status, out, err], [0, '', '']);
  const { decision } = JSON.parse(await readFile(join(folder, 'r.json'), 'utf8')) as { readonly decision: string };
  assert.equal(decision, 'allow');
  const printed = await run(['scan', '-f', 'json', '-o', '-', clean], { TIDEWAITER_OUTPUT: 'other.json' });
  assert.match(printed.out, /^\{/, 'a dash is standard output, whatever a variable says');
  assert.ok(!(await readdir(folder)).some((name) => name === '-' || name === 'other.json'));
});

test('nothing of this user is looked for or kept in the working directory', async () => {
  const before = await readdir(folder);
  await run(['scan', '--no-cache', clean], { HOME: folder, XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '' });
  await run(['rules', 'list'], { HOME: '', XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '' });
  const made = (await readdir(folder)).filter(
    (name) => !before.includes(name) && name !== '.cache' && name !== '.local',
  );
  assert.deepEqual(made, []);
});
