import assert from 'node:assert/strict';
import { hash, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultOf, inFolder, sampleImage, sampleName, takeAny } from '../../../test/contracts/image-source.contract.ts';
import { fakeAuthority } from '../../../test/fakes/certificate.ts';
import { startFakeEngine, type FakeEngine, type FakeEngineOptions } from '../../../test/fakes/engine.ts';
import type { Context } from '../../core/context.ts';
import { parseReference } from '../../core/reference.ts';
import { writeDockerArchive } from '../oci-layout-writer.ts';
import { dockerDaemon } from './docker-daemon.ts';

const authority = fakeAuthority();
const client = authority.issue(['client.example']);
const clientSerial = new X509Certificate(client.cert).serialNumber;

interface Surroundings {
  readonly folder: string;
  readonly engine: FakeEngine;
  /** Asks with these variables, and says what came of it. */
  readonly scan: (environment: Readonly<Record<string, string>>, context?: Partial<Context>) => Promise<string>;
}

/** An engine behind TLS with the sample image, and a folder with what its clients need. */
const withEngine = (run: (given: Surroundings) => Promise<void>, tls: Partial<FakeEngineOptions> = {}): Promise<void> =>
  inFolder(async (folder, plain) => {
    const file = join(folder, 'saved.tar');
    await writeDockerArchive(file, sampleImage, { name: sampleName, layout: 'oci' });
    await using engine = await startFakeEngine({
      name: sampleName,
      id: sampleImage.configDigest,
      archive: await readFile(file),
      tls: authority.issue(['127.0.0.1']),
      ...tls,
    });
    await writeFile(join(folder, 'ca.pem'), authority.certificate);
    const scan: Surroundings['scan'] = (environment, context) =>
      faultOf(
        (async () => {
          const surroundings = { ...plain, ...context, environment };
          const reference = parseReference(`docker-daemon:${sampleName}`);
          const [image] = await dockerDaemon.resolve(reference, takeAny, surroundings);
          assert.equal(image?.identity.config, sampleImage.configDigest);
          await image[Symbol.asyncDispose]();
        })(),
      );
    await run({ folder, engine, scan });
  });

const writeClient = async (folder: string, one: { readonly key: string; readonly cert: string } = client) => {
  await writeFile(join(folder, 'cert.pem'), one.cert);
  await writeFile(join(folder, 'key.pem'), one.key);
};

test('an engine behind TLS is read with the authority in DOCKER_CERT_PATH', () =>
  withEngine(async ({ folder, engine, scan }) => {
    const environment = { DOCKER_HOST: `tcp://${engine.host}`, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
    assert.equal(await scan(environment), 'no fault');
    assert.deepEqual(engine.asked(), [
      `/images/${sampleName}/json by nobody`,
      `/images/${sampleImage.configDigest}/get by nobody`,
    ]);
  }));

test('DOCKER_TLS_VERIFY alone means the folder of Docker’s configuration', () =>
  withEngine(async ({ folder, engine, scan }) => {
    const environment = { DOCKER_HOST: `tcp://${engine.host}`, DOCKER_TLS_VERIFY: '1', DOCKER_CONFIG: folder };
    assert.equal(await scan(environment), 'no fault');
  }));

test('a client certificate is shown to an engine that asks for one; without it, or with a stranger’s, nothing is given', () =>
  withEngine(
    async ({ folder, engine, scan }) => {
      const environment = { DOCKER_HOST: `tcp://${engine.host}`, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
      // TLS 1.3 refuses after the handshake: it looks like a broken connection, or like an alert.
      assert.match(await scan(environment), /^unavailable ENGINE_UNREACHABLE/);
      await writeClient(folder, fakeAuthority().issue(['client.example']));
      assert.match(await scan(environment), /^unavailable ENGINE_UNREACHABLE/);
      assert.deepEqual(engine.asked(), []);
      await writeClient(folder);
      assert.equal(await scan(environment), 'no fault');
      assert.ok(engine.asked().length === 2 && engine.asked().every((line) => line.endsWith(` by ${clientSerial}`)));
    },
    { clientAuthority: authority.certificate },
  ));

for (const [about, tls, expected] of [
  ['of another authority of the same name', fakeAuthority().issue(['127.0.0.1']), /signature failure|unable to verify/],
  ['for another host', authority.issue(['engine.example']), /does not match/],
  ['that has expired', authority.issue(['127.0.0.1'], -1), /expired/],
] as const)
  test(`an engine with a certificate ${about} is refused before it is asked anything`, () =>
    withEngine(
      async ({ folder, engine, scan }) => {
        const environment = { DOCKER_HOST: `tcp://${engine.host}`, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
        const fault = await scan(environment);
        assert.match(fault, /^unavailable ENGINE_UNTRUSTED: .*ca\.pem/);
        assert.match(fault, expected);
        assert.deepEqual(engine.asked(), []);
      },
      { tls },
    ));

test('only the authority in the folder counts; where it has none, those of the system', () =>
  withEngine(async ({ folder, engine, scan }) => {
    await writeFile(join(folder, 'ca.pem'), fakeAuthority('another').certificate);
    const environment = { DOCKER_HOST: `tcp://${engine.host}`, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
    assert.match(await scan(environment), /^unavailable ENGINE_UNTRUSTED/);
    await rm(join(folder, 'ca.pem'));
    assert.match(await scan(environment), /^unavailable ENGINE_UNTRUSTED/);
  }));

test('https:// without a folder is verified too, and takes no authority from the current folder', () =>
  withEngine(async ({ folder, engine, scan }) => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      assert.match(await scan({ DOCKER_HOST: `https://${engine.host}` }), /^unavailable ENGINE_UNTRUSTED/);
    } finally {
      process.chdir(before);
    }
    assert.deepEqual(engine.asked(), []);
  }));

test('TLS without verification is for this machine and for hosts that are listed as insecure', () =>
  withEngine(async ({ folder, engine, scan }) => {
    const environment = { DOCKER_HOST: `tcp://${engine.host}`, DOCKER_CERT_PATH: folder };
    await rm(join(folder, 'ca.pem'));
    assert.equal(await scan(environment), 'no fault');
    assert.match(
      await scan({ ...environment, DOCKER_HOST: 'tcp://engine.example:2376' }),
      /^misuse ENGINE_TLS_UNVERIFIED: .*DOCKER_TLS_VERIFY=1.*--insecure-registry engine\.example:2376/,
    );
  }));

test('files that are no certificates are named, and nothing is asked', () =>
  withEngine(async ({ folder, engine, scan }) => {
    const environment = { DOCKER_HOST: `tcp://${engine.host}`, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
    await writeClient(folder, { ...client, key: 'no key' });
    const fault = await scan(environment);
    assert.match(fault, /^misuse ENGINE_CONFIG_INVALID: .*key\.pem/);
    assert.ok(fault.includes(folder));
    assert.deepEqual(engine.asked(), []);
  }));

test('plain HTTP to a port that speaks TLS is a clear error', () =>
  withEngine(async ({ engine, scan }) => {
    assert.match(await scan({ DOCKER_HOST: `tcp://${engine.host}` }), /^unavailable ENGINE_UNREACHABLE/);
  }));

test('a Docker context brings its own certificates; skip-tls-verify is obeyed for this machine', () =>
  withEngine(
    async ({ folder, engine, scan }) => {
      const id = hash('sha256', 'far');
      const write = async (endpoint: object): Promise<void> => {
        await mkdir(join(folder, 'contexts', 'meta', id), { recursive: true });
        const meta = { Name: 'far', Endpoints: { docker: { Host: `tcp://${engine.host}`, ...endpoint } } };
        await writeFile(join(folder, 'contexts', 'meta', id, 'meta.json'), JSON.stringify(meta));
      };
      const certificates = join(folder, 'contexts', 'tls', id, 'docker');
      await mkdir(certificates, { recursive: true });
      await writeFile(join(certificates, 'ca.pem'), authority.certificate);
      await writeClient(certificates);
      const environment = { DOCKER_CONFIG: folder, DOCKER_CONTEXT: 'far' };
      await write({ SkipTLSVerify: false });
      assert.equal(await scan(environment), 'no fault');
      assert.ok(engine.asked().every((line) => line.endsWith(` by ${clientSerial}`)));
      await writeFile(join(certificates, 'ca.pem'), fakeAuthority().certificate);
      assert.match(await scan(environment), /^unavailable ENGINE_UNTRUSTED/);
      await write({ SkipTLSVerify: true });
      assert.equal(await scan(environment), 'no fault');
    },
    { clientAuthority: authority.certificate },
  ));
