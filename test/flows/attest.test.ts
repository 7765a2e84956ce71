/** `scan --attest` from the command line to the verifier that believes it, and everything in between that may go wrong. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dsseSignedBytes } from '../../src/formats/records/dsse.ts';
import { parseStatement } from '../../src/formats/records/in-toto.ts';
import { parseSigstoreBundle } from '../../src/formats/records/sigstore-bundle.ts';
import { parseVerdictPredicate, verdictPredicateType } from '../../src/formats/records/verdict-predicate.ts';
import { buildImage, buildIndex, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { startFakeRegistry } from '../fakes/registry.ts';

const entry = join(import.meta.dirname, '../../src/cli/main.ts');
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const image = buildImage({
  layers: [{ entries: [{ path: 'usr/share/doc/words', content: 'nothing but words' }] }],
  config: { architecture: 'amd64', config: { Cmd: ['/bin/none'] } },
});

let folder = '';
let key = '';
let layout = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-attest-'));
  key = join(folder, 'attest.pem');
  layout = join(folder, 'layout');
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeOciLayout(layout, image, '1');
});
after(() => rm(folder, { recursive: true, force: true }));

const run = (
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => resolve({ status, out, err }));
  });

/** What the bundles in a file state, once their signatures hold. */
const readBundles = async (file: string) =>
  (await readFile(join(folder, file), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { content } = parseSigstoreBundle(Buffer.from(line), 1e6, file);
      assert.ok(content.kind === 'envelope');
      const [first] = content.envelope.signatures;
      assert.ok(first !== undefined);
      assert.ok(verify('sha256', dsseSignedBytes(content.envelope), publicKey, first.signature));
      const { predicateType, predicate, subjects } = parseStatement(content.envelope.payload, 1e6, file);
      assert.equal(predicateType, verdictPredicateType);
      return { subjects, predicate: parseVerdictPredicate(predicate, file) };
    });

test('a verdict is signed into a file, and the report stays as it is', async () => {
  const scan = ['scan', '--format', 'json', '--no-default-rules'];
  const plain = await run([...scan, '--at', '2026-11-01T00:00:00Z', `oci:${layout}:1`]);
  const words = [...scan, '--at', '2026-11-01T00:00:00Z', '--attest', key, `oci:${layout}:1`];
  const signed = await run(words);
  assert.equal(signed.status, plain.status);
  assert.equal(signed.out, plain.out);
  const [bundle, ...more] = await readBundles('verdict.sigstore.json');
  assert.ok(bundle !== undefined && more.length === 0);
  assert.deepEqual(
    bundle.subjects.map(({ name, digests }) => [name, digests]),
    [['image', [image.manifestDigest]]],
  );
  const report = JSON.parse(plain.out) as {
    readonly assessment: string;
    readonly rules: object;
    readonly coverage: object;
  };
  assert.equal(bundle.predicate.assessment, report.assessment);
  assert.deepEqual(bundle.predicate.rules, report.rules);
  assert.deepEqual(bundle.predicate.coverage, report.coverage);
  assert.equal(bundle.predicate.at, '2026-11-01T00:00:00.000Z');
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.partial')),
    [],
  );
});

test('several verdicts are a line each, by an encrypted key whose passphrase is in the environment', async () => {
  const arm = buildImage({
    layers: [{ entries: [{ path: 'etc/x', content: 'x' }] }],
    config: { architecture: 'arm64' },
  });
  const both = join(folder, 'both');
  await writeOciLayout(both, buildIndex([{ image }, { image: arm }]), '1');
  const encrypted = join(folder, 'encrypted.pem');
  await writeFile(
    encrypted,
    privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' }),
  );
  const words = [
    'scan',
    '--all-platforms',
    '--no-default-rules',
    '--attest',
    encrypted,
    '--attest-output',
    'all.jsonl',
    `oci:${both}:1`,
  ];
  await run(words, { TIDEWAITER_ATTEST_PASSWORD: 'open sesame' });
  assert.deepEqual(
    (await readBundles('all.jsonl')).map(({ subjects, predicate }) => [subjects[0]?.digests[0], predicate.platform]),
    [
      [image.manifestDigest, 'linux/amd64'],
      [arm.manifestDigest, 'linux/arm64'],
    ],
  );
  const { status, out, err } = await run(words);
  assert.deepEqual([status, out], [2, ''], 'before anything is scanned');
  assert.match(err, /TIDEWAITER_ATTEST_PASSWORD/);
});

test('what cannot be signed or put is misuse with words that say what to change', async () => {
  const misuse = async (words: readonly string[], says: RegExp) => {
    const { status, out, err } = await run(['scan', ...words]);
    assert.deepEqual([status, out], [2, ''], err);
    assert.match(err, says);
  };
  await misuse(['--attest-output', 'x', `oci:${layout}:1`], /--attest-output needs --attest/);
  await misuse(['--attest-push', 'app:1'], /--attest-push needs --attest/);
  await misuse(['--attest', key, '--attest-push', `oci:${layout}:1`], /is not in one/);
  await misuse(['--attest', join(folder, 'none'), `oci:${layout}:1`], /ENOENT/);
  await misuse(['--running', '--attest', key], /instead of --running/);
  await misuse(
    [
      '--attest',
      key,
      '--attest-output',
      join(folder, 'no/such/x'),
      '--format',
      'json',
      '--output',
      'r',
      `oci:${layout}:1`,
    ],
    /--attest-output: cannot write/,
  );
});

test('an image without a manifest is reported, and nothing is signed for it', async () => {
  const tree = join(folder, 'tree');
  await mkdir(tree, { recursive: true });
  await writeFile(join(tree, 'words'), 'words');
  const { status, out, err } = await run([
    'scan',
    '--no-default-rules',
    '--attest',
    key,
    '--attest-output',
    'none.json',
    `rootfs:${tree}`,
  ]);
  assert.equal(status, 2);
  assert.match(out, /rootfs:/);
  assert.match(err, /no signed verdict on rootfs:/);
  assert.ok(!(await readdir(folder)).includes('none.json'));
});

test('a pushed verdict is what a trust file asks for', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', image, '1');
  const reference = `${server.host}/team/app:1`;
  const trust = join(folder, 'trust.yaml');
  const pem = join(folder, 'attest.pub');
  await writeFile(pem, createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
  const signer = { name: 'ci', verdict: { key: pem, maximumRuleAge: '9999d' } };
  const references = [{ name: 'scanned', match: `docker://${server.host}/**`, signers: [signer] }];
  await writeFile(trust, JSON.stringify({ schema: 'tidewaiter/trust/v1', references }));
  const before = await run(['verify', '--trust', trust, '--format', 'json', reference]);
  assert.equal(before.status, 1, before.err + before.out);
  const scan = await run(['scan', '--attest', key, '--attest-push', reference]);
  assert.match(scan.err, /pushed the signed verdict on sha256:/);
  const verified = await run(['verify', '--trust', trust, '--format', 'json', reference]);
  assert.deepEqual([scan.status, verified.status], [0, 0], verified.err + verified.out);
  assert.match(verified.out, /"predicateType":\s*"https:\/\/tidewaiter\.dev\/verdict\/v1"/);
  server.troubles.push({ on: /^POST/, how: { kind: 'status', status: 403 } });
  const refused = await run(['scan', '--attest', key, '--attest-push', reference]);
  assert.equal(refused.status, 3, refused.err);
  assert.match(refused.err, /was not pushed/);
});
