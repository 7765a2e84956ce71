/** Real engines on sockets of their own, a Docker daemon and Podman's service: what they give is the image that was loaded into them. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect } from '../../src/core/collect.ts';
import type { Context } from '../../src/core/context.ts';
import { isSameImage } from '../../src/core/identity.ts';
import type { Image } from '../../src/core/image.ts';
import { parseReference } from '../../src/core/reference.ts';
import { buildImage, writeDockerArchive, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { dockerArchive } from '../../src/image/sources/docker-archive.ts';
import { dockerDaemon } from '../../src/image/sources/docker-daemon.ts';
import { ociLayout } from '../../src/image/sources/oci-layout.ts';
import { faultOf, listImage, listTar, takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const name = 'registry.example/team/app:1';
const image = buildImage({
  layers: [
    {
      createdBy: 'COPY base /',
      entries: [
        { path: 'etc', type: 'directory' },
        { path: 'etc/passwd', content: 'root:x:0:0' },
      ],
    },
    {
      createdBy: 'RUN make',
      entries: [
        { path: 'bin', type: 'directory' },
        { path: 'bin/sh', content: Buffer.alloc(80_000, 'sh'), mode: 0o755 },
      ],
    },
  ],
  config: { config: { Entrypoint: ['/bin/sh'] } },
});

/** One request to an engine, with a file as its body. */
const send = async (
  socketPath: string,
  method: string,
  path: string,
  file?: string,
): Promise<{ status: number; text: string }> => {
  const outgoing = request({
    socketPath,
    method,
    path,
    headers: { host: 'engine', 'content-type': 'application/x-tar' },
  });
  if (file === undefined) outgoing.end();
  else createReadStream(file).pipe(outgoing);
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer> & { statusCode?: number }];
  return { status: response.statusCode ?? 0, text: Buffer.from(await collect(response, 1e8)).toString() };
};

const isUp = (socketPath: string): Promise<boolean> =>
  send(socketPath, 'GET', '/_ping').then(
    ({ status }) => status === 200,
    () => false,
  );

interface Engine {
  readonly id: string;
  readonly program: string;
  readonly parameters: (folder: string, socket: string) => readonly string[];
}

const engines: readonly Engine[] = [
  {
    id: 'Docker 20.10',
    program: 'dockerd',
    // No bridge, no firewall rules, no forwarding: nothing outside the folder is touched.
    parameters: (folder, socket) =>
      [
        '--iptables=false',
        '--ip6tables=false',
        '--bridge=none',
        '--ip-forward=false',
        '--storage-driver=overlay2',
      ].concat(
        '--config-file',
        `${folder}/daemon.json`,
        '--data-root',
        `${folder}/data`,
        '--exec-root',
        `${folder}/exec`,
        '--pidfile',
        `${folder}/pid`,
        '-H',
        `unix://${socket}`,
      ),
  },
  {
    id: 'Podman 4.3',
    program: 'podman',
    parameters: (folder, socket) =>
      [
        '--root',
        `${folder}/data`,
        '--runroot',
        `${folder}/exec`,
        '--tmpdir',
        `${folder}/tmp`,
        '--storage-driver',
        'vfs',
      ].concat('system', 'service', '--time=0', `unix://${socket}`),
  },
];

for (const { id, program, parameters } of engines)
  void suite(id, when, () => {
    let folder = '';
    let socket = '';
    let engine: ChildProcess | undefined;
    let context: Context;
    let output = '';

    before(async () => {
      if (!required) return;
      folder = await mkdtemp(join(tmpdir(), 'tidewaiter-engine-'));
      socket = join(folder, 'engine.sock');
      context = {
        ...fakeContext({ environment: { DOCKER_HOST: `unix://${socket}` }, network: { timeoutMs: 30_000 } }),
        temporaryFolder: async () => folder,
      };
      await writeFile(join(folder, 'daemon.json'), '{}');
      engine = spawn(program, parameters(folder, socket), { stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [engine.stdout, engine.stderr])
        stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      for (let tries = 0; !(await isUp(socket)); tries += 1) {
        assert.ok(tries < 300 && engine.exitCode === null, `${program} did not come up:\n${output}`);
        await sleep(100);
      }
      const file = join(folder, 'load.tar');
      await writeDockerArchive(file, image, { name, layout: 'classic' });
      const loaded = await send(socket, 'POST', '/images/load', file);
      assert.equal(loaded.status, 200, loaded.text);
    });

    after(async () => {
      if (engine !== undefined && engine.exitCode === null) {
        engine.kill('SIGTERM');
        await Promise.race([once(engine, 'exit'), sleep(15_000, undefined, { ref: false })]);
        if (engine.exitCode === null) engine.kill('SIGKILL');
      }
      if (folder !== '') await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });

    const scan = async (reference: string): Promise<Image> => {
      const [found, ...others] = await dockerDaemon.resolve(parseReference(reference), takeAny, context);
      assert.ok(found !== undefined && others.length === 0);
      return found;
    };

    test('gives the image that was loaded, by name and by id', async () => {
      for (const reference of [`docker-daemon:${name}`, `docker-daemon:${image.configDigest}`]) {
        const found = await scan(reference);
        assert.deepEqual([found.findings, found.gaps], [[], []]);
        assert.equal(found.identity.config, image.configDigest);
        assert.deepEqual(found.identity.diffIds, image.diffIds);
        assert.deepEqual(await listImage(found, context), await Promise.all(image.tars.map(listTar)));
        assert.deepEqual(
          found.layers.map(({ createdBy }) => createdBy),
          ['COPY base /', 'RUN make'],
        );
        await found[Symbol.asyncDispose]();
      }
      assert.deepEqual(
        (await readdir(folder)).filter((entry) => entry.startsWith('spool-')),
        [],
      );
    });

    test('its image is the one in a layout and in an archive', async () => {
      await writeOciLayout(join(folder, 'layout'), image);
      const found = await scan(`docker-daemon:${name}`);
      const [layout] = await ociLayout.resolve(parseReference(`oci:${folder}/layout`), takeAny, context);
      const [archive] = await dockerArchive.resolve(
        parseReference(`docker-archive:${folder}/load.tar`),
        takeAny,
        context,
      );
      assert.ok(layout && archive);
      assert.ok(isSameImage(found.identity, layout.identity) && isSameImage(found.identity, archive.identity));
      await Promise.all([found, layout, archive].map((one) => one[Symbol.asyncDispose]()));
    });

    test('an image that it does not have is a clear error', async () => {
      assert.match(
        await faultOf(scan('docker-daemon:registry.example/team/none:1')),
        /^unavailable ENGINE_IMAGE_MISSING: .*docker:\/\/registry\.example\/team\/none:1/,
      );
    });
  });
