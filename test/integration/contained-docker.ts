/** A Docker engine from an unpacked root, run in mount and process namespaces of its own: all of it ends with one process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export type Store = 'containerd' | 'overlay2';

export interface ContainedDocker extends AsyncDisposable {
  readonly socket: string;
  /** One call of its API, as text; a status other than 200 fails. */
  call(method: 'GET' | 'POST', path: string, body?: string): Promise<string>;
  /** As `docker load` does. */
  load(file: string): Promise<void>;
  /** As `docker pull` does. `name` is `HOST/REPOSITORY:TAG`. */
  pull(name: string): Promise<void>;
  /** As `docker save -o FILE NAME…` does. */
  save(file: string, ...names: readonly string[]): Promise<void>;
}

// Mounts are made where nobody else sees them, and go with the namespace. The root itself is not written to.
const enter = `
set -e
root=$1 folder=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mkdir "$root/run/engine"
mount --bind "$folder" "$root/run/engine"
mount -t tmpfs tmpfs "$root/tmp"
exec chroot "$root" "$@"
`;

const parameters: readonly string[] = [
  // No bridge, no firewall rules, no forwarding: this machine's network is used, to reach registries on it, and not changed.
  '--bridge=none',
  '--iptables=false',
  '--ip6tables=false',
  '--ip-forward=false',
  '--config-file=/run/engine/daemon.json',
  '--data-root=/run/engine/data',
  '--exec-root=/run/engine/exec',
  '--pidfile=/run/engine/pid',
  '--host=unix:///run/engine/engine.sock',
];

/** The process that `unshare` waits for: the engine, number 1 in its namespace. */
const childOf = async (pid: number): Promise<number | undefined> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : Number(text.trim().split(' ')[0]);
};

const textOf = async (response: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** `folder` is the caller's to remove, once the engine is disposed of. Needs root. */
export const startContainedDocker = async (root: string, folder: string, store: Store): Promise<ContainedDocker> => {
  await mkdir(folder, { recursive: true });
  const configuration = {
    features: { 'containerd-snapshotter': store === 'containerd' },
    ...(store === 'overlay2' ? { 'storage-driver': 'overlay2' } : {}),
  };
  await writeFile(join(folder, 'daemon.json'), JSON.stringify(configuration));
  const socket = join(folder, 'engine.sock');
  // Should this process be killed, the kernel kills unshare, then the engine, and with it all of its namespace.
  const outer = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private'];
  const inner = ['--pid', '--fork', '--kill-child=KILL', 'sh', '-c', enter, 'enter', root, folder];
  const engine = spawn('setpriv', [...outer, ...inner, '/usr/sbin/dockerd', ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin' },
  });
  let output = '';
  for (const stream of [engine.stdout, engine.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  const isOver = (): boolean => engine.exitCode !== null || engine.signalCode !== null;

  const stop = async (): Promise<void> => {
    const ended = isOver() ? Promise.resolve() : once(engine, 'exit');
    const inside = engine.pid === undefined || isOver() ? undefined : await childOf(engine.pid);
    if (inside !== undefined) process.kill(inside, 'SIGTERM');
    await Promise.race([ended, sleep(15_000, undefined, { ref: false })]);
    if (!isOver()) engine.kill('SIGKILL');
    await ended;
  };

  const open = async (method: string, path: string, file?: string, body?: string): Promise<IncomingMessage> => {
    const type = file === undefined ? 'application/json' : 'application/x-tar';
    const outgoing = request({ socketPath: socket, method, path, headers: { host: 'engine', 'content-type': type } });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    if (file === undefined) outgoing.end(body);
    else createReadStream(file).pipe(outgoing);
    const [response] = await answered;
    if (response.statusCode === 200) return response;
    throw new Error(`${method} ${path}: status ${response.statusCode}: ${await textOf(response)}`);
  };

  /** What takes long is answered at once, and says in the answer how it went. */
  const work = async (path: string, file?: string): Promise<void> => {
    const text = await textOf(await open('POST', path, file));
    assert.ok(!text.includes('"error"'), `${path}: ${text}`);
  };

  try {
    for (let tries = 0; ; tries += 1) {
      if (
        await open('GET', '/_ping').then(
          async (response) => (await textOf(response)) === 'OK',
          () => false,
        )
      )
        break;
      assert.ok(tries < 300 && !isOver(), `dockerd did not come up:\n${output}`);
      await sleep(100);
    }
  } catch (thrown) {
    await stop();
    throw thrown;
  }

  return {
    socket,
    call: async (method, path, body) => textOf(await open(method, path, undefined, body)),
    load: (file) => work('/images/load?quiet=1', file),
    async pull(name) {
      const [, repository = '', tag = ''] = /^(.*):([^:/]+)$/.exec(name) ?? [];
      await work(`/images/create?fromImage=${encodeURIComponent(repository)}&tag=${tag}&platform=linux/amd64`);
    },
    async save(file, ...names) {
      const query = names.map((name) => `names=${encodeURIComponent(name)}`).join('&');
      await pipeline(await open('GET', `/images/get?${query}`), createWriteStream(file));
    },
    [Symbol.asyncDispose]: stop,
  };
};
