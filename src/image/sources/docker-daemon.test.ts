import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  faultOf,
  imageSourceContract,
  inFolder,
  sampleImage,
  sampleName,
  takeAny,
} from '../../../test/contracts/image-source.contract.ts';
import type { Context } from '../../core/context.ts';
import type { Image } from '../../core/image.ts';
import { parseReference } from '../../core/reference.ts';
import { buildImage, writeDockerArchive, type BuiltImage } from '../oci-layout-writer.ts';
import { dockerDaemon } from './docker-daemon.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = (url: string, response: ServerResponse, request: IncomingMessage) => void;

const serve = async (listen: string | number, answer: Answer): Promise<Server> => {
  const server = createServer((request, response) => answer(request.url ?? '', response, request));
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (typeof listen === 'number') server.listen(listen, '127.0.0.1', resolve);
    else server.listen(listen, resolve);
  });
  return server;
};

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** An engine with one image, that gives it by its id only. */
const engineWith = async (
  folder: string,
  image: BuiltImage,
  options: { readonly id?: string; readonly layout?: 'classic' | 'oci'; readonly asked?: string[] } = {},
): Promise<Answer> => {
  const { id = image.configDigest, layout = 'classic', asked = [] } = options;
  const file = join(folder, `saved-${layout}.tar`);
  await writeDockerArchive(file, image, { name: sampleName, layout });
  const bytes = await readFile(file);
  return (url, response) => {
    asked.push(url);
    const full = id.includes(':') ? id : `sha256:${id}`;
    if (url === `/images/${sampleName}/json` || url === `/images/${full}/json`)
      json(response, 200, { Id: id, Size: bytes.length });
    else if (url === `/images/${full}/get`) response.writeHead(200).end(bytes);
    else json(response, 404, { message: 'no such image' });
  };
};

for (const layout of ['classic', 'oci'] as const)
  imageSourceContract({
    about: `an engine that saves in the ${layout} layout`,
    source: dockerDaemon,
    hasManifest: layout === 'oci',
    place: async (folder, image) => {
      const socket = join(folder, 'engine.sock');
      await serve(socket, await engineWith(folder, image, { layout }));
      return {
        reference: `docker-daemon:${sampleName}`,
        context: { environment: { DOCKER_HOST: `unix://${socket}` } },
      };
    },
  });

const resolve = (name: string, context: Context): Promise<readonly Image[]> =>
  dockerDaemon.resolve(parseReference(`docker-daemon:${name}`), takeAny, context);

const inEnvironment = (
  run: (folder: string, context: Context, environment: Record<string, string>) => Promise<void>,
): Promise<void> => {
  const environment: Record<string, string> = {};
  return inFolder((folder, context) => run(folder, { ...context, environment }, environment));
};

test('the content is asked for by id, so that a name moved meanwhile does not matter', () =>
  inEnvironment(async (folder, context, environment) => {
    const asked: string[] = [];
    await serve(join(folder, 'd.sock'), await engineWith(folder, sampleImage, { asked }));
    environment['DOCKER_HOST'] = `unix://${folder}/d.sock`;
    const [image] = await resolve(sampleName, context);
    await image?.[Symbol.asyncDispose]();
    assert.deepEqual(asked, [`/images/${sampleName}/json`, `/images/${sampleImage.configDigest}/get`]);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('spool-')),
      [],
    );
  }));

test('an id without algorithm, as Podman writes it, is the same id; an image may be named by id', () =>
  inEnvironment(async (folder, context, environment) => {
    const id = sampleImage.configDigest.slice('sha256:'.length);
    await serve(join(folder, 'd.sock'), await engineWith(folder, sampleImage, { id }));
    environment['DOCKER_HOST'] = `unix://${folder}/d.sock`;
    for (const name of [sampleName, id, `sha256:${id}`]) {
      const [image] = await resolve(name, context);
      assert.deepEqual([image?.identity.config, image?.findings], [sampleImage.configDigest, []]);
      await image?.[Symbol.asyncDispose]();
    }
  }));

test('an engine with containerd’s store names the manifest; that is linked too', () =>
  inEnvironment(async (folder, context, environment) => {
    const engine = await engineWith(folder, sampleImage, { id: sampleImage.manifestDigest, layout: 'oci' });
    await serve(join(folder, 'd.sock'), engine);
    environment['DOCKER_HOST'] = `unix://${folder}/d.sock`;
    const [image] = await resolve(sampleName, context);
    assert.deepEqual([image?.identity.manifest, image?.findings], [sampleImage.manifestDigest, []]);
    await image?.[Symbol.asyncDispose]();
  }));

test('an engine that gives another image than the id it names is a finding, and the id is no name of the image', () =>
  inEnvironment(async (folder, context, environment) => {
    const id = buildImage({ layers: [] }).configDigest;
    await serve(join(folder, 'd.sock'), await engineWith(folder, sampleImage, { id }));
    environment['DOCKER_HOST'] = `unix://${folder}/d.sock`;
    const [image] = await resolve(sampleName, context);
    assert.deepEqual(
      image?.findings.map(({ rule }) => rule),
      ['image/engine-id-mismatch'],
    );
    assert.ok(!JSON.stringify(image?.identity).includes(id));
    await image?.[Symbol.asyncDispose]();
  }));

test('an engine that gives only the names of the content, as it never fetched it, is no damaged archive', () =>
  inEnvironment(async (folder, context, environment) => {
    const { manifestDigest: id, manifest } = sampleImage;
    const hollow = { ...sampleImage, blobs: new Map([[id, manifest]]) };
    await serve(join(folder, 'd.sock'), await engineWith(folder, hollow, { id, layout: 'oci' }));
    environment['DOCKER_HOST'] = `unix://${folder}/d.sock`;
    assert.match(
      await faultOf(resolve(sampleName, context)),
      /^unavailable ENGINE_CONTENT_MISSING: .*docker:\/\/registry\.example\/team\/app:1/,
    );
    assert.match(await faultOf(resolve(id, context)), /ENGINE_CONTENT_MISSING: .*Scan the image from its registry/);
  }));

test('the first engine that has the image gives it: Docker, then Podman', () =>
  inEnvironment(async (folder, context, environment) => {
    environment['HOME'] = folder;
    environment['XDG_RUNTIME_DIR'] = folder;
    await mkdir(join(folder, 'podman'));
    await serve(join(folder, 'docker.sock'), (_, response) => json(response, 404, { message: 'no such image' }));
    const podman = await serve(join(folder, 'podman', 'podman.sock'), await engineWith(folder, sampleImage));
    const [image] = await resolve(sampleName, context);
    assert.equal(image?.identity.config, sampleImage.configDigest);
    await image?.[Symbol.asyncDispose]();
    podman.close();
    assert.match(
      await faultOf(resolve(sampleName, context)),
      /^unavailable ENGINE_IMAGE_MISSING: .*docker\.sock.*write docker:\/\/registry\.example\/team\/app:1/,
    );
  }));

test('no engine at all: the message says which sockets were tried', () =>
  inEnvironment(async (folder, context, environment) => {
    environment['DOCKER_HOST'] = `unix://${folder}/none.sock`;
    assert.match(await faultOf(resolve('x', context)), /^unavailable ENGINE_UNREACHABLE: .*none\.sock.*ENOENT/);
  }));

test('the current Docker context leads to its engine; DOCKER_CONTEXT goes before it, DOCKER_HOST before both', () =>
  inEnvironment(async (folder, context, environment) => {
    environment['HOME'] = folder;
    const store = async (name: string, host: string): Promise<void> => {
      const meta = join(folder, '.docker', 'contexts', 'meta', hash('sha256', name));
      await mkdir(meta, { recursive: true });
      await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
    };
    await store('here', `unix://${folder}/here.sock`);
    await store('there', `unix://${folder}/there.sock`);
    await writeFile(join(folder, '.docker', 'config.json'), '{"currentContext":"here"}');
    assert.match(await faultOf(resolve('x', context)), /ENGINE_UNREACHABLE: .*here\.sock/);
    environment['DOCKER_CONTEXT'] = 'there';
    assert.match(await faultOf(resolve('x', context)), /ENGINE_UNREACHABLE: .*there\.sock/);
    environment['DOCKER_HOST'] = `unix://${folder}/host.sock`;
    assert.match(await faultOf(resolve('x', context)), /ENGINE_UNREACHABLE: .*host\.sock/);
    delete environment['DOCKER_HOST'];
    environment['DOCKER_CONTEXT'] = 'nowhere';
    assert.match(await faultOf(resolve('x', context)), /^misuse ENGINE_CONFIG_INVALID: .*nowhere/);
  }));

test('tcp to this machine is spoken; to another one only with TLS; ssh is refused with another way', () =>
  inEnvironment(async (folder, context, environment) => {
    const server = await serve(0, await engineWith(folder, sampleImage));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    environment['DOCKER_HOST'] = `tcp://127.0.0.1:${address.port}`;
    const [image] = await resolve(sampleName, context);
    assert.equal(image?.identity.config, sampleImage.configDigest);
    await image?.[Symbol.asyncDispose]();
    environment['DOCKER_HOST'] = 'tcp://engine.example:2375';
    assert.match(
      await faultOf(resolve('x', context)),
      /^misuse ENGINE_PLAIN_HTTP: .*--insecure-registry engine\.example/,
    );
    environment['DOCKER_HOST'] = 'ssh://someone:secret@engine.example';
    const refusal = await faultOf(resolve('x', context));
    assert.match(refusal, /^misuse ENGINE_HOST_UNSUPPORTED: .*ssh:\/\/engine\.example: .*docker-archive:/);
    assert.ok(!refusal.includes('secret'), refusal);
    environment['DOCKER_HOST'] = 'tcp://127.evil.example:2375';
    assert.match(await faultOf(resolve('x', context)), /^misuse ENGINE_PLAIN_HTTP/);
  }));

for (const [about, answer, expected] of [
  ['no JSON', (_, response) => response.end('<html>'), /^unavailable ENGINE_ANSWER_INVALID/],
  [
    'an error',
    (_, response) => json(response, 500, { message: 'broken' }),
    /ENGINE_ANSWER_INVALID: status 500: broken/,
  ],
  ['no id', (_, response) => json(response, 200, { Id: '../../x' }), /ENGINE_ANSWER_INVALID/],
  ['silence', () => undefined, /ENGINE_UNREACHABLE: .*no answer within 200 ms/],
  [
    'an image that breaks off',
    (url, response) => {
      if (url.endsWith('/json')) json(response, 200, { Id: sampleImage.configDigest });
      else {
        response.writeHead(200, { 'content-length': '100000' });
        response.write('x'.repeat(1000), () => response.destroy());
      }
    },
    /^unavailable ENGINE_TRANSFER_BROKEN/,
  ],
  [
    'a refusal of the content',
    (url, response) =>
      url.endsWith('/json')
        ? json(response, 200, { Id: sampleImage.configDigest })
        : json(response, 403, { message: 'denied' }),
    /ENGINE_ANSWER_INVALID: status 403.*denied/,
  ],
] as const satisfies readonly (readonly [string, Answer, RegExp])[])
  test(`an engine that answers with ${about} is a clear error, and leaves nothing behind`, () =>
    inEnvironment(async (folder, context, environment) => {
      await serve(join(folder, 'd.sock'), answer);
      environment['DOCKER_HOST'] = `unix://${folder}/d.sock`;
      const impatient = { ...context, network: { ...context.network, timeoutMs: 200 } };
      assert.match(await faultOf(resolve(sampleName, impatient)), expected);
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('spool-')),
        [],
      );
    }));
