/** `scan --running` as a person and a pipeline meet it, against fake engines: words, exit statuses, files. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildImage } from '../../src/image/oci-layout-writer.ts';
import { verdictsSchema } from '../../src/report/verdict-schema.ts';
import { startFakeContainerd } from '../fakes/containerd.ts';
import { startFakeEngineApi } from '../fakes/engine-api.ts';

const entry = join(import.meta.dirname, '../..', 'src', 'cli', 'main.ts');
const image = buildImage({ layers: [{ entries: [{ path: 'srv/app', content: 'the application' }] }] });

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tw-cli-'));
});
after(() => rm(folder, { recursive: true }));

/** No engine of this machine is asked. */
const nowhere = (): Record<string, string> => ({
  DOCKER_HOST: `unix://${folder}/none/d`,
  CONTAINER_HOST: `unix://${folder}/none/p`,
  CONTAINERD_ADDRESS: `${folder}/none/c`,
  CONTAINER_RUNTIME_ENDPOINT: `unix://${folder}/none/r`,
  KUBECONFIG: '/dev/null',
});

const run = (
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', entry, 'scan', '--running', '--no-default-rules', ...words],
      {
        cwd: folder,
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          XDG_CACHE_HOME: join(folder, 'cache'),
          ...nowhere(),
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => resolve({ status, out, err }));
  });

test('references, platforms and --running do not go together, and the message says so', async () => {
  for (const [words, says] of [
    [['nginx'], /--running judges what the engines hold/],
    [['--all-platforms'], /leave --platform and --all-platforms out/],
    [['--platform', 'linux/arm64'], /leave --platform and --all-platforms out/],
  ] as const) {
    const { status, out, err } = await run(words);
    assert.deepEqual([status, out], [2, '']);
    assert.match(err, says);
  }
});

test('engines that were chosen and do not answer are each incomplete', async () => {
  const { status, out, err } = await run([]);
  assert.equal(status, 3);
  assert.equal(out.match(/^DENY {2}incomplete/gm)?.length, 4);
  assert.match(
    err,
    /no kubernetes here: \(nothing is configured\)\n0 images, 0 of them running; 4 engines not asked\n$/,
  );
});

test('the report is an array with the places of each image, in the file that was asked for; quiet is quiet', async () => {
  const [docker, containerd] = [join(folder, 'd.sock'), join(folder, 'c.sock')];
  await using _engine = await startFakeEngineApi(folder, docker, {
    images: [{ image, names: ['registry.example/team/app:1', 'odd\u001b[31m::set-env name'] }],
    containers: [{ Id: 'c'.repeat(64), Names: ['/web'], ImageID: image.configDigest, State: 'running' }],
  });
  await using _containerd = await startFakeContainerd(containerd, { demo: { images: { 'app:1': image } } });
  const environment = {
    DOCKER_HOST: `unix://${docker}`,
    CONTAINER_HOST: `unix://${docker}`,
    CONTAINERD_ADDRESS: containerd,
    CONTAINER_RUNTIME_ENDPOINT: `unix://${containerd}`,
  };
  const file = join(folder, 'report.json');
  const { status, out, err } = await run(['--format', 'json', '--output', file, '--quiet', '--offline'], environment);
  // CRI was chosen and is not spoken there.
  assert.deepEqual([status, out, err], [3, '', '']);
  const verdicts = verdictsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  assert.ok(Array.isArray(verdicts));
  const judged = verdicts.find(({ uses }) => uses !== undefined);
  assert.deepEqual(
    judged?.uses?.map(({ engine, state, container }) => [engine, state, container?.name]),
    [
      ['docker', 'running', 'web'],
      ['containerd', 'stored', undefined],
    ],
  );

  const shown = await run([], environment);
  assert.match(shown.out, /Where: 2 places\n {2}- running in docker at unix:.*: container web \(cccccccccccc\)/s);
  assert.match(shown.err, /1 image, 1 of them running; 1 allow; 1 engine not asked/);
  // What an engine calls an image is a stranger's text.
  assert.ok(!shown.out.includes('\u001b[31m') && !shown.out.includes('::set-env'));
  assert.ok(shown.out.includes('\\x1b[31m'));
});

test('an engine without images is an answer: nothing to judge, and allowed', async () => {
  const docker = join(folder, 'empty.sock');
  await using _ = await startFakeEngineApi(folder, docker, {});
  await using _containerd = await startFakeContainerd(join(folder, 'empty-c.sock'), {});
  const cri = {
    '/runtime.v1.ImageService/ListImages': () => ({ messages: [new Uint8Array()] }),
    '/runtime.v1.RuntimeService/ListContainers': () => ({ messages: [new Uint8Array()] }),
    '/runtime.v1.RuntimeService/ListPodSandbox': () => ({ messages: [new Uint8Array()] }),
  };
  await using _runtime = await startFakeContainerd(join(folder, 'empty-r.sock'), {}, cri);
  await writeFile(join(folder, 'kubeconfig'), '');
  const { status, out } = await run(['--format', 'json'], {
    DOCKER_HOST: `unix://${docker}`,
    CONTAINER_HOST: `unix://${docker}`,
    CONTAINERD_ADDRESS: join(folder, 'empty-c.sock'),
    CONTAINER_RUNTIME_ENDPOINT: join(folder, 'empty-r.sock'),
    KUBECONFIG: join(folder, 'kubeconfig'),
  });
  assert.deepEqual([status, out], [0, '[]\n']);
});
