/** The command line as a person and a pipeline meet it: exit statuses, streams, files, configuration. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { demoImages } from '../src/app/demo/images.ts';
import { writeDemoImage } from '../src/app/demo/run-demo.ts';

const entry = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

let folder = '';
let clean = '';
let malicious = '';
let incomplete = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-cli-'));
  const write = async (name: string): Promise<string> => {
    const image = demoImages.find((candidate) => candidate.name === name);
    assert.ok(image);
    return writeDemoImage(folder, image);
  };
  clean = await write('clean');
  malicious = await write('fetch-and-run');
  incomplete = await write('truncated');
});

after(() => rm(folder, { recursive: true }));

const run = (
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  stopReading = false,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (stopReading) child.stdout.destroy();
    });
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => resolve({ status, out, err }));
  });

const misuse = async (words: readonly string[], says: RegExp, environment = {}): Promise<void> => {
  const { status, out, err } = await run(words, environment);
  assert.equal(status, 2, `${words.join(' ')}: ${err}`);
  assert.match(err, says);
  assert.equal(out, '');
  assert.doesNotMatch(err, /\n\s+at /, 'no stack');
};

test('help and version are quick to have and go to standard output', async () => {
  const help = await run(['--help']);
  assert.equal(help.status, 0);
  for (const word of ['scan', 'demo', 'explain', 'rules', 'doctor', 'Exit status', 'Examples'])
    assert.ok(help.out.includes(word), word);
  assert.match((await run(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  assert.match((await run(['scan', '--help'])).out, /oci-archive:FILE[\s\S]*Exit status/);
  assert.equal((await run([])).status, 0);
});

/** Modules that a start loads, as paths below the package or `node_modules/NAME`. */
const loadedBy = async (...words: readonly string[]): Promise<readonly string[]> => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) { process.stderr.write('loads ' + url + '\\n'); return next(url, context); } });`;
  const { err } = await run(words, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` });
  return [...err.matchAll(/^loads file:.*?\/((?:node_modules|src)\/.*)$/gm)].map(([, path = '']) => path);
};

test('a start loads only what it needs: no schemas, no documents, no signatures, no images', async () => {
  for (const words of [['--version'], ['--help'], ['scan', '--help'], ['verify', '--help']]) {
    const loaded = await loadedBy(...words);
    assert.ok(loaded.includes('src/cli/program.ts'), words.join(' '));
    assert.deepEqual(
      loaded.filter((path) =>
        /^src\/(?:trust|image|audit|io|store|formats|policy|watch|detect)\/|^node_modules\/(?!commander\/)/.test(path),
      ),
      [],
      words.join(' '),
    );
  }
});

test('misuse is exit status 2 with words that say what to change', async () => {
  await misuse(['scam'], /unknown command 'scam'/);
  await misuse(['scan'], /needs a reference/);
  await misuse(['scan', '--formt', 'json', clean], /unknown option '--formt'/);
  await misuse(['scan', '--format', 'xml', clean], /Allowed choices are text, json/);
  await misuse(['scan', 'https://registry.example/x'], /no scheme/);
  await misuse(['scan', './image.tar'], /needs a scheme/);
  await misuse(['scan', '--policy', 'none.yaml', clean], /cannot read none\.yaml/);
  await misuse(['scan', '--rules', 'nowhere', clean], /no file or folder nowhere/);
  await misuse(['scan', '--config', 'nowhere.yaml', clean], /cannot read the configuration file/);
  await misuse(['scan', '--platform', 'windows-arm', clean], /not a platform/);
  await misuse(['scan', '--at', 'yesterday', clean], /no ISO 8601 time/);
  await misuse(['scan', clean], /TIDEWAITER_FORMATT/, { TIDEWAITER_FORMATT: 'json' });
  await misuse(['explain', 'NO_SUCH_THING'], /nothing here is called/);
  await misuse(['scan', 'oci:nowhere'], /nowhere/);
  const trust = join(folder, 'trust.yaml');
  await writeFile(trust, 'schema: tidewaiter/trust/v1\nreferences: []\ndefaultt: refuse\n');
  await misuse(
    ['verify', '--trust', trust, clean],
    /change.* \(TRUST_INVALID\):\n {2}\S+trust\.yaml:2: .*\n {2}\S+trust\.yaml:3: .*\n$/,
  );
});

test('the exit status is that of the worst reference: 0, 1, 3, and 1 before 3', async () => {
  const statusOf = async (...words: readonly string[]): Promise<number | null> =>
    (await run(['scan', '--quiet', '--no-cache', '--format', 'json', ...words])).status;
  assert.equal(await statusOf(clean), 0);
  assert.equal(await statusOf(malicious), 1);
  assert.equal(await statusOf(incomplete), 3);
  assert.equal(await statusOf(incomplete, malicious, clean), 1);
  assert.equal(await statusOf('--fail-on', 'never', malicious), 0);
});

test('json is one object for one reference and an array for several, with the members of the contract', async () => {
  const one = JSON.parse((await run(['scan', '--format', 'json', malicious])).out) as Record<string, unknown>;
  assert.equal(one['schema'], 'tidewaiter/verdict/v1');
  assert.deepEqual([one['assessment'], one['decision'], one['asked']], ['malicious', 'deny', malicious]);
  for (const member of [
    'reference',
    'digest',
    'identity',
    'kind',
    'platform',
    'because',
    'findings',
    'gaps',
    'coverage',
    'attestations',
    'story',
    'rules',
    'at',
  ])
    assert.ok(member in one, member);
  const several = JSON.parse((await run(['scan', '--format', 'json', clean, malicious])).out) as readonly unknown[];
  assert.equal(several.length, 2);
});

test('equal input gives equal bytes, with and without memory of past scans', async () => {
  const words = ['scan', '--format', 'json', '--at', '2026-01-01T00:00:00Z', malicious];
  const outputs = [await run([...words, '--no-cache']), await run(words), await run(words)].map(({ out }) => out);
  assert.equal(outputs[1], outputs[0]);
  assert.equal(outputs[2], outputs[0]);
  const epoch = await run(['scan', '--format', 'json', malicious], { SOURCE_DATE_EPOCH: '1767225600' });
  assert.equal(
    epoch.out.replace('2026-01-01T00:00:00.000Z', 'AT'),
    (outputs[0] ?? '').replace('2026-01-01T00:00:00.000Z', 'AT'),
  );
});

test('a pipe gets neither colour nor progress, and may close early', async () => {
  const { out, err } = await run(['scan', malicious]);
  assert.ok(!(out + err).includes('\u001b'));
  assert.equal(err, '');
  const cut = await run(['scan', malicious], {}, true);
  assert.equal(cut.err, '');
});

test('--output writes the whole report or nothing, and keeps standard output free', async () => {
  const file = join(folder, 'report.json');
  const { status, out } = await run(['scan', '--format', 'json', '--output', file, clean]);
  assert.deepEqual([status, out], [0, '']);
  assert.equal((JSON.parse(await readFile(file, 'utf8')) as { assessment: string }).assessment, 'clean');
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.includes('.partial')),
    [],
  );
  await misuse(['scan', '--output', join(folder, 'no', 'such', 'folder'), clean], /--output: cannot write/);
});

test('settings come from tidewaiter.yaml in the working directory; a flag wins', async () => {
  const file = join(folder, 'tidewaiter.yaml');
  await writeFile(file, 'format: json\nfail-on: never\n');
  try {
    const { status, out } = await run(['scan', malicious]);
    assert.equal(status, 0);
    assert.equal((JSON.parse(out) as { decision: string }).decision, 'deny');
    assert.equal((await run(['scan', '--fail-on', 'deny', malicious])).status, 1);
    await writeFile(file, 'formatt: json\n');
    await misuse(['scan', malicious], /unknown key "formatt"; did you mean "format"/);
  } finally {
    await rm(file);
  }
});

test("rules of one's own are used, and what does not compile is told while the rest runs", async () => {
  const rules = join(folder, 'own-rules');
  await rm(rules, { recursive: true, force: true });
  await import('node:fs/promises').then(({ mkdir }) => mkdir(rules));
  await writeFile(
    join(rules, 'greeting.yar'),
    'rule greeting { meta: description = "A greeting" severity = "high" confidence = "high" intent = "implant" strings: $a = "hello from the demo" condition: $a }\n',
  );
  await writeFile(join(rules, 'broken.yar'), 'rule broken { condition: nonsense }\n');
  const { status, out, err } = await run(['scan', '--format', 'json', '--rules', rules, clean]);
  assert.equal(status, 1);
  assert.match(out, /"yara\/greeting\/greeting"/);
  assert.match(err, /rule not used: .*broken\.yar:1:/);
  const check = await run(['rules', 'check', '--format', 'json', rules]);
  assert.equal(check.status, 1);
  const { yara } = JSON.parse(check.out) as {
    yara: { accepted: number; rejected: readonly { file: string; line: number; reason: string }[] };
  };
  assert.equal(yara.accepted, 1);
  assert.deepEqual(
    yara.rejected.map(({ file, line }) => [file.endsWith('broken.yar'), line]),
    [[true, 1]],
  );
});

test('a feed that was added is used by later scans', async () => {
  const feed = join(folder, 'bad.txt');
  const { findings } = JSON.parse((await run(['scan', '--format', 'json', malicious])).out) as {
    findings: readonly { evidence: readonly { sha256?: string }[] }[];
  };
  const sha256 = findings.flatMap(({ evidence }) => evidence).find((proof) => proof.sha256 !== undefined)?.sha256 ?? '';
  assert.match(sha256, /^[0-9a-f]{64}$/);
  await writeFile(feed, `${sha256}  seen in a drill\n`);
  const config = { XDG_CONFIG_HOME: join(folder, 'config') };
  assert.match((await run(['rules', 'add', feed], config)).out, /hash: 1 accepted/);
  assert.match((await run(['scan', malicious], config)).out, /seen in a drill/);
  assert.doesNotMatch((await run(['scan', malicious])).out, /seen in a drill/);
});

test('explain knows words, codes, parts and rules', async () => {
  for (const id of [
    'incomplete',
    'LAYER_TRUNCATED',
    'yara',
    'registry',
    'sarif',
    'container-format/data-after-end',
    'yara/miner/xmrig_program',
    'lookalike/tag',
    'impersonation',
    'critical',
    'launched',
    'start-up',
    'T1204.003',
    't1496.001',
    'AN0691',
    'M1047',
  ]) {
    const { status, out, err } = await run(['explain', id]);
    assert.equal(status, 0, `${id}: ${err}`);
    assert.match(out, /What to do:/);
  }
});

test('explain shows the lesson of a rule, an intent, a gap and a question of trust, and a lesson by its own name', async () => {
  for (const [id, lesson] of [
    ['reverse-shell', 'reverse-shell'],
    ['yara/reverse-shell/bash_dev_tcp', 'reverse-shell'],
    ['image-config/reverse-shell', 'reverse-shell'],
    ['dual-use', 'dual-use'],
    ['container-format/data-after-end', 'ambiguity'],
    ['LAYER_TRUNCATED', 'gaps'],
    ['TRUST_PATTERN_OPEN', 'trust'],
    ['other-signer', 'trust'],
    ['NOTATION_POLICY_AMBIGUOUS', 'trust'],
  ] as const) {
    const { out } = await run(['explain', id]);
    assert.ok(out.includes(`Lesson ${lesson}: `), id);
    assert.match(out, /How it works[^]*How to recognise it[^]*What to do instead/);
  }
  for (const id of ['SETTING_INVALID', 'SINK_RECORDS_DROPPED'])
    assert.doesNotMatch((await run(['explain', id])).out, /Lesson/);
  const sigma = (await run(['explain', 'sigma/host-root-mounted'])).out;
  assert.match(
    sigma,
    /^Container with the root of its host\. A container sees [^]*\n\nWhat to do: Never run an image/m,
  );
  const { out } = await run(['explain', '--format', 'json', 'lookalike/tag']);
  assert.equal((JSON.parse(out) as { readonly lesson: { readonly id: string } }).lesson.id, 'lookalike');
  assert.match((await run(['explain'])).out, /\nlessons\n {2}ambiguity\n/);
});

test('doctor and demo end well', async () => {
  const doctor = await run(['doctor']);
  assert.equal(doctor.status, 0);
  assert.match(doctor.out, /rule engine/);
  assert.match(doctor.out, /image signatures: all homes of signatures/);
  const demo = await run(['demo']);
  assert.equal(demo.status, 0, demo.out);
  assert.match(demo.out, /5 of 5 verdicts as announced/);
});
