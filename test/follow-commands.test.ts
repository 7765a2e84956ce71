/** `replay` and `hunt` as a person runs them: what goes where, and the exit status. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sensorNames } from '../src/app/follow/replay.ts';
import { huntSchema } from '../src/report/hunt-document.ts';
import { auditRecords, engineRecords, flowRecords, registryRecords, storyDigest } from './builders/records.ts';

const entry = join(import.meta.dirname, '../src/cli/main.ts');
let folder = '';

const run = (
  words: readonly string[],
  input = '',
): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => resolve({ status, out, err }));
    child.stdin.end(input);
  });

const typesOf = (out: string): readonly string[] =>
  out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly type: string }).type);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tw-follow-commands-'));
  await writeFile(join(folder, 'docker.json'), engineRecords());
  await writeFile(join(folder, 'registry.json'), registryRecords());
  await writeFile(join(folder, 'audit.log'), auditRecords());
  await writeFile(join(folder, 'conn.log'), flowRecords());
  await writeFile(join(folder, 'broken.json'), `${engineRecords()}{"Type":\n`);
});
after(() => rm(folder, { recursive: true, force: true }));

const others = [
  '--also',
  'registry-notification=registry.json',
  '--also',
  'auditd=audit.log',
  '--also',
  'flow=conn.log',
];

test('the exit status says whether everything was read; --fail-on makes findings and incidents count', async () => {
  const read = await run(['replay', '--format', 'json', '--sensor', 'docker', 'docker.json', ...others]);
  assert.deepEqual([read.status, read.err], [0, '']);
  const types = typesOf(read.out);
  assert.deepEqual([types.at(-1), types.filter((type) => type === 'incident').length], ['summary', 1]);
  const gaps = await run(['replay', '--sensor', 'docker', 'broken.json']);
  assert.equal(gaps.status, 3);
  assert.match(gaps.out, /broken\.json/);
  const failing = ['replay', '--sensor', 'docker', 'docker.json', ...others, '--fail-on'];
  assert.equal((await run([...failing, 'incident'])).status, 1);
  const without = ['replay', '--no-default-rules', '--sensor', 'docker', 'docker.json', '--fail-on'];
  assert.equal((await run([...without, 'finding'])).status, 0);
  const piped = await run(['replay', '--format', 'json', '--sensor', 'docker', '-'], engineRecords());
  assert.deepEqual([piped.status, typesOf(piped.out).at(-1)], [0, 'summary']);
});

test('help names every sensor but those that watch itself speaks through', async () => {
  const { out } = await run(['replay', '--help']);
  const named = /^Sensors: ([^.]*)\./m.exec(out)?.[1]?.split(/\s+/) ?? [];
  const own = ['cloud-facts', 'judgement'];
  assert.deepEqual(named.toSorted(), sensorNames.filter((name) => !own.includes(name)).toSorted());
});

test('an incident ends with what explains its worst finding', async () => {
  const { out } = await run(['replay', '--sensor', 'docker', 'docker.json', ...others]);
  const rule = /\n {2}do: tidewaiter explain (sigma\/\S+)\n/.exec(out)?.[1] ?? '';
  assert.match(out, new RegExp(`\\n {2}critical .*\\(${rule}\\)`));
});

test('a file that cannot be opened is a gap, and the others are read', async (t) => {
  const socket = createServer();
  t.after(() => socket.close());
  await new Promise<void>((resolve) => socket.listen(join(folder, 'a.sock'), resolve));
  const { status, out, err } = await run(['replay', '--sensor', 'docker', 'a.sock', 'docker.json']);
  assert.deepEqual([status, err], [3, '']);
  assert.match(out, /^gap {2}a\.sock: .*\(RECORDS_UNREADABLE\)$/m);
  assert.match(out, /, 1 gap; /);
});

test('nothing to read is told, since the command before may have failed', async () => {
  const { status, out, err } = await run(['replay', '--sensor', 'docker', '-']);
  assert.deepEqual([status, err.startsWith('warning: there was no record to read')], [0, true]);
  assert.match(out, /^0 records, /);
  assert.equal((await run(['replay', '--quiet', '--sensor', 'docker', '-'])).err, '');
  assert.equal((await run(['replay', '--sensor', 'docker', '-'], engineRecords())).err, '');
});

test('misuse says what to change, and writes nothing to standard output', async () => {
  for (const [words, says] of [
    [['replay', 'docker.json'], /--sensor/],
    [['replay', '--sensor', 'dokcer', 'docker.json'], /there are .*docker/],
    [['replay', '--sensor', 'docker'], /needs files/],
    [['replay', '--sensor', 'docker', 'gone.json'], /gone\.json/],
    [['replay', '--sensor', 'docker', 'docker.json', '--also', 'x'], /ID=FILE/],
    [['replay', '--sensor', 'docker', 'docker.json', '--format', 'sarif'], /choices are text, json/],
    [['hunt'], /after what/],
    [['hunt', 'a b'], /no digest/],
  ] as const) {
    const { status, out, err } = await run(words);
    assert.deepEqual([status, out], [2, ''], `${words.join(' ')}: ${err}`);
    assert.match(err, says);
  }
});

test('what was kept is found again, by whoever asks; what was not is no proof', async () => {
  assert.match((await run(['hunt', storyDigest])).out, /no proof/);
  const once = ['replay', '--keep', '--format', 'json', '--sensor', 'docker', 'docker.json', ...others];
  const [first, second] = [await run(once), await run(once)];
  assert.deepEqual([first.status, first.out], [0, second.out]);
  const { status, out } = await run(['hunt', '--format', 'json', storyDigest]);
  assert.equal(status, 0);
  const document = huntSchema.parse(JSON.parse(out));
  assert.equal(document.incidents.length, 1);
  assert.ok(document.events.some(({ action, place }) => action === 'exec' && place['containerId'] !== undefined));
});
