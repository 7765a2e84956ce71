/** A registry, a Notary signer and a Notary server on loopback ports, the Notary client for them, and a proxy that can go back in time. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { writeOciLayout, type Built } from '../../src/image/oci-layout-writer.ts';
import { freePort } from './local-registry.ts';

const run = promisify(execFile);

/** An authority and one certificate for this machine, which server, signer and the server as the signer's client share. */
const makeCertificates = async (folder: string): Promise<void> => {
  const openssl = (...words: readonly string[]) => run('openssl', words, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=Test CA');
  await openssl('req', ...newKey, '-keyout', 'own.key', '-out', 'own.csr', '-subj', '/CN=notary');
  await writeFile(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  const sign = ['x509', '-req', '-in', 'own.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  await openssl(...sign, '-days', '2', '-extfile', 'names', '-out', 'own.crt');
};

interface Service extends AsyncDisposable {
  readonly process: ChildProcess;
}

const start = async (
  program: string,
  words: readonly string[],
  isUp: () => Promise<boolean>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Service> => {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-8000)));
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (isOver()) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
    if (!isOver()) child.kill('SIGKILL');
    await ended;
  };
  for (let tries = 0; !(await isUp()); tries += 1) {
    if (tries > 200 || isOver()) {
      await stop();
      throw new Error(`${program} did not come up:\n${output}`);
    }
    await sleep(50);
  }
  return { process: child, [Symbol.asyncDispose]: stop };
};

const isListening = (port: number) => (): Promise<boolean> =>
  run('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`]).then(
    () => true,
    () => false,
  );

const passphrase = 'a passphrase for tests';

export interface NotaryProxy extends AsyncDisposable {
  readonly url: string;
  /** From here on it answers as it did up to the call of `remember`. */
  goBack(): void;
  remember(): void;
}

export interface NotaryServices extends AsyncDisposable {
  readonly folder: string;
  /** `127.0.0.1:PORT` */
  readonly registry: string;
  readonly notary: string;
  /** PEM. */
  readonly authority: string;
  readonly dockerSocket: string;
  /** The Notary client; gives what it prints. */
  client(...words: readonly string[]): Promise<string>;
  openssl(...words: readonly string[]): Promise<void>;
  /** Everything of an image or index, under a name in the registry, unsigned. */
  push(image: Built, name: string): Promise<void>;
  /** The docker client with content trust; starts an engine of its own the first time. */
  docker(...words: readonly string[]): Promise<string>;
  proxy(): Promise<NotaryProxy>;
  stopNotary(): Promise<void>;
}

const fetchThrough = (url: string, authority: string): Promise<{ status: number; body: Buffer }> =>
  new Promise((resolve, reject) => {
    get(url, { ca: authority }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    }).on('error', reject);
  });

const startProxy = async (target: string, authority: string): Promise<NotaryProxy> => {
  const answers = new Map<string, { status: number; body: Buffer }>();
  let saved: typeof answers | undefined;
  let isBack = false;
  const serve = async (path: string): Promise<{ status: number; body: Buffer } | undefined> => {
    if (isBack) return saved?.get(path);
    const found = await fetchThrough(`${target}${path}`, authority);
    answers.set(path, found);
    return found;
  };
  const server = createServer((request, response) => {
    serve(request.url ?? '/').then(
      (found) => response.writeHead(found?.status ?? 404, { 'content-type': 'application/json' }).end(found?.body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    remember: () => void (saved = new Map(answers)),
    goBack: () => void (isBack = true),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const startEngine = (folder: string, socket: string): Promise<Service> => {
  // No bridge, no firewall rules, no forwarding: nothing outside the folder is touched.
  const words = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--ip-forward=false'].concat(
    ['--config-file', join(folder, 'daemon.json'), '--data-root', join(folder, 'data')],
    ['--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid'), '-H', `unix://${socket}`],
  );
  const isUp = () =>
    run('docker', ['-H', `unix://${socket}`, 'version']).then(
      () => true,
      () => false,
    );
  return start('dockerd', words, isUp);
};

/** Needs root for the engine only. */
export const startNotaryServices = async (): Promise<NotaryServices> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-notary-'));
  const file = (name: string): string => join(folder, name);
  const write = (name: string, value: unknown): Promise<void> => writeFile(file(name), JSON.stringify(value));
  const [registryPort, signerPort, notaryPort] = [await freePort(), await freePort(), await freePort()];
  const notary = `https://127.0.0.1:${notaryPort}`;
  await makeCertificates(folder);
  const authority = await readFile(file('ca.crt'), 'utf8');

  const own = { tls_cert_file: file('own.crt'), tls_key_file: file('own.key') };
  const quiet = { logging: { level: 'error' }, storage: { backend: 'memory' } };
  await write('signer.json', {
    server: { grpc_addr: `127.0.0.1:${signerPort}`, ...own, client_ca_file: file('ca.crt') },
    ...quiet,
  });
  await write('server.json', {
    server: { http_addr: `127.0.0.1:${notaryPort}`, ...own },
    trust_service: {
      type: 'remote',
      hostname: '127.0.0.1',
      port: String(signerPort),
      tls_ca_file: file('ca.crt'),
      tls_client_cert: file('own.crt'),
      tls_client_key: file('own.key'),
      key_algorithm: 'ecdsa',
    },
    ...quiet,
  });
  await writeFile(
    file('registry.yml'),
    [
      'version: 0.1',
      'log: { level: error, accesslog: { disabled: true } }',
      `storage: { filesystem: { rootdirectory: ${file('registry')} } }`,
      `http: { addr: "127.0.0.1:${registryPort}" }`,
    ].join('\n'),
  );
  await write('policy.json', { default: [{ type: 'insecureAcceptAnything' }] });
  await write('daemon.json', {});
  const tls = file(`home/.docker/tls/127.0.0.1:${notaryPort}/ca.crt`);
  await mkdir(dirname(tls), { recursive: true });
  await writeFile(tls, authority);

  const services: Service[] = [];
  let notaryServer: Service | undefined;
  const stop = async (): Promise<void> => {
    for (const service of services.toReversed()) await service[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    services.push(await start('docker-registry', ['serve', file('registry.yml')], isListening(registryPort)));
    services.push(await start('notary-signer', ['-config', file('signer.json')], isListening(signerPort)));
    notaryServer = await start('notary-server', ['-config', file('server.json')], isListening(notaryPort));
    services.push(notaryServer);
  } catch (thrown) {
    await stop();
    throw thrown;
  }

  const phrases = Object.fromEntries(
    ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [`NOTARY_${role}_PASSPHRASE`, passphrase]),
  );
  const dockerSocket = file('engine.sock');
  let engine: Promise<Service> | undefined;
  let layouts = 0;
  return {
    folder,
    registry: `127.0.0.1:${registryPort}`,
    notary,
    authority,
    dockerSocket,
    async client(...words) {
      const common = ['-s', notary, '-d', file('trust'), '--tlscacert', file('ca.crt')];
      const asked = run('notary', [...common, ...words], { env: { ...process.env, ...phrases }, timeout: 30_000 });
      // It asks whether it is meant before it takes a root key away.
      asked.child.stdin?.end('yes\n');
      return (await asked).stdout;
    },
    async openssl(...words) {
      await run('openssl', words, { cwd: folder });
    },
    async push(image, name) {
      layouts += 1;
      const layout = file(`layout-${layouts}`);
      await writeOciLayout(layout, image, 'x');
      const target = `docker://127.0.0.1:${registryPort}/${name}`;
      const how = ['--all', '--preserve-digests', '--dest-tls-verify=false'];
      await run('skopeo', ['--policy', file('policy.json'), 'copy', ...how, `oci:${layout}:x`, target]);
    },
    async docker(...words) {
      engine ??= startEngine(folder, dockerSocket).then((service) => {
        services.push(service);
        return service;
      });
      await engine;
      const environment = {
        ...process.env,
        HOME: file('home'),
        DOCKER_CONFIG: file('home/.docker'),
        DOCKER_CONTENT_TRUST: '1',
        DOCKER_CONTENT_TRUST_SERVER: notary,
        DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
      };
      const options = { env: environment, cwd: folder, timeout: 60_000 };
      return (await run('docker', ['-H', `unix://${dockerSocket}`, ...words], options)).stdout;
    },
    proxy: () => startProxy(notary, authority),
    stopNotary: async () => notaryServer?.[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: stop,
  };
};
