/** The registry source against distribution 2.8 (`docker-registry`): plain, with TLS, with logins, filled by skopeo. */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isFault } from '../../src/core/fault.ts';
import type { Image } from '../../src/core/image.ts';
import { parseReference } from '../../src/core/reference.ts';
import { buildImage, buildIndex, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { registry } from '../../src/image/sources/registry.ts';
import { listImage, listTar, sampleImage, takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext, type FakeContextOptions } from '../fakes/context.ts';
import { freePort } from './local-registry.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 120_000 };
const run = promisify(execFile);

interface Surroundings {
  readonly folder: string;
  readonly host: string;
}

interface RegistryKind {
  readonly tls?: boolean;
  readonly login?: boolean;
}

/** An authority, and a certificate for 127.0.0.1 signed by it, as openssl makes them. */
const makeCertificates = async (folder: string): Promise<void> => {
  const file = (name: string): string => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
  ]);
  await run('openssl', [
    'req',
    ...newKey,
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
    '-subj',
    '/CN=registry',
  ]);
  await writeFile(file('names'), 'subjectAltName=IP:127.0.0.1\n');
  const sign = [
    'x509',
    '-req',
    '-in',
    file('server.csr'),
    '-CA',
    file('ca.crt'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
  ];
  await run('openssl', [...sign, '-days', '2', '-extfile', file('names'), '-out', file('server.crt')]);
};

const configuration = (folder: string, host: string, { tls, login }: RegistryKind): string =>
  [
    'version: 0.1',
    'log: { level: error, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${join(folder, 'data')} } }`,
    `http:`,
    `  addr: ${host}`,
    ...(tls ? [`  tls: { certificate: ${join(folder, 'server.crt')}, key: ${join(folder, 'server.key')} }`] : []),
    ...(login ? [`auth: { htpasswd: { realm: test, path: ${join(folder, 'htpasswd')} } }`] : []),
  ].join('\n');

const untilListening = async (host: string, server: ChildProcess, complaints: () => string): Promise<void> => {
  const [address, port] = host.split(':');
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`docker-registry ended: ${complaints()}`);
    const open = await run('bash', ['-c', `exec 3<>/dev/tcp/${address}/${port}`]).then(
      () => true,
      () => false,
    );
    if (open) return;
    await sleep(100);
  }
  throw new Error(`docker-registry does not listen: ${complaints()}`);
};

const withRegistry = async (kind: RegistryKind, work: (surroundings: Surroundings) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  if (kind.tls) await makeCertificates(folder);
  if (kind.login) {
    const { stdout } = await run('htpasswd', ['-Bbn', 'me', 'hunter2']);
    await writeFile(join(folder, 'htpasswd'), stdout);
  }
  await writeFile(join(folder, 'config.yml'), configuration(folder, host, kind));
  const server = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => server.once('close', resolve));
  let complaints = '';
  server.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  try {
    await untilListening(host, server, () => complaints);
    await work({ folder, host });
  } finally {
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
};

const arm = buildImage({
  layers: [{ entries: [{ path: 'etc/arch', content: 'arm64' }] }],
  config: { architecture: 'arm64' },
});
const index = buildIndex([{ image: sampleImage }, { image: arm }]);

/** Everything of a layout, as it is. */
const push = async (
  { folder, host }: Surroundings,
  image: Parameters<typeof writeOciLayout>[1],
  name: string,
  flags: readonly string[],
): Promise<void> => {
  const layout = join(folder, `layout-${name.replace(/\W/g, '-')}`);
  await writeOciLayout(layout, image, 'x');
  const policy = join(folder, 'policy.json');
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const words = [
    '--policy',
    policy,
    'copy',
    '--all',
    '--preserve-digests',
    ...flags,
    `oci:${layout}:x`,
    `docker://${host}/${name}`,
  ];
  await run('skopeo', words);
};

const pull = async (host: string, name: string, surroundings: FakeContextOptions = {}): Promise<Image> => {
  const context = fakeContext({ network: { timeoutMs: 10_000 }, ...surroundings });
  const [image] = await registry.resolve(parseReference(`docker://${host}/${name}`), takeAny, context);
  assert.ok(image !== undefined);
  return image;
};

const isTheSample = async (image: Image): Promise<void> => {
  assert.equal(image.identity.manifest, sampleImage.manifestDigest);
  assert.equal(image.identity.config, sampleImage.configDigest);
  assert.deepEqual([image.findings, image.gaps], [[], []]);
  assert.deepEqual(await listImage(image, fakeContext()), await Promise.all(sampleImage.tars.map(listTar)));
};

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
};

test('a plain registry on this machine: an image by tag, an index, what is not there, no referrers', options, () =>
  withRegistry({}, async (surroundings) => {
    const { host } = surroundings;
    await push(surroundings, sampleImage, 'team/app:1', ['--dest-tls-verify=false']);
    await push(surroundings, index, 'team/multi:1', ['--dest-tls-verify=false']);
    await using image = await pull(host, 'team/app:1');
    await isTheSample(image);
    assert.deepEqual(await image.referrers(fakeContext()), []);
    await using chosen = await pull(host, 'team/multi:1');
    assert.equal(chosen.identity.index, index.manifestDigest);
    await isTheSample(chosen);
    assert.equal(await codeOf(pull(host, 'team/app:2')), 'MANIFEST_UNKNOWN');
    assert.equal(await codeOf(pull(host, 'nobody/nothing:1')), 'MANIFEST_UNKNOWN');
  }),
);

test('an image that skopeo turned into Docker schema 2 has the same layers', options, () =>
  withRegistry({}, async (surroundings) => {
    const { folder, host } = surroundings;
    const gzipped = buildImage({
      layers: [{ entries: [{ path: 'a', content: 'a' }] }, { entries: [{ path: 'b', content: 'b' }] }],
    });
    await writeOciLayout(join(folder, 'gzipped'), gzipped, 'x');
    const policy = join(folder, 'policy.json');
    await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    const words = ['--policy', policy, 'copy', '--format', 'v2s2', '--dest-tls-verify=false'];
    await run('skopeo', [...words, `oci:${join(folder, 'gzipped')}:x`, `docker://${host}/team/docker:1`]);
    await using image = await pull(host, 'team/docker:1');
    assert.deepEqual(image.identity.diffIds, gzipped.diffIds);
    assert.match(image.layers[0]?.mediaType ?? '', /vnd\.docker\.image\.rootfs/);
    assert.deepEqual(await listImage(image, fakeContext()), await Promise.all(gzipped.tars.map(listTar)));
  }),
);

test('a registry with TLS: refused without its CA, read with it', options, () =>
  withRegistry({ tls: true }, async (surroundings) => {
    const { folder, host } = surroundings;
    const certificates = join(folder, 'certs');
    await mkdir(certificates);
    await run('cp', [join(folder, 'ca.crt'), certificates]);
    await push(surroundings, sampleImage, 'team/app:1', ['--dest-cert-dir', certificates]);
    assert.equal(await codeOf(pull(host, 'team/app:1')), 'TLS_UNTRUSTED');

    const home = join(folder, 'home');
    const place = join(home, '.config', 'containers', 'certs.d', host);
    await mkdir(place, { recursive: true });
    await run('cp', [join(folder, 'ca.crt'), place]);
    await using image = await pull(host, 'team/app:1', { environment: { HOME: home } });
    await isTheSample(image);
  }),
);

test('a registry with logins: refused without, read with the file that skopeo login wrote', options, () =>
  withRegistry({ login: true }, async (surroundings) => {
    const { folder, host } = surroundings;
    const file = join(folder, 'auth.json');
    const login = [
      'login',
      '--authfile',
      file,
      '--tls-verify=false',
      '--username',
      'me',
      '--password',
      'hunter2',
      host,
    ];
    await run('skopeo', login);
    await push(surroundings, sampleImage, 'team/app:1', ['--dest-tls-verify=false', '--dest-authfile', file]);
    assert.equal(await codeOf(pull(host, 'team/app:1')), 'REGISTRY_UNAUTHORIZED');
    const wrong = join(folder, 'wrong.json');
    await writeFile(wrong, JSON.stringify({ auths: { [host]: { auth: Buffer.from('me:wrong').toString('base64') } } }));
    assert.equal(
      await codeOf(pull(host, 'team/app:1', { environment: { REGISTRY_AUTH_FILE: wrong } })),
      'REGISTRY_UNAUTHORIZED',
    );
    await using image = await pull(host, 'team/app:1', { environment: { REGISTRY_AUTH_FILE: file } });
    await isTheSample(image);
  }),
);
