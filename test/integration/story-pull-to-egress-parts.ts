/** A network of its own with a registry that notifies, a Docker engine and a server of files: everything between a pull and a connection but us. */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { collect } from '../../src/core/collect.ts';

const run = promisify(execFile);
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** A process that ends with us, whatever becomes of us. */
export interface Contained extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The last of what it said. */
  readonly output: () => string;
}

export const startContained = (program: string, ...parameters: readonly string[]): Contained => {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const ended = once(child, 'exit');
  return {
    child,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      if (isOver()) return;
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(20_000, undefined, { ref: false })]);
      if (!isOver()) child.kill('SIGKILL');
      await ended;
    },
  };
};

const untilItHolds = async (
  holds: () => Promise<boolean>,
  { child, output }: Contained,
  what: string,
): Promise<void> => {
  for (let tries = 0; !(await holds().catch(() => false)); tries += 1) {
    assert.ok(tries < 300 && child.exitCode === null, `${what} did not come up:\n${output()}`);
    await sleep(100);
  }
};

export interface OwnNetwork extends AsyncDisposable {
  /** For `nsenter --net=`. */
  readonly path: string;
  run(program: string, ...parameters: readonly string[]): Promise<string>;
  start(program: string, ...parameters: readonly string[]): Contained;
}

/** With nothing in it but its loopback, which has the addresses too. Needs root. */
export const openOwnNetwork = async (...addresses: readonly string[]): Promise<OwnNetwork> => {
  const holder = startContained('unshare', '--net', 'sleep', 'infinity');
  const path = `/proc/${holder.child.pid}/ns/net`;
  const enter = [`--net=${path}`];
  const network: OwnNetwork = {
    path,
    run: async (...words) => (await run('nsenter', [...enter, ...words], { env: environment, timeout: 60_000 })).stdout,
    start: (...words) => startContained('nsenter', ...enter, ...words),
    [Symbol.asyncDispose]: () => holder[Symbol.asyncDispose](),
  };
  try {
    // Until `unshare` has left it, it is in the network of this machine.
    const ours = await run('readlink', ['/proc/self/ns/net']);
    await untilItHolds(async () => (await run('readlink', [path])).stdout !== ours.stdout, holder, 'a network');
    await network.run('ip', 'link', 'set', 'lo', 'up');
    for (const address of addresses) await network.run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
    return network;
  } catch (thrown) {
    await holder[Symbol.asyncDispose]();
    throw thrown;
  }
};

/** On `127.0.0.1:5000` of the network; keeps in the folder what it is given, and tells `url` of it with the token. */
export const startNotifyingRegistry = async (
  network: OwnNetwork,
  folder: string,
  url: string,
  token: string,
): Promise<Contained> => {
  const file = join(folder, 'notifying.yml');
  await writeFile(
    file,
    JSON.stringify({
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: '127.0.0.1:5000' },
      notifications: {
        endpoints: [
          {
            name: 'watch',
            url,
            headers: { Authorization: [`Bearer ${token}`] },
            timeout: '5s',
            threshold: 3,
            backoff: '1s',
          },
        ],
      },
    }),
  );
  const registry = network.start('docker-registry', 'serve', file);
  const ask = ['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:5000/v2/'] as const;
  await untilItHolds(async () => (await network.run(...ask)) === '{}', registry, 'docker-registry');
  return registry;
};

export interface OwnDocker extends AsyncDisposable {
  readonly socket: string;
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<string>;
  /** As `docker pull` does. */
  pull(repository: string, tag: string): Promise<void>;
  /** As `docker create` does. @returns the container's id */
  create(image: string, name: string, more?: object): Promise<string>;
  start(container: string): Promise<void>;
}

const callEngine = async (socketPath: string, method: string, path: string, body?: object): Promise<string> => {
  const outgoing = request({
    socketPath,
    method,
    path,
    headers: { host: 'engine', 'content-type': 'application/json' },
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer> & { statusCode?: number }];
  const text = Buffer.from(await collect(response, 1e8)).toString();
  assert.ok((response.statusCode ?? 500) < 300, `${method} ${path}: ${response.statusCode}: ${text}`);
  return text;
};

// Of mounts and of /run nobody else sees anything. Its processes are seen by everybody, as those of a usual engine are.
const enter = 'mount -t tmpfs tmpfs /run && exec dockerd "$@"';

/** With a bridge and rules of a firewall in the network. `folder` is the caller's to remove; its path must be short. Needs root. */
export const startOwnDocker = async (network: OwnNetwork, folder: string): Promise<OwnDocker> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'daemon.json'), '{}');
  const socket = join(folder, 'engine.sock');
  const parameters = [
    ['--config-file', join(folder, 'daemon.json')],
    ['--data-root', join(folder, 'data')],
    ['--exec-root', join(folder, 'exec')],
    ['--pidfile', join(folder, 'pid')],
    ['--host', `unix://${socket}`],
    ['--storage-driver', 'overlay2'],
  ].flat();
  const own = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', enter, 'enter'] as const;
  const engine = network.start(...own, ...parameters);
  const docker: OwnDocker = {
    socket,
    call: (method, path, body) => callEngine(socket, method, path, body),
    pull: async (repository, tag) => {
      const query = `fromImage=${encodeURIComponent(repository)}&tag=${tag}`;
      const said = await callEngine(socket, 'POST', `/images/create?${query}`);
      assert.ok(!said.includes('"error"'), said);
    },
    create: async (image, name, more = {}) => {
      const made = await callEngine(socket, 'POST', `/containers/create?name=${name}`, { Image: image, ...more });
      return (JSON.parse(made) as { readonly Id: string }).Id;
    },
    start: async (container) => {
      await callEngine(socket, 'POST', `/containers/${container}/start`);
    },
    [Symbol.asyncDispose]: async () => {
      const listed = await callEngine(socket, 'GET', '/containers/json').catch(() => '[]');
      // Its programs are in no namespace of processes that ends with it.
      for (const { Id } of JSON.parse(listed) as readonly { readonly Id: string }[])
        await callEngine(socket, 'DELETE', `/containers/${Id}?force=1`).catch(() => '');
      await engine[Symbol.asyncDispose]();
    },
  };
  try {
    await untilItHolds(async () => (await docker.call('GET', '/_ping')) === 'OK', engine, 'dockerd');
    return docker;
  } catch (thrown) {
    await engine[Symbol.asyncDispose]();
    throw thrown;
  }
};
